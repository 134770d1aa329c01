"""Which rows go to train, dev and test. Knows no inputs and no model: only n, the target, and one column.

Written in NumPy: scikit-learn's splitters would serve, but their import costs 0.7 s before the first step.
The tests hold these against the same guarantees. The ways to split are modules of their own: `stratified`,
`column_splits`, `stable_splits`.
"""

import math
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

from dlrecipe.arrays import Indices
from dlrecipe.data.column_splits import assign_by_group, assign_by_time, rows_by_name, split_column
from dlrecipe.data.examples import Examples
from dlrecipe.data.specs import SplitSpec, Task
from dlrecipe.data.stable_splits import assign_by_hash, content_hashes, key_hashes
from dlrecipe.data.stratified import assign_at_random, strata
from dlrecipe.errors import DataError
from dlrecipe.rng import stream

AUTO_HELD_OUT = ((1e5, 0.2), (1e6, 0.01), (1e7, 0.0025))
"""Rows, and the share that `auto` then gives dev, and test."""


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
    one row in train at least; so a class of two rows may be missing from dev or test. Numbers to predict
    are stratified by tenths. group keeps equal values together and comes as near to the shares as they
    allow; time cuts at the nearest change of value; stable goes by hashes of the rows, or of the groups;
    column names the split of each row, and may name train_dev too.

    Args:
        task_hint: None stratifies labels that are text by class, numbers by tenths.
    Returns:
        Ascending rows by split name, in the order train, train_dev, dev, test.
    Raises:
        DataError: too few rows, a class with a single one, or a column that cannot be split by.
    """
    n = examples.n_examples
    if spec != "auto" and spec.column is not None:
        named = split_column(examples, spec.column, "column")
        return rows_by_name(named, spec.meanings, examples.origin)
    shares = _shares(spec, n)
    if n < len(shares):
        raise _too_few(examples, shares, list(shares)[-1])
    assignment = _assigned(examples, spec, shares, seed, task_hint)
    splits = {name: np.flatnonzero(assignment == index) for index, name in enumerate(shares)}
    for name, rows in splits.items():
        if len(rows) == 0:
            raise _too_few(examples, shares, name)
    return splits


def _assigned(
    examples: Examples,
    spec: SplitSpec | Literal["auto"],
    shares: dict[str, float],
    seed: int,
    task_hint: Task | None,
) -> Indices:
    """Return (n,) the place of each row's split among the shares."""
    rng = stream(seed, "split")
    if spec != "auto" and spec.group is not None:
        column = split_column(examples, spec.group, "group")
        if spec.stable:
            return assign_by_hash(key_hashes(column, seed), list(shares.values()))
        return assign_by_group(column, shares, rng, examples.origin)
    if spec != "auto" and spec.time is not None:
        return assign_by_time(split_column(examples, spec.time, "time"), shares, examples.origin)
    if spec != "auto" and spec.stable:
        return assign_by_hash(content_hashes(examples, seed), list(shares.values()))
    classes = strata(examples, task_hint) if spec == "auto" or spec.stratify else None
    return assign_at_random(examples.n_examples, classes, shares, rng)


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


def visible_difference(n: int, error: float = 0.1) -> float:
    """Return the least difference in error that n examples show: half the 95 % interval of an error rate.

    Args:
        error: the error rate near which the difference is looked for, as a fraction.
    Source: the normal approximation of the binomial, 1.96 √(p(1-p)/n).
    """
    return 1.96 * math.sqrt(error * (1 - error) / max(n, 1))


def split_off(n: int, fraction: float, seed: int) -> tuple[Indices, Indices]:
    """Return (kept, cut): `fraction` of n positions cut at random, as train_dev is from train.

    Both ascend and neither is empty. Drawn with the stream "train_dev" of `seed`.

    Raises:
        DataError: n is below 2.
    """
    if n < 2:
        raise DataError(
            f"train has {n} example{'s' * (n != 1)}; train_dev cannot be cut from it",
            remedy="Get more examples.",
        )
    n_cut = min(max(round(n * fraction), 1), n - 1)
    order: Indices = stream(seed, "train_dev").permutation(n).astype(np.intp)
    return np.sort(order[n_cut:]), np.sort(order[:n_cut])


def _shares(spec: SplitSpec | Literal["auto"], n: int) -> dict[str, float]:
    """Return the share of each split that is wanted, adding up to 1."""
    train, dev, test = auto_shares(n) if spec == "auto" else (spec.train, spec.dev, spec.test)
    total = train + dev + test
    shares = {"train": train / total, "dev": dev / total, "test": test / total}
    return {name: share for name, share in shares.items() if share > 0}


def _too_few(examples: Examples, shares: dict[str, float], empty: str) -> DataError:
    n, noun = examples.n_examples, examples.noun
    parts = " / ".join(f"{name} {share:g}" for name, share in shares.items())
    return DataError(
        f"{n} {noun if n == 1 else f'{noun}s'} {'is' if n == 1 else 'are'} too few for the shares "
        f"{parts}: {empty} gets none",
        where=examples.origin,
        remedy=f"Get more of them, or set data.split with a larger share for {empty}.",
    )


def nested_subset(n: int, wanted: int, labels: NDArray[Any] | None, seed: int) -> Indices:
    """Return `wanted` of n positions, ascending; those of a smaller number are among those of a larger one.

    Drawn with the stream "limit_train" of `seed`. With labels, each class has its share, and one example at
    least where `wanted` is not below the number of classes.

    Args:
        labels: (n,) the classes, or None.
    """
    order = stream(seed, "limit_train").permutation(n)
    if labels is None or labels.ndim > 1:
        return np.sort(order[:wanted])
    values = labels[order] if labels.dtype.kind == "f" else labels[order].astype(str)
    _, classes, counts = np.unique(values, return_inverse=True, return_counts=True)
    by_class = np.argsort(classes, kind="stable")
    starts = np.cumsum(counts) - counts
    rank = np.empty(n)
    rank[by_class] = np.arange(n) - np.repeat(starts, counts)
    # Each class's examples are spread evenly over the queue, its first one at the head.
    place = np.where(rank == 0, -1.0, (rank + 0.5) / counts[classes])
    return np.sort(order[np.argsort(place, kind="stable")[:wanted]])
