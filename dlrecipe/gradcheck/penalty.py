"""Differences of the penalty, apart from the data term. Knows nothing of passes and kernels.

The penalty is a sum with one term a weight, so all its differences can be had at once. That closed form is
used where it agrees with the engine's own penalty, at θ and at random points; else the engine's is asked,
component by component.
"""

from dataclasses import dataclass

import numpy as np

from dlrecipe import rng as random_streams
from dlrecipe.arrays import Flat, Floats, Indices
from dlrecipe.gradcheck.difference import ROUNDING_UNITS, Numeric
from dlrecipe.nn.objective import Objective

AGREEMENT = 1e-12
"""Relative difference up to which the closed form is the engine's penalty."""

RANDOM_POINTS = 2

MOST_COMPONENTS = 2_000
"""Components of a tensor that are compared where the closed form is not the engine's."""


@dataclass(frozen=True, eq=False)
class ClosedForm:
    """½ l2 w² + l1 |w| and its differences, for one tensor. `l2` and `l1` are 0 for a bias.

    `gradients` (size,) is the size of the numbers that the engine's penalty gradient was worked out from.
    """

    value: Floats
    l2: float
    l1: float
    gradients: Flat

    def two_sided(self, places: Indices, epsilon: float) -> Numeric:
        """Return two-sided differences, with steps so small that no weight reaches the kink at 0."""
        w = self.value.reshape(-1)[places]
        # At w = 0 itself the kink cancels out: the difference is 0, and so is sign(0).
        step = np.where(w == 0, epsilon, np.minimum(epsilon, np.abs(w) / 2))
        step = np.maximum(step, np.finfo(np.float64).tiny)
        values = (self._term(w + step) - self._term(w - step)) / (2 * step)
        rounding = ROUNDING_UNITS * (np.spacing(self._term(w)) / step + np.spacing(self.gradients[places]))
        return Numeric(values, np.zeros(len(places), np.bool_), rounding)

    def one_sided(self, places: Indices, epsilon: float) -> Numeric:
        """Return the two-sided ones: no kink is ever crossed."""
        return self.two_sided(places, epsilon)

    def _term(self, w: Flat) -> Flat:
        term: Flat = 0.5 * self.l2 * w * w + self.l1 * np.abs(w)
        return term


@dataclass(frozen=True, eq=False)
class EnginePenalty:
    """Differences of the engine's penalty along the components of one tensor."""

    objective: Objective
    value: Floats
    gradients: Flat

    def two_sided(self, places: Indices, epsilon: float) -> Numeric:
        """Return two-sided differences, two evaluations each."""
        flat, values = self.value.reshape(-1), np.empty(len(places))
        unit = ROUNDING_UNITS * float(np.spacing(abs(self.objective.penalty_value())))
        for k, place in enumerate(places):
            start = float(flat[place])
            flat[place] = start + epsilon
            above = self.objective.penalty_value()
            flat[place] = start - epsilon
            values[k] = (above - self.objective.penalty_value()) / (2 * epsilon)
            flat[place] = start
        near_zero = np.abs(flat[places])
        crosses = (near_zero > 0) & (near_zero <= epsilon)
        rounding = unit / epsilon + ROUNDING_UNITS * np.spacing(self.gradients[places])
        return Numeric(values, crosses, rounding)

    def one_sided(self, places: Indices, epsilon: float) -> Numeric:
        """Return the two-sided ones; those that cross the kink of |w| stay apart."""
        return self.two_sided(places, epsilon)


def closed_form_holds(objective: Objective, seed: int) -> bool:
    """Return whether the engine's penalty is ½ l2 Σw² + l1 Σ|w| over the penalised tensors."""
    parameters, penalty = objective.network.parameters, objective.penalty
    theta, holds = parameters.theta.copy(), True
    for point in range(RANDOM_POINTS + 1):
        if point:
            rng = random_streams.stream(seed, "gradcheck penalty", point)
            parameters.theta[...] = theta + (0.1 + np.abs(theta)) * rng.standard_normal(len(theta))
        expected = 0.0
        for tensor in parameters.tensors:
            if tensor.penalised:
                w = parameters.values[tensor.name].reshape(-1)
                expected += 0.5 * penalty.l2 * float(w @ w) + penalty.l1 * float(np.abs(w).sum())
        holds = holds and bool(np.isclose(objective.penalty_value(), expected, rtol=AGREEMENT, atol=0))
    parameters.theta[...] = theta
    return holds
