"""Examples as a source delivers them: raw inputs and targets, before any split, statistic or scaling."""

from dataclasses import dataclass, field, replace
from typing import Any, Literal, TypeAlias

import numpy as np
from numpy.typing import NDArray

from dlrecipe.arrays import Indices
from dlrecipe.data.disk_rows import DiskRows
from dlrecipe.errors import DataError

Kind: TypeAlias = Literal["numeric", "boolean", "categorical", "date", "us_date"]
"""us_date: a date of which the month was written first, such as 12/31/2024; otherwise as date."""


@dataclass(frozen=True, eq=False)
class Column:
    """One column of a table.

    `values` has one entry a row. numeric and boolean: float64, NaN where missing (boolean: 0 and 1).
    date: float64, the days since 1970, NaN where missing. categorical: object, `str` or None where missing.
    `buckets`: a categorical column that is to be hashed, into how many columns; 0 for one column a category.
    """

    name: str
    kind: Kind
    values: NDArray[Any]
    buckets: int = 0

    def take(self, rows: Indices) -> "Column":
        """Return the column of these rows."""
        return replace(self, values=self.values[rows])


@dataclass(frozen=True, eq=False)
class Examples:
    """Raw inputs and targets of n examples.

    The inputs are `matrix`, (n, features) numbers of any dtype, in memory or on disk (an image is a row,
    `feature_shape` its shape), or else `columns`. `target` is (n,) or (n, outputs) float64 for numbers, (n,)
    object `str` for labels, None when a source for prediction has none. `columns_aside` are columns that are
    no inputs, such as the one a split groups by. `row_names`, (n,) object `str`, is what each example is
    called where it has a name, such as an image's file. `traits` are facts about each example that are no
    inputs and should say nothing of the target, such as the size of an image's file before it is resized.
    """

    origin: str
    matrix: NDArray[Any] | DiskRows | None = None
    columns: tuple[Column, ...] = ()
    target: NDArray[Any] | None = None
    target_names: tuple[str, ...] = ("target",)
    class_names: tuple[str, ...] | None = None
    feature_names: tuple[str, ...] = ()
    feature_shape: tuple[int, ...] = ()
    columns_aside: tuple[Column, ...] = field(default=())
    notes: tuple[str, ...] = ()
    """What was decided in reading them that a person should know of, a sentence each."""
    row_names: NDArray[Any] | None = None
    traits: tuple[Column, ...] = ()
    is_drawn: bool = False
    """Whether they were made up, by a seed, and are nowhere kept."""

    @property
    def n_examples(self) -> int:
        """Number of rows."""
        if self.matrix is not None:
            return len(self.matrix)
        return len(self.columns[0].values) if self.columns else 0

    @property
    def noun(self) -> str:
        """What one of them is: a row of a table, an image of a folder, else an example."""
        if self.columns:
            return "row"
        return "example" if self.row_names is None else "image"

    def take(self, rows: Indices) -> "Examples":
        """Return these rows, in this order."""
        return replace(
            self,
            matrix=self.matrix.select(rows)
            if isinstance(self.matrix, DiskRows)
            else _taken(self.matrix, rows),
            columns=tuple(column.take(rows) for column in self.columns),
            target=_taken(self.target, rows),
            columns_aside=tuple(column.take(rows) for column in self.columns_aside),
            row_names=_taken(self.row_names, rows),
            traits=tuple(trait.take(rows) for trait in self.traits),
        )


@dataclass(frozen=True, eq=False)
class ChosenRows:
    """Some rows of a matrix in memory, copied a block at a time: copying them all would double its memory."""

    matrix: NDArray[Any]
    rows: Indices

    @property
    def shape(self) -> tuple[int, int]:
        """Rows and features."""
        return len(self.rows), self.matrix.shape[1]

    @property
    def dtype(self) -> np.dtype[Any]:
        """The type of the numbers."""
        return self.matrix.dtype

    def __len__(self) -> int:
        return len(self.rows)

    def __getitem__(self, key: Any, /) -> NDArray[Any]:
        rows, columns = key if isinstance(key, tuple) else (key, slice(None))
        found: NDArray[Any] = self.matrix[self.rows[rows]][..., columns]
        return found

    def __array__(self, dtype: Any = None, copy: bool | None = None) -> NDArray[Any]:
        return self[:] if dtype is None else self[:].astype(dtype)


def joined(first: Examples, second: Examples) -> Examples:
    """Return the examples of two sources one after the other; the second's columns are found by name.

    Raises:
        DataError: their inputs or targets are of different width or kind.
    """
    origin = f"{first.origin} + {second.origin}"
    theirs = {column.name: column for column in second.columns}
    widths = [0 if each.matrix is None else each.matrix.shape[1] for each in (first, second)]
    targets = [each.target for each in (first, second) if each.target is not None]
    alike = widths[0] == widths[1] and {column.name for column in first.columns} <= set(theirs)
    if not alike or len(targets) < 2 or targets[0].shape[1:] != targets[1].shape[1:]:
        raise DataError(
            f"the examples are not of one kind: {widths[0] or len(first.columns)} inputs, and "
            f"{widths[1] or len(second.columns)}",
            where=origin,
            remedy="Give data.target the same inputs and the same target as data.source.",
        )
    if targets[0].dtype != targets[1].dtype:
        targets = [as_labels(target) for target in targets]
    return replace(
        first,
        origin=origin,
        matrix=None
        if first.matrix is None or second.matrix is None
        else np.concatenate([first.matrix[:], second.matrix[:]]),
        columns=tuple(
            replace(column, values=np.concatenate([column.values, theirs[column.name].values]))
            for column in first.columns
        ),
        target=np.concatenate(targets),
        columns_aside=(),
        row_names=None,
        traits=(),
    )


@dataclass(frozen=True, eq=False)
class Split:
    """Inputs and targets of one split, ready for the engine.

    X: (n, fan_in), C-contiguous, float32 or float64, or the same on disk. y: (n,) int64 class indices, or
    (n, outputs) of X's dtype, normalized. `rows`: (n,) each example's row in its source, counted from 0.
    """

    X: NDArray[Any] | DiskRows
    y: NDArray[Any]
    rows: Indices

    @property
    def n_examples(self) -> int:
        """Number of rows."""
        return len(self.X)


def _taken(values: NDArray[Any] | None, rows: Indices) -> NDArray[Any] | None:
    return None if values is None else values[rows]


def as_labels(values: NDArray[Any]) -> NDArray[Any]:
    """Return class labels as strings: 3.0 and 3 both as "3", True as "True"."""
    if values.dtype.kind == "f" and np.all(values == np.floor(values)):
        values = values.astype(np.int64)
    return values.astype(str).astype(object)
