"""What a gradient check found, and its three bands. Knows no networks.

    relative difference = ‖numeric - analytic‖ / (‖numeric‖ + ‖analytic‖)

    up to 1e-7             pass   what float64 and a well-chosen ε give for a right gradient
    between                look   look at the components
    1e-3 and more          fail   a bug

The bands are the course's (lectures 12-14); docs/decisions/0005 says which ε they fit.
"""

import math
from dataclasses import dataclass
from typing import Literal, TypeAlias

import numpy as np

from dlrecipe.arrays import Flat

Verdict: TypeAlias = Literal["pass", "look", "fail"]

PASS_UP_TO = 1e-7
FAIL_FROM = 1e-3
SEVERITY: dict[Verdict, int] = {"pass": 0, "look": 1, "fail": 2}


@dataclass(frozen=True)
class Worst:
    """The component where the two gradients differ most. `index` is its place in the tensor."""

    index: tuple[int, ...]
    analytic: float
    numeric: float


@dataclass(frozen=True, kw_only=True)
class TensorResult:
    """One tensor's comparison.

    `relative_difference` is infinite when either gradient is not finite. `n_checked` components were
    compared, `n_kinks` were set apart, at the step `epsilon`; `one_sided` tells that they were compared on
    the smooth side of a kink. A pass with a difference above 1e-7 is one that rounding alone explains.
    `worst` is None when nothing was compared. `hint` says what kind of mistake the difference looks like;
    empty for a pass.
    """

    name: str
    relative_difference: float
    verdict: Verdict
    epsilon: float
    n_checked: int
    n_kinks: int
    worst: Worst | None
    one_sided: bool = False
    hint: str = ""

    @property
    def within_rounding(self) -> bool:
        """Whether it passes although the difference is above the band, because rounding explains it."""
        return self.verdict == "pass" and self.relative_difference > PASS_UP_TO


@dataclass(frozen=True, kw_only=True)
class CheckResult:
    """One network's comparison, overall and for each tensor.

    `n_components` is the number of parameters; `n_checked` of them were compared and `n_kinks` set apart
    (the rest were not drawn, and a note says so). `epsilon` is the step that was tried first.
    """

    name: str
    relative_difference: float
    epsilon: float
    n_components: int
    n_examples: int
    notes: tuple[str, ...]
    tensors: tuple[TensorResult, ...]

    @property
    def verdict(self) -> Verdict:
        """The worst tensor's verdict; the overall difference never exceeds the largest of a tensor."""
        return max((tensor.verdict for tensor in self.tensors), key=SEVERITY.__getitem__)

    @property
    def n_checked(self) -> int:
        """Components compared."""
        return sum(tensor.n_checked for tensor in self.tensors)

    @property
    def n_kinks(self) -> int:
        """Components set apart because J has a kink between θ - ε and θ + ε."""
        return sum(tensor.n_kinks for tensor in self.tensors)


def relative_difference(analytic: Flat, numeric: Flat, *, rounding: float = 0.0) -> float:
    """Return ‖numeric - analytic‖ / (‖numeric‖ + ‖analytic‖), in [0, 1], or infinity.

    Args:
        analytic, numeric: (n,). Infinity is returned when either holds a number that is not finite.
        rounding: the norm that rounding alone may give `numeric`. Two gradients within it count as 0, and
            0 against 0 is no difference.
    """
    if not (np.isfinite(analytic).all() and np.isfinite(numeric).all()):
        return math.inf
    size_numeric, size_analytic = float(np.linalg.norm(numeric)), float(np.linalg.norm(analytic))
    if max(size_numeric, size_analytic) <= rounding:
        return 0.0
    return float(np.linalg.norm(numeric - analytic)) / (size_numeric + size_analytic)


def band(difference: float) -> Verdict:
    """Return the verdict on a relative difference."""
    if difference <= PASS_UP_TO:
        return "pass"
    return "fail" if difference >= FAIL_FROM else "look"
