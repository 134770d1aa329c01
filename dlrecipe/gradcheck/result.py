"""What a gradient check found, and its three bands. Knows no networks.

    relative difference = ‖numeric - analytic‖ / (‖numeric‖ + ‖analytic‖)

    up to 1e-7             pass   what float64 and a well-chosen ε give for a right gradient
    between                look   look at the components
    1e-3 and more          fail   a bug

The bands are the course's (lectures 12-14); docs/decisions/0005 says which ε they fit. A difference between
the bands that stays the same at every step is a bug too, and fails.
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

    `relative_difference` is that of J; `data_difference` and `penalty_difference` are those of its two
    terms, each checked on its own, since a penalty is small beside the loss and its absence would hardly
    show in the sum (None: J has no penalty). `projection_difference` is that along random directions (None:
    every component was compared). Any of them is infinite when a gradient is not finite. The verdict is the
    worst of the parts; `term` names the one that is at fault.

    `n_checked` components were compared, most of them at the step `epsilon`. `n_kinks` have a kink between
    θ - ε and θ + ε: of these, `n_apart` could not be compared, `n_one_sided` were on a smooth side, and the
    others at a smaller step. `worst` is None when nothing was compared. `hint` says what kind of mistake
    the difference looks like; empty for a pass.
    """

    name: str
    relative_difference: float
    verdict: Verdict
    epsilon: float
    n_checked: int
    n_kinks: int
    worst: Worst | None
    n_apart: int = 0
    n_one_sided: int = 0
    data_difference: float | None = None
    penalty_difference: float | None = None
    projection_difference: float | None = None
    persists: bool = False
    term: Literal["", "data", "penalty", "data and penalty"] = ""
    hint: str = ""

    @property
    def within_rounding(self) -> bool:
        """Whether it passes although the difference is above the band, because rounding explains it."""
        return self.verdict == "pass" and self.relative_difference > PASS_UP_TO


@dataclass(frozen=True)
class EpsilonRow:
    """The mean loss's gradient against differences at one step alone, over components of every tensor.

    `rounding` is the share of the relative difference that rounding may have at the most.
    """

    epsilon: float
    relative_difference: float
    rounding: float
    n_checked: int
    n_kinks: int


@dataclass(frozen=True, kw_only=True)
class CheckResult:
    """One network's comparison, overall and for each tensor.

    `n_components` is the number of parameters; `n_checked` of them were compared and `n_apart` could not be
    (the rest were not drawn, and a note says so). `epsilon` is the step that was tried first. `epsilons`
    shows the difference against the step, where that was asked for.
    """

    name: str
    relative_difference: float
    epsilon: float
    n_components: int
    n_examples: int
    notes: tuple[str, ...]
    tensors: tuple[TensorResult, ...]
    epsilons: tuple[EpsilonRow, ...] = ()

    @property
    def verdict(self) -> Verdict:
        """The worst tensor's verdict."""
        return max((tensor.verdict for tensor in self.tensors), key=SEVERITY.__getitem__)

    @property
    def n_checked(self) -> int:
        """Components compared."""
        return sum(tensor.n_checked for tensor in self.tensors)

    @property
    def n_kinks(self) -> int:
        """Components with a kink of J between θ - ε and θ + ε."""
        return sum(tensor.n_kinks for tensor in self.tensors)

    @property
    def n_apart(self) -> int:
        """Components that could not be compared because of a kink, at any step nor from any side."""
        return sum(tensor.n_apart for tensor in self.tensors)


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
