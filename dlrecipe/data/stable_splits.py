"""Splits by hash: a row lands where its own content, or its key, says, whatever other rows there are.

Rows may be appended, reordered or deleted and no other row changes sides; equal rows are always together.
The price is that sizes and classes come out by chance: with n rows a share s is met to about √(s(1-s)/n).
"""

import hashlib
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from dlrecipe.arrays import Indices
from dlrecipe.data.examples import Column, Examples
from dlrecipe.data.normalization import blocks

Hashes = NDArray[np.uint64]
# The constants of splitmix64 (Steele, Lea and Flood 2014), whose finalizer scatters any change over 64 bits.
_STEP, _MIX1, _MIX2 = (np.uint64(c) for c in (0x9E3779B97F4A7C15, 0xBF58476D1CE4E5B9, 0x94D049BB133111EB))


def assign_by_hash(hashes: Hashes, shares: Sequence[float]) -> Indices:
    """Return the split of each row: the stretch of [0, 1) that its hash falls into.

    Args:
        hashes: (n,) as `content_hashes` or `key_hashes` gives them.
        shares: of the splits, adding up to 1.
    """
    edges = np.cumsum(shares)[:-1]
    places = hashes.astype(np.float64) / 2.0**64
    found: Indices = np.searchsorted(edges, places, side="right").astype(np.intp)
    return found


def content_hashes(examples: Examples, seed: int) -> Hashes:
    """Return a hash of each row's inputs; the target is left out, so that a corrected label moves no row.

    A table's columns count by their names, a matrix's by their places, and numbers by their value: 3 and 3.0
    are alike, whatever the type they are stored as.
    """
    total = np.zeros(examples.n_examples, np.uint64)
    if examples.matrix is not None:
        salts = _mixed(np.arange(1, examples.matrix.shape[1] + 1, dtype=np.uint64) * _STEP)
        for rows in blocks(*examples.matrix.shape):
            total[rows] = _mixed(_bits(np.asarray(examples.matrix[rows])) ^ salts).sum(
                axis=1, dtype=np.uint64
            )
    for column in examples.columns:
        # A sum does not care for the order of the columns.
        total += _mixed(_cell_hashes(column) ^ _text_hash(column.name))
    return _mixed(total + _text_hash(f"split {seed}"))


def key_hashes(column: Column, seed: int) -> Hashes:
    """Return a hash of each row's key, such as a patient's number."""
    return _mixed(_cell_hashes(column) + _text_hash(f"split {seed}"))


def _cell_hashes(column: Column) -> Hashes:
    if column.values.dtype.kind == "f":
        return _bits(column.values)
    names, which = np.unique(
        np.array(["\0" if value is None else value for value in column.values.tolist()]), return_inverse=True
    )
    return np.array([_text_hash(name) for name in names.tolist()], np.uint64)[which]


def _bits(numbers: NDArray[np.generic]) -> Hashes:
    """Return numbers as the bits of their float64; -0 is 0, and every NaN the same."""
    values = numbers.astype(np.float64)
    values += 0.0  # turns -0 into 0
    values[np.isnan(values)] = np.nan
    return values.view(np.uint64)


def _text_hash(text: str) -> np.uint64:
    return np.uint64(int.from_bytes(hashlib.blake2b(text.encode(), digest_size=8).digest(), "little"))


def _mixed(values: Hashes) -> Hashes:
    """Scatter: the finalizer of splitmix64, in numbers that wrap around."""
    with np.errstate(over="ignore"):
        values = values + _STEP
        values = (values ^ (values >> np.uint64(30))) * _MIX1
        values = (values ^ (values >> np.uint64(27))) * _MIX2
        return values ^ (values >> np.uint64(31))
