"""A residual block: x + f(x), so that signal and gradient have a way around f.

Source: He et al. 2016, arXiv:1512.03385 and arXiv:1603.05027.
"""

from dataclasses import replace
from functools import partial

import numpy as np

from dlrecipe.nn.layer_specs import ConvLayer, DenseLayer, ResidualLayer
from dlrecipe.nn.layers.layer import (
    LayerKind,
    Memory,
    Misfit,
    Names,
    Placed,
    Shape,
    place_all,
    shape_in_words,
)
from dlrecipe.nn.tape import Node, Tape


def place(kinds: dict[str, LayerKind], spec: ResidualLayer, shape: Shape, names: Names) -> Placed:
    """Place the block's layers, and the projection behind them where the shapes differ.

    Raises:
        Misfit: a layer of the block does not fit, or the block's output cannot be added to its input.
    """
    try:
        block = place_all(kinds, spec.layers, shape, names)
    except Misfit as misfit:
        raise misfit.below("layers") from None
    out = block[-1].output_shape
    projection = () if out == shape else (_projection(kinds, spec, shape, out, names),)
    inner = (*block, *projection)
    return Placed(
        spec,
        shape,
        out,
        tuple(tensor for layer in inner for tensor in layer.parameters),
        tuple(tensor for layer in inner for tensor in layer.statistics),
        max(layer.multiplications for layer in inner),
        inner,
    )


def _projection(
    kinds: dict[str, LayerKind], spec: ResidualLayer, shape: Shape, out: Shape, names: Names
) -> Placed:
    """Return the linear map from x to f(x)'s shape: dense, or for images a convolution of single pixels."""
    if not spec.projection:
        raise Misfit(
            f"the block makes {shape_in_words(out)} of {shape_in_words(shape)}, which cannot be added up",
            "let the last layer give the first one's shape, or set projection: true",
        )
    if len(shape) != len(out):
        raise Misfit("no projection leads from an image to a row of numbers", "put flatten before the block")
    if len(shape) == 1:
        return kinds["dense"].place(DenseLayer(units=out[0], activation="identity"), shape, names)
    stride = -(-shape[0] // out[0])
    conv = ConvLayer(filters=out[2], kernel=1, stride=stride, padding="valid", activation="identity")
    placed = kinds["conv"].place(conv, shape, names)
    if placed.output_shape != out:
        raise Misfit(
            f"no stride leads from {shape_in_words(shape)} to {shape_in_words(out)}",
            "shrink the image outside the block, or use padding: same",
        )
    return placed


def branches(placed: Placed) -> tuple[tuple[Placed, ...], tuple[Placed, ...]]:
    """Return a placed block's layers, and those on the way around them: the projection, or none."""
    # A block within this one is placed as often as it is to be repeated.
    n_block = sum(getattr(layer, "repeat", 1) for layer in placed.spec.layers)
    return placed.inner[:n_block], placed.inner[n_block:]


def build(kinds: dict[str, LayerKind], tape: Tape, node: Node, placed: Placed, memory: Memory) -> Node:
    """Append the block, and x or its projection added to it."""
    block, projection = branches(placed)
    # The gradient of x comes in two parts. The way around f has x's own memory, which needs no copy where x
    # is not projected: what comes from behind then lies there already.
    skipped = replace(node, reusable=False)
    entry = replace(skipped, grad=None if node.grad is None else np.empty_like(node.grad))
    if entry.grad is not None:
        assert node.grad is not None
        tape.memory.append(entry.grad)
        tape.backward_kernels.append(partial(np.add, node.grad, entry.grad, node.grad))
    for layer in projection:
        skipped = kinds[layer.spec.type].build(tape, skipped, layer, memory)
    branch = entry
    for layer in block:
        branch = kinds[layer.spec.type].build(tape, branch, layer, memory)
    out = tape.empty_like(branch.value)
    grad = skipped.grad if skipped.grad is not None else tape.gradient_like(out)
    tape.forward_kernels.append(partial(np.add, skipped.value, branch.value, out))
    if grad is not None and branch.grad is not None:
        tape.backward_kernels.append(partial(np.copyto, branch.grad, grad))
    return Node(out, grad, reusable=True)
