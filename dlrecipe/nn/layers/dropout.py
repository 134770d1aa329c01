"""Inverted dropout: in training each unit is kept with keep_prob and divided by it; off at evaluation."""

from functools import partial

import numpy as np
from numpy.random import Generator

from dlrecipe.arrays import Floats
from dlrecipe.nn.layer_specs import DropoutLayer
from dlrecipe.nn.layers.layer import Memory, Names, Placed, Shape
from dlrecipe.nn.tape import Node, Tape


def place(spec: DropoutLayer, shape: Shape, names: Names) -> Placed:
    """Any shape goes; of an image, pixels are dropped one by one."""
    return Placed(spec, shape, shape)


def build(tape: Tape, node: Node, placed: Placed, memory: Memory) -> Node:
    """Append dropout, if the tape is for training and any unit is to be dropped."""
    keep_prob: float = placed.spec.keep_prob
    if not tape.training or keep_prob == 1.0:
        return node
    assert memory.rng is not None
    return dropout(tape, node, keep_prob, memory.rng)


def dropout(tape: Tape, a: Node, keep_prob: float, rng: Generator) -> Node:
    """Append dropout to a training tape and return its output; elsewhere return `a` itself.

    Args:
        a: any shape.
        keep_prob: fraction of units kept, in (0, 1].
        rng: the stream that masks are drawn from, a new mask each forward pass.
    """
    if not tape.training or keep_prob == 1.0:
        return a
    out = tape.empty_like(a.value)
    mask = np.empty_like(a.value)
    tape.forward_kernels.append(partial(dropout_forward, a.value, keep_prob, rng, mask, out))
    if a.grad is not None:
        tape.backward_kernels.append(partial(np.multiply, a.grad, mask, a.grad))
    return Node(out, a.grad, reusable=True)


def dropout_forward(
    A: Floats,  # any shape
    keep_prob: float,
    rng: Generator,
    mask: Floats,  # A's shape  overwritten: 1/keep_prob where kept, else 0
    out: Floats,  # A's shape  overwritten
) -> None:
    """Draw a mask and apply it."""
    rng.random(dtype=mask.dtype.type, out=mask)
    np.less(mask, keep_prob, out=mask)
    np.multiply(mask, 1 / keep_prob, out=mask)
    np.multiply(A, mask, out=out)
