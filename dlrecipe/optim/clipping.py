"""Bounds on the gradient before an optimizer uses it."""

import math

import numpy as np

from dlrecipe.arrays import Flat


def clip_norm(grads: Flat, max_norm: float) -> None:
    """Shorten the whole gradient to `max_norm` where it is longer, in place (Pascanu et al. 2013).

    A gradient that is not finite stays so: the loop notices it, and a clipped one would hide it.
    """
    norm = math.sqrt(float(np.dot(grads, grads)))
    if norm == math.inf:
        # The squares of float32 overflow above 1.8e19, in just those gradients that need clipping most.
        norm = float(np.linalg.norm(grads.astype(np.float64)))
    if norm > max_norm:
        np.multiply(grads, max_norm / norm, out=grads)


def clip_value(grads: Flat, bound: float) -> None:
    """Bring each component into [-bound, bound], in place."""
    np.clip(grads, -bound, bound, out=grads)
