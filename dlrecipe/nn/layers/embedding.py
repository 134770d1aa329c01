"""Learned vectors for categories: each index among the inputs becomes a row of its column's table E.

Indices come as whole numbers in the last features of X, one feature a column (float32 holds them exactly up
to 16,777,216). What goes on is a row of the other features and of all columns' vectors, so to the next layer
a category looks like so many numbers. It is the same as a dense layer without bias on the column's one-hot
form, but for the time and memory that the zeros would take.
"""

from dataclasses import dataclass
from functools import partial

import numpy as np

from dlrecipe.arrays import Batch, Indices, Weights
from dlrecipe.nn.layer_specs import EmbeddingLayer
from dlrecipe.nn.layers.layer import Memory, Names, Placed, Shape
from dlrecipe.nn.parameters import TensorShape
from dlrecipe.nn.tape import Node, Tape


def place(spec: EmbeddingLayer, shape: Shape, names: Names) -> Placed:
    """A row whose last features are indices in, a longer row out; E.COLUMN is (rows, width).

    The tables are weights like any other: penalised, as the one-hot form's would be.
    """
    assert len(shape) == 1
    assert shape[0] >= len(spec.columns)
    tensors = tuple(
        TensorShape(f"E.{column.name}", (column.rows, column.width), penalised=True)
        for column in spec.columns
    )
    n_out = shape[0] - len(spec.columns) + sum(column.width for column in spec.columns)
    return Placed(spec, shape, (n_out,), tensors)


def build(tape: Tape, node: Node, placed: Placed, memory: Memory) -> Node:
    """Append the look-up of every column, and in training the gradients' way back into the tables."""
    X, n_others = node.value, placed.input_shape[0] - len(placed.parameters)
    out = tape.empty(placed.output_shape[0])
    grad = tape.gradient_like(out)
    if n_others:
        tape.forward_kernels.append(partial(np.copyto, out[:, :n_others], X[:, :n_others]))
    start = n_others
    for index, tensor in enumerate(placed.parameters):
        width = tensor.shape[1]
        lookup = Lookup(
            X[:, n_others + index],
            memory.values[tensor.name],
            np.empty(tape.n, np.intp),
            tape.empty(width),
            out[:, start : start + width],
        )
        tape.forward_kernels.append(partial(look_up, lookup))
        if grad is not None:
            d_vectors, places = grad[:, start : start + width], np.empty((tape.n, width), np.intp)
            dE = memory.gradients[tensor.name]
            tape.backward_kernels.append(
                partial(scatter, lookup.indices, np.arange(width), d_vectors, lookup.vectors, places, dE)
            )
        start += width
    return Node(out, grad)


@dataclass(frozen=True, eq=False)
class Lookup:
    """One column's table and its place in a batch.

    feature: (n,) whole numbers in [0, rows).  E: (rows, width).  indices: (n,) overwritten.
    vectors: (n, width) overwritten.  out: (n, width), a view of the layer's output, overwritten.
    """

    feature: Batch
    E: Weights
    indices: Indices
    vectors: Batch
    out: Batch


def look_up(column: Lookup) -> None:
    """out = E[indices]."""
    np.copyto(column.indices, column.feature, casting="unsafe")
    # Into memory of its own first, since take would make a copy of its own for a view with gaps; mode="clip"
    # because the others check by way of a buffer. The indices are in range.
    np.take(column.E, column.indices, axis=0, out=column.vectors, mode="clip")
    np.copyto(column.out, column.vectors)


def scatter(
    indices: Indices,  # (n,)
    units: Indices,  # (width,)  0, 1, …
    d_vectors: Batch,  # (n, width)  read only
    scratch: Batch,  # (n, width)  contents undefined afterwards
    places: Indices,  # (n, width)  contents undefined afterwards
    dE: Weights,  # (rows, width)  overwritten
) -> None:
    """dE[i] = the sum of d_vectors over the examples of index i, in the order of the examples.

    On the flattened table, `add.at` is three times as fast as by rows, and faster than a product with the
    one-hot form from some 30 rows on (docs/decisions/0008).
    """
    dE[...] = 0
    np.multiply(indices[:, None], len(units), out=places)
    np.add(places, units, out=places)
    np.copyto(scratch, d_vectors)
    np.add.at(dE.reshape(-1), places.reshape(-1), scratch.reshape(-1))
