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


PLACES = 2_000
"""Components and directions that are compared of a network checked by the tape and too large for all: under a
minute for 150 layers of 32 units and 16 examples."""

DIRECTIONS = 12
"""Random directions a tensor."""

FEWEST_DIRECTIONS = 3
"""Of a network with very many tensors: a wrong gradient has the wrong slope along almost every direction."""


def share_of(n_tensors: int) -> tuple[int, int]:
    """Return how many components and how many directions each of so many tensors gets."""
    each = PLACES // n_tensors
    directions = min(DIRECTIONS, max(FEWEST_DIRECTIONS, each // 2))
    return max(1, each - directions), directions


def draw(tensor: TensorShape, *, index: int, seed: int, at_most: int | None = None) -> Indices:
    """Return the places, in the flattened tensor, of some of its components, in order.

    Args:
        index: the tensor's number, so that each has a draw of its own.
        at_most: how many, if the kind of tensor allows as many; None leaves it to that.
    """
    bound = DRAWN_WEIGHTS if tensor.penalised else DRAWN_BIASES
    bound = bound if at_most is None else min(bound, at_most)
    drawn = random_streams.stream(seed, "gradcheck", index).choice(
        tensor.size, min(bound, tensor.size), replace=False
    )
    drawn.sort()
    return drawn
