"""Splits that keep groups together (the rows of a patient), seen as one row a group. Knows no findings.

The rows of a group are alike, so they are no independent draws of what a split is of, and any test that takes
them for such finds a difference between ten patients and ten others. The groups are: each becomes the mean of
the same number of its rows, so that all means are equally exact.
"""

from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from dlrecipe.arrays import Indices
from dlrecipe.data.checks.tables import Part, Tables
from dlrecipe.data.examples import Column
from dlrecipe.rng import stream

MOST_ROWS = 10
"""Rows of a group that are averaged: more make the mean little better."""
LEFT_OUT = 0.25
"""Part of the groups that may have too few rows to be averaged."""


@dataclass(frozen=True)
class Draws:
    """Two splits, a row for each thing that was drawn into them, and what to say of it if it is not a row."""

    tables: Tables
    told: str


def group_column(tables: Tables, first: str, second: str) -> str | None:
    """Return the column that either split was cut by so as to keep groups together."""
    cuts = [tables.cuts[name] for name in (first, second) if name in tables.cuts]
    return next((cut.column for cut in cuts if cut.way == "group"), None)


def one_row_a_group(tables: Tables, column: str, first: str, second: str) -> Draws | None:
    """Return two splits with a row a group; None where one of them does not have the column."""
    codes: dict[str, NDArray[np.intp]] = {}
    for name in (first, second):
        aside = {each.name: each for each in tables.parts[name].examples.columns_aside}
        if column not in aside:
            return None
        codes[name] = _codes(aside[column])
    sizes = np.concatenate([np.bincount(each) for each in codes.values()])
    n_rows = int(min(MOST_ROWS, np.quantile(sizes, LEFT_OUT, method="lower")))
    most = min(tables.effort.rows, tables.effort.numbers // max(tables.n_features, 1))
    parts = {
        name: _means(tables.parts[name], _drawn(each, n_rows, max(most // n_rows, 100), tables.seed))
        for name, each in codes.items()
    }
    counts = " and ".join(f"{part.n:,}" for part in parts.values())
    rows = "one row" if n_rows == 1 else f"the mean of {n_rows} rows"
    return Draws(
        Tables(parts, tables.task, tables.classes, effort=tables.effort, seed=tables.seed, cuts=tables.cuts),
        f" ({rows} for each '{column}', {counts} of them)",
    )


def _codes(column: Column) -> NDArray[np.intp]:
    """Return the group of each row, counted from 0."""
    places: dict[object, int] = {}
    return np.array([places.setdefault(each, len(places)) for each in column.values.tolist()], np.intp)


def _drawn(codes: NDArray[np.intp], n_rows: int, most: int, seed: int) -> Indices:
    """Return (groups, n_rows) rows of at most so many groups, all that have as many rows."""
    rng = stream(seed, "groups")
    order = rng.permutation(len(codes))
    order = order[np.argsort(codes[order], kind="stable")]
    sizes = np.bincount(codes)
    starts = (np.cumsum(sizes) - sizes)[sizes >= n_rows]
    if len(starts) > most:
        starts = rng.choice(starts, most, replace=False)
    rows: Indices = order[starts[:, None] + np.arange(n_rows)]
    return rows


def _means(part: Part, rows: Indices) -> Part:
    """Return a part with one row for each line of `rows`, (groups, n_rows): means, or the commonest text."""
    n_groups = len(rows)
    taken = part.take(rows.ravel())
    matrix = taken.examples.matrix
    y = taken.y.reshape(n_groups, -1, *taken.y.shape[1:])
    examples = replace(
        taken.examples.take(np.arange(0, rows.size, rows.shape[1])),
        matrix=None
        if matrix is None
        else np.asarray(matrix, np.float64).reshape(*rows.shape, *matrix.shape[1:]).mean(axis=1),
        columns=tuple(_mean_column(column, n_groups) for column in taken.examples.columns),
    )
    return Part(
        examples,
        np.array([_commonest(each) for each in y.tolist()]) if y.ndim == 2 else y.mean(axis=1),
        part.rows[rows[:, 0]],
    )


def _mean_column(column: Column, n_groups: int) -> Column:
    values = column.values.reshape(n_groups, -1)
    if column.kind == "categorical":
        commonest = np.empty(n_groups, object)
        commonest[:] = [_commonest(each) for each in values.tolist()]
        return replace(column, values=commonest)
    known = ~np.isnan(values)
    n_known = known.sum(axis=1)
    sums = np.where(known, values, 0).sum(axis=1)
    means = np.where(n_known > 0, sums / np.maximum(n_known, 1), np.nan)
    return replace(column, kind="numeric" if column.kind == "boolean" else column.kind, values=means)


def _commonest(values: list[Any]) -> Any:
    """Return the value that stands most often, of several the first."""
    return max(dict.fromkeys(values), key=values.count)
