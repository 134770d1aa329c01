"""The dense layer: Z = X @ W + b."""

from functools import partial

import numpy as np

from dlrecipe.arrays import Batch, Floats, Weights
from dlrecipe.nn.tape import Node, Tape


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
            tape.backward_kernels.append(partial(np.matmul, dZ, W.T, x.grad))
        ones = np.ones(tape.n, tape.dtype)
        tape.backward_kernels.append(partial(dense_backward, x.value.T, dZ, ones, dW, db))
    return Node(Z, dZ)


def dense_forward(
    X: Batch,  # (batch, fan_in)
    W: Weights,  # (fan_in, fan_out)
    b: Floats,  # (fan_out,)
    Z: Batch,  # (batch, fan_out)  overwritten
) -> None:
    """Z = X @ W + b."""
    np.matmul(X, W, out=Z)
    np.add(Z, b, out=Z)


def dense_backward(
    X_T: Batch,  # (fan_in, batch)
    dZ: Batch,  # (batch, fan_out)
    ones: Floats,  # (batch,)  all 1
    dW: Weights,  # (fan_in, fan_out)  overwritten
    db: Floats,  # (fan_out,)  overwritten
) -> None:
    """dW = Xᵀ @ dZ; db = the sum of dZ over the batch, as a product (twice as fast as a reduction)."""
    np.matmul(X_T, dZ, out=dW)
    np.dot(ones, dZ, out=db)
