"""Columns that a program has written for itself and that are no inputs: row numbers, and nothing at all."""

from typing import Any

import numpy as np
from numpy.typing import NDArray

from dlrecipe.data.sources.cells import CellKind
from dlrecipe.data.sources.open_table import OpenTable

MIN_ROW_NUMBERS = 10


def idle_columns(table: OpenTable) -> dict[str, str]:
    """Return the columns without a name and without a value, and a sentence on each.

    A delimiter at the end of every line makes one.
    """
    return {
        name: f"The column {name} has no name and no value, and is left out."
        for name in _without_name(table)
        if table.counts(name).present == 0 and len(table.names) > 1
    }


def without_row_numbers(
    table: OpenTable, kinds: dict[str, CellKind], values: dict[str, NDArray[Any]], keep: tuple[str, ...]
) -> tuple[dict[str, NDArray[Any]], dict[str, str]]:
    """Return the columns without those that only count the rows, and a sentence on each of these.

    They have no name, as pandas writes its index, and hold 0, 1, 2 … or 1, 2, 3 … in every part.
    """
    counting = [
        name
        for name in _without_name(table)
        if name in values
        and name not in keep
        and kinds.get(name) == "numeric"
        and _counts(table, values[name])
    ]
    notes = {name: f"The column {name} has no name and counts the rows; it is left out." for name in counting}
    return {name: each for name, each in values.items() if name not in counting}, notes


def _without_name(table: OpenTable) -> list[str]:
    """Return the columns that a header row has left unnamed, and which are called by their places."""
    if not table.parts[0].has_header:
        return []
    return [name for place, name in enumerate(table.names, 1) if name == f"column{place}"]


def _counts(table: OpenTable, numbers: NDArray[Any]) -> bool:
    if len(numbers) < MIN_ROW_NUMBERS:
        return False
    at = 0
    for part in table.parts:
        own = numbers[at : at + part.n_rows]
        if not np.array_equal(own - own[:1], np.arange(len(own))):
            return False
        at += part.n_rows
    return True
