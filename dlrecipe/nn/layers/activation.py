"""An activation as a layer: A = g(Z), in Z's memory where g and what comes before allow."""

from functools import partial

import numpy as np

from dlrecipe.arrays import Floats
from dlrecipe.nn.activations import ACTIVATIONS, Activation
from dlrecipe.nn.layer_specs import ActivationLayer
from dlrecipe.nn.layers.layer import Memory, Names, Placed, Shape
from dlrecipe.nn.tape import Node, Tape


def place(spec: ActivationLayer, shape: Shape, names: Names) -> Placed:
    """Any shape goes."""
    return Placed(spec, shape, shape)


def build(tape: Tape, node: Node, placed: Placed, memory: Memory) -> Node:
    """Append the activation."""
    return activate(tape, node, placed.spec.name)


def activate(tape: Tape, z: Node, name: str) -> Node:
    """Append the activation of this name to the tape, show its output A, and return it.

    Args:
        z: any shape. Its grad is overwritten by dA, its value by A where it is reusable and g works in place.
        name: a key of ACTIVATIONS.
    """
    A, activation = z.value, ACTIVATIONS[name]
    if name != "identity":
        A = _append(tape, z, activation)
    tape.show(name, A)
    # What keeps its input reads Z in the backward pass, and spoils A there; what works in place leaves both.
    spoiled = activation.keeps_input or (A is z.value and z.spoiled)
    return Node(A, z.grad, spoiled=spoiled)


def _append(tape: Tape, z: Node, activation: Activation) -> Floats:
    Z = z.value
    A = Z if z.reusable and not activation.keeps_input else tape.empty_like(Z)
    scratch = np.empty(Z.shape, np.bool_ if activation.mask_scratch else Z.dtype)
    tape.forward_kernels.append(partial(activation.forward, Z, A, scratch))
    if z.grad is not None:
        tape.backward_kernels.append(partial(activation.backward, Z, A, z.grad, scratch))
    if activation.kink is not None:
        tape.pieces.append(partial(np.greater, A, _value_at_kink(activation)))
    return A


def _value_at_kink(activation: Activation) -> float:
    """Return g at its kink. g rises there, so A > g(kink) just where Z > kink, and Z need not be kept."""
    Z: Floats = np.array([[activation.kink]], np.float64)
    A, scratch = np.empty_like(Z), np.empty(Z.shape, np.bool_ if activation.mask_scratch else Z.dtype)
    activation.forward(Z, A, scratch)
    return float(A[0, 0])
