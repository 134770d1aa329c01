"""An activation as a layer: A = g(Z), in Z's memory where g allows."""

from functools import partial

import numpy as np

from dlrecipe.nn.activations import ACTIVATIONS
from dlrecipe.nn.tape import Node, Tape


def activate(tape: Tape, z: Node, name: str) -> Node:
    """Append the activation of this name to the tape and return its output A.

    Args:
        z: (batch, features). Its value and grad are overwritten by A and dA where g works in place.
        name: a key of ACTIVATIONS.
    """
    if name == "identity":
        return z
    activation = ACTIVATIONS[name]
    Z = z.value
    A = np.empty_like(Z) if activation.keeps_input else Z
    scratch = np.empty(Z.shape, np.bool_ if activation.mask_scratch else Z.dtype)
    tape.forward_kernels.append(partial(activation.forward, Z, A, scratch))
    if z.grad is not None:
        tape.backward_kernels.append(partial(activation.backward, Z, A, z.grad, scratch))
    return Node(A, z.grad)
