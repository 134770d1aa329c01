"""An exponential moving average of a vector that an optimizer moves. Knows no network and no loop."""

import numpy as np

from dlrecipe.arrays import Flat
from dlrecipe.optim.optimizers import BLOCK


def weight_of_latest(decay: float, update: int) -> float:
    """Return the latest value's weight in the average: (1 - decay) / (1 - decay^update).

    With it the average is Σ decay^(t-i) θ_i / Σ decay^(t-i) over the updates i = 1 … t, from the first update
    on: the bias correction of Adam (Kingma and Ba 2015, section 3), worked into the weight. What the vector
    was before its first update has no part in it.

    Args:
        decay: in [0, 1).
        update: counts from 1.
    """
    return (1 - decay) / (1 - decay**update)


def average_step(
    average: Flat,  # (n,)  updated in place
    latest: Flat,  # (n,)  read only
    scratch: Flat,  # (n,)  contents undefined afterwards
    weight: float,
) -> None:
    """average ← average + weight · (latest - average)."""
    np.subtract(latest, average, out=scratch)
    np.multiply(scratch, weight, out=scratch)
    np.add(average, scratch, out=average)


class MovingAverage:
    """The average of one vector, bound to the vector's memory.

    `value` is (n,), the vector itself before the first update.
    Source: Polyak and Juditsky 1992 for averaging; the exponential form as in Szegedy et al. 2016,
    arXiv:1512.00567, section 8.
    """

    def __init__(self, decay: float, latest: Flat) -> None:
        self.value = latest.copy()
        self._decay = decay
        scratch = np.empty(min(BLOCK, len(latest)), latest.dtype)
        self._blocks = [
            (self.value[start : start + BLOCK], part, scratch[: len(part)])
            for start in range(0, len(latest), BLOCK)
            for part in [latest[start : start + BLOCK]]
        ]

    def update(self, update: int) -> None:
        """Take in the vector's present value.

        Args:
            update: counts from 1.
        """
        weight = weight_of_latest(self._decay, update)
        for average, latest, scratch in self._blocks:
            average_step(average, latest, scratch, weight)
