"""The splits as the checks see them: raw inputs column by column, encoded targets, a sample of the rows.

Everything that several checks need is worked out once and kept. Knows no particular check.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from types import MappingProxyType
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

from dlrecipe.arrays import Indices
from dlrecipe.data.checks.row_keys import keys_of_rows
from dlrecipe.data.examples import Column, Examples, Kind
from dlrecipe.data.specs import Task
from dlrecipe.rng import stream

Numbers = NDArray[np.float64]


@dataclass(frozen=True)
class Effort:
    """How much is looked at: rows of a split, numbers of a split, and numbers hashed for duplicates.

    `pairs` bounds the distances worked out between two splits.
    """

    rows: int
    numbers: int
    hashed: int
    pairs: int


QUICK = Effort(rows=4_000, numbers=1_000_000, hashed=3_000_000, pairs=1_000_000)
"""At the start of every training: some 0.1 s."""
THOROUGH = Effort(rows=20_000, numbers=16_000_000, hashed=400_000_000, pairs=100_000_000)
"""For `dlrecipe check`: some seconds."""


@dataclass(frozen=True)
class Cut:
    """How a split came about: drawn in one way or another, by a column, or from a source of its own."""

    way: Literal["stratified", "random", "stable", "group", "time", "column", "own source"] = "stratified"
    column: str = ""


@dataclass(frozen=True, eq=False)
class Part:
    """One split: raw inputs, the target as the engine learns it, and each row's place in its source.

    y: (n,) int64 classes, or (n, n_outputs) numbers.
    """

    examples: Examples
    y: NDArray[Any]
    rows: Indices

    @property
    def n(self) -> int:
        """Number of rows."""
        return len(self.y)

    @property
    def noun(self) -> str:
        """What an example is called: an image, or else a row."""
        return "image" if self.examples.noun == "image" else "row"

    def called(self, at: Indices) -> list[str]:
        """Return what a person can find these rows by: their names, or their places in the source."""
        if self.examples.row_names is not None:
            return [str(name) for name in self.examples.row_names[at]]
        return [f"row {row}" for row in self.rows[at].tolist()]

    def take(self, at: Indices) -> "Part":
        """Return these rows, by their position in the split."""
        return Part(self.examples.take(at), self.y[at], self.rows[at])


@dataclass(frozen=True, eq=False)
class Feature:
    """One input in every split, as numbers: NaN where missing; a category as its code from 0.

    `labels` are the categories by code; empty for numbers.
    """

    name: str
    kind: Kind
    values: Mapping[str, Numbers]
    labels: tuple[str, ...] = ()

    @cached_property
    def train(self) -> Numbers:
        """The values in train."""
        return self.values["train"]


class Tables:
    """All splits of a data set, with samples of their rows.

    Args:
        parts: the splits by name, train first.
        classes: the labels; empty for regression.
        effort: how much of large data is looked at.
        expected_error, difference: the error that is hoped for, and the smallest difference that is to be
            seen; None for what is usual.
        cuts: how dev and test came about.
    """

    def __init__(
        self,
        parts: Mapping[str, Part],
        task: Task,
        classes: tuple[str, ...],
        *,
        effort: Effort,
        seed: int = 0,
        expected_error: float | None = None,
        difference: float | None = None,
        cuts: Mapping[str, Cut] = MappingProxyType({}),
    ) -> None:
        self.parts, self.task, self.classes, self.effort, self.seed = parts, task, classes, effort, seed
        self.expected_error, self.difference, self.cuts = expected_error, difference, cuts

    @property
    def is_table(self) -> bool:
        """Whether the inputs are columns that mean something one by one, and not pixels."""
        return not any(part.examples.feature_shape for part in self.parts.values())

    @property
    def noun(self) -> str:
        """What an example is called: an image, or else a row."""
        return self.parts["train"].noun

    @property
    def n(self) -> dict[str, int]:
        """Number of rows of each split."""
        return {name: part.n for name, part in self.parts.items()}

    @property
    def n_features(self) -> int:
        """Number of inputs, before encoding."""
        examples = next(iter(self.parts.values())).examples
        if examples.matrix is not None:
            return int(np.prod(examples.matrix.shape[1:]))
        return len(examples.columns)

    def has(self, need: str) -> bool:
        """Return whether a split is there, or the inputs are a table."""
        return self.is_table if need == "table" else need in self.parts

    @cached_property
    def sample(self) -> dict[str, Part]:
        """Rows of each split, drawn once and in the order of the source; all of them where they are few."""
        most = max(200, min(self.effort.rows, self.effort.numbers // max(self.n_features, 1)))
        return {
            name: part if part.n <= most else part.take(self._drawn(at, part.n, most))
            for at, (name, part) in enumerate(self.parts.items())
        }

    def _drawn(self, at: int, n: int, most: int) -> Indices:
        chosen: Indices = np.sort(stream(self.seed, "checks", at).choice(n, most, replace=False))
        return chosen.astype(np.intp)

    @cached_property
    def features(self) -> tuple[Feature, ...]:
        """The inputs of the sample, one by one."""
        return features_of({name: part.examples for name, part in self.sample.items()})

    @cached_property
    def hashed(self) -> dict[str, Part]:
        """The rows that duplicates are looked for among: more than the sample, for hashing is cheap."""
        most = max(1_000, self.effort.hashed // max(self.n_features, 1))
        return {
            name: part if part.n <= most else part.take(self._drawn(at, part.n, most))
            for at, (name, part) in enumerate(self.parts.items())
        }

    @cached_property
    def keys(self) -> dict[str, NDArray[np.uint64]]:
        """A hash of the inputs of each hashed row, the same for equal inputs in any split."""
        return keys_of_rows({name: part.examples for name, part in self.hashed.items()})


def features_of(by_split: Mapping[str, Examples]) -> tuple[Feature, ...]:
    """Return the inputs one by one, named and coded alike in every split; the first one names them."""
    first = next(iter(by_split.values()))
    if first.matrix is not None:
        flat = {
            name: np.asarray(examples.matrix, np.float64).reshape(examples.n_examples, -1)
            for name, examples in by_split.items()
        }
        width = next(iter(flat.values())).shape[1]
        names = first.feature_names or tuple(f"x{i}" for i in range(1, width + 1))
        return tuple(
            Feature(names[at], "numeric", {name: matrix[:, at] for name, matrix in flat.items()})
            for at in range(width)
        )
    return column_features({name: examples.columns for name, examples in by_split.items()})


def column_features(by_split: Mapping[str, tuple[Column, ...]]) -> tuple[Feature, ...]:
    """Return columns as numbers, coded alike in every split; the first one names them."""
    return tuple(_column(by_split, column) for column in next(iter(by_split.values())))


def _column(by_split: Mapping[str, tuple[Column, ...]], column: Column) -> Feature:
    raw = {
        name: next(each.values for each in columns if each.name == column.name)
        for name, columns in by_split.items()
    }
    if column.kind != "categorical":
        return Feature(column.name, column.kind, raw)
    codes: dict[str, int] = {}
    values = {
        name: np.array(
            [np.nan if each is None else codes.setdefault(each, len(codes)) for each in column_values],
            dtype=np.float64,
        )
        for name, column_values in ((name, array.tolist()) for name, array in raw.items())
    }
    return Feature(column.name, "categorical", values, tuple(codes))
