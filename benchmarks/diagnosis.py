"""How often the diagnosis names the planted cause, and how often it alarms on healthy runs.

    python -m benchmarks.diagnosis --runs /tmp/planted          trains (once), judges, prints both halves
    python -m benchmarks.diagnosis --short                      a few instances of everything
    python -m benchmarks.diagnosis --intervals                  do the intervals of the gaps hold?
    python -m benchmarks.diagnosis --table                      the course's table

Runs are kept in the folder given, so that judging again after a change of a rule takes seconds. Even
instances were looked at while the rules were written; odd ones give the figure. What counts as right was
written down with each kind (`benchmarks.planted`). A plant that leaves both errors within the target did
no harm, and is to be passed over like any healthy run; figures are given without and with those.
"""

import argparse
import json
import tempfile
import zlib
from collections import defaultdict
from concurrent.futures import ProcessPoolExecutor, as_completed
from contextlib import nullcontext
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from benchmarks.common import Row, progress, report
from benchmarks.planted.architecture import ARCHITECTURE
from benchmarks.planted.data import DATA_CAUSES
from benchmarks.planted.healthy import healthy
from benchmarks.planted.intervals import coverage
from benchmarks.planted.kind import Kind
from benchmarks.planted.optimization import OPTIMIZATION
from benchmarks.planted.table import course_table
from benchmarks.planted.worlds import WORLDS, seeded

KINDS: dict[str, Kind] = {**OPTIMIZATION, **ARCHITECTURE, **DATA_CAUSES}
INSTANCES, HEALTHY = 8, 105
COMMAND = "python -m benchmarks.diagnosis --runs FOLDER"


@dataclass(frozen=True)
class Task:
    """One run to train: a kind ("" for a healthy one) and which instance of it."""

    kind: str
    instance: int

    @property
    def held_out(self) -> bool:
        """Whether it was kept out of the tuning."""
        return self.instance % 2 == 1

    def folder(self, runs: Path) -> Path:
        """Return where its data and its run are kept."""
        return runs / f"{zlib.crc32(self.kind.encode()):08x}-{self.instance:03d}"


def plant(task: Task, runs: Path) -> None:
    """Train the run of a task, unless it is there."""
    from dlrecipe.config.loading import load_config_text
    from dlrecipe.experiment.silence import SilentDisplay
    from dlrecipe.experiment.training_run import train

    folder = task.folder(runs)
    if (folder / "done").exists():
        return
    folder.mkdir(parents=True, exist_ok=True)
    kind = KINDS.get(task.kind)
    rng = seeded(zlib.crc32(task.kind.encode()), task.instance)
    if kind is None:
        world, settings = healthy(task.instance)
    else:
        world = kind.worlds[task.instance % len(kind.worlds)]
        settings = WORLDS[world].config(task.instance)
        # Parity says which half an instance is of; strengths must not go with it.
        settings = kind.settings(settings, task.instance // 2) if kind.settings else settings
    parts = WORLDS[world].parts(rng)
    if kind is not None and kind.parts:
        parts = kind.parts(parts, rng, task.instance // 2)
    config: dict[str, Any] = {"data": parts.write(folder), "name": "planted"}
    for path, value in settings.items():
        _put(config, path, value)
    bug = kind.bug(task.instance // 2) if kind is not None and kind.bug else nullcontext()
    with bug:
        train(load_config_text(json.dumps(config), name="planted.yaml"), folder, SilentDisplay())
    (folder / "done").write_text(world)


def _put(config: dict[str, Any], path: str, value: Any) -> None:
    *parents, last = path.split(".")
    for key in parents:
        config = config.setdefault(key, {})
        if config is None:
            return
    config[last] = value


def judged(task: Task, runs: Path) -> dict[str, Any]:
    """Return what the diagnosis says of a run that was trained."""
    from dlrecipe.experiment.diagnosing import diagnose_run
    from dlrecipe.store.listing import find_run

    folder = task.folder(runs)
    world = (folder / "done").read_text()
    run, aim = find_run(folder, "latest"), WORLDS[world]
    diagnosis = diagnose_run(run, bayes_error=aim.bayes, target_error=aim.target).to_json()
    return {
        **asdict(task),
        "world": world,
        "harmless": _is_harmless(task.kind, aim.target, diagnosis["errors"]),
        "errors": diagnosis["errors"],
        "verdict": diagnosis["verdict"],
        "findings": [finding["code"] for finding in diagnosis["findings"]],
    }


def _is_harmless(kind: str, target: float, errors: dict[str, float]) -> bool:
    """Whether the plant did nothing: both errors are within the target, and its harm would show in them."""
    return bool(kind) and KINDS[kind].shows and max(errors.values()) <= target


def tasks_of(short: bool) -> list[Task]:
    """Return everything to train; half of each kind is held out, and any part of the list has both."""
    instances, n_healthy = (2, 14) if short else (INSTANCES, HEALTHY)
    planted = [Task(kind, instance) for instance in range(instances) for kind in KINDS]
    well = [Task("", instance) for instance in range(n_healthy)]
    half = len(planted) // 2
    return [*planted[:half], *well, *planted[half:]]


def train_all(tasks: list[Task], runs: Path, processes: int) -> None:
    """Train what is not there yet."""
    left = [task for task in tasks if not (task.folder(runs) / "done").exists()]
    with ProcessPoolExecutor(processes) as pool:
        running = {pool.submit(plant, task, runs): task for task in left}
        for n, future in enumerate(as_completed(running), start=1):
            if error := future.exception():
                progress(f"{running[future]}: {error!r}")
            if n % 20 == 0:
                progress(f"{n} of {len(left)}")


def summarize(results: list[dict[str, Any]], half: str) -> list[Row]:
    """Return the figures of one half."""
    everything = [each for each in results if each["kind"]]
    planted = [each for each in everything if not each["harmless"]]
    well = [each for each in results if not each["kind"]]
    first = [each["findings"][:1] for each in planted]
    right = [set(KINDS[each["kind"]].right) for each in planted]
    at_first = sum(bool(right_ & set(found)) for right_, found in zip(right, first, strict=True))
    in_two = sum(
        bool(right_ & set(each["findings"][:2])) for right_, each in zip(right, planted, strict=True)
    )
    alarms = sum(bool(each["findings"]) for each in well)
    n, n_well = len(planted), max(len(well), 1)
    worlds = len({each["world"] for each in planted})
    kinds = len({each["kind"] for each in planted})
    figures = f"{half}, {n} runs of {kinds} kinds in {worlds} data sets"
    all_first = sum(bool(set(KINDS[r["kind"]].right) & set(r["findings"][:1])) for r in everything)
    all_two = sum(bool(set(KINDS[r["kind"]].right) & set(r["findings"][:2])) for r in everything)
    harmless = f"{half}, the {len(everything) - n} plants that did no harm among them"
    return [
        _row(f"{harmless}: right cause first", 0.80, all_first, len(everything), above=True),
        _row(f"{harmless}: among the first two", 0.90, all_two, len(everything), above=True),
        _row(f"{figures}: right cause first", 0.80, at_first, n, above=True),
        _row(f"{figures}: among the first two", 0.90, in_two, n, above=True),
        _row(f"{half}, {len(well)} healthy runs: any alarm", 0.03, alarms, n_well, above=False),
    ]


def _row(figure: str, asked: float, count: int, n: int, *, above: bool) -> Row:
    share = count / max(n, 1)
    met = share >= asked if above else share <= asked
    return Row(figure, f"{'≥' if above else '≤'} {asked:.0%}", f"{count} of {n} ({share:.1%})", met, COMMAND)


def by_kind(results: list[dict[str, Any]]) -> str:
    """Return a Markdown table with a line a kind: how often its cause came first, and among two."""
    grouped = defaultdict(list)
    for each in results:
        if each["kind"] and not each["harmless"]:
            grouped[each["kind"]].append(each)
    lines = ["| planted | counts as right | first | first two |", "|---|---|---|---|"]
    for kind, runs in grouped.items():
        right = set(KINDS[kind].right)
        first = sum(bool(right & set(run["findings"][:1])) for run in runs)
        two = sum(bool(right & set(run["findings"][:2])) for run in runs)
        codes = ", ".join(KINDS[kind].right)
        lines.append(f"| {kind} | {codes} | {first} of {len(runs)} | {two} of {len(runs)} |")
    return "\n".join(lines)


def misses(results: list[dict[str, Any]]) -> list[str]:
    """Return what went wrong in the tuning half, to learn from."""
    lines = []
    for each in results:
        right = set(KINDS[each["kind"]].right) if each["kind"] else set()
        found = each["findings"]
        if (each["kind"] and not right & set(found[:1])) or (not each["kind"] and found):
            errors = " ".join(f"{name} {error:.3f}" for name, error in each["errors"].items())
            lines.append(
                f"{each['kind'] or 'healthy'} {each['instance']} ({each['world']}, {errors}): {found[:4]}"
            )
    return lines


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("--runs", type=Path, help="where the runs are kept; a temporary folder by default")
    parser.add_argument("--save", type=Path, help="write the results as JSON")
    parser.add_argument("--processes", type=int, default=2)
    parser.add_argument("--short", action="store_true")
    parser.add_argument("--intervals", action="store_true")
    parser.add_argument("--table", action="store_true")
    parser.add_argument("--misses", action="store_true", help="say what the tuning half got wrong")
    options = parser.parse_args()
    if options.table or options.intervals:
        rows = [*(course_table() if options.table else []), *(coverage() if options.intervals else [])]
        report(rows, options.save)
        return
    with tempfile.TemporaryDirectory() as temporary:
        runs = options.runs or Path(temporary)
        tasks = tasks_of(options.short)
        train_all(tasks, runs, options.processes)
        results = [judged(task, runs) for task in tasks if (task.folder(runs) / "done").exists()]
    tuning = [each for each in results if each["instance"] % 2 == 0]
    held_out = [each for each in results if each["instance"] % 2 == 1]
    if options.misses:
        print("\n".join(misses(tuning)), end="\n\n")
        print(by_kind(tuning), end="\n\n")
    else:
        print(by_kind(held_out), end="\n\n")
    report([*summarize(tuning, "tuning"), *summarize(held_out, "held out")], None)
    if options.save:
        options.save.write_text(json.dumps(results, indent=1))


if __name__ == "__main__":
    main()
