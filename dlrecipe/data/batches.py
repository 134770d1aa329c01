"""The order of the examples in each epoch. Knows no data, no network and no loop."""

from dataclasses import dataclass

import numpy as np
from numpy.random import Generator

from dlrecipe.arrays import Indices
from dlrecipe.rng import stream


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
