"""DVCLive's folder: a TSV file a metric below plots/metrics."""

from dlrecipe.interop.histories.history import History, Place, Point
from dlrecipe.interop.histories.tables import read_table

PLOTS = ("plots/metrics", "static", "scalars")
"""Where version 1 and later, and two before, keep them."""


def is_dvclive(place: Place) -> bool:
    """A folder with such files."""
    return place.is_folder and any(any((place.path / each).rglob("*.tsv")) for each in PLOTS)


def read_dvclive(place: Place) -> History:
    """Read every metric under its path, such as `train/accuracy`."""
    series: dict[str, tuple[Point, ...]] = {}
    for folder in (place.path / each for each in PLOTS):
        for file in sorted(folder.rglob("*.tsv")):
            name = file.relative_to(folder).with_suffix("").as_posix()
            # The file has a column `step` and one that goes by the metric's own last name.
            columns = {
                key: each for key, each in read_table(Place(file)).series.items() if key != "timestamp"
            }
            if columns:
                series[name] = next(iter(columns.values()))
    return History(series)
