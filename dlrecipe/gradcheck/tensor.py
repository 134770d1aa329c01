"""One tensor's comparison, at the step that suits it. Knows nothing of the rest of the network."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from dlrecipe.arrays import Flat, Floats, Indices
from dlrecipe.gradcheck.difference import CostAlong, Numeric
from dlrecipe.gradcheck.hints import hint
from dlrecipe.gradcheck.result import (
    PASS_UP_TO,
    SEVERITY,
    TensorResult,
    Verdict,
    Worst,
    band,
    relative_difference,
)
from dlrecipe.nn.parameters import TensorShape
from dlrecipe.nn.regularizers import Penalty

ROUNDING_UNITS = 4.0
"""Bound on the rounding error of one evaluation of J, in float64 spacings of its size."""

MORE_KINKS = 0.1
"""Share of a tensor that a step may set apart beyond what the first step did, and still be chosen."""

ON_KINKS = "every component lies on a kink, so none could be compared: check again after some training"


@dataclass(frozen=True, eq=False)
class Comparison:
    """A tensor's result with the two gradients behind it, both (n_checked,).

    `rounding` is the norm of what rounding alone may make of their difference.
    """

    result: TensorResult
    analytic: Flat
    numeric: Flat
    rounding: float


@dataclass(frozen=True, eq=False)
class TensorCheck:
    """What one tensor's comparison needs.

    `value` and `gradient` are the tensor's views into θ and dθ; `positions` are the places in the flattened
    tensor that are compared; `penalty` is what applies to this tensor; `magnitude` is the size of the
    numbers that J is worked out from.
    """

    tensor: TensorShape
    value: Floats
    gradient: Floats
    positions: Indices
    penalty: Penalty
    along: CostAlong
    magnitude: float

    def at_best_step(self, epsilons: Sequence[float]) -> Comparison:
        """Return the comparison at the first step whose difference passes, or else at the closest one.

        A step that sets many more components apart than the first did is not trusted: what it leaves may
        be components that do not matter.
        """
        tried: list[Comparison] = []
        for epsilon in epsilons:
            comparison = self.at(epsilon)
            if tried and comparison.result.n_kinks > tried[0].result.n_kinks + MORE_KINKS * len(
                self.positions
            ):
                continue
            tried.append(comparison)
            if comparison.result.n_checked and comparison.result.relative_difference <= PASS_UP_TO:
                return comparison
        return min(tried, key=_closeness)

    def at(self, epsilon: float) -> Comparison:
        """Return the comparison at one step, on one side of a kink if every component sits on one."""
        rounding = ROUNDING_UNITS * float(np.spacing(self.magnitude)) / epsilon
        found = self.along.two_sided(self.positions, epsilon)
        analytic = self.gradient.reshape(-1)[self.positions]
        apart = found.crosses & _disagree(analytic, found, rounding)
        if not apart.all():
            return self._compare(found, apart, epsilon, rounding)
        found = self.along.one_sided(self.positions, epsilon)
        # Its three terms weigh 4, 3 and 1, where the two-sided difference has two of weight 1.
        return self._compare(found, found.crosses, epsilon, 4 * rounding, one_sided=True)

    def _compare(
        self,
        found: Numeric,
        apart: NDArray[np.bool_],
        epsilon: float,
        rounding: float,
        *,
        one_sided: bool = False,
    ) -> Comparison:
        positions, numeric = self.positions[~apart], found.values[~apart]
        analytic = self.gradient.reshape(-1)[positions]
        noise = rounding * float(np.sqrt(len(positions)))
        difference = relative_difference(analytic, numeric, rounding=noise)
        verdict = _verdict(analytic, numeric, difference, noise)
        result = TensorResult(
            name=self.tensor.name,
            relative_difference=difference,
            verdict=verdict,
            epsilon=epsilon,
            n_checked=len(positions),
            n_kinks=int(np.count_nonzero(apart)),
            worst=self._worst(positions, analytic, numeric),
            one_sided=one_sided and len(positions) > 0,
            hint="" if verdict == "pass" else self._hint(positions, analytic, numeric),
        )
        return Comparison(result, analytic, numeric, noise)

    def _worst(self, positions: Indices, analytic: Flat, numeric: Flat) -> Worst | None:
        if not len(positions):
            return None
        # A difference that is no number is worse than any number.
        worst = int(np.argmax(np.nan_to_num(np.abs(numeric - analytic), nan=np.inf)))
        index = np.unravel_index(int(positions[worst]), self.tensor.shape)
        return Worst(tuple(int(place) for place in index), float(analytic[worst]), float(numeric[worst]))

    def _hint(self, positions: Indices, analytic: Flat, numeric: Flat) -> str:
        if not len(positions):
            return ON_KINKS
        return hint(analytic, numeric, self.value.reshape(-1)[positions], self.penalty)


def _disagree(analytic: Flat, found: Numeric, rounding: float) -> NDArray[np.bool_]:
    """Return where two gradients differ. A kink that leaves them equal is no reason to set one apart."""
    allowed = rounding + PASS_UP_TO * (np.abs(analytic) + np.abs(found.values))
    return np.logical_not(np.abs(found.values - analytic) <= allowed)


def _verdict(analytic: Flat, numeric: Flat, difference: float, noise: float) -> Verdict:
    if not len(analytic):
        return "look"
    # Where a gradient is tiny, rounding alone makes a large relative difference: not the gradient's fault.
    return "pass" if np.linalg.norm(numeric - analytic) <= noise else band(difference)


def _closeness(comparison: Comparison) -> tuple[bool, int, float]:
    """Order comparisons from the best; of failures, which look the same at every step, the first is kept."""
    result = comparison.result
    difference = 0.0 if result.verdict == "fail" else result.relative_difference
    return result.n_checked == 0, SEVERITY[result.verdict], difference
