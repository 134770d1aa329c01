"""Inverted dropout: in training each unit is kept with keep_prob and divided by it; off at evaluation."""

from functools import partial

import numpy as np
from numpy.random import Generator

from dlrecipe.arrays import Batch
from dlrecipe.nn.tape import Node, Tape


def dropout(tape: Tape, a: Node, keep_prob: float, rng: Generator) -> Node:
    """Append dropout to a training tape and return its output; elsewhere return `a` itself.

    Args:
        a: (batch, features).
        keep_prob: fraction of units kept, in (0, 1].
        rng: the stream that masks are drawn from, a new mask each forward pass.
    """
    if not tape.training or keep_prob == 1.0:
        return a
    out = np.empty_like(a.value)
    mask = np.empty_like(a.value)
    tape.forward_kernels.append(partial(dropout_forward, a.value, keep_prob, rng, mask, out))
    if a.grad is not None:
        tape.backward_kernels.append(partial(np.multiply, a.grad, mask, a.grad))
    return Node(out, a.grad)


def dropout_forward(
    A: Batch,  # (batch, features)
    keep_prob: float,
    rng: Generator,
    mask: Batch,  # (batch, features)  overwritten: 1/keep_prob where kept, else 0
    out: Batch,  # (batch, features)  overwritten
) -> None:
    """Draw a mask and apply it."""
    rng.random(dtype=mask.dtype.type, out=mask)
    np.less(mask, keep_prob, out=mask)
    np.multiply(mask, 1 / keep_prob, out=mask)
    np.multiply(A, mask, out=out)
