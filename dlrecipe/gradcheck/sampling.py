"""Which components of a tensor are compared. Knows only sizes and names."""

from dlrecipe import rng as random_streams
from dlrecipe.arrays import Indices
from dlrecipe.nn.parameters import TensorShape

TAPE_COMPONENTS = 20_000
"""Parameters of a network all of which are compared by the tape, with 16 examples in some seconds."""

STACK_WORK = 4e11
"""Floating-point operations that are spent on all components of one tensor of a dense stack."""

DRAWN_WEIGHTS = 100
"""Components drawn from each weight tensor that is too large for all."""

DRAWN_BIASES = 300
"""Components drawn from each other tensor that is too large for all."""


def draw(tensor: TensorShape, *, index: int, seed: int, at_most: int | None = None) -> Indices:
    """Return the places, in the flattened tensor, of some of its components, in order.

    Args:
        index: the tensor's number, so that each has a draw of its own.
        at_most: how many; None leaves it to the kind of tensor.
    """
    bound = at_most or (DRAWN_WEIGHTS if tensor.penalised else DRAWN_BIASES)
    drawn = random_streams.stream(seed, "gradcheck", index).choice(
        tensor.size, min(bound, tensor.size), replace=False
    )
    drawn.sort()
    return drawn
