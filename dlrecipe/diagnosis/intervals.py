"""95% intervals of an error and of the difference of two. Knows nothing of splits or rules."""

import math
from dataclasses import dataclass, replace
from statistics import NormalDist

CONFIDENCE = 0.95
Z = NormalDist().inv_cdf((1 + CONFIDENCE) / 2)


def sampling_variance(one_seed: float, over_seeds: float) -> float:
    """Return the variance of an error by the chance of which examples it is measured on.

    Seeds that share their examples do not average it out.

    Args:
        one_seed: the variance of a single seed's error, as its number of examples has it.
        over_seeds: the variance of the errors of several seeds on those same examples.
    """
    return max(0.0, one_seed - over_seeds)


@dataclass(frozen=True, kw_only=True)
class Estimate:
    """An error and its interval; `low` and `high` are None where the interval is not known.

    `n` is the number of examples it was measured on; `binomial` says that it is a proportion of them.
    """

    value: float
    low: float | None = None
    high: float | None = None
    n: int | None = None
    binomial: bool = True

    def at(self, n: int) -> "Estimate":
        """Return the same error as if measured on `n` examples.

        A proportion gets Wilson's interval; another interval shrinks with the square root of n.
        """
        if self.binomial:
            return proportion(self.value, n)
        assert self.n is not None
        assert self.low is not None
        assert self.high is not None
        shrink = math.sqrt(self.n / n)
        return replace(
            self,
            low=self.value - shrink * (self.value - self.low),
            high=self.value + shrink * (self.high - self.value),
            n=n,
        )


def exact(value: float) -> Estimate:
    """Return a value that is taken as known without doubt."""
    return Estimate(value=value, low=value, high=value)


def proportion(value: float, n: int) -> Estimate:
    """Return a fraction of `n` independent examples with its Wilson score interval."""
    low, high = wilson(value, n)
    return Estimate(value=value, low=low, high=high, n=n)


def wilson(p: float, n: int) -> tuple[float, float]:
    """Return Wilson's score interval of a proportion `p` seen on `n` examples.

    Unlike p ± z·√(p(1-p)/n) it stays within [0, 1] and has a width at p = 0.
    Source: Wilson 1927; Newcombe 1998, Statistics in Medicine 17:857, method 3.
    """
    centre = p + Z**2 / (2 * n)
    spread = Z * math.sqrt(p * (1 - p) / n + Z**2 / (4 * n**2))
    scale = 1 + Z**2 / n
    # Rounding must not put p itself outside: at p = 0 the lower end is 0, at p = 1 the upper is 1.
    return max(0.0, min(p, (centre - spread) / scale)), min(1.0, max(p, (centre + spread) / scale))


STUDENT_T = (12.706, 4.303, 3.182, 2.776, 2.571, 2.447, 2.365, 2.306, 2.262, 2.228)
"""Quantiles at 0.975 for 1, 2, … 10 degrees of freedom."""


def student_t(degrees: int) -> float:
    """Return Student's t at 97.5%; beyond 10 degrees of freedom by its expansion in 1/degrees, to 0.002.

    Source: Abramowitz and Stegun 1964, 26.7.5 and table 26.10.
    """
    if degrees <= len(STUDENT_T):
        return STUDENT_T[degrees - 1]
    return Z + (Z**3 + Z) / (4 * degrees) + (5 * Z**5 + 16 * Z**3 + 3 * Z) / (96 * degrees**2)


def difference(upper: Estimate, lower: Estimate) -> tuple[float, float] | None:
    """Return the interval of `upper - lower`, measured on different examples; None where one is unknown.

    Each end adds the squared distances of the two intervals' ends from their values. For two proportions
    with Wilson's intervals this is Newcombe's hybrid score interval.
    Source: Newcombe 1998, Statistics in Medicine 17:873, method 10; Zou & Donner 2008 for other intervals.
    """
    if upper.low is None or upper.high is None or lower.low is None or lower.high is None:
        return None
    value = upper.value - lower.value
    below = math.hypot(upper.value - upper.low, lower.high - lower.value)
    above = math.hypot(upper.high - upper.value, lower.value - lower.low)
    return value - below, value + above
