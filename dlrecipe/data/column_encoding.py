"""How one column of a table becomes columns of numbers, as the training examples had it. Knows no scaling.

Numbers and truth values fill one output column, and a second one that says "missing" when training had
missing values; categories fill one output column each, share as many as they are hashed into, or, where the
network embeds them, fill a single one with the category's index. A date fills one with its day, and two more,
a sine and a cosine, for each cycle that the training dates went through: the year, the week, the hours of the
day.
"""

import zlib
from collections import Counter
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from dlrecipe.data.examples import Column, Kind
from dlrecipe.data.specs import Embedded

MAX_CATEGORIES = 100
"""Most output columns of one categorical column; the rarest categories beyond share the last, "other"."""

EMBEDDED_FROM = 11
"""Fewest categories, "missing" among them, of the columns that `embeddings: auto` chooses."""

RARE = 5
"""Rows of train below which a category of an embedded column has no index of its own: a vector cannot be
learned from fewer. The bound is word2vec's (its option min_count)."""


CYCLES = {"year": 365.2425, "week": 7.0, "day": 1.0}
"""Length in days of what a date may repeat in."""


@dataclass(frozen=True)
class ColumnEncoding:
    """What training has shown of one column.

    numeric and boolean: `fill` stands in for a missing value (the median of train; 0.5 for boolean, halfway
    between false and true). `missing`: train had missing values, and an output column says where. A value
    that is missing only later is filled in without one.
    categorical: an output column for each of `categories` (sorted), then "missing" and "other" where train
    had them. A value that train had not goes to "other", or to no column at all where there is none. With
    `buckets`, that many output columns, into which all values are hashed; a missing one goes to none.
    embedded: one output column holds the index among these, in the same order. There is always an "other",
    the last, for values (missing ones too) that were rare in train or that it had not.
    date: as numeric, and then a sine and a cosine for each of `cycles`; where missing, both are 0.
    """

    name: str
    kind: Kind
    fill: float = 0.0
    missing: bool = False
    categories: tuple[str, ...] = ()
    other: bool = False
    embedded: bool = False
    buckets: int = 0
    cycles: tuple[str, ...] = ()

    @property
    def rows(self) -> int:
        """Number of different indices of an embedded column."""
        return len(self.categories) + self.missing + self.other

    @property
    def is_scaled(self) -> bool:
        """Whether the first output column holds numbers to be scaled."""
        return self.kind in ("numeric", "date", "us_date")

    @property
    def feature_names(self) -> tuple[str, ...]:
        """One name an output column."""
        if self.embedded:
            return (self.name,)
        values = [f"{self.name}={value}" for value in self.categories]
        own = values if self.kind == "categorical" else [self.name]
        if self.buckets:
            own = [f"{self.name} #{bucket}" for bucket in range(1, self.buckets + 1)]
        extras = [f"{self.name} is missing"] * self.missing + [f"{self.name} is other"] * self.other
        waves = [f"{self.name} {wave} of {cycle}" for cycle in self.cycles for wave in ("sine", "cosine")]
        return (*own, *extras, *waves)

    @property
    def width(self) -> int:
        """Number of output columns."""
        if self.embedded:
            return 1
        first = (self.buckets or len(self.categories)) if self.kind == "categorical" else 1
        return first + self.missing + self.other + 2 * len(self.cycles)

    def write(
        self,
        values: NDArray[Any],  # (n,)  as in Column.values; read only
        out: NDArray[Any],  # (n, width)  float32 or float64, zeros; filled in
    ) -> None:
        """Write the output columns; a numeric column's own stays 0, for scaling to fill."""
        if self.buckets:
            for place, value in enumerate(values.tolist()):
                if value is not None:
                    out[place, bucket_of(value, self.buckets)] = 1
            return
        if self.kind == "categorical":
            at = self._indices(values)
            if self.embedded:
                out[:, 0] = at
                return
            rows = np.flatnonzero(at >= 0)
            out[rows, at[rows]] = 1
            return
        absent_rows = np.isnan(values)
        if self.kind == "boolean":
            out[:, 0] = np.where(absent_rows, self.fill, values)
        if self.missing:
            out[:, 1] = absent_rows
        for turn, cycle in enumerate(self.cycles):
            angle = 2 * np.pi * np.mod(np.where(absent_rows, 0.0, values), CYCLES[cycle]) / CYCLES[cycle]
            first = 1 + self.missing + 2 * turn
            out[:, first] = np.where(absent_rows, 0.0, np.sin(angle))
            out[:, first + 1] = np.where(absent_rows, 0.0, np.cos(angle))

    def _indices(self, values: NDArray[Any]) -> NDArray[np.intp]:
        """Return (n,) each category's index among the rows, -1 where it has none."""
        places = {value: at for at, value in enumerate(self.categories)}
        unseen = self.rows - 1 if self.other else -1
        absent = len(self.categories) if self.missing else unseen if self.embedded else -1
        return np.array([absent if v is None else places.get(v, unseen) for v in values.tolist()], dtype=int)

    def filled(self, values: NDArray[Any]) -> NDArray[np.float64]:
        """Return a numeric column with its missing values filled in; the column itself where none are."""
        absent = np.isnan(values)
        return np.where(absent, self.fill, values) if absent.any() else values


def fit_encoding(column: Column, embedded: Embedded = ()) -> ColumnEncoding:
    """Learn a column's encoding from its training values.

    A numeric column that is missing throughout is filled with 0 and gets no "missing" column: neither could
    tell one row from another.

    Args:
        embedded: the columns that the network embeds.
    """
    if column.kind == "categorical":
        if column.buckets:
            return ColumnEncoding(column.name, "categorical", buckets=column.buckets)
        return _fit_categories(column, embedded)
    absent = np.isnan(column.values)
    some_missing = bool(absent.any() and not absent.all())
    if column.kind == "boolean":
        return ColumnEncoding(column.name, "boolean", fill=0.5, missing=some_missing)
    present = column.values[~absent] if absent.any() else column.values  # a copy only where it is needed
    fill = float(np.median(present)) if len(present) else 0.0
    cycles = () if column.kind == "numeric" else _cycles(present)
    return ColumnEncoding(column.name, column.kind, fill=fill, missing=some_missing, cycles=cycles)


def bucket_of(value: str, buckets: int) -> int:
    """Return the bucket that a category is hashed into, the same on every machine."""
    return zlib.crc32(value.encode()) % buckets


def _cycles(days: NDArray[np.float64]) -> tuple[str, ...]:
    """Return the cycles that the dates have gone through at least once; of the day, where there are hours."""
    if len(days) == 0:
        return ()
    span = float(days.max() - days.min())
    gone_through = [name for name in ("year", "week") if span >= CYCLES[name]]
    return (*gone_through, *["day"] * bool(np.any(days != np.floor(days))))


def _fit_categories(column: Column, embedded: Embedded) -> ColumnEncoding:
    counts = Counter(column.values.tolist())
    n_missing = counts.pop(None, 0)
    frequent = tuple(sorted(value for value in counts if counts[value] >= RARE))
    if embedded == "auto":
        is_embedded = len(counts) + (n_missing > 0) >= EMBEDDED_FROM and len(frequent) > 1
    else:
        is_embedded = column.name in embedded
    if is_embedded:
        return ColumnEncoding(
            column.name,
            "categorical",
            missing=n_missing >= RARE,
            categories=frequent,
            other=True,
            embedded=True,
        )
    missing = n_missing > 0
    # The most frequent first; equally frequent ones by name, so that the row order makes no difference.
    ranked = sorted(counts, key=lambda value: (-counts[value], value))
    other = len(ranked) + missing > MAX_CATEGORIES
    kept = ranked[: MAX_CATEGORIES - 1 - missing] if other else ranked
    return ColumnEncoding(
        column.name, "categorical", missing=missing, categories=tuple(sorted(kept)), other=other
    )
