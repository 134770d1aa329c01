"""Differences of J along single components of θ, from both sides or from one. Knows nothing of verdicts."""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from dlrecipe.arrays import Batch, Flat, Floats, Indices
from dlrecipe.gradcheck.kinks import Piece, PieceReader, same_piece
from dlrecipe.nn.losses import Targets
from dlrecipe.nn.objective import Objective

LEAST_RELATIVE_STEP = 1e-9
"""Smallest step as a share of |θ|: weights that grew past 1e4 would else swallow one of 1e-5."""


def two_sided_difference(f: Callable[[float], float], x: float, epsilon: float) -> float:
    """Return (f(x + ε) - f(x - ε)) / 2ε, whose error falls with ε² (that of a plain one-sided one with ε).

    Divides by the distance of the two points as floating point holds them, not by 2ε: at x = 100 and
    ε = 1e-5 the two differ by up to 1e-9 of it.
    """
    above, below = x + epsilon, x - epsilon
    return (f(above) - f(below)) / (above - below)


def one_sided_difference(f: Callable[[float], float], x: float, step: float) -> float:
    """Return (4 f(x + h) - 3 f(x) - f(x + 2h)) / 2h, which looks at one side only; its error falls with h².

    Args:
        step: h, negative to look below x.
    """
    return (4 * f(x + step) - 3 * f(x) - f(x + 2 * step)) / (2 * step)


@dataclass(frozen=True, eq=False)
class Numeric:
    """The numeric gradient at chosen components of one tensor.

    values: (n,) differences. crosses: (n,) true where J has a kink between the points they were taken at.
    """

    values: Flat
    crosses: NDArray[np.bool_]


class Cost:
    """J of a float64 network on a fixed batch."""

    def __init__(self, objective: Objective, X: Batch, y: Targets) -> None:
        self._objective = objective
        self._y = y
        # As in training, so that a batch norm goes by these examples' statistics on both sides.
        self._run = objective.network.build(len(X), X=X, training=True)
        self._pieces = PieceReader(objective, self._run, y)

    def value(self) -> float:
        """Return J at the present θ."""
        self._run.tape.forward()
        return self._objective.mean_loss(self._run.output.value, self._y) + self._objective.penalty_value()

    def piece(self) -> Piece:
        """Return the smooth piece of J that the θ of the last `value` lies on."""
        return self._pieces.read()

    def magnitude(self) -> float:
        """Return the size of the numbers that J is worked out from, which its rounding is in proportion to.

        A loss near 0 may be the difference of two large logits, so |J| alone would be too little.
        """
        return abs(self.value()) + float(np.abs(self._run.output.value).max())


@dataclass(frozen=True, eq=False)
class CostAlong:
    """J as a function of the components of one tensor, one at a time; θ is left as it was.

    `value` is the tensor's view into θ. `l1` is the factor of Σ|w| in J that applies to it, 0 for a bias:
    it puts a kink at w = 0.
    """

    cost: Cost
    value: Floats
    l1: float

    def two_sided(self, positions: Indices, epsilon: float) -> Numeric:
        """Return two-sided differences of J.

        Args:
            positions: (n,) places in the flattened tensor.
        """
        values, crosses = np.empty(len(positions)), np.zeros(len(positions), np.bool_)
        for k, position in enumerate(positions):
            line = _Line(self.cost, self.value.reshape(-1), int(position))
            values[k] = two_sided_difference(line, line.start, line.step(epsilon))
            # At w = 0 itself the kink of |w| cancels out: the difference is 0, and so is sign(0).
            crosses[k] = line.crosses_kink() or (self.l1 > 0 and 0 < abs(line.start) <= epsilon)
            line.restore()
        return Numeric(values, crosses)

    def one_sided(self, positions: Indices, epsilon: float) -> Numeric:
        """Return differences of J from the side that lies on one smooth piece with θ, if there is one.

        Args:
            positions: (n,) places in the flattened tensor.
        """
        values, crosses = np.empty(len(positions)), np.ones(len(positions), np.bool_)
        for k, position in enumerate(positions):
            # Below first: at z = 0 exactly, relu's derivative is taken as that of the left side.
            for side in (-1, 1):
                line = _Line(self.cost, self.value.reshape(-1), int(position))
                values[k] = one_sided_difference(line, line.start, side * line.step(epsilon))
                crosses[k] = line.crosses_kink() or (self.l1 > 0 and abs(line.start) <= 2 * epsilon)
                line.restore()
                if not crosses[k]:
                    break
        return Numeric(values, crosses)


class _Line:
    """J along one component; remembers whether all points that were asked for lie on one piece."""

    def __init__(self, cost: Cost, flat: Flat, position: int) -> None:
        self._cost, self._flat, self._position = cost, flat, position
        self._pieces: list[Piece] = []
        self.start = float(flat[position])

    def __call__(self, value: float) -> float:
        self._flat[self._position] = value
        cost = self._cost.value()
        self._pieces.append(self._cost.piece())
        return cost

    def step(self, epsilon: float) -> float:
        return max(epsilon, LEAST_RELATIVE_STEP * abs(self.start))

    def crosses_kink(self) -> bool:
        return not all(same_piece(self._pieces[0], piece) for piece in self._pieces[1:])

    def restore(self) -> None:
        self._flat[self._position] = self.start
