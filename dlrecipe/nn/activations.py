"""Activations: a forward kernel and a backward one each. Knows nothing of layers or parameters.

A kernel either works in place, `A` being the memory of `Z`, when its derivative can be read off `A`, or it
keeps `Z` (`keeps_input`). Scratch is of Z's shape, and its contents are undefined afterwards.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, TypeAlias

import numpy as np
from numpy.typing import NDArray

from dlrecipe.arrays import Batch, constant, zeros

LEAKY_SLOPE = 0.01
"""The slope of leaky_relu left of 0, as in the course."""

SATURATION = 5.0
"""|z| beyond which tanh and sigmoid count as saturated."""

Mask: TypeAlias = NDArray[np.bool_]
Forward: TypeAlias = Callable[[Batch, Batch, NDArray[Any]], None]
Backward: TypeAlias = Callable[[Batch, Batch, Batch, NDArray[Any]], None]


@dataclass(frozen=True)
class Activation:
    """Two kernels and what they need.

    `forward(Z, A, scratch)` fills A. `backward(Z, A, dA, scratch)` turns dA into dZ in place. Without
    `keeps_input`, A may be Z itself. The scratch holds booleans for `mask_scratch` (a comparison into
    them is twice as fast as into floats), else numbers. `kink`: z where the derivative or its own slope
    jumps, so that a difference across it says little; None for a smooth one.
    """

    forward: Forward
    backward: Backward
    keeps_input: bool = False
    mask_scratch: bool = False
    kink: float | None = None


def identity_forward(Z: Batch, A: Batch, scratch: Batch) -> None:
    """A = Z."""
    if A is not Z:
        np.copyto(A, Z)


def identity_backward(Z: Batch, A: Batch, dA: Batch, scratch: Batch) -> None:
    """dZ = dA."""


def relu_forward(Z: Batch, A: Batch, scratch: Mask) -> None:
    """A = max(Z, 0)."""
    np.maximum(Z, zeros(Z.shape, Z.dtype), out=A)


def relu_backward(Z: Batch, A: Batch, dA: Batch, scratch: Mask) -> None:
    """dZ = dA where A > 0, else 0: the derivative at the kink is taken as 0."""
    np.greater(A, constant(0, A.dtype), out=scratch)
    np.multiply(dA, scratch, out=dA)


def leaky_relu_forward(Z: Batch, A: Batch, scratch: Batch) -> None:
    """A = Z where Z > 0, else LEAKY_SLOPE · Z."""
    np.multiply(Z, LEAKY_SLOPE, out=scratch)
    np.maximum(Z, scratch, out=A)


def leaky_relu_backward(Z: Batch, A: Batch, dA: Batch, scratch: Batch) -> None:
    """dZ = dA where A > 0, else LEAKY_SLOPE · dA."""
    np.greater(A, 0, out=scratch)
    np.multiply(scratch, 1 - LEAKY_SLOPE, out=scratch)
    np.add(scratch, LEAKY_SLOPE, out=scratch)
    np.multiply(dA, scratch, out=dA)


def tanh_forward(Z: Batch, A: Batch, scratch: Batch) -> None:
    """A = tanh Z."""
    np.tanh(Z, out=A)


def tanh_backward(Z: Batch, A: Batch, dA: Batch, scratch: Batch) -> None:
    """dZ = dA · (1 - A²)."""
    np.multiply(A, A, out=scratch)
    np.subtract(1, scratch, out=scratch)
    np.multiply(dA, scratch, out=dA)


def sigmoid_forward(Z: Batch, A: Batch, scratch: Batch) -> None:
    """A = 1 / (1 + exp(-Z)), written as (1 + tanh(Z/2)) / 2, which cannot overflow."""
    np.multiply(Z, 0.5, out=A)
    np.tanh(A, out=A)
    np.multiply(A, 0.5, out=A)
    np.add(A, 0.5, out=A)


def sigmoid_backward(Z: Batch, A: Batch, dA: Batch, scratch: Batch) -> None:
    """dZ = dA · A · (1 - A)."""
    np.subtract(1, A, out=scratch)
    np.multiply(scratch, A, out=scratch)
    np.multiply(dA, scratch, out=dA)


def gelu_forward(Z: Batch, A: Batch, scratch: Batch) -> None:
    """A = Z · Φ(Z), Φ the standard normal's distribution function (Hendrycks and Gimpel 2016, exact form)."""
    from scipy.special import ndtr  # costs 0.2 s to import, and only this activation needs it

    ndtr(Z, out=A)
    np.multiply(A, Z, out=A)


def gelu_backward(Z: Batch, A: Batch, dA: Batch, scratch: Batch) -> None:
    """dZ = dA · (Φ(Z) + Z · φ(Z)), φ the standard normal's density."""
    from scipy.special import ndtr

    np.multiply(Z, Z, out=scratch)
    np.multiply(scratch, -0.5, out=scratch)
    np.exp(scratch, out=scratch)
    np.multiply(scratch, 1 / np.sqrt(2 * np.pi).astype(Z.dtype), out=scratch)
    np.multiply(scratch, Z, out=scratch)
    # A is not needed once the backward pass has come here, so it holds Φ(Z).
    ndtr(Z, out=A)
    np.add(scratch, A, out=scratch)
    np.multiply(dA, scratch, out=dA)


def elu_forward(Z: Batch, A: Batch, scratch: Batch) -> None:
    """A = Z where Z > 0, else exp(Z) - 1 (Clevert et al. 2016, α = 1)."""
    none = zeros(Z.shape, Z.dtype)
    np.minimum(Z, none, out=scratch)
    np.expm1(scratch, out=scratch)
    np.maximum(Z, none, out=A)
    np.add(A, scratch, out=A)


def elu_backward(Z: Batch, A: Batch, dA: Batch, scratch: Batch) -> None:
    """dZ = dA where A > 0, else dA · (A + 1)."""
    np.minimum(A, zeros(A.shape, A.dtype), out=scratch)
    np.add(scratch, 1, out=scratch)
    np.multiply(dA, scratch, out=dA)


def softplus_forward(Z: Batch, A: Batch, scratch: Batch) -> None:
    """A = log(1 + exp(Z)), written as max(Z, 0) + log1p(exp(-|Z|)), which cannot overflow."""
    np.abs(Z, out=scratch)
    np.negative(scratch, out=scratch)
    np.exp(scratch, out=scratch)
    np.log1p(scratch, out=scratch)
    np.maximum(Z, zeros(Z.shape, Z.dtype), out=A)
    np.add(A, scratch, out=A)


def softplus_backward(Z: Batch, A: Batch, dA: Batch, scratch: Batch) -> None:
    """dZ = dA · σ(Z), and σ(Z) = 1 - exp(-A)."""
    np.negative(A, out=scratch)
    np.expm1(scratch, out=scratch)
    np.negative(scratch, out=scratch)
    np.multiply(dA, scratch, out=dA)


def swish_forward(Z: Batch, A: Batch, scratch: Batch) -> None:
    """A = Z · σ(Z), also called SiLU (Ramachandran et al. 2017, β = 1)."""
    sigmoid_forward(Z, A, scratch)
    np.multiply(A, Z, out=A)


def swish_backward(Z: Batch, A: Batch, dA: Batch, scratch: Batch) -> None:
    """dZ = dA · (A + σ(Z) · (1 - A))."""
    sigmoid_forward(Z, scratch, scratch)
    # A is not needed once the backward pass has come here; it is Z · σ(Z), so it can be had again.
    np.subtract(1, A, out=A)
    np.multiply(A, scratch, out=A)
    np.multiply(scratch, Z, out=scratch)
    np.add(scratch, A, out=scratch)
    np.multiply(dA, scratch, out=dA)


ACTIVATIONS = {
    "identity": Activation(identity_forward, identity_backward),
    "relu": Activation(relu_forward, relu_backward, mask_scratch=True, kink=0.0),
    "leaky_relu": Activation(leaky_relu_forward, leaky_relu_backward, kink=0.0),
    "tanh": Activation(tanh_forward, tanh_backward),
    "sigmoid": Activation(sigmoid_forward, sigmoid_backward),
    "gelu": Activation(gelu_forward, gelu_backward, keeps_input=True),
    "elu": Activation(elu_forward, elu_backward, kink=0.0),
    "softplus": Activation(softplus_forward, softplus_backward),
    "swish": Activation(swish_forward, swish_backward, keeps_input=True),
}
