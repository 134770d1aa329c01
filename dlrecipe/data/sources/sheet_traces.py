"""What a spreadsheet leaves in a table beside its rows: titles, more header lines, a total, merged cells."""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from dlrecipe.arrays import Indices
from dlrecipe.data.sources.open_table import OpenTable, listed, read_columns, shortened
from dlrecipe.errors import DataError

MOST_HEADERS = 3
"""Lines of names and units that are looked for above the rows."""
LEAST_ROWS = 10
SAMPLE = 1_000
"""Cells of a column that are looked at first: hardly a last number is above all of them."""
SUM_ROUNDING = 1e-9
"""Of a sum in double precision, and of its decimals."""
MERGED_SHARE = 1 / 3
"""Most cells of a column of merged ones that hold something: blocks of three rows and more."""


def refuse_second_headers(table: OpenTable, names: Sequence[str]) -> None:
    """Refuse a table whose first rows are texts in several columns that hold numbers below them.

    Raises:
        DataError: there are such rows; with the first of them.
    """
    found: list[tuple[int, str]] = []
    n_columns = 0
    for name in names:
        counts = table.counts(name)
        if not 0 < counts.present - counts.numbers <= MOST_HEADERS or counts.numbers < LEAST_ROWS:
            continue
        cells = read_columns(table, {name: "categorical"})[name]
        numbers = read_columns(table, {name: "numeric"})[name]
        rows = [row for row in np.flatnonzero(np.isnan(numbers)).tolist() if cells[row] is not None]
        if not rows or rows[-1] >= MOST_HEADERS:
            return
        found += [(row, cells[row]) for row in rows]
        n_columns += 1
    if n_columns < 2:
        return
    n_rows = max(row for row, _ in found) + 1
    texts = [f"'{shortened(text)}'" for _, text in sorted(found, key=lambda each: each[0])[:3]]
    which = "first row holds" if n_rows == 1 else f"first {n_rows} rows hold"
    raise DataError(
        f"the {which} {', '.join(texts)}, where {n_columns} columns hold numbers below: a second line of "
        "names, or of units?",
        where=table.place(min(row for row, _ in found)),
        remedy="Leave one line of names at the top, such as size_cm from size and cm below it, and delete "
        "the others.",
    )


def refuse_total(table: OpenTable, values: Mapping[str, NDArray[Any]]) -> None:
    """Refuse a table whose last row holds the sum of a column's others.

    Raises:
        DataError: it does; with its place.
    """
    for name, column in values.items():
        if column.dtype.kind != "f" or len(column) <= LEAST_ROWS:
            continue
        last, others = column[-1], column[:-1]
        if not abs(last) > np.nanmax(np.abs(others[:SAMPLE]), initial=0.0):  # nor is a NaN
            continue
        if not abs(last) > np.nanmax(np.abs(others), initial=0.0) or np.isinf(last):
            continue
        if abs(float(np.nansum(others)) - last) <= SUM_ROUNDING * float(np.nansum(np.abs(others))):
            raise DataError(
                f"the last row is a total: its {name}, {last:,.7g}, is the sum of the {len(others):,} above",
                where=table.place(len(column) - 1, name),
                remedy="Delete the row: it is no example.",
            )


def n_empty_rows(values: Mapping[str, NDArray[Any]], rows: Indices) -> int:
    """Return how many of these rows hold nothing in any of the columns."""
    return sum(all(_is_missing(column[row]) for column in values.values()) for row in rows.tolist())


def _is_missing(cell: Any) -> bool:
    return cell is None or cell != cell


def notes_on_merged_cells(values: Mapping[str, NDArray[Any]]) -> tuple[str, ...]:
    """Return a sentence on the columns that hold each of their values once, the first in the first row."""
    merged = [name for name, column in values.items() if _looks_merged(column)]
    if not merged:
        return ()
    return (
        f"Most cells are empty, and no value stands twice, in {listed(merged)}: merged cells of a "
        "spreadsheet? Fill each down to the next; as it is, all rows below it are read as missing.",
    )


def _looks_merged(column: NDArray[Any]) -> bool:
    sample = column[:SAMPLE].tolist()
    if len(column) < LEAST_ROWS or _is_missing(sample[0]):
        return False
    if sum(map(_is_missing, sample)) < len(sample) / 2:  # no second look at a long column without gaps
        return False
    known = [cell for cell in column.tolist() if not _is_missing(cell)]
    return 2 <= len(known) <= MERGED_SHARE * len(column) and len(set(known)) == len(known)
