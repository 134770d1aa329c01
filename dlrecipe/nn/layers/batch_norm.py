"""Batch normalization: each feature to mean 0 and variance 1 over the batch, in training.

In evaluation the running statistics take the batch's place, so that an example's output does not depend on
its company. Source: Ioffe and Szegedy 2015, arXiv:1502.03167.
"""

from functools import partial

import numpy as np

from dlrecipe.arrays import Floats
from dlrecipe.nn.layer_specs import BatchNormLayer
from dlrecipe.nn.layers.layer import Memory, Names, Placed, Shape
from dlrecipe.nn.layers.normalizing import (
    Affine,
    Normalized,
    affine,
    affine_tensors,
    as_features,
    batch_axes,
    gradient_for,
    memory_for,
    normalize_backward,
    scale_and_shift,
    standardize,
)
from dlrecipe.nn.parameters import TensorShape
from dlrecipe.nn.tape import Node, Tape


def place(spec: BatchNormLayer, shape: Shape, names: Names) -> Placed:
    """Any shape goes; the running mean and variance are a number a feature or channel."""
    number = names.next_normalization()
    running = (
        TensorShape(f"mean{number}", shape[-1:], penalised=False),
        TensorShape(f"var{number}", shape[-1:], penalised=False, initial=1.0),
    )
    return Placed(spec, shape, shape, affine_tensors(number, shape), running)


def build(tape: Tape, node: Node, placed: Placed, memory: Memory) -> Node:
    """Append the normalization, by the batch's statistics in training and by the running ones elsewhere."""
    X, spec = node.value, placed.spec
    scaling = affine(placed, memory, X)
    mean, variance = (as_features(memory.statistics[tensor.name], X) for tensor in placed.statistics)
    out = np.empty_like(X)
    if not tape.training:
        tape.forward_kernels.append(partial(normalize_by_running, X, spec.eps, mean, variance, scaling, out))
        return Node(out, None, reusable=True)
    held, grad = memory_for(X, batch_axes(X)), gradient_for(tape, node)
    tape.forward_kernels.append(partial(standardize, X, spec.eps, held, out))
    # A single number has no variance, and tells nothing of the mean either that others could not: the last
    # batch of an epoch may be one example, and the epoch is measured right behind it.
    if held.count > 1:
        settings = {"momentum": spec.momentum, "eps": spec.eps}
        tape.forward_kernels.append(partial(follow, held, mean, variance, **settings))
    tape.forward_kernels.append(partial(scale_and_shift, held.standard, scaling, out))
    assert grad is not None
    # The layers behind have no use for `out` any more when the backward pass comes here.
    tape.backward_kernels.append(partial(normalize_backward, grad, node.grad, held, scaling, out))
    return Node(out, grad, reusable=True, spoiled=True)


def follow(
    held: Normalized,  # of a batch of two numbers a feature or more; read only
    mean: Floats,  # (features,) broadcast  updated in place
    variance: Floats,  # (features,) broadcast  updated in place
    *,
    momentum: float,
    eps: float,
) -> None:
    """Move the running statistics towards the batch's; the variance is the unbiased one, as in PyTorch."""
    mean *= momentum
    mean += (1 - momentum) * held.mean
    unbiased = held.count / (held.count - 1)
    variance *= momentum
    variance += (1 - momentum) * unbiased * (held.inverse**-2 - eps)


def normalize_by_running(
    X: Floats,  # any shape
    eps: float,
    mean: Floats,  # (features,) broadcast
    variance: Floats,  # (features,) broadcast
    scaling: Affine,
    out: Floats,  # X's shape  overwritten
) -> None:
    """out = γ · (X - mean) / √(variance + eps) + β."""
    factor = scaling.gamma / np.sqrt(variance + eps)
    np.subtract(X, mean, out=out)
    np.multiply(out, factor, out=out)
    np.add(out, scaling.beta, out=out)
