"""Random directions, for tensors with too many components to compare each.

A gradient that is right has the right slope along any direction, and one that is wrong has a wrong one along
almost every direction: a dozen of them, two passes each, look at every component at once. Where they do not
agree, halving narrows the tensor down to the components that are to blame. Knows nothing of verdicts.
"""

from dataclasses import dataclass

import numpy as np

from dlrecipe import rng as random_streams
from dlrecipe.arrays import Flat, Floats, Indices
from dlrecipe.gradcheck.cost import Cost
from dlrecipe.gradcheck.difference import Numeric
from dlrecipe.gradcheck.kinks import same_piece
from dlrecipe.gradcheck.sampling import DIRECTIONS

FEW = 64
"""Components at which the narrowing ends and each is compared."""

NARROWING_STEP = 1e-5


@dataclass(frozen=True, eq=False)
class Projections:
    """Slopes of the loss along random directions in one tensor; places are the directions' numbers.

    `value` and `gradient` are the tensor's views into θ and the data term's gradient; `index` is the
    tensor's number; `unit` is the rounding of one evaluation; `number` counts the directions.
    """

    cost: Cost
    value: Floats
    gradient: Flat
    unit: float
    seed: int
    index: int
    number: int = DIRECTIONS

    def slopes(self) -> Flat:
        """Return the gradient's slope along each direction, (number,)."""
        return np.array([float(self._direction(k) @ self.gradient) for k in range(self.number)])

    def two_sided(self, places: Indices, epsilon: float) -> Numeric:
        """Return two-sided differences along these directions."""
        values, bend = np.empty(len(places)), np.empty(len(places))
        crosses, here = np.zeros(len(places), np.bool_), self.cost.loss()
        for k, place in enumerate(places):
            above, below, crosses[k] = self._both_sides(epsilon * self._direction(int(place)))
            values[k], bend[k] = (above - below) / (2 * epsilon), (above + below - 2 * here) / epsilon
        return Numeric(values, crosses, np.full(len(places), self.unit / epsilon), bend)

    def one_sided(self, places: Indices, epsilon: float) -> Numeric:
        """Return nothing to compare: a direction across a kink is left out, there are others."""
        nothing = np.zeros(len(places))
        return Numeric(nothing, np.ones(len(places), np.bool_), nothing)

    def narrow_down(self) -> Indices:
        """Return the places, in the flattened tensor, of FEW components where the gradient is most off."""
        places = np.arange(self.gradient.size)
        for round_ in range(64):
            if len(places) <= FEW:
                break
            halves = np.array_split(places, 2)
            places = max(halves, key=lambda half: self._mismatch(half, round_))
        return places

    def _mismatch(self, places: Indices, round_: int) -> float:
        """Return how far the slope is off along two random directions within these components."""
        total = 0.0
        for k in range(2):
            direction = np.zeros(self.gradient.size)
            rng = random_streams.stream(self.seed, "gradcheck narrowing", self.index, round_, k)
            direction[places] = rng.standard_normal(len(places))
            above, below, _ = self._both_sides(NARROWING_STEP * direction)
            total += abs((above - below) / (2 * NARROWING_STEP) - float(direction @ self.gradient))
        return total

    def _both_sides(self, move: Flat) -> tuple[float, float, bool]:
        """Return the loss at θ + move and at θ - move, and whether a kink lies between them."""
        move, start = move.reshape(self.value.shape), self.value.copy()
        np.add(start, move, out=self.value)
        above, piece = self.cost.loss(), self.cost.piece()
        np.subtract(start, move, out=self.value)
        below = self.cost.loss()
        crosses = not same_piece(piece, self.cost.piece())
        self.value[...] = start
        return above, below, crosses

    def _direction(self, k: int) -> Flat:
        """Return direction k, (size,), so long that z moves by about ε when θ moves by ε along it."""
        rng = random_streams.stream(self.seed, "gradcheck projection", self.index, k)
        fan_in = self.value.size / self.value.shape[-1]
        direction: Flat = rng.standard_normal(self.value.size) / np.sqrt(fan_in)
        return direction
