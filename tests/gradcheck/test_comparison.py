"""A difference is called a mistake only far beyond rounding: at a minimum gradients are little else."""

from dataclasses import dataclass

import numpy as np
import pytest

from dlrecipe.gradcheck.comparison import BEYOND_ROUNDING, compare
from dlrecipe.gradcheck.difference import Numeric

ANALYTIC = np.array([3e-9, -2e-9])


@dataclass(frozen=True)
class Off:
    """Differences that are `roundings` roundings off the gradient, whatever the step."""

    roundings: float

    def two_sided(self, places, epsilon):
        rounding = np.full(len(places), 1e-10)
        return Numeric(ANALYTIC[places] + self.roundings * rounding, np.zeros(len(places), bool), rounding)

    def one_sided(self, places, epsilon):
        return self.two_sided(places, epsilon)


@pytest.mark.parametrize(
    ("roundings", "verdict"),
    [(0.9, "pass"), (0.9 * BEYOND_ROUNDING, "look"), (1.1 * BEYOND_ROUNDING, "fail"), (np.nan, "fail")],
)
@pytest.mark.parametrize("steps", [(1e-5,), (1e-5, 1e-6)], ids=["one step", "two steps"])
def test_a_large_ratio_of_a_few_roundings_is_no_proof_of_a_mistake(roundings, verdict, steps):
    comparison = compare(Off(roundings), np.arange(2), ANALYTIC, steps)
    assert comparison.verdict == verdict
    assert roundings < 1 or comparison.relative_difference > 1e-3 or np.isnan(roundings)
