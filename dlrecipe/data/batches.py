"""Which examples each step sees, and in what order. Knows no network and no loop."""

from dataclasses import dataclass, replace
from types import TracebackType
from typing import Any, Protocol, Self, final

import numpy as np
from numpy.random import Generator
from numpy.typing import NDArray

from dlrecipe.arrays import Batch, Indices
from dlrecipe.data.disk_rows import DiskRows, gather
from dlrecipe.data.examples import Split
from dlrecipe.rng import stream

EVERYTHING = slice(None)


@dataclass(frozen=True)
class BatchOrder:
    """The order of the examples in every epoch, a function of the seed and the epoch alone.

    Nothing need be stored to resume: epoch 7 is the same whether epochs 1 to 6 came before it or not.
    """

    seed: int
    n_examples: int
    blocks: Indices | None = None
    """(n_examples,) the block of its file that each example lies in, ascending, for examples on disk."""
    blocks_at_once: int = 64

    def of_epoch(self, epoch: int) -> Indices:
        """Return (n_examples,) a permutation of 0 … n_examples - 1; epoch is ≥ 0."""
        rng = stream(self.seed, "batches", epoch)
        if self.blocks is None:
            order: Indices = rng.permutation(self.n_examples).astype(np.intp)
            return order
        return self._by_windows(rng)

    def _by_windows(self, rng: Generator) -> Indices:
        """Return a permutation that stays among a few blocks, drawn at random, before it goes to others.

        Neighbours in a file meet more often than chance would have it, but any block with any other.
        """
        assert self.blocks is not None
        starts = np.flatnonzero(np.diff(self.blocks, prepend=-1))
        ends = np.append(starts[1:], self.n_examples)
        drawn = rng.permutation(len(starts))
        order = np.empty(self.n_examples, np.intp)
        at = 0
        for first in range(0, len(drawn), self.blocks_at_once):
            window = drawn[first : first + self.blocks_at_once]
            rows = np.concatenate([np.arange(starts[block], ends[block]) for block in window])
            order[at : at + len(rows)] = rng.permutation(rows)
            at += len(rows)
        return order


class BatchSource(Protocol):
    """Where the training loop's batches come from: a function of epoch and batch, whatever was asked before.

    While its context is open a source may work ahead, in threads that end with it.
    """

    @property
    def whole(self) -> Split | None:
        """The training split where every batch is all of it, unchanged: nothing need be copied then."""

    @property
    def y_like(self) -> NDArray[Any]:
        """An array with the trailing shape and the dtype of a batch's targets."""

    @property
    def fills_in_parts(self) -> bool:
        """Whether any process may fetch any part of a batch."""

    @property
    def mixes_labels(self) -> bool:
        """Whether the targets are each class's share, (n, n_classes), instead of labels, (n,)."""

    def must_read(self, epoch: int, batch: int) -> bool:
        """Return whether filling a batch reads blocks of a file first."""

    def fill(
        self,
        X: Batch,  # (n, features)  overwritten; n is that of the batch
        y: NDArray[Any],  # (n, …)  overwritten
        epoch: int,  # counts from 1
        batch: int,  # counts from 0
        part: slice = EVERYTHING,  # the rows of the batch to write
    ) -> None:
        """Write a batch, or a part of it where it fills in parts."""

    def __enter__(self) -> Self: ...

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None: ...


class BatchRows:
    """The rows of each batch: the epoch's order cut into pieces of `size`, the last one smaller."""

    def __init__(self, seed: int, n_examples: int, size: int, blocks: Indices | None = None) -> None:
        self.size = size
        self.n_batches = -(-n_examples // size)
        self._order = BatchOrder(seed, n_examples, blocks)
        self._epoch, self._rows = -1, np.arange(n_examples)

    def of(self, epoch: int, batch: int) -> Indices:
        """Return (n,) rows of train. For one thread: the order of the latest epoch is kept."""
        if self.n_batches == 1:
            return self._rows
        if epoch != self._epoch:
            self._epoch, self._rows = epoch, self._order.of_epoch(epoch)
        return self._rows[batch * self.size :][: self.size]


@final
class PlainBatches:
    """The examples as they are."""

    mixes_labels = False

    def __init__(self, train: Split, seed: int, size: int) -> None:
        self._train = train
        blocks = train.X.blocks if isinstance(train.X, DiskRows) else None
        self._rows = BatchRows(seed, train.n_examples, size, blocks)
        self.whole = None if self._rows.n_batches > 1 else replace(train, X=train.X[:])
        # From disk each process would read the same blocks.
        self.fills_in_parts = blocks is None
        self.y_like = train.y

    def must_read(self, epoch: int, batch: int) -> bool:
        """Return whether some example of a batch lies in a block that is not in memory."""
        X = self._train.X
        return isinstance(X, DiskRows) and X.must_read(self._rows.of(epoch, batch))

    def fill(self, X: Batch, y: NDArray[Any], epoch: int, batch: int, part: slice = EVERYTHING) -> None:
        """Write a batch: X (n, features) and y (n, …) are overwritten."""
        rows = self._rows.of(epoch, batch)[part]
        gather(self._train.X, rows, X[part])
        self._train.y.take(rows, 0, y[part], "clip")

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Nothing was begun."""
