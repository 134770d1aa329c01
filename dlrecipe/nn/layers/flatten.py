"""Images to rows of numbers, channel by channel, as PyTorch flattens them."""

from functools import partial

import numpy as np

from dlrecipe.nn.layer_specs import FlattenLayer
from dlrecipe.nn.layers.layer import Memory, Names, Placed, Shape
from dlrecipe.nn.tape import Node, Tape


def place(spec: FlattenLayer, shape: Shape, names: Names) -> Placed:
    """Any shape goes; a row stays as it is."""
    return Placed(spec, shape, (int(np.prod(shape)),))


def build(tape: Tape, node: Node, placed: Placed, memory: Memory) -> Node:
    """Append the copy from (channels, height, width, batch) to (batch, features) and back."""
    if node.value.ndim == 2:
        return node
    out = tape.empty(placed.output_shape[0])
    grad = tape.gradient_like(out)
    tape.forward_kernels.append(partial(np.copyto, out, node.value.reshape(-1, tape.n).T))
    if node.grad is not None and grad is not None:
        tape.backward_kernels.append(partial(np.copyto, node.grad.reshape(-1, tape.n), grad.T))
    return Node(out, grad, reusable=True)
