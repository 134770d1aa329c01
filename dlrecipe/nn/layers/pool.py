"""Max and average pooling: one number for each square of each channel.

All squares are worked on at once: the k-th pixel of every square is a strided view of the image, so that a
pass over the squares is a pass over size² views.
"""

from collections.abc import Sequence
from functools import partial

import numpy as np
from numpy.typing import NDArray

from dlrecipe.arrays import Floats
from dlrecipe.nn.layer_specs import PoolLayer
from dlrecipe.nn.layers.layer import Memory, Misfit, Names, Placed, Shape, require_image, shape_in_words
from dlrecipe.nn.tape import Kernel, Node, Tape


def place(spec: PoolLayer, shape: Shape, names: Names) -> Placed:
    """An image in, a smaller one out.

    Raises:
        Misfit: it is given a row of numbers, or an image smaller than one square.
    """
    require_image(shape, spec.type)
    height, width, channels = shape
    if min(height, width) < spec.size:
        raise Misfit(
            f"{spec.type} of size {spec.size} is given {shape_in_words(shape)}",
            "take a smaller size, or fewer layers that shrink the image",
        )
    stride = spec.stride or spec.size
    out = ((height - spec.size) // stride + 1, (width - spec.size) // stride + 1, channels)
    return Placed(spec, shape, out)


def build(tape: Tape, node: Node, placed: Placed, memory: Memory) -> Node:
    """Append the pooling."""
    spec: PoolLayer = placed.spec
    out = tape.empty_image(placed.output_shape)
    pixels = _pixels(node.value, spec, placed.output_shape)
    grad = tape.gradient_like(out)
    largest = spec.type == "max_pool"
    tape.forward_kernels.append(partial(max_forward if largest else mean_forward, pixels, out))
    if largest:
        tape.pieces.append(partial(_which_is_largest, pixels, out))
    if node.grad is None or grad is None:
        return Node(out, grad)
    dX, d_pixels = node.grad, _pixels(node.grad, spec, placed.output_shape)
    if (spec.stride or spec.size) >= spec.size:
        rest = dX if out.size * len(pixels) < dX.size else None
        tape.backward_kernels.append(_backward_apart(largest, pixels, out, grad, rest, d_pixels))
    elif largest:
        masks = np.empty((2, *out.shape), np.bool_)
        tape.backward_kernels.append(
            partial(max_backward, pixels, out, grad, dX, d_pixels, np.empty_like(out), masks)
        )
    else:
        tape.backward_kernels.append(partial(mean_backward, grad, dX, d_pixels))
    return Node(out, grad)


def _backward_apart(
    largest: bool,
    pixels: list[Floats],
    out: Floats,
    grad: Floats,
    rest: Floats | None,
    d_pixels: list[Floats],
) -> Kernel:
    """Return the backward kernel where no two squares overlap: each pixel has one gradient at the most."""
    if not largest:
        return partial(mean_backward_apart, grad, rest, d_pixels)
    masks = np.empty((2, *out.shape), np.bool_)
    return partial(max_backward_apart, pixels, out, grad, rest, d_pixels, masks)


def max_forward(
    pixels: Sequence[Floats],  # size² views, each (height out, channels, width out, batch)
    out: Floats,  # (height out, channels, width out, batch)  overwritten
) -> None:
    """The largest of each square."""
    np.copyto(out, pixels[0])
    for pixel in pixels[1:]:
        np.maximum(out, pixel, out=out)


def max_backward(
    pixels: Sequence[Floats],  # size² views, each (height out, channels, width out, batch)
    out: Floats,  # (height out, channels, width out, batch)
    d_out: Floats,  # out's shape
    dX: Floats,  # (height, channels, width, batch)  overwritten
    d_pixels: Sequence[Floats],  # size² views of dX
    scratch: Floats,  # out's shape  contents undefined afterwards
    masks: NDArray[np.bool_],  # (2, out's shape)  contents undefined afterwards
) -> None:
    """The gradient goes to the first pixel of a square that is its largest, as in PyTorch."""
    dX[...] = 0
    untaken, chosen = masks
    untaken[...] = True
    for pixel, d_pixel in zip(pixels, d_pixels, strict=True):
        np.equal(pixel, out, out=chosen)
        np.logical_and(chosen, untaken, out=chosen)
        np.logical_xor(untaken, chosen, out=untaken)
        np.multiply(d_out, chosen, out=scratch)
        np.add(d_pixel, scratch, out=d_pixel)


def max_backward_apart(
    pixels: Sequence[Floats],  # size² views, each (height out, channels, width out, batch)
    out: Floats,  # (height out, channels, width out, batch)
    d_out: Floats,  # out's shape
    rest: Floats | None,  # dX, overwritten, where pixels lie in no square; else None
    d_pixels: Sequence[Floats],  # size² views of dX that do not overlap, overwritten
    masks: NDArray[np.bool_],  # (2, out's shape)  contents undefined afterwards
) -> None:
    """The same where squares do not overlap, in half the time: the last pixel gets what no other took."""
    if rest is not None:
        rest[...] = 0
    untaken, chosen = masks
    untaken[...] = True
    for pixel, d_pixel in zip(pixels[:-1], d_pixels, strict=False):
        np.equal(pixel, out, out=chosen)
        np.logical_and(chosen, untaken, out=chosen)
        np.logical_xor(untaken, chosen, out=untaken)
        np.multiply(d_out, chosen, out=d_pixel)
    np.multiply(d_out, untaken, out=d_pixels[-1])


def mean_forward(
    pixels: Sequence[Floats],  # size² views, each (height out, channels, width out, batch)
    out: Floats,  # (height out, channels, width out, batch)  overwritten
) -> None:
    """The mean of each square."""
    np.copyto(out, pixels[0])
    for pixel in pixels[1:]:
        np.add(out, pixel, out=out)
    np.multiply(out, 1 / len(pixels), out=out)


def mean_backward(
    d_out: Floats,  # (height out, channels, width out, batch)  contents undefined afterwards
    dX: Floats,  # (height, channels, width, batch)  overwritten
    d_pixels: Sequence[Floats],  # size² views of dX
) -> None:
    """Each pixel of a square gets its share of the square's gradient."""
    dX[...] = 0
    np.multiply(d_out, 1 / len(d_pixels), out=d_out)
    for d_pixel in d_pixels:
        np.add(d_pixel, d_out, out=d_pixel)


def mean_backward_apart(
    d_out: Floats,  # (height out, channels, width out, batch)  contents undefined afterwards
    rest: Floats | None,  # dX, overwritten, where pixels lie in no square; else None
    d_pixels: Sequence[Floats],  # size² views of dX that do not overlap, overwritten
) -> None:
    """The same where squares do not overlap."""
    if rest is not None:
        rest[...] = 0
    np.multiply(d_out, 1 / len(d_pixels), out=d_out)
    for d_pixel in d_pixels:
        np.copyto(d_pixel, d_out)


def _pixels(image: Floats, spec: PoolLayer, output_shape: Shape) -> list[Floats]:
    """Return, for each place in a square, a view of the pixels that lie there in all squares."""
    stride = spec.stride or spec.size
    height, width = (stride * (size - 1) + 1 for size in output_shape[:2])
    return [
        image[row : row + height : stride, :, column : column + width : stride]
        for row in range(spec.size)
        for column in range(spec.size)
    ]


def _which_is_largest(pixels: Sequence[Floats], out: Floats) -> NDArray[np.bool_]:
    return np.stack([pixel == out for pixel in pixels])
