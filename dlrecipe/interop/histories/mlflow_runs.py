"""MLflow's stores: a folder mlruns (one of its experiments, or runs), or a SQLite database.

Read without MLflow. Where there are several runs, the one that began last is taken.
"""

import math
import sqlite3
from contextlib import closing
from pathlib import Path

from dlrecipe.interop.histories.history import History, Place, Point

ONE_OF_MANY = "Of {n} MLflow runs there, the last, {run}, was read."


def is_folder_store(place: Place) -> bool:
    """A folder that has a run's metrics somewhere in it."""
    return place.is_folder and bool(_runs(place.path))


def read_folder_store(place: Place) -> History:
    """Read the metrics of the run that began last; the path of one run is that of its folder."""
    runs = _runs(place.path)
    run = max(runs, key=_started)
    series = {}
    for file in sorted(path for path in (run / "metrics").rglob("*") if path.is_file()):
        name = file.relative_to(run / "metrics").as_posix()
        series[name] = tuple(sorted(_points(Place(file))))
    notes = () if len(runs) == 1 else (ONE_OF_MANY.format(n=len(runs), run=run.name),)
    return History(series, notes)


def is_sqlite_store(place: Place) -> bool:
    """A file of SQLite."""
    return place.head.startswith(b"SQLite format 3\0")


def read_sqlite_store(place: Place) -> History:
    """Read the metrics of the run that began last, deleted ones passed over."""
    try:
        # Only read, whatever its name holds; a database that a server is writing is not touched.
        address = f"{place.path.resolve().as_uri()}?mode=ro"
        with closing(sqlite3.connect(address, uri=True)) as base:
            runs = base.execute(
                "SELECT run_uuid FROM runs WHERE lifecycle_stage = 'active' AND run_uuid IN "
                "(SELECT run_uuid FROM metrics) ORDER BY start_time"
            ).fetchall()
            if not runs:
                raise place.refuse(
                    "there is no run with metrics in this database", "Log one, or give another."
                )
            run = str(runs[-1][0])
            rows = base.execute(
                "SELECT key, step, value, is_nan FROM metrics WHERE run_uuid = ? ORDER BY step, timestamp",
                (run,),
            ).fetchall()
    except sqlite3.Error as error:
        raise place.refuse(
            f"this is no database of MLflow, or a damaged one: {error}",
            "Give the file of --backend-store-uri.",
        ) from None
    series: dict[str, list[Point]] = {}
    for name, step, value, is_nan in rows:
        series.setdefault(str(name), []).append((float(step), math.nan if is_nan else float(value)))
    notes = () if len(runs) == 1 else (ONE_OF_MANY.format(n=len(runs), run=run),)
    return History({name: tuple(points) for name, points in series.items()}, notes)


def _runs(folder: Path) -> list[Path]:
    """Return the folders of runs in a run, an experiment or a store."""
    for depth in ("", "*/", "*/*/"):
        found = [path.parent for path in folder.glob(f"{depth}metrics") if path.is_dir()]
        if runs := [run for run in found if (run / "meta.yaml").is_file()]:
            return runs
    return []


def _started(run: Path) -> tuple[int, str]:
    for line in (run / "meta.yaml").read_text(errors="replace").splitlines():
        key, _, value = line.partition(":")
        if key == "start_time" and value.strip().isdecimal():
            return int(value), run.name
    return 0, run.name


def _points(file: Place) -> list[Point]:
    """Read lines of `timestamp value step`."""
    points = []
    for number, line in enumerate(file.text.splitlines(), start=1):
        parts = line.split()
        try:
            points.append((float(parts[2]) if len(parts) > 2 else float(number), float(parts[1])))
        except (ValueError, IndexError):
            raise file.refuse("this line is no `timestamp value step`", "Correct it.", line=number) from None
    return points
