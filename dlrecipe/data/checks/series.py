"""Rows that follow one another, such as readings of a sensor, and whose neighbours a random split parts."""

import numpy as np
from numpy.typing import NDArray

from dlrecipe.data.checks.check import Check, Found
from dlrecipe.data.checks.row_marks import names_rows
from dlrecipe.data.checks.row_window import RowWindow, window_of_rows
from dlrecipe.data.checks.tables import Numbers, Tables
from dlrecipe.data.checks.wording import counted, named, percent

LEAST_ROWS = 100
EXPLAINED = 0.5
"""Part of the variance of a column, or of the target, that the rows before and after explain, from which they
are alike: 0.9 to 1.0 in readings of a sensor; of the districts of California, which lie in the file by where
they are, 0.69 of the price and two columns of eight."""
LEAST_COLUMNS, ALIKE_COLUMNS = 2, 0.5
"""Columns that must be so, and their part of all that take many values."""
MANY_VALUES = 10
BINS = 20
BETWEEN = 0.5
"""Part of dev's rows with the row before or after in train, from which rows were not split by their order."""


def neighbouring_rows(tables: Tables) -> Found | None:
    """Rows that follow one another in the file are alike, and a random split has put them on both sides.

    Readings taken one after the other, or rows of one patient in a block, hardly differ. A row of dev then
    lies between two of train that nearly are the same, so dev error says how well the network fills gaps, and
    nothing of the rows to come. The target and each input of many values are held against the mean of the
    rows before and after, in up to 5,000 places of the file: half of its variance must be explained, for the
    target and for half of the inputs, two at least. Of the inputs only what the target leaves counts, so a
    file that is sorted by class, or by the number to predict, is none.

    Advice: Split by time (data.split.time), or by what the rows belong to (data.split.group).

    Example: a sensor read every ten minutes: dev error 2% with a random split, 62% with one by time.

    Source: Bergmeir and Benitez 2012, On the use of cross-validation for time series predictor evaluation;
    scikit-learn, TimeSeriesSplit.
    """
    window = window_of_rows(tables)
    if window is None or len(window.rows) < LEAST_ROWS:
        return None
    dev = np.flatnonzero(window.split == "dev")
    near_train = np.isin(window.rows[dev], _beside(window.rows[window.split == "train"]))
    if len(dev) == 0 or near_train.mean() < BETWEEN:
        return None
    target = explained_by_neighbours(_numbers(window.target, len(tables.classes)))
    marks = {feature.name for feature in tables.features if names_rows(feature, tables)}
    inputs = _explained_inputs(window, marks, is_class=tables.task == "classification")
    alike = [name for name, value in inputs.items() if value >= EXPLAINED]
    if target < EXPLAINED or len(alike) < max(LEAST_COLUMNS, ALIKE_COLUMNS * len(inputs)):
        return None
    return Found(
        severity="warning",
        evidence=f"the rows before and after a row explain {percent(target)} of its target, and most of "
        f"{counted(len(alike), 'input')} of {len(inputs)} ({named(alike, 3)}); {percent(near_train.mean())} "
        "of dev have such a neighbour in train",
        numbers={"target": target, "inputs": inputs, "beside_train": float(near_train.mean())},
        columns=alike,
        remedy=_remedy(tables),
    )


def explained_by_neighbours(values: Numbers) -> float:
    """Return the part of the variance of values (n, k) that the mean of the rows beside each explains."""
    middle, mean = values[1:-1], (values[:-2] + values[2:]) / 2
    spread = float(np.square(middle - values.mean(axis=0)).sum())
    return 1 - float(np.square(middle - mean).sum()) / spread if spread > 0 else 0.0


def _explained_inputs(window: RowWindow, marks: set[str], *, is_class: bool) -> dict[str, float]:
    """Return, for each input of many values, what its neighbours explain of what the target leaves."""
    groups = window.target.astype(np.intp)
    if not is_class:
        ranks = np.argsort(np.argsort(window.target, kind="stable"), kind="stable")
        groups = ranks * BINS // len(ranks)
    explained = {}
    for feature in window.features:
        values = feature.values["window"]
        known = ~np.isnan(values)
        if feature.kind != "numeric" or feature.name in marks or known.sum() < LEAST_ROWS:
            continue
        if len(np.unique(values[known])) <= MANY_VALUES:
            continue
        sums, sizes = (np.bincount(groups[known], weights=w) for w in (values[known], np.ones(known.sum())))
        left = values[known] - (sums / np.maximum(sizes, 1))[groups[known]]
        explained[feature.name] = explained_by_neighbours(left[:, None])
    return explained


def _numbers(target: NDArray[np.generic], n_classes: int) -> Numbers:
    if n_classes:
        return np.asarray(target[:, None] == np.arange(n_classes), np.float64)
    return target.astype(np.float64)[:, None]


def _beside(rows: NDArray[np.intp]) -> NDArray[np.intp]:
    return np.concatenate([rows - 1, rows + 1])


def _remedy(tables: Tables) -> str:
    dates = [feature.name for feature in tables.features if feature.kind in ("date", "us_date")]
    group = "if rows of one patient or place lie together, name its column: data.split: {group: COLUMN}"
    if dates:
        return f"Split by time: data.split: {{time: {dates[0]}}}; or, {group}"
    return (
        "If the rows follow one another in time, split by it: data.split: {time: COLUMN}; where no column "
        f"says when, add one that counts the rows. Or, {group}"
    )


CHECKS = {
    "neighbouring-rows": Check(
        title="Rows that follow one another are on both sides",
        judge=neighbouring_rows,
        needs=("dev", "table"),
    )
}
