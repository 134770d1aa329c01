"""The order of the examples in each epoch. Knows no data, no network and no loop."""

from dataclasses import dataclass

import numpy as np

from dlrecipe.arrays import Indices
from dlrecipe.rng import stream


@dataclass(frozen=True)
class BatchOrder:
    """The order of the examples in every epoch, a function of the seed and the epoch alone.

    Nothing need be stored to resume: epoch 7 is the same whether epochs 1 to 6 came before it or not.
    """

    seed: int
    n_examples: int

    def of_epoch(self, epoch: int) -> Indices:
        """Return (n_examples,) a permutation of 0 … n_examples - 1; epoch is ≥ 0."""
        order: Indices = stream(self.seed, "batches", epoch).permutation(self.n_examples).astype(np.intp)
        return order
