"""Tables as JSON: a list a name, as Keras's History.history has, or an object an epoch."""

from collections.abc import Iterator, Mapping
from typing import Any

from dlrecipe.interop.histories.history import History, Place, as_number, numbered
from dlrecipe.interop.histories.tables import CLOCKS


def is_lists(place: Place) -> bool:
    """A mapping of names to lists of numbers."""
    found = place.json
    return (
        isinstance(found, dict)
        and bool(found)
        and all(isinstance(values, list) and numbered(values) is not None for values in found.values())
    )


def read_lists(place: Place) -> History:
    """Read a value an epoch."""
    return History({name: numbered(values) or () for name, values in place.json.items()})


def is_records(place: Place) -> bool:
    """A list of objects."""
    found = place.json
    return isinstance(found, list) and bool(found) and all(isinstance(each, dict) for each in found)


def read_records(place: Place) -> History:
    """Read an object an epoch; figures in objects within it are called `cost/train`."""
    series: dict[str, dict[float, float]] = {}
    for count, record in enumerate(place.json, start=1):
        figures = dict(_figures(record))
        clock = next((name for name in CLOCKS if name in figures), None)
        step = figures.pop(clock) if clock is not None else float(count)
        for name, value in figures.items():
            series.setdefault(name, {})[step] = value
    return History({name: tuple(sorted(values.items())) for name, values in series.items()})


def _figures(record: Mapping[str, Any], above: str = "") -> Iterator[tuple[str, float]]:
    for key, value in record.items():
        number = as_number(value)
        if number is not None:
            yield f"{above}{key}", number
        elif isinstance(value, dict) and above.count("/") < 3:
            yield from _figures(value, f"{above}{key}/")
