"""Examples as a source delivers them: raw inputs and targets, before any split, statistic or scaling."""

from dataclasses import dataclass, field, replace
from typing import Any, Literal, TypeAlias

import numpy as np
from numpy.typing import NDArray

from dlrecipe.arrays import Indices

Kind: TypeAlias = Literal["numeric", "boolean", "categorical"]


@dataclass(frozen=True, eq=False)
class Column:
    """One column of a table.

    `values` has one entry a row. numeric and boolean: float64, NaN where missing (boolean: 0 and 1).
    categorical: object, `str` or None where missing.
    """

    name: str
    kind: Kind
    values: NDArray[Any]

    def take(self, rows: Indices) -> "Column":
        """Return the column of these rows."""
        return replace(self, values=self.values[rows])


@dataclass(frozen=True, eq=False)
class Examples:
    """Raw inputs and targets of n examples.

    The inputs are `matrix`, (n, features) numbers of any dtype (an image is a row, `feature_shape` its
    shape), or else `columns`. `target` is (n,) or (n, outputs) float64 for numbers, (n,) object `str` for
    labels, None when a source for prediction has none. `columns_aside` are columns that are no inputs,
    such as the one a split groups by.
    """

    origin: str
    matrix: NDArray[Any] | None = None
    columns: tuple[Column, ...] = ()
    target: NDArray[Any] | None = None
    target_names: tuple[str, ...] = ("target",)
    class_names: tuple[str, ...] | None = None
    feature_names: tuple[str, ...] = ()
    feature_shape: tuple[int, ...] = ()
    columns_aside: tuple[Column, ...] = field(default=())

    @property
    def n_examples(self) -> int:
        """Number of rows."""
        if self.matrix is not None:
            return len(self.matrix)
        return len(self.columns[0].values) if self.columns else 0

    def take(self, rows: Indices) -> "Examples":
        """Return these rows, in this order."""
        return replace(
            self,
            matrix=None if self.matrix is None else self.matrix[rows],
            columns=tuple(column.take(rows) for column in self.columns),
            target=None if self.target is None else self.target[rows],
            columns_aside=tuple(column.take(rows) for column in self.columns_aside),
        )


@dataclass(frozen=True, eq=False)
class Split:
    """Inputs and targets of one split, ready for the engine.

    X: (n, fan_in), C-contiguous, float32 or float64. y: (n,) int64 class indices, or (n, outputs) of X's
    dtype, normalized. `rows`: (n,) each example's row in its source, counted from 0.
    """

    X: NDArray[Any]
    y: NDArray[Any]
    rows: Indices

    @property
    def n_examples(self) -> int:
        """Number of rows."""
        return len(self.X)


def as_labels(values: NDArray[Any]) -> NDArray[Any]:
    """Return class labels as strings: 3.0 and 3 both as "3", True as "True"."""
    if values.dtype.kind == "f" and np.all(values == np.floor(values)):
        values = values.astype(np.int64)
    return values.astype(str).astype(object)
