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
    """Append the copy from (channels, batch, height, width) to (batch, features) and back."""
    if node.value.ndim == 2:
        return node
    out = tape.empty(placed.output_shape[0])
    grad = tape.gradient_like(out)
    height, width, channels = placed.input_shape
    by_channel = (tape.n, channels, height, width)
    tape.forward_kernels.append(partial(np.copyto, out.reshape(by_channel), node.value.transpose(1, 0, 2, 3)))
    if node.grad is not None and grad is not None:
        tape.backward_kernels.append(
            partial(np.copyto, node.grad, grad.reshape(by_channel).transpose(1, 0, 2, 3))
        )
    return Node(out, grad, reusable=True)
