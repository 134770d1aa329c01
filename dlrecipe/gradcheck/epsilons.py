"""The difference against the step: how truncation gives way to rounding as ε falls. Knows no networks."""

from collections.abc import Sequence

import numpy as np

from dlrecipe import rng as random_streams
from dlrecipe.gradcheck.comparison import Comparison, compare
from dlrecipe.gradcheck.result import EpsilonRow, relative_difference
from dlrecipe.gradcheck.tensor import TensorCheck

SHOWN_EPSILONS = (1e-2, 1e-3, 1e-4, 1e-5, 1e-6, 1e-7, 1e-8, 1e-9)

MOST_COMPONENTS = 400
"""Components of a tensor that the table is worked out on."""


def epsilon_table(checks: Sequence[TensorCheck], seed: int) -> tuple[EpsilonRow, ...]:
    """Return the mean loss's difference at each of SHOWN_EPSILONS, over the same components."""
    return tuple(_row(checks, seed, epsilon) for epsilon in SHOWN_EPSILONS)


def _row(checks: Sequence[TensorCheck], seed: int, epsilon: float) -> EpsilonRow:
    found = [_at(check, seed, index, epsilon) for index, check in enumerate(checks)]
    analytic = np.concatenate([comparison.analytic for comparison in found])
    numeric = np.concatenate([comparison.numeric for comparison in found])
    noise = float(np.linalg.norm([comparison.noise for comparison in found]))
    size = float(np.linalg.norm(analytic) + np.linalg.norm(numeric))
    return EpsilonRow(
        epsilon=epsilon,
        relative_difference=relative_difference(analytic, numeric),
        rounding=noise / size if size else 0.0,
        n_checked=len(analytic),
        n_kinks=sum(comparison.n_apart for comparison in found),
    )


def _at(check: TensorCheck, seed: int, index: int, epsilon: float) -> Comparison:
    places = check.places
    if len(places) > MOST_COMPONENTS:
        rng = random_streams.stream(seed, "gradcheck epsilons", index)
        places = np.sort(rng.choice(places, MOST_COMPONENTS, replace=False))
    return compare(check.differences, places, check.data[places], (epsilon,))
