"""Names for the shapes of arrays, so that a signature says what it takes.

The batch comes first everywhere: `X (batch, fan_in)`, `W (fan_in, fan_out)`, `Z = X @ W + b`.
"""

from functools import lru_cache
from typing import Any, Protocol, TypeAlias

import numpy as np
from numpy.typing import NDArray

Floats: TypeAlias = NDArray[np.floating[Any]]
"""Float32 or float64, any shape."""
Flat: TypeAlias = NDArray[np.floating[Any]]
"""(n_params,) all parameters of a network, or a gradient or moment of them, end to end."""
Weights: TypeAlias = NDArray[np.floating[Any]]
"""(fan_in, fan_out)"""
Batch: TypeAlias = NDArray[np.floating[Any]]
"""(batch, features)"""
Labels: TypeAlias = NDArray[np.int64]
"""(n_examples,) class indices, 0 … n_classes - 1."""
Indices: TypeAlias = NDArray[np.intp]
"""(n,) positions of rows."""
DType: TypeAlias = np.dtype[np.floating[Any]]
"""float32 or float64, an argument of every build."""


class Rows(Protocol):
    """A matrix (n, features) of which rows are asked for: an array, or one that stays on disk."""

    @property
    def shape(self) -> tuple[int, ...]:
        """Rows and features."""

    @property
    def dtype(self) -> np.dtype[Any]:
        """The type of the numbers."""

    def __len__(self) -> int: ...

    def __getitem__(self, key: Any, /) -> Any: ...


@lru_cache(maxsize=1024)
def constant(value: float, dtype: np.dtype[Any]) -> NDArray[Any]:
    """Return a number as an array without axes, made once and not to be written to.

    A ufunc takes it 0.5 µs faster than a Python float, a tenth of a small network's step in all
    (benchmarks.speed, tiny).
    """
    array = np.array(value, dtype)
    array.setflags(write=False)
    return array


def zeros(shape: tuple[int, ...], dtype: np.dtype[Any]) -> NDArray[Any]:
    """Return an array of zeros, made once and not to be written to: see `filled`.

    Large ones take no memory: the kernel shows one page of zeros in the place of all.
    """
    return filled(0.0, shape, dtype)


@lru_cache(maxsize=256)
def filled(value: float, shape: tuple[int, ...], dtype: np.dtype[Any]) -> NDArray[Any]:
    """Return an array that holds one number everywhere, made once and not to be written to.

    The larger, or the smaller, of two numbers is found in a quarter of the time where both lie in arrays
    (benchmarks.speed: NumPy's maximum and minimum have no vector form for an array and a single number).
    """
    array = np.full(shape, value, dtype) if value else np.zeros(shape, dtype)
    array.setflags(write=False)
    return array


def halves(n: int) -> tuple[slice, slice]:
    """Return the rows of the two parts into which a batch of n examples is cut, n being 2 at least."""
    return slice(0, n // 2), slice(n // 2, n)
