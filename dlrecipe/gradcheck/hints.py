"""What a wrong gradient looks like: a hint at the mistake, from the two gradients alone."""

import numpy as np

from dlrecipe.arrays import Flat
from dlrecipe.nn.regularizers import Penalty

FEW = 0.1
"""Largest share of wrong components that counts as a few."""

RESEMBLANCE = 0.02
"""Largest share of a difference that an explanation may leave unexplained."""


def data_hint(analytic: Flat, numeric: Flat) -> str:
    """Return what kind of mistake in the loss's gradient the difference looks like, without a full stop.

    Args:
        analytic, numeric: (n,) the compared components of one tensor, which differ.
    """
    if not np.isfinite(analytic).all():
        return (
            "its gradient is not finite: look for an overflow, a division by 0, a logarithm of 0, or memory "
            "that is read before it is written"
        )
    if not np.isfinite(numeric).all():
        return "J is not finite beside these weights: look for an overflow in the forward pass"
    if not analytic.any():
        return "its gradient is 0 and the numeric one is not: the backward pass does not reach it"
    if not numeric.any():
        return "J does not depend on it, yet its gradient is not 0: look for a term too many"
    wrong = int(np.count_nonzero(~np.isclose(analytic, numeric, rtol=1e-4, atol=0)))
    if 0 < wrong <= FEW * len(analytic):
        return (
            f"{wrong} of its {len(analytic)} compared components differ, the others agree: look at the worst"
        )
    factor = _factor(analytic, numeric)
    if factor is not None:
        return f"its gradient is {factor:.4g} times the numeric one: look for a wrong factor"
    return "its gradient points elsewhere: look for a transposed or mismatched product, or a term left out"


def penalty_hint(analytic: Flat, numeric: Flat, theta: Flat, penalty: Penalty) -> str:
    """Return what is wrong with the penalty's share of a gradient, without a full stop.

    Args:
        analytic, numeric: (n,) the penalty's part of the compared components, which differ.
        theta: (n,) the parameters at those components.
        penalty: what applies to this tensor: none to a bias.
    """
    if penalty == Penalty():
        return "its gradient holds a penalty, and none applies to it: biases are left out"
    if not analytic.any():
        return f"its gradient holds 0 times the {_terms(penalty)} penalty's: the penalty is missing"
    terms = {"L2": (penalty.l2, theta), "L1": (penalty.l1, np.sign(theta))}
    for term, (expected, shape) in terms.items():
        share = _factor(numeric - analytic, shape) if expected else None
        if share is not None:
            held = round(1 - share / expected, 2)
            return f"its gradient holds {held:g} times the {term} penalty's: look at the penalty"
    return "its gradient holds a wrong share of the penalty's: look at the penalty"


def _terms(penalty: Penalty) -> str:
    return " and ".join(name for name, factor in (("L2", penalty.l2), ("L1", penalty.l1)) if factor)


def _factor(vector: Flat, reference: Flat) -> float | None:
    """Return c where vector ≈ c · reference, or None."""
    if len(vector) < 2 or not reference.any():
        return None
    factor = float(np.dot(vector, reference) / np.dot(reference, reference))
    unexplained = np.linalg.norm(vector - factor * reference)
    return factor if unexplained <= RESEMBLANCE * np.linalg.norm(vector) else None
