"""Which rows go to train, dev and test. Knows no inputs and no model: only n, classes, and one column.

Written in NumPy: scikit-learn's splitters would serve, but their import costs 0.7 s before the first step.
The tests hold these against the same guarantees.
"""

import math
from difflib import get_close_matches
from itertools import pairwise, permutations
from typing import Literal, TypeAlias

import numpy as np
from numpy.random import Generator
from numpy.typing import NDArray

from dlrecipe.arrays import Indices
from dlrecipe.data.examples import Column, Examples, as_labels
from dlrecipe.data.specs import SplitSpec, Task
from dlrecipe.errors import DataError
from dlrecipe.rng import stream

Assignment: TypeAlias = NDArray[np.intp]
"""(n,) the index of each row's split: 0 for train, 1 for dev, 2 for test"""

AUTO_HELD_OUT = ((1e5, 0.2), (1e6, 0.01), (1e7, 0.0025))
"""Rows, and the share that `auto` then gives dev, and test."""
TINY = 1e-9  # 100 · 0.29 comes out as 28.999999999999996


def split_rows(
    examples: Examples,
    spec: SplitSpec | Literal["auto"],
    *,
    seed: int,
    task_hint: Task | None,
) -> dict[str, Indices]:
    """Return the rows of train, dev and, where its share is not 0, test; every row in exactly one.

    Plain and stratified splits are drawn with the stream "split" of `seed`; sizes follow the shares by the
    largest remainder. Stratified, each class has in each split its share of rows, rounded up or down, and
    one row in train at least; so a class of two rows may be missing from dev or test. group keeps equal
    values together and comes as near to the shares as they allow; time cuts at the nearest change of value.

    Args:
        task_hint: None stratifies by labels that are text; numbers are then split without regard to them.
    Returns:
        Ascending rows by split name, in the order train, dev, test.
    Raises:
        DataError: too few rows, a class with one row, or a column that cannot be split by.
    """
    n = examples.n_examples
    shares = _shares(spec, n)
    if n < len(shares):
        raise _too_few(examples.origin, n, shares, list(shares)[-1])
    rng = stream(seed, "split")
    if spec != "auto" and spec.group is not None:
        assignment = _by_group(_column(examples, spec.group, "group"), shares, rng, examples.origin)
    elif spec != "auto" and spec.time is not None:
        assignment = _by_time(_column(examples, spec.time, "time"), shares, examples.origin)
    else:
        classes = _classes(examples, task_hint) if spec == "auto" or spec.stratify else None
        assignment = _at_random(n, classes, shares, rng)
    splits = {name: np.flatnonzero(assignment == index) for index, name in enumerate(shares)}
    for name, rows in splits.items():
        if len(rows) == 0:
            raise _too_few(examples.origin, n, shares, name)
    return splits


def auto_shares(n: int) -> tuple[float, float, float]:
    """Return the shares of train, dev and test that suit n examples.

    60/20/20 up to 100,000, 98/1/1 at a million, 99.5/.25/.25 from ten million on. Between these, log share
    is a straight line in log n, so that dev never has fewer than 10,000 rows there: a straight line in the
    share itself would have it rise to 34,000 and fall again.
    Source: the course, C2W1L01; the point of ten million is ours.
    """
    at = np.log([rows for rows, _ in AUTO_HELD_OUT])
    log_share = np.interp(math.log(max(n, 1)), at, np.log([share for _, share in AUTO_HELD_OUT]))
    held_out = round(math.exp(log_share), 6)  # exp(log(0.2)) is not quite 0.2
    return 1 - 2 * held_out, held_out, held_out


def split_off(n: int, fraction: float, seed: int) -> tuple[Indices, Indices]:
    """Return (kept, cut): `fraction` of n positions cut at random, as train_dev is from train.

    Both ascend and neither is empty. Drawn with the stream "train_dev" of `seed`.

    Raises:
        DataError: n is below 2.
    """
    if n < 2:
        raise DataError(f"train has {n} rows; train_dev cannot be cut from it", remedy="get more examples")
    n_cut = min(max(round(n * fraction), 1), n - 1)
    order: Indices = stream(seed, "train_dev").permutation(n).astype(np.intp)
    return np.sort(order[n_cut:]), np.sort(order[:n_cut])


def _shares(spec: SplitSpec | Literal["auto"], n: int) -> dict[str, float]:
    """Return the share of each split that is wanted, adding up to 1."""
    train, dev, test = auto_shares(n) if spec == "auto" else (spec.train, spec.dev, spec.test)
    total = train + dev + test
    shares = {"train": train / total, "dev": dev / total, "test": test / total}
    return {name: share for name, share in shares.items() if share > 0}


def _too_few(origin: str, n: int, shares: dict[str, float], empty: str) -> DataError:
    parts = " / ".join(f"{name} {share:g}" for name, share in shares.items())
    return DataError(
        f"{n} rows are too few for the shares {parts}: {empty} gets none",
        where=origin,
        remedy=f"get more rows, or set data.split with a larger share for {empty}",
    )


# Random, plain or stratified


def _at_random(
    n: int, classes: NDArray[np.intp] | None, shares: dict[str, float], rng: Generator
) -> Assignment:
    """Return a random assignment that gives each class its shares; None is one class for all."""
    if classes is None:
        classes = np.zeros(n, dtype=np.intp)
    counts = _allot(np.bincount(classes), np.array(list(shares.values())))
    order = rng.permutation(n)
    by_class = order[np.argsort(classes[order], kind="stable")]
    assignment = np.empty(n, dtype=np.intp)
    assignment[by_class] = np.repeat(np.tile(np.arange(len(shares)), len(counts)), counts.ravel())
    return assignment


def _classes(examples: Examples, task_hint: Task | None) -> NDArray[np.intp] | None:
    """Return each row's class, 0, 1, …; None where the target is no class."""
    target = examples.target
    if target is None or task_hint == "regression" or (task_hint is None and target.dtype.kind == "f"):
        return None
    if target.ndim > 1:  # several targets: no class, which TargetCodec says
        return None
    # Text of fixed width sorts faster than objects: a million labels in .16 s, not .37.
    values = target if target.dtype.kind == "f" else target.astype(str)
    names, classes = np.unique(values, return_inverse=True)
    alone = names[np.bincount(classes.ravel()) == 1]
    if len(alone):
        shown = ", ".join(repr(name) for name in as_labels(alone[:5]).tolist())
        raise DataError(
            f"{len(alone)} classes have a single row, which cannot be in train and dev both: {shown}"
            if len(alone) > 1
            else f"class {shown} has a single row, which cannot be in train and dev both",
            where=examples.origin,
            remedy="drop it, collect more of it, or set data.split.stratify: false; "
            "if the target is a number to predict, set task: regression",
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


# By a column


def _column(examples: Examples, name: str, setting: str) -> Column:
    """Return the column that a setting names, with no value missing."""
    where = examples.origin
    aside = {column.name: column for column in examples.columns_aside}
    if name not in aside:
        close = get_close_matches(name, [*aside, *(column.name for column in examples.columns)], n=1)
        raise DataError(
            f"no column {name!r} to split by",
            where=where,
            remedy=f"did you mean {close[0]!r}?" if close else f"set data.split.{setting} to a column",
        )
    values = aside[name].values
    missing = np.isnan(values) if values.dtype.kind == "f" else np.array([v is None for v in values])
    if missing.any():
        raise DataError(
            f"{int(missing.sum())} rows have no {name!r} to split by; "
            f"the first is row {int(missing.argmax())}, counted from 0",
            where=where,
            remedy=f"fill the column in, drop these rows, or remove data.split.{setting}",
        )
    return aside[name]


def _by_group(column: Column, shares: dict[str, float], rng: Generator, origin: str) -> Assignment:
    """Return an assignment that keeps equal values together.

    Groups go, large ones first, to the split that lacks most rows. Those of like size (the same power of
    two) come in random order, so that another seed gives another split.
    """
    values = column.values if column.values.dtype.kind == "f" else column.values.astype(str)
    names, groups = np.unique(values, return_inverse=True)
    n, sizes = len(groups), np.bincount(groups)
    if len(names) < len(shares):
        raise _too_few_values(column.name, len(names), shares, origin)
    rest, held_out = n - int(sizes.max()), n * (1 - shares["train"])
    if rest < held_out / 2:
        raise DataError(
            f"group {names[sizes.argmax()]!s} of {column.name!r} holds {sizes.max()} of {n} rows; "
            f"the others cannot fill dev and test, which are to have {held_out:.0f}",
            where=origin,
            remedy="split by another column, or lower the shares of dev and test",
        )
    order = sorted(rng.permutation(len(names)).tolist(), key=lambda group: -int(sizes[group]).bit_length())
    lacking = [n * share for share in shares.values()]
    empty = set(range(len(shares)))
    split_of = np.empty(len(names), dtype=np.intp)
    for n_left, group in zip(range(len(order), 0, -1), order, strict=True):
        choices = empty if n_left <= len(empty) else range(len(shares))
        split = max(choices, key=lacking.__getitem__)
        split_of[group] = split
        lacking[split] -= int(sizes[group])
        empty.discard(split)
    return split_of[groups]


def _by_time(column: Column, shares: dict[str, float], origin: str) -> Assignment:
    """Return an assignment that puts the earliest rows into train and the latest into the last split.

    Times are numbers: a table's dates arrive as days since 1970.
    """
    times = column.values
    if times.dtype.kind != "f":
        raise DataError(
            f"column {column.name!r} is text, such as {times[0]!r}, which has no order in time",
            where=origin,
            remedy="write every time as 2024-01-31 or 2024-01-31T12:00:00, or as a number",
        )
    order = np.argsort(times, kind="stable")
    # Rows of one moment stay on one side, so a cut can only lie where the time changes.
    changes = np.flatnonzero(np.diff(times[order])) + 1
    if len(changes) < len(shares) - 1:
        raise _too_few_values(column.name, len(changes) + 1, shares, origin)
    assignment = np.empty(len(times), dtype=np.intp)
    assignment[order] = 0
    wanted = np.cumsum(list(shares.values()))[:-1] * len(times)
    first = 0
    for split, cut in enumerate(wanted, start=1):
        n_later = len(wanted) - split  # cuts that must still find a place behind this one
        choices = changes[first : len(changes) - n_later]
        nearest = int(np.abs(choices - cut).argmin())
        assignment[order[choices[nearest] :]] = split
        first += nearest + 1
    return assignment


def _too_few_values(name: str, n_values: int, shares: dict[str, float], origin: str) -> DataError:
    return DataError(
        f"column {name!r} has {n_values} distinct values, too few for {' and '.join(shares)}",
        where=origin,
        remedy="split by another column, or give test a share of 0",
    )
