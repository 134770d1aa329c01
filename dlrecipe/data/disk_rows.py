"""The rows of an .npy file that stays on disk: read when asked for, so that it may be larger than memory.

Rows are read with plain reads, not through a mapping: pages of a mapped file count as the process's own
memory, and a fault a row costs more than the read (docs/decisions/0010). Training in random order keeps whole
blocks of neighbouring rows for as long as `BatchOrder` stays among them.

Knows no splits; what scales the rows on their way is handed in.
"""

import os
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any, TypeAlias, final

import numpy as np
from numpy.typing import NDArray

from dlrecipe.arrays import Indices
from dlrecipe.data.side_by_side import side_by_side
from dlrecipe.errors import DataError

BLOCK_BYTES = 1 << 20
"""What is read at a time in random order: at 1 MB the cost of a read is that of copying."""
WINDOW_BLOCKS = 64
"""Blocks that an epoch draws its next rows from."""
CACHED_BLOCKS = 2 * WINDOW_BLOCKS
"""A batch may reach from one window into the next."""
IN_MEMORY_BYTES = 1 << 27
"""Splits of at most 128 MB are held in memory: dev is read each epoch, and its rows may lie far apart."""

Scaler: TypeAlias = Callable[[NDArray[Any], NDArray[Any]], None]
"""Writes rows as they lie in the file, (n, features), into an array of the same shape, scaled."""


@final
@dataclass(frozen=True, eq=False)
class NpyFile:
    """An .npy of (n, …) numbers in C order: where its rows begin, and how long each is."""

    path: Path
    offset: int
    stored: np.dtype[Any]
    n_rows: int
    n_features: int
    descriptor: int = field(init=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "descriptor", os.open(self.path, os.O_RDONLY | os.O_CLOEXEC))

    def __del__(self) -> None:
        if hasattr(self, "descriptor"):
            os.close(self.descriptor)

    @property
    def row_bytes(self) -> int:
        """Length of a row in the file."""
        return self.n_features * self.stored.itemsize

    def read(self, first: int, n: int) -> NDArray[Any]:
        """Return (n, n_features) rows from `first` on.

        Raises:
            DataError: the file has become shorter since it was opened.
        """
        rows = np.empty((n, self.n_features), self.stored)
        buffer, at = memoryview(rows.data).cast("B"), 0
        while at < len(buffer):
            n_read = os.preadv(self.descriptor, [buffer[at:]], self.offset + first * self.row_bytes + at)
            if n_read == 0:
                raise DataError(
                    "the file was cut short while it was read", where=str(self.path), remedy="Write it anew."
                )
            at += n_read
        return rows


@final
@dataclass(frozen=True, eq=False)
class DiskRows:
    """Some rows of a file, as a matrix (n, n_features) that is not in memory.

    Slicing and indexing give arrays; `select` gives fewer rows, `scaled` other values, both still on disk.
    `np.asarray` reads it all.
    """

    file: NpyFile
    rows: Indices
    dtype: np.dtype[Any]
    scaler: Scaler | None = None
    _cache: "BlockCache | None" = field(default=None, init=False, repr=False)

    @property
    def shape(self) -> tuple[int, int]:
        """Rows and features."""
        return len(self.rows), self.file.n_features

    @property
    def ndim(self) -> int:
        """2, as of a matrix."""
        return 2

    @property
    def size(self) -> int:
        """Number of numbers."""
        return len(self.rows) * self.file.n_features

    @property
    def nbytes(self) -> int:
        """What the whole would take in memory."""
        return self.size * self.dtype.itemsize

    @property
    def blocks(self) -> Indices:
        """(n,) the block of the file that each row lies in; see `BatchOrder`."""
        return self.rows // self.rows_a_block

    @property
    def rows_a_block(self) -> int:
        """Rows that are read together in random order."""
        return max(1, BLOCK_BYTES // max(self.file.row_bytes, 1))

    def __len__(self) -> int:
        return len(self.rows)

    def __array__(self, dtype: Any = None, copy: bool | None = None) -> NDArray[Any]:
        return self[:] if dtype is None else self[:].astype(dtype)

    def __getitem__(self, key: Any) -> NDArray[Any]:
        """Return rows, or what an array would give for `matrix[rows, columns]`, as an array in memory."""
        if isinstance(key, tuple):
            return self[key[0]][(slice(None), *key[1:]) if not isinstance(key[0], int) else key[1:]]
        wanted = self.rows[key]
        return self._read(np.atleast_1d(wanted))[0 if np.ndim(wanted) == 0 else slice(None)]

    def reshape(self, *shape: int) -> "DiskRows":
        """Return itself: it is a matrix already."""
        assert shape in ((len(self), -1), self.shape), shape
        return self

    def select(self, rows: Indices) -> "DiskRows":
        """Return these rows, still on disk."""
        return replace(self, rows=self.rows[rows])

    def scaled(self, scaler: Scaler, dtype: np.dtype[Any]) -> "DiskRows":
        """Return the rows as they come out of a scaler, still on disk."""
        return replace(self, scaler=scaler, dtype=dtype)

    def gather(self, positions: Indices, out: NDArray[Any]) -> None:
        """Write rows into `out`; quick as long as they come from few blocks.

        Args:
            positions: (n,) places among these rows.
            out: (n, n_features), overwritten.
        """
        if self._cache is None:
            object.__setattr__(self, "_cache", BlockCache(self))
        assert self._cache is not None
        if not self._cache.gather(self.rows[positions], out):
            out[...] = self[positions]

    def must_read(self, positions: Indices) -> bool:
        """Return whether `gather` would read some of these rows, (n,) places among these, from the file."""
        return self._cache is None or not self._cache.holds(self.rows[positions])

    def convert(self, stored: NDArray[Any], out: NDArray[Any]) -> None:
        """Write rows as they lie in the file into `out`, scaled where there is a scaler."""
        if self.scaler is None:
            out[...] = stored
        else:
            self.scaler(stored, out)

    def _read(self, file_rows: Indices) -> NDArray[Any]:
        """Return any rows of the file, each run of neighbours with one read."""
        out = np.empty((len(file_rows), self.file.n_features), self.dtype)
        at = 0
        for run in _runs(file_rows, self.rows_a_block):
            first = int(run[0])
            stored = self.file.read(first, int(run[-1]) - first + 1)
            self.convert(stored if len(stored) == len(run) else stored[run - first], out[at : at + len(run)])
            at += len(run)
        return out


class BlockCache:
    """The blocks last read, ready for the engine, in memory allocated once; the oldest makes room."""

    def __init__(self, source: DiskRows) -> None:
        self._source, self._size = source, source.rows_a_block
        n_blocks = -(-source.file.n_rows // self._size)
        self._slots = min(CACHED_BLOCKS, n_blocks)
        self._held = np.empty((self._slots * self._size, source.file.n_features), source.dtype)
        self._slot_of = np.full(n_blocks, -1, np.intp)
        self._block_in = np.full(self._slots, -1, np.intp)
        self._next = 0

    def holds(self, file_rows: Indices) -> bool:
        """Return whether the blocks of all these rows are there."""
        return bool((self._slot_of[file_rows // self._size] >= 0).all())

    def gather(self, file_rows: Indices, out: NDArray[Any]) -> bool:
        """Write rows of the file into `out`; return False when they lie in too many blocks at once."""
        blocks, places = np.divmod(file_rows, self._size)
        slots = self._slot_of[blocks]
        if slots.min() < 0:
            absent = np.unique(blocks[slots < 0])
            if len(absent) > self._slots // 2:
                return False
            # At the start of a window half of its blocks are wanted at once.
            numbers = len(absent) * self._size * self._held.shape[1]
            side_by_side(self._load, self._assigned(absent.tolist()), numbers=numbers)
            slots = self._slot_of[blocks]
            if slots.min() < 0:  # one that was there has made room
                return False
        # mode="clip" lets take write straight into `out`; the places are in range.
        self._held.take(slots * self._size + places, 0, out, "clip")
        return True

    def _assigned(self, blocks: list[int]) -> list[tuple[int, int]]:
        """Return each block with the slot that it gets; what was there is forgotten."""
        pairs = []
        for block in blocks:
            slot, self._next = self._next, (self._next + 1) % self._slots
            if self._block_in[slot] >= 0:
                self._slot_of[self._block_in[slot]] = -1
            self._block_in[slot], self._slot_of[block] = block, slot
            pairs.append((block, slot))
        return pairs

    def _load(self, pair: tuple[int, int]) -> None:
        block, slot = pair
        first = block * self._size
        stored = self._source.file.read(first, min(self._size, self._source.file.n_rows - first))
        self._source.convert(stored, self._held[slot * self._size :][: len(stored)])


def gather(X: Any, rows: Indices, out: NDArray[Any]) -> None:
    """Write rows of a matrix, in memory or on disk, into `out`."""
    if isinstance(X, DiskRows):
        X.gather(rows, out)
    else:
        # "clip" lets take write straight into the buffer; the rows are in range.
        X.take(rows, 0, out, "clip")


def _runs(rows: Indices, longest: int) -> list[Indices]:
    """Cut ascending rows into runs that one read can serve: less than half of what is read is passed over."""
    if len(rows) == 0:
        return []
    step = np.diff(rows)
    cuts = np.flatnonzero((step < 1) | (step > 2)) + 1
    return [
        piece[start : start + longest]
        for piece in np.split(rows, cuts)
        for start in range(0, len(piece), longest)
    ]
