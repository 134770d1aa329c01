"""Which components of a tensor are compared. Knows only sizes and names."""

import numpy as np

from dlrecipe import rng as random_streams
from dlrecipe.arrays import Indices
from dlrecipe.nn.parameters import TensorShape

EVERY_COMPONENT_UP_TO = 20_000
"""Parameters of a network; with 16 examples their 40,000 forward passes take some seconds."""

DRAWN_WEIGHTS = 100
"""Components drawn from each weight matrix of a larger network."""

DRAWN_BIASES = 300
"""Components drawn from each bias vector of a larger network."""


def components(tensor: TensorShape, *, index: int, n_params: int, seed: int) -> Indices:
    """Return the places, in the flattened tensor, of the components to compare, in order.

    Args:
        index: the tensor's number, so that each has a draw of its own.
        n_params: of the whole network.
    """
    bound = DRAWN_WEIGHTS if tensor.penalised else DRAWN_BIASES
    if n_params <= EVERY_COMPONENT_UP_TO or tensor.size <= bound:
        return np.arange(tensor.size)
    drawn = random_streams.stream(seed, "gradcheck", index).choice(tensor.size, bound, replace=False)
    drawn.sort()
    return drawn
