"""Inverted dropout: in training each unit is kept with keep_prob and divided by it; off at evaluation."""

from functools import partial

import numpy as np
from numpy.random import BitGenerator, Generator
from numpy.typing import NDArray

from dlrecipe.arrays import Floats, constant
from dlrecipe.nn.layer_specs import DropoutLayer
from dlrecipe.nn.layers.layer import Memory, Names, Placed, Shape
from dlrecipe.nn.tape import Node, Tape

WORDS = 2048
"""Random words of 64 bits drawn at a time."""

COARSE = 1 / 64
"""keep_prob from which on 16 bits meet it to a part in 2,000 and better."""

ALMOST_ALL = 1 - 2**-17
"""keep_prob beyond which 16 bits would drop more than they should."""


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
    kept, mask = np.empty(a.value.shape, np.bool_), np.empty_like(a.value)
    tape.forward_kernels.append(partial(dropout_forward, a.value, keep_prob, rng, kept, mask, out))
    if a.grad is not None:
        tape.backward_kernels.append(partial(np.multiply, a.grad, mask, a.grad))
    return Node(out, a.grad, reusable=True)


def dropout_forward(
    A: Floats,  # any shape
    keep_prob: float,
    rng: Generator,
    kept: NDArray[np.bool_],  # A's shape  overwritten
    mask: Floats,  # A's shape  overwritten: 1/keep_prob where kept, else 0
    out: Floats,  # A's shape  overwritten
) -> None:
    """Draw a mask and apply it."""
    draw_kept(keep_prob, rng, kept.reshape(-1))
    np.multiply(kept, constant(1 / keep_prob, mask.dtype), out=mask)
    np.multiply(A, mask, out=out)


def draw_kept(
    keep_prob: float,
    rng: Generator,
    kept: NDArray[np.bool_],  # (n,)  overwritten
) -> None:
    """Draw for each unit whether it is kept, from 16 random bits: keep_prob is met to 1/131,072.

    Four units share a random word of 64 bits, which takes a quarter of the time of a random float32 each
    (benchmarks.speed, mnist-dropout-l2). Words are drawn WORDS at a time, so that the memory they need for a
    moment does not grow with the batch. A small keep_prob takes 32 bits: with 16, one of 1e-5 would be half
    as much again, and so would the mean of what is divided by it. So does one of all but 1, of which 16 bits
    know no more than 0.99998.
    """
    bits: BitGenerator = rng.bit_generator
    kind = np.dtype(np.uint16 if COARSE <= keep_prob <= ALMOST_ALL else np.uint32)
    per_word, levels = 8 // kind.itemsize, 1 << 8 * kind.itemsize
    threshold = min(max(round(keep_prob * levels), 1), levels - 1)
    for start in range(0, len(kept), per_word * WORDS):
        part = kept[start : start + per_word * WORDS]
        draws = bits.random_raw(-(-len(part) // per_word)).view(kind)
        np.less(draws[: len(part)], constant(threshold, draws.dtype), out=part)
