"""Splits by one column: groups kept together, time cut in order, or a column that names the split itself."""

from collections.abc import Mapping, Sequence

import numpy as np
from numpy.random import Generator
from numpy.typing import NDArray

from dlrecipe.arrays import Indices
from dlrecipe.data.examples import Column, Examples
from dlrecipe.data.specs import SPLIT_NAMES, SplitName
from dlrecipe.errors import DataError
from dlrecipe.suggestion import did_you_mean

USUAL_NAMES: dict[SplitName, tuple[str, ...]] = {
    "train": ("train", "training", "trn"),
    "train_dev": ("train_dev", "train-dev", "traindev"),
    "dev": ("dev", "development", "val", "valid", "validation", "eval"),
    "test": ("test", "testing", "tst", "holdout"),
}
"""What a column that names the split is taken to mean where the config says nothing."""


def split_column(examples: Examples, name: str, setting: str) -> Column:
    """Return the column that a setting names, with no value missing."""
    where = examples.origin
    aside = {column.name: column for column in examples.columns_aside}
    if name not in aside:
        columns = [*aside, *(column.name for column in examples.columns)]
        raise DataError(
            f"no column {name!r} to split by",
            where=where,
            remedy=did_you_mean(name, columns) or f"Set data.split.{setting} to a column.",
        )
    values = aside[name].values
    missing = np.isnan(values) if values.dtype.kind == "f" else np.array([v is None for v in values])
    if missing.any():
        raise DataError(
            f"{int(missing.sum())} rows have no {name!r} to split by; "
            f"the first is row {int(missing.argmax())}, counted from 0",
            where=where,
            remedy=f"Fill the column in, drop these rows, or remove data.split.{setting}.",
        )
    return aside[name]


def assign_by_group(column: Column, shares: dict[str, float], rng: Generator, origin: str) -> Indices:
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
            remedy="Split by another column, or lower the shares of dev and test.",
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


def assign_by_time(column: Column, shares: dict[str, float], origin: str) -> Indices:
    """Return an assignment that puts the earliest rows into train and the latest into the last split.

    Times are numbers: a table's dates arrive as days since 1970.
    """
    times = column.values
    if times.dtype.kind != "f":
        raise DataError(
            f"column {column.name!r} is text, such as {times[0]!r}, which has no order in time",
            where=origin,
            remedy="Write every time as 2024-01-31 or 2024-01-31T12:00:00, or as a number.",
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


def rows_by_name(
    column: Column, meanings: Mapping[SplitName, Sequence[str]] | None, origin: str
) -> dict[str, Indices]:
    """Return the rows of each split that the column names, in the order train, train_dev, dev, test.

    Args:
        column: texts, or numbers such as folds; upper and lower case are the same.
        meanings: the values that stand for each split; None for the usual names.
    Raises:
        DataError: a value that stands for no split, or no rows for train or dev.
    """
    texts = _as_texts(column)
    splits_of = {
        value.lower(): split for split, values in (meanings or USUAL_NAMES).items() for value in values
    }
    found, which = np.unique(texts, return_inverse=True)
    strange = [value for value in found.tolist() if value not in splits_of]
    if strange:
        raise DataError(
            f"{strange[0]!r} in column {column.name!r} names no split ({len(strange)} such values)",
            where=origin,
            remedy=f"Say what each value means: data.split.values: {{train: [{strange[0]}], dev: […]}}. "
            f"Known now: {', '.join(splits_of)}.",
        )
    names = np.array([splits_of[value] for value in found.tolist()])[which]
    splits: dict[str, Indices] = {
        name: np.flatnonzero(names == name) for name in SPLIT_NAMES if np.any(names == name)
    }
    for name in ("train", "dev"):
        if name not in splits:
            raise DataError(
                f"no row of {column.name!r} stands for {name}; it holds {', '.join(found[:12].tolist())}",
                where=origin,
                remedy=f"Give {name} a value with data.split.values, or split by shares.",
            )
    return splits


def _as_texts(column: Column) -> NDArray[np.str_]:
    """Return the values as lower-case texts: 3.0 as "3", a truth value as "true"."""
    if column.kind == "boolean":
        return np.where(column.values == 1, "true", "false")
    if column.values.dtype.kind == "f":
        return np.array([f"{int(v)}" if v.is_integer() else repr(v) for v in column.values.tolist()])
    return np.array([value.lower() for value in column.values.tolist()])


def _too_few_values(name: str, n_values: int, shares: dict[str, float], origin: str) -> DataError:
    return DataError(
        f"column {name!r} has {n_values} distinct values, too few for {' and '.join(shares)}",
        where=origin,
        remedy="Split by another column, or give test a share of 0.",
    )
