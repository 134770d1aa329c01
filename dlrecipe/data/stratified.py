"""Random splits in which every class, or every tenth of the numbers, has its share. Knows no columns."""

from itertools import pairwise, permutations
from typing import Any

import numpy as np
from numpy.random import Generator
from numpy.typing import NDArray

from dlrecipe.arrays import Indices
from dlrecipe.data.examples import Examples, as_labels
from dlrecipe.data.specs import Task
from dlrecipe.errors import DataError

TINY = 1e-9  # 100 · 0.29 comes out as 28.999999999999996
MAX_STRATA = 10
ROWS_A_STRATUM = 10
"""Numbers to predict are cut into ten strata of equal size, or fewer, so that each has ten rows."""


def assign_at_random(
    n: int, classes: NDArray[np.intp] | None, shares: dict[str, float], rng: Generator
) -> Indices:
    """Return a random assignment that gives each class its shares; None is one class for all."""
    if classes is None:
        classes = np.zeros(n, dtype=np.intp)
    counts = _allot(np.bincount(classes), np.array(list(shares.values())))
    order = rng.permutation(n)
    # NumPy sorts numbers of 16 bits by radix: a million in .01 s, not .07.
    narrow = classes.astype(np.uint16) if len(counts) <= 1 << 16 else classes
    by_class = order[np.argsort(narrow[order], kind="stable")]
    assignment = np.empty(n, dtype=np.intp)
    assignment[by_class] = np.repeat(np.tile(np.arange(len(shares)), len(counts)), counts.ravel())
    return assignment


def strata(examples: Examples, task_hint: Task | None) -> NDArray[np.intp] | None:
    """Return each row's class, or the tenth that its number to predict falls into, counted from 0.

    None where there is neither: several targets, or too few rows for two strata.

    Args:
        task_hint: None takes labels for classes, and numbers for numbers.
    Raises:
        DataError: a class has a single example.
    """
    target = examples.target
    if target is None or target.ndim > 1:  # several targets: no class, which TargetCodec says
        return None
    if task_hint == "regression" or (task_hint is None and target.dtype.kind == "f"):
        return _quantile_strata(target) if target.dtype.kind == "f" else None
    return _classes(examples, target)


def _quantile_strata(target: NDArray[np.float64]) -> NDArray[np.intp] | None:
    """Return the stratum of each number; equal numbers share one, so strata may be fewer or unequal."""
    n_strata = min(MAX_STRATA, len(target) // ROWS_A_STRATUM)
    if n_strata < 2:
        return None
    edges = np.unique(np.quantile(target, np.arange(1, n_strata) / n_strata))
    _, numbered = np.unique(np.searchsorted(edges, target, side="right"), return_inverse=True)
    found: NDArray[np.intp] = numbered
    # A stratum of one row, which a single extreme number can be, would have to be in train.
    return found if np.bincount(found).min() > 1 else None


def _classes(examples: Examples, target: NDArray[Any]) -> NDArray[np.intp]:
    """Return each row's class, counted from 0."""
    # Text of fixed width sorts faster than objects: a million labels in .16 s, not .37.
    values = target if target.dtype.kind == "f" else target.astype(str)
    names = np.unique(values)  # with return_inverse it sorts the rows' numbers too
    classes = np.searchsorted(names, values)
    alone = names[np.bincount(classes.ravel()) == 1]
    if len(alone):
        shown = ", ".join(repr(name) for name in as_labels(alone[:5]).tolist())
        subject = f"class {shown} has" if len(alone) == 1 else f"{len(alone)} classes have"
        listed = "" if len(alone) == 1 else f": {shown}"
        numbers = (
            " If the target is a number to predict, set task: regression." if target.dtype.kind == "f" else ""
        )
        raise DataError(
            f"{subject} a single {examples.noun}, which cannot be in train and dev both{listed}",
            where=examples.origin,
            remedy=f"Drop it, collect more of it, or set data.split.stratify: false.{numbers}",
        )
    return classes.ravel()


def _allot(
    sizes: NDArray[np.intp],  # (n_classes,) rows of each class
    shares: NDArray[np.float64],  # (n_splits,) adding up to 1, train first
) -> NDArray[np.intp]:  # (n_classes, n_splits)
    """Return the rows of each class that go to each split: its share, rounded up or down.

    The splits' totals are the largest remainder's for all rows together. Such a rounding always exists for
    two or three splits; only giving train a row of every class can stand in its way, and goes before it.
    """
    counts, free = _largest_remainder(sizes, shares)
    totals = _largest_remainder(np.array([sizes.sum()]), shares)[0][0]
    exact = np.outer(sizes, shares)
    free[exact[:, 0] < 1, 0] = False  # train's one row of a small class is not to be handed on
    absent = np.flatnonzero(counts[:, 0] == 0)
    counts[absent, counts[absent].argmax(axis=1)] -= 1
    counts[absent, 0] = 1
    _balance(counts, exact, free, totals)
    return counts


def _largest_remainder(
    sizes: NDArray[np.intp], shares: NDArray[np.float64]
) -> tuple[NDArray[np.intp], NDArray[np.bool_]]:
    """Return each class's counts, and which of them were rounded, up or down."""
    exact = np.outer(sizes, shares)
    counts = np.floor(exact + TINY).astype(np.intp)
    fractions = exact - counts
    rank = np.argsort(np.argsort(-fractions, axis=1, kind="stable"), axis=1)
    counts += rank < (sizes - counts.sum(axis=1))[:, None]
    return counts, fractions > TINY


def _balance(
    counts: NDArray[np.intp],  # (n_classes, n_splits)  updated in place
    exact: NDArray[np.float64],  # (n_classes, n_splits)  the shares before rounding
    free: NDArray[np.bool_],  # (n_classes, n_splits)  counts that may be rounded the other way
    totals: NDArray[np.intp],  # (n_splits,)  what the columns are to add up to
) -> None:
    """Turn roundings around until the splits' totals are right, or cannot be brought nearer.

    A split with rows to spare hands them to one that lacks some, in classes where the one was rounded up
    and the other down; where there is no such class, through the third split.
    """
    routes = [*permutations(range(len(totals)), 2), *permutations(range(len(totals)), 3)]
    while True:
        spare = counts.sum(axis=0) - totals
        for route in routes:
            steps = list(pairwise(route))
            able = [
                np.flatnonzero(
                    free[:, [a, b]].all(axis=1) & (counts[:, a] > exact[:, a]) & (counts[:, b] < exact[:, b])
                )
                for a, b in steps
            ]
            moves = min(spare[route[0]], -spare[route[-1]], *(len(classes) for classes in able))
            if moves > 0:
                for (a, b), classes in zip(steps, able, strict=True):
                    counts[classes[:moves], a] -= 1
                    counts[classes[:moves], b] += 1
                break
        else:
            return
