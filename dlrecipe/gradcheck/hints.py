"""What a wrong gradient looks like: a hint at the mistake, from the two gradients alone."""

import numpy as np

from dlrecipe.arrays import Flat
from dlrecipe.nn.regularizers import Penalty

FEW = 0.1
"""Largest share of wrong components that counts as a few."""

RESEMBLANCE = 0.02
"""Largest share of a difference that an explanation may leave unexplained."""


def hint(analytic: Flat, numeric: Flat, theta: Flat, penalty: Penalty) -> str:
    """Return what kind of mistake the difference looks like, a clause without a full stop.

    Args:
        analytic, numeric: (n,) the compared components of one tensor, which differ.
        theta: (n,) the parameters at those components.
        penalty: what applies to this tensor.
    """
    if not np.isfinite(analytic).all():
        return "its gradient is not finite: look for an overflow, a division by 0 or a logarithm of 0"
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
    return _factor_hint(analytic, numeric, theta, penalty) or _penalty_hint(
        numeric - analytic, theta, penalty
    )


def _factor_hint(analytic: Flat, numeric: Flat, theta: Flat, penalty: Penalty) -> str:
    whole = _factor(analytic, numeric)
    if whole is not None:
        return f"its gradient is {whole:.4g} times the numeric one: look for a wrong factor"
    of_penalty = penalty.l2 * theta + penalty.l1 * np.sign(theta)
    of_loss = _factor(analytic - of_penalty, numeric - of_penalty)
    if of_loss is not None:
        return f"its gradient without the penalty is {of_loss:.4g} times the numeric one: look for a factor"
    return ""


def _penalty_hint(missing: Flat, theta: Flat, penalty: Penalty) -> str:
    terms = {"L2": (penalty.l2, theta), "L1": (penalty.l1, np.sign(theta))}
    for term, (expected, shape) in terms.items():
        share = _factor(missing, shape) if expected else None
        if share is not None:
            held = round(1 - share / expected, 2)
            return f"its gradient holds {held:g} times the {term} penalty's: look at the penalty"
    if _factor(missing, penalty.l2 * theta + penalty.l1 * np.sign(theta)) is not None:
        return "its gradient holds a wrong share of the penalty's: look at the penalty"
    return "its gradient points elsewhere: look for a transposed or mismatched product, or a term left out"


def _factor(vector: Flat, reference: Flat) -> float | None:
    """Return c where vector ≈ c · reference, or None."""
    if len(vector) < 2 or not reference.any():
        return None
    factor = float(np.dot(vector, reference) / np.dot(reference, reference))
    unexplained = np.linalg.norm(vector - factor * reference)
    return factor if unexplained <= RESEMBLANCE * np.linalg.norm(vector) else None
