"""Nearest neighbours between two splits, and which of them are too near to be different rows.

Distances come from one matrix product; wide data are projected at random first, and the few candidates of
each row are then measured in full. Knows no findings.
"""

from dataclasses import dataclass

import numpy as np

from dlrecipe.arrays import Indices
from dlrecipe.data.checks.row_marks import row_marks
from dlrecipe.data.checks.tables import Numbers, Tables
from dlrecipe.rng import stream

NEIGHBOURS = 8
"""The neighbour whose distance stands for the density around a row."""
BY_CHANCE = 0.05
"""Rows that may be taken for copies by chance."""
LARGEST_RATIO = 0.2
DIMENSION_DOUBT = 0.6
"""The part of the estimated dimension that is trusted: where it is lower, small ratios are less rare."""
MANY_VALUES = 0.1
"""Distinct values over rows from which a column counts as continuous."""
LEAST_COLUMNS = 3
SOME_VALUES, MANY_COLUMNS = 5, 20
"""So many columns of more values than that, such as grey levels, have distances as good as continuous."""
MOST_DIMENSIONS, PROJECTED_TO = 96, 48
BLOCK_PAIRS = 2_000_000


@dataclass(frozen=True, eq=False)
class Cloud:
    """The rows of two splits in the space where they are compared: `points` continuous, `codes` the rest."""

    points: dict[str, Numbers]
    codes: dict[str, Numbers]


@dataclass(frozen=True, eq=False)
class Copies:
    """Rows of one split, by their position in its sample, that nearly equal those of another, `twins`.

    `n` rows were looked at: 0 where the inputs have too few columns of many values for a distance to say
    anything.
    """

    at: Indices
    twins: Indices
    n: int


def copies_among(tables: Tables, split: str, other: str) -> Copies:
    """Return the rows of `split` that nearly equal a row of `other`; exact copies are left out."""
    cloud = _cloud(tables, split, other)
    none = np.zeros(0, np.intp)
    if cloud is None:
        return Copies(none, none, 0)
    known, asked = cloud.points[other], cloud.points[split]
    # Of wide data fewer: each candidate is measured in full.
    most = tables.effort.pairs // max(len(known), 16 * known.shape[1])
    looked_at = np.arange(0, len(asked), max(1, -(-len(asked) // max(most, 1))))
    if len(known) <= NEIGHBOURS:
        return Copies(none, none, 0)
    asked = asked[looked_at]
    nearest = nearest_neighbours(asked, known, NEIGHBOURS)
    limit = _largest_ratio(nearest.distances)
    first, last = nearest.distances[:, 0], nearest.distances[:, -1]
    close = (first > 0) & (first < limit * last)
    alike = (cloud.codes[split][looked_at] == cloud.codes[other][nearest.at[:, 0]]).all(axis=1)
    is_copy = close & alike
    return Copies(looked_at[is_copy], nearest.at[is_copy, 0], len(asked))


@dataclass(frozen=True, eq=False)
class Nearest:
    """The k nearest of each row: `distances` (n, k), ascending, and `at` (n, k), where they are."""

    distances: Numbers
    at: Indices


def nearest_neighbours(asked: Numbers, known: Numbers, k: int) -> Nearest:
    """Return the k rows of `known` that lie nearest to each row of `asked`.

    The candidates, 2k of each row, are found by float32 products of projections, whose rounding is that of
    the points' size; their distances are then worked out in full.
    """
    seen, told = (_projected(each).astype(np.float32) for each in (asked, known))
    squares = np.einsum("ij,ij->i", told, told)
    n_candidates = min(2 * k, len(known))
    distances, at = np.empty((len(asked), k)), np.empty((len(asked), k), np.intp)
    step = max(1, BLOCK_PAIRS // len(known))
    for start in range(0, len(asked), step):
        rows = slice(start, start + step)
        score = squares - 2 * (seen[rows] @ told.T)
        candidates = np.argpartition(score, n_candidates - 1, axis=1)[:, :n_candidates]
        exact = np.sqrt(np.square(asked[rows, None] - known[candidates]).sum(axis=2))
        order = np.argsort(exact, axis=1)[:, :k]
        distances[rows] = np.take_along_axis(exact, order, axis=1)
        at[rows] = np.take_along_axis(candidates, order, axis=1)
    return Nearest(distances, at)


def _projected(points: Numbers) -> Numbers:
    """Return wide points in fewer dimensions, distances kept within some 15%: Johnson and Lindenstrauss."""
    n_dimensions = points.shape[1]
    if n_dimensions <= MOST_DIMENSIONS:
        return points
    directions = stream(0, "projection").standard_normal((n_dimensions, PROJECTED_TO))
    return np.asarray(points @ directions / np.sqrt(PROJECTED_TO))


def _largest_ratio(distances: Numbers) -> float:
    """Return the ratio of nearest to eighth distance below which BY_CHANCE rows are expected."""
    usable = distances[distances[:, 1] > 0][:, 1:]  # the nearest may be a copy
    if len(usable) == 0:
        return 0.0
    # Of the distances r_2 … r_k the mean of log(r_k / r_j) is 1/D (Levina and Bickel's estimate).
    log_ratios = np.log(usable[:, -1:] / usable[:, :-1])
    inverse = float(log_ratios.mean())
    dimension = DIMENSION_DOUBT / max(inverse, 1e-3)
    expected = len(distances) * (distances.shape[1] - 1)
    return float(min(LARGEST_RATIO, (BY_CHANCE / expected) ** (1 / dimension)))


def _cloud(tables: Tables, split: str, other: str) -> Cloud | None:
    """Return the rows to compare, continuous columns to deviation 1; None with too few of these."""
    if not tables.is_table:
        points = {
            name: np.asarray(tables.sample[name].examples.matrix, np.float64).reshape(
                tables.sample[name].n, -1
            )
            for name in (split, other)
        }
        return Cloud(points, {name: np.zeros((len(each), 0)) for name, each in points.items()})
    chosen = _compared(tables)
    if not chosen:
        return None
    columns: dict[str, list[Numbers]] = {split: [], other: []}
    codes: dict[str, list[Numbers]] = {split: [], other: []}
    marks = row_marks(tables)
    for feature in tables.features:
        if feature.name in marks:  # a copy has another number, and is one all the same
            continue
        train = feature.train
        if feature.name in chosen:
            middle, spread = np.nanmedian(train), np.nanstd(train)
            for name in (split, other):
                columns[name].append(np.nan_to_num(feature.values[name] - middle, nan=0.0) / spread)
        else:
            repeated = _repeated(train) if feature.kind == "numeric" else np.zeros(0)
            for name in (split, other):
                codes[name].append(np.nan_to_num(_to_nearest(feature.values[name], repeated), nan=-1.0))
    return Cloud(
        {name: np.column_stack(each) for name, each in columns.items()},
        {
            name: np.column_stack(each) if each else np.zeros((tables.sample[name].n, 0))
            for name, each in codes.items()
        },
    )


def _repeated(train: Numbers) -> Numbers:
    """Return the values that a column has more than once in train, ascending.

    A copy with noise has a value of its own in a column of few values too, and is no copy where that must
    be equal: values are moved to the nearest of these. In a column without noise hardly a value occurs once,
    and nothing moves.
    """
    distinct, times = np.unique(train[~np.isnan(train)], return_counts=True)
    return distinct[times > 1]


def _to_nearest(
    values: Numbers,  # (n,)  NaN where missing, which stays
    choices: Numbers,  # (k,)  ascending; with none of them, nothing moves
) -> Numbers:
    """Return values moved to the nearest choice."""
    if len(choices) == 0:
        return values
    between = (choices[1:] + choices[:-1]) / 2
    return np.where(np.isnan(values), values, choices[np.searchsorted(between, values)])


def _compared(tables: Tables) -> set[str]:
    """Return the columns of numbers to compare by distance: very many of some values, or those of many."""
    marks = row_marks(tables)
    n_values = {
        feature.name: len(np.unique(feature.train[~np.isnan(feature.train)]))
        for feature in tables.features
        if feature.kind == "numeric" and feature.name not in marks
    }
    some = {name for name, n in n_values.items() if n > SOME_VALUES}
    if len(some) >= MANY_COLUMNS:
        return some
    many = {name for name, n in n_values.items() if n > max(1, MANY_VALUES * tables.sample["train"].n)}
    return many if len(many) >= LEAST_COLUMNS else set()
