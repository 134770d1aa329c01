"""CSV logs: Keras's CSVLogger, Lightning's metrics.csv, and any other with a header and a row an epoch."""

import csv
import io
import math
import re
from collections.abc import Callable, Iterator
from functools import partial

from dlrecipe.interop.histories.history import KNOWN_FORMATS, History, Place, Point
from dlrecipe.interop.histories.roles import named

CLOCKS = ("epoch", "step", "iteration", "iter", "round", "batch", "global_step", "trainer/global_step")
"""Columns that count; the first that is there is the step."""
_DECIMAL_COMMA = re.compile(r"[+-]?\d+,\d+")


def is_table(place: Place) -> bool:
    """A file of text whose first line has a delimiter."""
    if place.is_folder or b"\0" in place.head or not place.head.strip():
        return False
    first = place.text.splitlines()[0]
    return any(sign in first for sign in ",;\t")


def is_lightning(place: Place) -> bool:
    """Rows with both an epoch and a step, in which some cells are empty."""
    if not is_table(place):
        return False
    first = {name.strip().lower() for name in place.text.splitlines()[0].split(",")}
    return {"epoch", "step"} <= first


def read_lightning(place: Place) -> History:
    """Read rows that hold train or validation figures: of each epoch the last that is there."""
    return History(_by_epoch(place))


def read_keras(place: Place) -> History:
    """Read a row an epoch."""
    note = "Keras measures train over the epoch, while the weights move and dropout is on."
    return History(_by_epoch(place), (note,))


def read_table(place: Place) -> History:
    """Read a row an epoch."""
    return History(_by_epoch(place))


def is_keras(place: Place) -> bool:
    """An epoch first, and every figure twice: `loss` and `val_loss`."""
    if not is_table(place):
        return False
    names = place.text.splitlines()[0].split(",")
    return names[0] == "epoch" and any(f"val_{name}" in names for name in names)


def _by_epoch(place: Place) -> dict[str, tuple[Point, ...]]:
    names, rows, number = _rows(place)
    lowered = [name.lower() for name in names]
    clock = next((lowered.index(name) for name in CLOCKS if name in lowered), None)
    series: dict[str, dict[float, list[float]]] = {}
    refused: dict[str, tuple[int, str]] = {}
    for count, (line, cells) in enumerate(rows, start=1):
        step = float(count) if clock is None else number(cells[clock])
        if step is None or step != step:
            step = float(count)
        for at, (name, cell) in enumerate(zip(names, cells, strict=True)):
            value = number(cell)
            if value is None and cell.strip():
                refused.setdefault(name, (line, cell))
            elif value is not None and at != clock:
                series.setdefault(name, {}).setdefault(step, []).append(value)
    # A column of text is no figure; one with a word among its numbers is damaged.
    for name, (line, cell) in refused.items():
        if name in series:
            raise place.refuse(
                f"'{cell[:40]}' in the column '{name}' is not a number", "Correct it or empty it.", line=line
            )
    return {
        name: tuple((step, _one(name, values)) for step, values in sorted(by_step.items()))
        for name, by_step in series.items()
    }


def _one(name: str, values: list[float]) -> float:
    """Return the figure of a step that has several: of dev the last, of train by the batch the mean.

    A last one that is not finite stays: the training has diverged.
    """
    if len(values) == 1 or named(name).split in ("dev", "test") or not math.isfinite(values[-1]):
        return values[-1]
    known = [value for value in values if math.isfinite(value)]
    return sum(known) / len(known)


def _rows(
    place: Place,
) -> tuple[list[str], Iterator[tuple[int, list[str]]], Callable[[str], float | None]]:
    """Return the names of the columns, the rows with their lines, and what reads a cell as a number."""
    first = place.text.splitlines()[0]
    sign = max(",;\t", key=first.count)
    reader = csv.reader(io.StringIO(place.text, newline=""), delimiter=sign)
    try:
        names = [name.strip() for name in next(reader)]
    except (csv.Error, StopIteration):
        raise place.refuse("the first line cannot be read", KNOWN_FORMATS) from None
    if len(set(names)) < len(names):
        twice = next(name for name in names if names.count(name) > 1)
        raise place.refuse(f"two columns are called '{twice}'", "Rename one of them.", line=1)
    number = partial(_number, comma=sign != ",")
    if all(number(name) is not None for name in names):
        raise place.refuse(
            "the first line holds numbers, not the names of columns", "Put names there.", line=1
        )

    def rows() -> Iterator[tuple[int, list[str]]]:
        try:
            for cells in reader:
                if not any(cell.strip() for cell in cells):
                    continue
                if len(cells) != len(names):
                    raise place.refuse(
                        f"{len(cells)} cells, where the header has {len(names)}",
                        "Correct the row, or delete it if the writer was killed in the midst of it.",
                        line=reader.line_num,
                    )
                yield reader.line_num, cells
        except csv.Error as error:
            raise place.refuse(f"the row cannot be read: {error}", line=reader.line_num) from None

    return names, rows(), number


def _number(cell: str, *, comma: bool) -> float | None:
    """Read a number, also with a sign of per cent; where no comma parts the cells, with a decimal one too."""
    text = cell.strip()
    if "_" in text:  # Python would read 1_000
        return None
    if text.endswith("%"):
        share = _number(text[:-1], comma=comma)
        return None if share is None else share / 100
    if comma and _DECIMAL_COMMA.fullmatch(text):
        text = text.replace(",", ".")
    try:
        return float(text)
    except ValueError:
        return None
