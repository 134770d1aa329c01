"""Two-dimensional convolution (cross-correlation, as all libraries have it) as matrix products.

Images lie as (height, channels, width, batch). Each is unrolled along its rows alone: for every column of
the square that a filter looks at, a copy of the image shifted by so much. What a row of the output is made of
then lies there as one matrix without gaps, `kernel` rows of the unrolled image, ready for a product with the
filters: kernel copies of the image, where the columns of im2col are kernel² of them. The backward pass has
the same matrices, and the gradient of an unrolled row comes of rows of dZ that lie side by side as well.

docs/decisions/0009 has what was tried and the times. Knows nothing of activations.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property, partial

import numpy as np

from dlrecipe.arrays import Floats, Weights
from dlrecipe.nn.layer_specs import ConvLayer
from dlrecipe.nn.layers.activation import activate
from dlrecipe.nn.layers.layer import (
    Memory,
    Misfit,
    Names,
    Placed,
    Shape,
    require_image,
    shape_in_words,
    weight_tensors,
)
from dlrecipe.nn.tape import Kernel, Node, Tape

WORTHWHILE_FILTERS = 16
"""Rows of a product below which several rows of the output are worked on at once: with the 6 filters of
LeNet's first layer two at a time take 1.1 ms and one at a time 1.7 (128 images of 28×28)."""


@dataclass(frozen=True)
class Geometry:
    """Where the squares of a convolution lie. `top` and `left` are the rows and columns of zeros before.

    `image` is (height, width, channels), `out` (height, width, filters), `padded` the height and width with
    the zeros.
    """

    kernel: int
    stride: int
    image: Shape
    padded: tuple[int, int]
    top: int
    left: int
    out: Shape

    @property
    def fan_in(self) -> int:
        """Numbers that a filter looks at."""
        return self.kernel * self.kernel * self.image[2]

    @property
    def rows_at_once(self) -> int:
        """Rows of the output that one product works on.

        Some products are with zeros then, as the rows below use fewer of the input's: less than one in two.
        """
        height, _, filters = self.out
        return min(height, self.kernel, max(1, WORTHWHILE_FILTERS // filters)) if self.stride == 1 else 1

    @property
    def window(self) -> int:
        """Rows of the input behind one product."""
        return self.kernel + self.rows_at_once - 1

    @cached_property
    def shifts(self) -> tuple[tuple[slice, slice], ...]:
        """For each column of the square: where in an output row it lies inside the image, and on what."""
        found = []
        for offset in range(-self.left, self.kernel - self.left):
            first = max(0, -(offset // self.stride))
            n = min(self.out[1] - 1, (self.image[1] - 1 - offset) // self.stride) + 1 - first
            start = first * self.stride + offset
            on = slice(start, start + (n - 1) * self.stride + 1, self.stride) if n > 0 else slice(0)
            found.append((slice(first, first + max(n, 0)), on))
        return tuple(found)


def geometry(spec: ConvLayer, shape: Shape) -> Geometry:
    """Work out the output's size and the padding; an odd number of zeros has the larger part behind.

    Raises:
        Misfit: the shape is a row of numbers, or smaller than the kernel without padding.
    """
    require_image(shape, "conv")
    if spec.padding == "valid" and min(shape[:2]) < spec.kernel:
        raise Misfit(
            f"conv with kernel {spec.kernel} is given {shape_in_words(shape)}",
            "set padding: same, or take a smaller kernel",
        )
    sizes, zeros = [], []
    for size in shape[:2]:
        if spec.padding == "same":
            sizes.append(-(-size // spec.stride))
            zeros.append(max((sizes[-1] - 1) * spec.stride + spec.kernel - size, 0))
        else:
            sizes.append((size - spec.kernel) // spec.stride + 1)
            zeros.append(0)
    return Geometry(
        kernel=spec.kernel,
        stride=spec.stride,
        image=shape,
        padded=(shape[0] + zeros[0], shape[1] + zeros[1]),
        top=zeros[0] // 2,
        left=zeros[1] // 2,
        out=(sizes[0], sizes[1], spec.filters),
    )


def place(spec: ConvLayer, shape: Shape, names: Names) -> Placed:
    """W is (kernel · kernel · channels, filters): rows of the square, its columns, channels."""
    where = geometry(spec, shape)
    tensors = weight_tensors(names.next_weights(), where.fan_in, spec.filters)
    return Placed(
        spec,
        shape,
        where.out,
        tensors,
        multiplications=where.fan_in * spec.filters * where.out[1],
    )


def build(tape: Tape, node: Node, placed: Placed, memory: Memory) -> Node:
    """Append the convolution and the activation."""
    W, b = (tensor.name for tensor in placed.parameters)
    where = geometry(placed.spec, placed.input_shape)
    z = _convolve(
        tape, node, where, memory.values[W], memory.values[b], memory.gradients[W], memory.gradients[b]
    )
    return activate(tape, z, placed.spec.activation)


def _convolve(tape: Tape, x: Node, where: Geometry, W: Weights, b: Floats, dW: Weights, db: Floats) -> Node:
    height, width, filters = where.out
    unrolled = np.zeros(
        (where.padded[0], where.kernel, where.image[2], width, tape.n), tape.dtype
    )  # what lies on the zeros around the image is never written
    inside = unrolled[where.top : where.top + where.image[0]]
    copies = [(inside[:, k][:, :, out], x.value[:, :, on]) for k, (out, on) in enumerate(where.shifts)]
    Z = tape.empty_image(where.out)
    dZ = tape.gradient_like(Z)
    at_once = where.rows_at_once
    blocks = [Block.of(unrolled, Z, where, row) for row in range(0, height, at_once)]
    band = np.zeros((at_once * filters, where.window * where.kernel * where.image[2]), tape.dtype)
    diagonals = _diagonals(band, where)
    tape.forward_kernels.append(
        partial(
            conv_forward, copies, blocks, W.reshape(where.kernel, -1, filters), diagonals, band, b[:, None]
        )
    )
    if dZ is None:
        return Node(Z, None, reusable=True)
    d_blocks = [Block.of(unrolled, dZ, where, row) for row in range(0, height, at_once)]
    scratch = np.empty((2, *band.shape), tape.dtype)
    d_diagonals = _diagonals(scratch[0], where)
    rows = dZ.reshape(height, filters, width * tape.n)
    kernel = partial(
        weights_backward,
        d_blocks,
        rows,
        scratch,
        d_diagonals,
        dW.reshape(where.kernel, -1, filters),
        np.empty((height, filters), tape.dtype),
        db,
    )
    if x.grad is not None:
        tape.backward_kernels.append(_image_backward(tape, where, W, dZ, x.grad))
    tape.backward_kernels.append(kernel)
    return Node(Z, dZ, reusable=True)


@dataclass(frozen=True, eq=False)
class Block:
    """Some rows of the output, and the rows of the unrolled image behind them, as matrices without gaps.

    squares: (rows behind · kernel · channels, width · batch).  Z: (rows · filters, width · batch), of the
    output or of its gradient.
    """

    squares: Floats
    Z: Floats

    @classmethod
    def of(cls, unrolled: Floats, Z: Floats, where: Geometry, row: int) -> "Block":
        """Return the block that begins with this row of the output; the last one may have fewer rows."""
        n_rows = min(where.rows_at_once, where.out[0] - row)
        start, numbers = row * where.stride, Z.shape[2] * Z.shape[3]
        behind = unrolled[start : start + where.kernel + n_rows - 1]
        return cls(behind.reshape(-1, numbers), Z[row : row + n_rows].reshape(-1, numbers))


def _diagonals(band: Weights, where: Geometry) -> list[Weights]:
    """Return where W stands in the matrix of a block: a view of (kernel, kernel · channels, filters) a row.

    Row i of the block's output has its weights i rows of the image further down, zeros before and behind.
    """
    filters, at_once = where.out[2], where.rows_at_once
    whole = band.reshape(at_once, filters, where.window, -1)
    return [whole[i, :, i : i + where.kernel].transpose(1, 2, 0) for i in range(at_once)]


def conv_forward(
    copies: Sequence[tuple[Floats, Floats]],  # parts of the unrolled image, overwritten, and of the image
    blocks: Sequence[Block],  # Z is overwritten
    W: Weights,  # (kernel, kernel · channels, filters)
    diagonals: Sequence[Weights],  # views of the band in W's shape, overwritten
    band: Weights,  # (rows · filters, rows behind · kernel · channels)  zeros but for the diagonals
    b: Floats,  # (filters, 1)
) -> None:
    """Z = band @ squares + b for each block."""
    for unrolled, image in copies:
        np.copyto(unrolled, image)
    for diagonal in diagonals:
        np.copyto(diagonal, W)
    for block in blocks:
        # The last block may have fewer rows: the band's first ones, up to where their weights end.
        np.matmul(band[: len(block.Z), : len(block.squares)], block.squares, out=block.Z)
        Z = block.Z.reshape(-1, len(b), block.Z.shape[1])
        np.add(Z, b, out=Z)


def weights_backward(
    blocks: Sequence[Block],  # with dZ as their Z
    rows: Floats,  # (height out, filters, width out · batch)  dZ
    scratch: Weights,  # (2, the band's shape)  contents undefined afterwards
    diagonals: Sequence[Weights],  # views of scratch[0] in dW's shape
    dW: Weights,  # (kernel, kernel · channels, filters)  overwritten
    sums: Floats,  # (height out, filters)  contents undefined afterwards
    db: Floats,  # (filters,)  overwritten
) -> None:
    """dW = the diagonals' part of Σ dZ @ squaresᵀ over the blocks; db = Σ dZ."""
    np.add.reduce(rows, axis=2, out=sums)
    np.add.reduce(sums, axis=0, out=db)
    total, one = scratch
    total[...] = 0
    for block in blocks:
        part = one.reshape(-1)[: len(block.Z) * len(block.squares)].reshape(len(block.Z), -1)
        np.matmul(block.Z, block.squares.T, out=part)
        into = total[: len(block.Z), : len(block.squares)]
        np.add(into, part, out=into)
    np.copyto(dW, diagonals[0])
    for diagonal in diagonals[1:]:
        np.add(dW, diagonal, out=dW)


@dataclass(frozen=True, eq=False)
class ImageRow:
    """One row of the image in the backward pass.

    weights: (kernel · channels, rows · filters), those of the rows of the output that look at it.
    gradient: (rows · filters, width out · batch), these rows of dZ.
    parts: where the gradient of each column of the square goes, as views of the row's unrolled gradient and
    of the image's.
    """

    weights: Weights
    gradient: Floats
    parts: Sequence[tuple[Floats, Floats]]


def image_backward(
    rows: Sequence[ImageRow],
    turned: Sequence[tuple[Weights, Weights]],  # parts of the rows' weights, overwritten, and of W
    unrolled: Floats,  # (kernel · channels, width out · batch)  contents undefined afterwards
    dX: Floats,  # (height, channels, width, batch)  overwritten
) -> None:
    """dX: for each row of the image the gradient of its unrolled form, each column shifted back and added."""
    for into, weights in turned:
        np.copyto(into, weights)
    dX[...] = 0
    for row in rows:
        np.matmul(row.weights, row.gradient, out=unrolled)
        for part, pixels in row.parts:
            np.add(pixels, part, out=pixels)


def _image_backward(tape: Tape, where: Geometry, W: Weights, dZ: Floats, dX: Floats) -> Kernel:
    """Return the kernel that works out dX.

    The rows of the output that look at row r of the padded image are those whose row of the square is
    r - stride · row: consecutive ones, each with a row of the square `stride` less than the one before. So
    for each remainder of r there is a matrix of the square's rows in falling order, of which a row of the
    image takes a run of columns.
    """
    (height, width, filters), channels = where.out, where.image[2]
    W = W.reshape(where.kernel, where.kernel * channels, filters)
    falling = [range(where.kernel)[q :: where.stride][::-1] for q in range(where.stride)]
    matrices = [np.empty((W.shape[1], len(order), filters), tape.dtype) for order in falling]
    turned = [
        (matrix[:, at], W[k])
        for matrix, order in zip(matrices, falling, strict=True)
        for at, k in enumerate(order)
    ]
    unrolled = np.empty((W.shape[1], width * tape.n), tape.dtype)
    shifted = unrolled.reshape(where.kernel, channels, width, tape.n)
    rows = []
    for r in range(where.top, where.top + where.image[0]):
        first = max(0, -(-(r - where.kernel + 1) // where.stride))
        last = min(height - 1, r // where.stride)
        if last < first:
            continue
        order = falling[r % where.stride]
        start = order.index(r - where.stride * first)
        weights = matrices[r % where.stride].reshape(W.shape[1], -1)
        rows.append(
            ImageRow(
                weights[:, start * filters : (start + last - first + 1) * filters],
                dZ[first : last + 1].reshape(-1, width * tape.n),
                [(shifted[k][:, out], dX[r - where.top][:, on]) for k, (out, on) in enumerate(where.shifts)],
            )
        )
    return partial(image_backward, rows, turned, unrolled, dX)
