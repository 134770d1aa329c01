"""What batch norm and layer norm share: numbers brought to mean 0 and variance 1 along some axes.

Knows neither which axes those are nor whose statistics they give.
"""

from dataclasses import dataclass
from typing import TypeAlias

import numpy as np

from dlrecipe.arrays import Floats
from dlrecipe.nn.layers.layer import Memory, Placed, Shape
from dlrecipe.nn.parameters import TensorShape
from dlrecipe.nn.tape import Node, Tape

Axes: TypeAlias = tuple[int, ...]


@dataclass(frozen=True, eq=False)
class Affine:
    """γ and β, a number a feature or channel, with their gradients, in shapes that broadcast over the values.

    `axes` are those that the gradients are summed along: all but the features'.
    """

    gamma: Floats
    beta: Floats
    d_gamma: Floats
    d_beta: Floats
    axes: Axes


@dataclass(frozen=True, eq=False)
class Normalized:
    """The memory of one normalization.

    `standard` holds the values brought to mean 0 and variance 1, `mean` and `inverse` (1 over the standard
    deviation) what they were brought there by, `scratch` anything, like `mean`. `axes` are the mean's, over
    `count` numbers.
    """

    standard: Floats
    mean: Floats
    inverse: Floats
    scratch: Floats
    axes: Axes
    count: int


def affine_tensors(number: int, shape: Shape) -> tuple[TensorShape, TensorShape]:
    """Return gamma, at first 1, and beta, at first 0: a number a feature, or a channel of an image."""
    return (
        TensorShape(f"gamma{number}", shape[-1:], penalised=False, initial=1.0),
        TensorShape(f"beta{number}", shape[-1:], penalised=False),
    )


def affine(placed: Placed, memory: Memory, like: Floats) -> Affine:
    """Return the layer's γ and β, for values laid out like `like`."""
    gamma, beta = (tensor.name for tensor in placed.parameters)
    return Affine(
        as_features(memory.values[gamma], like),
        as_features(memory.values[beta], like),
        as_features(memory.gradients[gamma], like),
        as_features(memory.gradients[beta], like),
        batch_axes(like),
    )


def as_features(vector: Floats, like: Floats) -> Floats:
    """Return (features,) as a view that broadcasts over rows, or over the pixels of images."""
    return vector.reshape(1, -1) if like.ndim == 2 else vector.reshape(1, -1, 1, 1)


def batch_axes(value: Floats) -> Axes:
    """Return the axes that one feature, or one channel, runs along."""
    return (0,) if value.ndim == 2 else (0, 2, 3)


def example_axes(value: Floats) -> Axes:
    """Return the axes that one example runs along."""
    return (1,) if value.ndim == 2 else (0, 1, 2)


def memory_for(value: Floats, axes: Axes) -> Normalized:
    """Allocate a normalization of `value` along these axes."""
    shape = tuple(1 if axis in axes else size for axis, size in enumerate(value.shape))
    mean, inverse, scratch = (np.empty(shape, value.dtype) for _ in range(3))
    count = int(np.prod([value.shape[axis] for axis in axes]))
    return Normalized(np.empty_like(value), mean, inverse, scratch, axes, count)


def gradient_for(tape: Tape, node: Node) -> Floats | None:
    """Return the memory of the output's gradient: the input's, which the backward kernel turns into it."""
    return node.grad if node.grad is not None else tape.gradient_like(node.value)


def standardize(
    X: Floats,  # any shape
    eps: float,
    held: Normalized,  # overwritten
    out: Floats,  # X's shape  contents undefined afterwards
) -> None:
    """Fill `held` with X at mean 0 and variance 1, the variance being Σ (x - mean)² / n."""
    np.add.reduce(X, axis=held.axes, keepdims=True, out=held.mean)
    np.multiply(held.mean, 1 / held.count, out=held.mean)
    np.subtract(X, held.mean, out=held.standard)
    np.multiply(held.standard, held.standard, out=out)
    np.add.reduce(out, axis=held.axes, keepdims=True, out=held.inverse)
    np.multiply(held.inverse, 1 / held.count, out=held.inverse)
    np.add(held.inverse, eps, out=held.inverse)
    np.sqrt(held.inverse, out=held.inverse)
    np.reciprocal(held.inverse, out=held.inverse)
    np.multiply(held.standard, held.inverse, out=held.standard)


def scale_and_shift(
    X: Floats,  # any shape
    scaling: Affine,
    out: Floats,  # X's shape  overwritten
) -> None:
    """out = γ · X + β."""
    np.multiply(X, scaling.gamma, out=out)
    np.add(out, scaling.beta, out=out)


def normalize_backward(
    dY: Floats,  # any shape  contents undefined afterwards, unless it is dX
    dX: Floats | None,  # dY's shape  overwritten; may be dY; None where nobody asks
    held: Normalized,  # of the last forward pass; read only but for its scratch
    scaling: Affine,  # its gradients are overwritten
    scratch: Floats,  # dY's shape  contents undefined afterwards
) -> None:
    """dγ and dβ; and dX = (g - mean g - x̂ · mean(g · x̂)) / deviation, with g = γ · dY.

    Source: Ioffe and Szegedy 2015, arXiv:1502.03167, section 3, brought into one line.
    """
    np.multiply(dY, held.standard, out=scratch)
    np.add.reduce(scratch, axis=scaling.axes, keepdims=True, out=scaling.d_gamma)
    np.add.reduce(dY, axis=scaling.axes, keepdims=True, out=scaling.d_beta)
    if dX is None:
        return
    np.multiply(dY, scaling.gamma, out=dX)
    np.multiply(dX, held.standard, out=scratch)
    np.add.reduce(scratch, axis=held.axes, keepdims=True, out=held.scratch)
    np.multiply(held.scratch, 1 / held.count, out=held.scratch)
    np.multiply(held.standard, held.scratch, out=scratch)
    np.add.reduce(dX, axis=held.axes, keepdims=True, out=held.scratch)
    np.multiply(held.scratch, 1 / held.count, out=held.scratch)
    np.subtract(dX, held.scratch, out=dX)
    np.subtract(dX, scratch, out=dX)
    np.multiply(dX, held.inverse, out=dX)
