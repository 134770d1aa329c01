"""A gradient against differences, place by place, each at the step that suits it. Knows no networks.

A right gradient agrees with a difference at some step: a small one where the loss bends much or a kink is
near, a large one where the loss is so flat that rounding drowns the difference. A wrong one is off by the
same at every step, and that is how the two are told apart, however small the difference.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import combinations, pairwise

import numpy as np
from numpy.typing import NDArray

from dlrecipe.arrays import Flat, Indices
from dlrecipe.gradcheck.difference import Differences, Numeric
from dlrecipe.gradcheck.result import PASS_UP_TO, Verdict, band, relative_difference

EPSILONS = (1e-5, 1e-6, 1e-4, 1e-7)
"""Steps in the order they are tried: the first for all, the others where it does not agree."""

PROBE = 256
"""Places, the worst ones, that a further step is tried on before it is on the others."""

HELPS = 0.5
"""Share of the probe's difference that may be left at a step for it to be tried on the others."""

BEYOND_ROUNDING = 20.0
"""Times its rounding that a difference must be beyond to be called a mistake."""

STEADY = 0.1
"""Share of a gradient's difference by which two steps may disagree and still be said to agree."""

Flags = NDArray[np.bool_]


@dataclass(frozen=True, eq=False)
class Comparison:
    """Two gradients at the places that could be compared, all (n_checked,), and what became of the others.

    `n_kinks` places have a kink between θ - ε and θ + ε, of which `n_apart` could not be compared at any
    step nor from any side; `n_one_sided` were compared from a smooth side. `persists` tells that places were
    found where every step gives the same difference. `epsilon` is the step most places were compared at.
    """

    places: Indices
    analytic: Flat
    numeric: Flat
    rounding: Flat
    epsilon: float
    n_kinks: int
    n_apart: int
    n_one_sided: int
    persists: bool

    @property
    def noise(self) -> float:
        """The norm of what rounding alone may make of the difference."""
        return float(np.linalg.norm(self.rounding))

    @property
    def relative_difference(self) -> float:
        """The course's ratio."""
        return relative_difference(self.analytic, self.numeric, rounding=self.noise)

    @property
    def verdict(self) -> Verdict:
        """The ratio's band; a fail where a difference persists, whatever its size; look without places.

        Near a minimum all gradients are so small that a difference of a few roundings has a large ratio, and
        no smaller step can tell a mistake from the step's own error: that is a look, too.
        """
        if not len(self.places):
            return "look"
        if self.persists:
            return "fail"
        # Where a gradient is tiny, rounding alone makes a large relative difference.
        gap = float(np.linalg.norm(self.numeric - self.analytic))
        if gap <= self.noise:
            return "pass"
        found = band(self.relative_difference)
        return "look" if found == "fail" and gap <= BEYOND_ROUNDING * self.noise else found


def compare(
    differences: Differences, places: Indices, analytic: Flat, steps: Sequence[float] = EPSILONS
) -> Comparison:
    """Compare a gradient with differences at these places.

    Args:
        places, analytic: (n,).
        steps: one alone is used as it is; of several, each place gets the one that suits it.
    """
    search = _Search(differences, places, analytic, steps[0])
    for step in steps[1:]:
        search.try_step(step)
    apart = search.crosses & search.disagrees()
    n_one_sided = 0
    if apart.any() and (len(steps) > 1 or apart.all()):
        rows = np.flatnonzero(apart)
        search.take(rows, differences.one_sided(places[rows], steps[0]), steps[0])
        still = search.crosses & search.disagrees()
        n_one_sided, apart = int(np.count_nonzero(apart & ~still)), still
    persists, bent = search.persisting(steps) if len(steps) > 1 else (False, np.zeros(len(places), np.bool_))
    kept = ~(apart | bent)
    used, counts = np.unique(search.epsilon[kept], return_counts=True)
    return Comparison(
        places=places[kept],
        analytic=analytic[kept],
        numeric=search.found.values[kept],
        rounding=search.found.rounding[kept],
        epsilon=float(used[counts.argmax()]) if len(used) else steps[0],
        n_kinks=int(np.count_nonzero(search.kinks | bent)),
        n_apart=int(np.count_nonzero(~kept)),
        n_one_sided=n_one_sided,
        persists=persists,
    )


class _Search:
    """The best numeric gradient found so far, place by place."""

    def __init__(self, differences: Differences, places: Indices, analytic: Flat, step: float) -> None:
        self._differences, self._places, self._analytic = differences, places, analytic
        self.found = differences.two_sided(places, step)
        self.epsilon = np.full(len(places), step)
        self._first_step = step
        self.kinks: Flags = self.crosses & self.disagrees()

    @property
    def crosses(self) -> Flags:
        return self.found.crosses

    def disagrees(self) -> Flags:
        """Return where the gradients differ. A kink that leaves them equal is no reason to set one apart."""
        analytic, found = self._analytic, self.found
        allowed = found.rounding + PASS_UP_TO * (np.abs(analytic) + np.abs(found.values))
        return np.logical_not(np.abs(found.values - analytic) <= allowed)

    def try_step(self, step: float) -> None:
        """Try a further step where the gradients differ: on kinks if it is smaller, and where it helps."""
        disagrees = self.disagrees()
        if step < self._first_step:
            self._retake(np.flatnonzero(disagrees & self.crosses), step)
        rows = np.flatnonzero(disagrees & ~self.crosses)
        if not len(rows):
            return
        probe = rows[np.argsort(-self._gap()[rows], kind="stable")[:PROBE]]
        before = float(np.linalg.norm(self._gap()[probe]))
        self._retake(probe, step)
        if float(np.linalg.norm(self._gap()[probe])) <= HELPS * before:
            self._retake(np.setdiff1d(rows, probe), step)

    def _retake(self, rows: Indices, step: float) -> None:
        if len(rows):
            self.take(rows, self._differences.two_sided(self._places[rows], step), step)

    def take(self, rows: Indices, new: Numeric, step: float) -> None:
        """Use these differences at those rows where they are better than what there is.

        Better is a smaller difference together with what rounding adds, so that a small step, with its large
        rounding, cannot agree by chance.
        """
        found, analytic = self.found, self._analytic[rows]
        old_error = np.abs(found.values[rows] - analytic) + found.rounding[rows]
        new_error = np.abs(new.values - analytic) + new.rounding
        better = ~new.crosses & (found.crosses[rows] | ~(new_error >= old_error))
        at = rows[better]
        found.values[at], found.rounding[at] = new.values[better], new.rounding[better]
        found.crosses[at], self.epsilon[at] = False, step

    def persisting(self, steps: Sequence[float]) -> tuple[bool, Flags]:
        """Return whether a difference is the same at every step, and where θ is on an unknown kink, (n,)."""
        gap, bent = self._gap(), np.zeros(len(self._places), np.bool_)
        suspect = self.disagrees() & ~self.crosses & (gap > BEYOND_ROUNDING * self.found.rounding)
        rows = np.flatnonzero(suspect)
        rows = rows[np.argsort(-(gap / self.found.rounding)[rows], kind="stable")[:PROBE]]
        if not len(rows):
            return False, bent
        takes = {step: self._differences.two_sided(self._places[rows], step) for step in sorted(steps)}
        bent[rows] = _bent(takes, gap[rows])
        steady = np.zeros(len(rows), np.bool_)
        for one, other in combinations(takes.values(), 2):
            allowed = STEADY * np.minimum(
                np.abs(one.values - self._analytic[rows]), np.abs(other.values - self._analytic[rows])
            )
            spread = np.abs(one.values - other.values) + one.rounding + other.rounding
            steady |= (spread <= allowed) & ~one.crosses & ~other.crosses
        return bool((steady & ~bent[rows]).any()), bent

    def _gap(self) -> Flat:
        gap: Flat = np.nan_to_num(np.abs(self.found.values - self._analytic), nan=np.inf)
        return gap


def _bent(takes: dict[float, Numeric], gap: Flat) -> Flags:
    """Return where the slope jumps at θ itself: by the same at two steps, and enough to explain the gap."""
    bends = [
        (step, take.bend, take.rounding) for step, take in sorted(takes.items()) if take.bend is not None
    ]
    found = np.zeros(len(gap), np.bool_)
    for (_, small, rounding), (_, large, _) in pairwise(bends):
        # A smooth loss's bend falls with the step: to a tenth between neighbours here.
        found |= (np.abs(small) > 0.5 * np.abs(large)) & (np.abs(small) > np.maximum(gap, 4 * rounding))
    return found
