"""Differences of the mean loss on the engine's own tape, one component of θ at a time, whatever the layers.

Two passes a component: right for every network, and slow for a large one. Knows nothing of verdicts.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from dlrecipe.arrays import Flat, Floats, Indices
from dlrecipe.gradcheck.cost import Cost
from dlrecipe.gradcheck.kinks import Piece, same_piece

LEAST_RELATIVE_STEP = 1e-9
"""Smallest step as a share of |θ|: weights that grew past 1e4 would else swallow one of 1e-5."""

ROUNDING_UNITS = 4.0
"""Bound on the rounding error of one evaluation of J, in float64 spacings of its size."""


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
    """The numeric gradient at chosen places, all (n,).

    `values` are differences; `crosses` is true where there is a kink between the points they were taken at;
    `rounding` bounds what float64 may have done to each. `bend` is the slope above θ less the slope below:
    in proportion to ε where the loss is smooth, and the same at every ε where θ itself is a kink that no
    piece tells of. None where every kink is known.
    """

    values: Flat
    crosses: NDArray[np.bool_]
    rounding: Flat
    bend: Flat | None = None


class Differences(Protocol):
    """A way to work out the numeric gradient of one tensor; θ is left as it was."""

    def two_sided(self, places: Indices, epsilon: float) -> Numeric:
        """Return two-sided differences at these places, (n,)."""

    def one_sided(self, places: Indices, epsilon: float) -> Numeric:
        """Return differences from the side that lies on one smooth piece with θ; they cross if none does."""


def rounding_unit(magnitude: float) -> float:
    """Return the bound on the rounding of one evaluation of a loss worked out from numbers this large."""
    return ROUNDING_UNITS * float(np.spacing(magnitude))


@dataclass(frozen=True, eq=False)
class TapeDifferences:
    """Differences along the components of one tensor, by the tape; places are those in the flattened tensor.

    `value` is the tensor's view into θ. `unit` is the rounding of one evaluation.
    """

    cost: Cost
    value: Floats
    unit: float

    def two_sided(self, places: Indices, epsilon: float) -> Numeric:
        """Return two-sided differences, two passes each."""
        values, crosses, rounding = _empty(len(places))
        bend, here = np.empty(len(places)), self.cost.loss()
        for k, place in enumerate(places):
            line = _Line(self.cost, self.value.reshape(-1), int(place))
            step = line.step(epsilon)
            values[k] = two_sided_difference(line, line.start, step)
            crosses[k], rounding[k] = line.crosses_kink(), self.unit / step
            bend[k] = (line.losses[0] + line.losses[1] - 2 * here) / step
            line.restore()
        return Numeric(values, crosses, rounding, bend)

    def one_sided(self, places: Indices, epsilon: float) -> Numeric:
        """Return differences from a smooth side, three passes a side."""
        values, crosses, rounding = _empty(len(places))
        for k, place in enumerate(places):
            # Below first: at z = 0 exactly, relu's derivative is taken as that of the left side.
            for side in (-1, 1):
                line = _Line(self.cost, self.value.reshape(-1), int(place))
                step = line.step(epsilon)
                values[k] = one_sided_difference(line, line.start, side * step)
                # Its three terms weigh 4, 3 and 1, where the two-sided difference has two of weight 1.
                crosses[k], rounding[k] = line.crosses_kink(), 4 * self.unit / step
                line.restore()
                if not crosses[k]:
                    break
        return Numeric(values, crosses, rounding)


class _Line:
    """The loss along one component; remembers whether all points that were asked for lie on one piece."""

    def __init__(self, cost: Cost, flat: Flat, place: int) -> None:
        self._cost, self._flat, self._place = cost, flat, place
        self._pieces: list[Piece] = []
        self.losses: list[float] = []
        self.start = float(flat[place])

    def __call__(self, value: float) -> float:
        self._flat[self._place] = value
        loss = self._cost.loss()
        self.losses.append(loss)
        self._pieces.append(self._cost.piece())
        return loss

    def step(self, epsilon: float) -> float:
        return max(epsilon, LEAST_RELATIVE_STEP * abs(self.start))

    def crosses_kink(self) -> bool:
        return not all(same_piece(self._pieces[0], piece) for piece in self._pieces[1:])

    def restore(self) -> None:
        self._flat[self._place] = self.start


def _empty(n: int) -> tuple[Flat, NDArray[np.bool_], Flat]:
    return np.empty(n), np.zeros(n, np.bool_), np.empty(n)
