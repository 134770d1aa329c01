"""Two-dimensional convolution (cross-correlation, as all libraries have it) as a matrix product.

The squares that a filter looks at are copied side by side as the columns of a matrix, and one product with
the filters gives every output. That matrix is kernel² times as large as the images, so it is made and used
for a few rows of pixels at a time and never leaves the cache; the backward pass makes it again. With the
batch last, every copy is of runs as long as the batch: images in rows of pixels took 1.7 times as long.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial

import numpy as np
from numpy.lib.stride_tricks import as_strided

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
from dlrecipe.nn.tape import Node, Tape

COLUMN_NUMBERS = 160_000
"""Numbers in the matrix of columns, at the most unless one row of pixels needs more: 640 kB of float32."""


@dataclass(frozen=True)
class Geometry:
    """Where the squares of a convolution lie. `top` and `left` are the rows and columns of zeros before."""

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
    def is_padded(self) -> bool:
        """Whether there are zeros around the image."""
        return self.padded != self.image[:2]


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
    padded = _padded(tape, x.value, where)
    Z = tape.empty_image(where.out)
    dZ = tape.gradient_like(Z)
    height, numbers_a_row = where.out[0], where.fan_in * where.out[1] * tape.n
    n_rows = min(height, max(1, COLUMN_NUMBERS // numbers_a_row))
    memory = np.empty(numbers_a_row * n_rows, tape.dtype)
    chunks = [
        Chunk.of(memory, padded, Z, where, slice(start, min(start + n_rows, height)))
        for start in range(0, height, n_rows)
    ]
    tape.forward_kernels.append(partial(conv_forward, chunks, W.T, b[:, None]))
    if dZ is None:
        return Node(Z, None, reusable=True)
    d_chunks = [chunk.with_gradient(dZ) for chunk in chunks]
    scratch = np.empty_like(W)
    if x.grad is None:
        tape.backward_kernels.append(partial(conv_backward, d_chunks, dZ, scratch, dW, db))
        return Node(Z, dZ, reusable=True)
    d_padded = np.empty_like(padded) if where.is_padded else x.grad
    if where.is_padded:
        tape.backward_kernels.append(partial(np.copyto, x.grad, _inside(d_padded, where)))
    d_squares = [_squares(d_padded, where, chunk.rows) for chunk in d_chunks]
    tape.backward_kernels.append(
        partial(conv_backward, d_chunks, dZ, scratch, dW, db, W=W, dX=d_padded, d_squares=d_squares)
    )
    return Node(Z, dZ, reusable=True)


@dataclass(frozen=True, eq=False)
class Chunk:
    """A few rows of the output: the squares behind them, and the matrices of one product.

    squares: (kernel, kernel, channels, rows, width out, batch), a view of the padded images.
    columns: (fan_in, places) with `columns_as_squares` the same memory in the shape of the squares.
    Z: (filters, places), a view of the output, or of its gradient.
    """

    rows: slice
    squares: Floats
    columns: Floats
    columns_as_squares: Floats
    Z: Floats

    @classmethod
    def of(cls, memory: Floats, padded: Floats, Z: Floats, where: Geometry, rows: slice) -> "Chunk":
        """Return the chunk of these rows, with its matrix at the start of `memory`."""
        squares = _squares(padded, where, rows)
        columns = memory[: squares.size].reshape(where.fan_in, -1)
        return cls(rows, squares, columns, columns.reshape(squares.shape), _by_filter(Z, rows))

    def with_gradient(self, dZ: Floats) -> "Chunk":
        """Return the same with a view of dZ in Z's place."""
        return Chunk(
            self.rows, self.squares, self.columns, self.columns_as_squares, _by_filter(dZ, self.rows)
        )


def conv_forward(
    chunks: Sequence[Chunk],  # Z is overwritten
    W_T: Weights,  # (filters, fan_in)
    b: Floats,  # (filters, 1)
) -> None:
    """Z = Wᵀ @ columns + b."""
    for chunk in chunks:
        np.copyto(chunk.columns_as_squares, chunk.squares)
        np.matmul(W_T, chunk.columns, out=chunk.Z)
        np.add(chunk.Z, b, out=chunk.Z)


def conv_backward(
    chunks: Sequence[Chunk],  # with dZ as their Z
    dZ: Floats,  # (filters, height out, width out, batch)
    scratch: Weights,  # (fan_in, filters)  contents undefined afterwards
    dW: Weights,  # (fan_in, filters)  overwritten
    db: Floats,  # (filters,)  overwritten
    *,
    W: Weights | None = None,  # (fan_in, filters)  None where dX is not asked for
    dX: Floats | None = None,  # (channels, height, width, batch)  overwritten, padding included
    d_squares: Sequence[Floats] = (),  # a view of dX for each chunk, in the shape of its squares
) -> None:
    """dW = Σ columns @ dZᵀ; db = Σ dZ; dX gets each column of W @ dZ back where it was copied from."""
    np.add.reduce(dZ, axis=(1, 2, 3), out=db)
    dW[...] = 0
    if dX is not None:
        dX[...] = 0
    for index, chunk in enumerate(chunks):
        np.copyto(chunk.columns_as_squares, chunk.squares)
        np.matmul(chunk.columns, chunk.Z.T, out=scratch)
        np.add(dW, scratch, out=dW)
        if W is not None:
            np.matmul(W, chunk.Z, out=chunk.columns)
            _add_back(chunk.columns_as_squares, d_squares[index])


def _add_back(columns: Floats, d_squares: Floats) -> None:
    # Squares overlap, so the pixels of one place in the square are added at a time: those never do.
    for row in range(columns.shape[0]):
        for column in range(columns.shape[1]):
            pixels = d_squares[row, column]
            np.add(pixels, columns[row, column], out=pixels)


def _padded(tape: Tape, X: Floats, where: Geometry) -> Floats:
    """Return the images with zeros around them, filled in by a kernel; X itself where there are none."""
    if not where.is_padded:
        return X
    padded = np.zeros((X.shape[0], *where.padded, tape.n), tape.dtype)
    tape.forward_kernels.append(partial(np.copyto, _inside(padded, where), X))
    return padded


def _inside(padded: Floats, where: Geometry) -> Floats:
    height, width, _ = where.image
    return padded[:, where.top : where.top + height, where.left : where.left + width]


def _squares(padded: Floats, where: Geometry, rows: slice) -> Floats:
    """Return the squares behind these rows of the output as a view.

    Its shape is (kernel, kernel, channels, rows, width out, batch).
    """
    channel, row, column, image = padded.strides
    every = as_strided(
        padded,
        (where.kernel, where.kernel, padded.shape[0], *where.out[:2], padded.shape[3]),
        (row, column, channel, where.stride * row, where.stride * column, image),
    )
    return every[:, :, :, rows]


def _by_filter(Z: Floats, rows: slice) -> Floats:
    """Return (filters, places in these rows) as a view of (filters, height out, width out, batch)."""
    part = Z[:, rows]
    return as_strided(part, (part.shape[0], part[0].size), (part.strides[0], part.itemsize))
