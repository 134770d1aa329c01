"""A 64-bit hash of each row's inputs, the same for equal rows of any split. Knows no targets."""

from collections.abc import Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

from dlrecipe.data.examples import Column, Examples
from dlrecipe.data.normalization import blocks
from dlrecipe.rng import stream

Keys = NDArray[np.uint64]

_MIX = np.uint64(0x9E3779B97F4A7C15)  # 2^64 over the golden ratio: an odd number without pattern
_HIGH, _MIDDLE = np.uint64(32), np.uint64(29)


def keys_of_rows(by_split: Mapping[str, Examples]) -> dict[str, Keys]:
    """Return (n,) keys of each split's rows.

    Two different rows get the same key with probability 2^-64: among 10 million rows the chance that any two
    do is 3e-6. Missing values are equal to each other, and -0 is equal to 0.
    """
    first = next(iter(by_split.values()))
    if first.matrix is not None:
        matrices = {name: np.asanyarray(each.matrix) for name, each in by_split.items()}
        bytewise = all(m.dtype.kind in "ub" and m.itemsize == 1 for m in matrices.values())
        return {name: _keys_of_matrix(matrix, bytewise=bytewise) for name, matrix in matrices.items()}
    factors = _factors(len(first.columns))
    keys = {name: np.zeros(each.n_examples, np.uint64) for name, each in by_split.items()}
    for at, column in enumerate(first.columns):
        codes: dict[Any, int] = {}
        for name, examples in by_split.items():
            own = next(each for each in examples.columns if each.name == column.name)
            keys[name] += _mixed(_words_of_column(own, codes)) * factors[at]
    return keys


def _keys_of_matrix(matrix: NDArray[Any], *, bytewise: bool) -> Keys:
    """Return keys, a block of rows at a time; bytes are taken eight to a word."""
    n = len(matrix)
    flat = matrix.reshape(n, -1)
    keys = np.empty(n, np.uint64)
    for rows in blocks(*flat.shape):
        words = _packed(flat[rows]) if bytewise else _words(flat[rows].astype(np.float64))
        keys[rows] = (_mixed(words) * _factors(words.shape[1])).sum(axis=1, dtype=np.uint64)
    return keys


def _packed(block: NDArray[Any]) -> Keys:
    padding = -block.shape[1] % 8
    padded = np.pad(block.view(np.uint8), ((0, 0), (0, padding))) if padding else block.view(np.uint8)
    return np.ascontiguousarray(padded).view(np.uint64)


def _words_of_column(column: Column, codes: dict[Any, int]) -> Keys:
    """Return a word for each value; `codes` numbers the categories, and is shared by all splits."""
    if column.kind != "categorical":
        return _words(column.values.astype(np.float64))
    return np.array([codes.setdefault(value, len(codes)) for value in column.values.tolist()], np.uint64)


def _words(numbers: NDArray[np.float64]) -> Keys:
    numbers = numbers + 0.0  # -0 becomes 0
    numbers[np.isnan(numbers)] = np.nan  # whatever its bits were
    return numbers.view(np.uint64)


def _mixed(words: Keys) -> Keys:
    """Return the words with every bit spread over all: floats of small whole numbers differ in few."""
    mixed: Keys = (words ^ (words >> _HIGH)) * _MIX
    mixed ^= mixed >> _MIDDLE
    mixed *= _MIX
    return mixed ^ (mixed >> _HIGH)


def _factors(n: int) -> Keys:
    """Return an odd factor a column, so that equal values in other places make another key."""
    drawn = stream(0, "row keys").integers(0, 2**63, n, dtype=np.uint64)
    return drawn * np.uint64(2) + np.uint64(1)
