"""Images to rows of numbers, channel by channel, as PyTorch flattens them."""

from functools import partial

import numpy as np

from dlrecipe.arrays import Batch, Floats
from dlrecipe.nn.layer_specs import FlattenLayer
from dlrecipe.nn.layers.layer import Memory, Names, Placed, Shape
from dlrecipe.nn.tape import Node, Tape


def place(spec: FlattenLayer, shape: Shape, names: Names) -> Placed:
    """Any shape goes; a row stays as it is."""
    return Placed(spec, shape, (int(np.prod(shape)),))


def build(tape: Tape, node: Node, placed: Placed, memory: Memory) -> Node:
    """Append the copy from (height, channels, width, batch) to (batch, features) and back."""
    if node.value.ndim == 2:
        return node
    out = tape.empty(placed.output_shape[0])
    grad = tape.gradient_like(out)
    tape.forward_kernels.append(partial(np.copyto, _as_images(out, node), node.value))
    if node.grad is not None and grad is not None:
        tape.backward_kernels.append(partial(np.copyto, node.grad, _as_images(grad, node)))
    return Node(out, grad, reusable=True)


def _as_images(rows: Batch, node: Node) -> Floats:
    """Return (batch, channels · height · width) as a view in the images' shape."""
    height, channels, width, n = node.value.shape
    return rows.reshape(n, channels, height, width).transpose(2, 1, 3, 0)
