"""One tensor: its data term, its penalty and its random directions, put into one result.

Knows nothing of the rest of the network.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np

from dlrecipe.arrays import Flat, Floats, Indices
from dlrecipe.gradcheck.comparison import EPSILONS, Comparison, compare
from dlrecipe.gradcheck.difference import Differences
from dlrecipe.gradcheck.hints import data_hint, penalty_hint
from dlrecipe.gradcheck.projection import Projections
from dlrecipe.gradcheck.result import SEVERITY, TensorResult, Verdict, Worst, relative_difference
from dlrecipe.nn.parameters import TensorShape
from dlrecipe.nn.regularizers import Penalty

ON_KINKS = "every component lies on a kink, so none could be compared: check again after some training"
SMALL = "its difference is small and may be the step's: see --show-epsilon, or check at other weights"


@dataclass(frozen=True, eq=False)
class TensorCheck:
    """What one tensor's comparison needs.

    `value` is the tensor's view into θ; `data` and `total` are its two gradients, flat; `places` are the
    components compared; `penalty` is what applies to the tensor, `penalty_differences` None where J has none
    at all; `projections` are None where every component is compared.
    """

    tensor: TensorShape
    value: Floats
    data: Flat
    total: Flat
    places: Indices
    differences: Differences
    penalty: Penalty
    penalty_places: Indices
    penalty_differences: Differences | None
    projections: Projections | None

    def run(self, steps: Sequence[float]) -> "TensorComparison":
        """Compare each part, at the first of the steps or at what suits it better."""
        data = compare(self.differences, self.places, self.data[self.places], steps)
        along = None
        if self.projections is not None:
            slopes = self.projections.slopes()
            along = compare(self.projections, np.arange(len(slopes)), slopes, steps)
            if SEVERITY[along.verdict] > SEVERITY[data.verdict] and len(along.places):
                # The drawn components miss what is wrong: compare those where it is.
                places = np.union1d(self.places, self.projections.narrow_down())
                data = compare(self.differences, places, self.data[places], steps)
        penalty = None
        if self.penalty_differences is not None:
            at = self.penalty_places
            penalty = compare(self.penalty_differences, at, (self.total - self.data)[at], EPSILONS)
        return TensorComparison(self, data, penalty, along)


@dataclass(frozen=True, eq=False)
class TensorComparison:
    """The parts of one tensor's comparison; `penalty` and `along` are None where there is no such part."""

    check: TensorCheck
    data: Comparison
    penalty: Comparison | None
    along: Comparison | None

    def whole(self) -> tuple[Indices, Flat, Flat, Flat]:
        """Return J's gradients where both terms were compared: places, analytic, numeric, rounding."""
        data, penalty = self.data, self.penalty
        if penalty is None:
            return data.places, data.analytic, data.numeric, data.rounding
        places, i, j = np.intersect1d(data.places, penalty.places, return_indices=True)
        numeric = data.numeric[i] + penalty.numeric[j]
        return places, self.check.total[places], numeric, data.rounding[i] + penalty.rounding[j]

    def result(self) -> TensorResult:
        """Return what is told of the tensor."""
        data, penalty, along = self.data, self.penalty, self.along
        places, analytic, numeric, rounding = self.whole()
        verdict, term = self._verdict()
        return TensorResult(
            name=self.check.tensor.name,
            relative_difference=relative_difference(
                analytic, numeric, rounding=float(np.linalg.norm(rounding))
            ),
            verdict=verdict,
            epsilon=data.epsilon,
            n_checked=len(data.places),
            n_kinks=data.n_kinks,
            n_apart=data.n_apart,
            n_one_sided=data.n_one_sided,
            worst=self._worst(places, analytic, numeric),
            data_difference=data.relative_difference,
            penalty_difference=None if penalty is None else penalty.relative_difference,
            projection_difference=None if along is None else along.relative_difference,
            persists=any(part.persists for part in (data, penalty, along) if part is not None),
            term=term,
            hint="" if verdict == "pass" else self._hint(verdict, term),
        )

    def _verdict(self) -> tuple[Verdict, Literal["", "data", "penalty", "data and penalty"]]:
        """Return the worst of the parts' verdicts, and which term has it."""
        of_data = self.data.verdict
        # Directions all of which cross a kink say nothing.
        if self.along is not None and len(self.along.places):
            of_data = max(of_data, self.along.verdict, key=SEVERITY.__getitem__)
        of_penalty: Verdict = "pass" if self.penalty is None else self.penalty.verdict
        verdict = max(of_data, of_penalty, key=SEVERITY.__getitem__)
        if verdict == "pass":
            return verdict, ""
        if of_data == of_penalty:
            return verdict, "data and penalty"
        return verdict, "data" if of_data == verdict else "penalty"

    def _hint(self, verdict: Verdict, term: str) -> str:
        if not len(self.data.places):
            return ON_KINKS
        if verdict == "look":
            return SMALL
        if term == "penalty":
            assert self.penalty is not None
            theta = self.check.value.reshape(-1)[self.penalty.places]
            return penalty_hint(self.penalty.analytic, self.penalty.numeric, theta, self.check.penalty)
        hint = data_hint(self.data.analytic, self.data.numeric)
        return f"{hint}; its penalty is wrong too" if term == "data and penalty" else hint

    def _worst(self, places: Indices, analytic: Flat, numeric: Flat) -> Worst | None:
        if not len(places):
            return None
        # A difference that is no number is worse than any number.
        worst = int(np.argmax(np.nan_to_num(np.abs(numeric - analytic), nan=np.inf)))
        index = np.unravel_index(int(places[worst]), self.check.tensor.shape)
        return Worst(tuple(int(place) for place in index), float(analytic[worst]), float(numeric[worst]))
