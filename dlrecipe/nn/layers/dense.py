"""The dense layer: Z = X @ W + b.

The products are np.dot's: np.matmul takes 2 µs more to come to the same call (benchmarks.speed, tiny).
"""

from functools import partial

import numpy as np

from dlrecipe.arrays import Batch, Floats, Weights
from dlrecipe.nn.layer_specs import DenseLayer
from dlrecipe.nn.layers.activation import activate
from dlrecipe.nn.layers.layer import Memory, Misfit, Names, Placed, Shape, shape_in_words, weight_tensors
from dlrecipe.nn.tape import Node, Tape


def place(spec: DenseLayer, shape: Shape, names: Names) -> Placed:
    """A row of numbers in, a row of `units` out.

    Raises:
        Misfit: it is given images.
    """
    if len(shape) != 1:
        raise Misfit(
            f"a dense layer needs a row of numbers, and is given {shape_in_words(shape)}",
            "put flatten before it",
        )
    tensors = weight_tensors(names.next_weights(), shape[0], spec.units)
    return Placed(spec, shape, (spec.units,), tensors, multiplications=shape[0] * spec.units)


def build(tape: Tape, node: Node, placed: Placed, memory: Memory) -> Node:
    """Append the product and the activation."""
    W, b = (tensor.name for tensor in placed.parameters)
    z = dense(tape, node, memory.values[W], memory.values[b], memory.gradients[W], memory.gradients[b])
    return activate(tape, z, placed.spec.activation)


def dense(tape: Tape, x: Node, W: Weights, b: Floats, dW: Weights, db: Floats) -> Node:
    """Append a dense layer to the tape and return its output Z.

    Args:
        x: (batch, fan_in). Without a grad (the network's input), dX is never computed.
        W, dW: (fan_in, fan_out).
        b, db: (fan_out,).
    """
    Z = tape.empty(W.shape[1])
    dZ = tape.gradient_like(Z)
    tape.forward_kernels.append(partial(dense_forward, x.value, W, b, Z))
    if dZ is not None:
        if x.grad is not None:
            tape.backward_kernels.append(partial(np.dot, dZ, W.T, x.grad))
        if not tape.add_product(x, dZ, dW, db):
            ones = np.ones(tape.n, tape.dtype)
            tape.backward_kernels.append(partial(dense_backward, x.value.T, dZ, ones, dW, db))
    return Node(Z, dZ, reusable=True)


def dense_forward(
    X: Batch,  # (batch, fan_in)
    W: Weights,  # (fan_in, fan_out)
    b: Floats,  # (fan_out,)
    Z: Batch,  # (batch, fan_out)  overwritten
) -> None:
    """Z = X @ W + b."""
    np.dot(X, W, Z)
    np.add(Z, b, out=Z)


def dense_backward(
    X_T: Batch,  # (fan_in, batch)
    dZ: Batch,  # (batch, fan_out)
    ones: Floats,  # (batch,)  all 1
    dW: Weights,  # (fan_in, fan_out)  overwritten
    db: Floats,  # (fan_out,)  overwritten
) -> None:
    """dW = Xᵀ @ dZ; db = the sum of dZ over the batch, as a product (twice as fast as a reduction)."""
    np.dot(X_T, dZ, dW)
    np.dot(ones, dZ, out=db)
