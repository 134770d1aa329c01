"""Layer normalization: each example to mean 0 and variance 1 over its features; the same in evaluation.

Source: Ba et al. 2016, arXiv:1607.06450. For images γ and β are one a channel, as in a group norm of one
group.
"""

from functools import partial

import numpy as np

from dlrecipe.nn.layer_specs import LayerNormLayer
from dlrecipe.nn.layers.layer import Memory, Misfit, Names, Placed, Shape
from dlrecipe.nn.layers.normalizing import (
    affine,
    affine_tensors,
    example_axes,
    gradient_for,
    memory_for,
    normalize_backward,
    scale_and_shift,
    standardize,
)
from dlrecipe.nn.tape import Node, Tape


def place(spec: LayerNormLayer, shape: Shape, names: Names) -> Placed:
    """Any shape goes but a single number, which would be brought to 0 whatever it is.

    Raises:
        Misfit: it is given a single number.
    """
    if all(size == 1 for size in shape):
        raise Misfit(
            "layer_norm is given a single number, and makes 0 of every such",
            "leave it out, or let the layer before it give more numbers",
        )
    return Placed(spec, shape, shape, affine_tensors(names.next_normalization(), shape))


def build(tape: Tape, node: Node, placed: Placed, memory: Memory) -> Node:
    """Append the normalization."""
    X = node.value
    held, scaling = memory_for(X, example_axes(X)), affine(placed, memory, X)
    out, grad = np.empty_like(X), gradient_for(tape, node)
    tape.forward_kernels.append(partial(standardize, X, placed.spec.eps, held, out))
    tape.forward_kernels.append(partial(scale_and_shift, held.standard, scaling, out))
    if grad is not None:
        # The layers behind have no use for `out` any more when the backward pass comes here.
        tape.backward_kernels.append(partial(normalize_backward, grad, node.grad, held, scaling, out))
    return Node(out, grad, reusable=True, spoiled=True)
