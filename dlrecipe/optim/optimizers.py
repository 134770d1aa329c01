"""Optimizers: how the parameters follow the gradient. They see flat vectors and know nothing of networks.

Each has a kernel that updates one block of the vectors in place. A block is small enough that the dozen
passes of a kernel stay in the processor's cache.
"""

from collections.abc import Callable
from functools import partial
from typing import TypeAlias

import numpy as np

from dlrecipe.arrays import Flat
from dlrecipe.optim.specs import AdamSpec, AdamWSpec, MomentumSpec, Optimizer, RmspropSpec, SgdSpec

BLOCK = 16_384
"""Parameters updated at a time: five float32 vectors of this length fill 320 KiB."""


def sgd_step(
    params: Flat,  # (n_params,)  updated in place
    grads: Flat,  # (n_params,)  read only
    scratch: Flat,  # (n_params,)  contents undefined afterwards
    *,
    learning_rate: float,
    step: int,
) -> None:
    """θ ← θ - learning_rate · dθ."""
    np.multiply(grads, learning_rate, out=scratch)
    np.subtract(params, scratch, out=params)


def momentum_step(
    params: Flat,  # (n_params,)  updated in place
    grads: Flat,  # (n_params,)  read only
    velocity: Flat,  # (n_params,)  updated in place
    scratch: Flat,  # (n_params,)  contents undefined afterwards
    *,
    learning_rate: float,
    step: int,
    momentum: float,
    nesterov: bool,
) -> None:
    """v ← momentum · v + dθ; θ ← θ - learning_rate · v, or · (dθ + momentum · v) with Nesterov's look-ahead.

    The gradient is not multiplied by 1 - momentum (the course does): the learning rate carries that factor,
    as in Sutskever et al. 2013 and in the common libraries.
    """
    np.multiply(velocity, momentum, out=velocity)
    np.add(velocity, grads, out=velocity)
    if nesterov:
        np.multiply(velocity, momentum, out=scratch)
        np.add(scratch, grads, out=scratch)
        np.multiply(scratch, learning_rate, out=scratch)
    else:
        np.multiply(velocity, learning_rate, out=scratch)
    np.subtract(params, scratch, out=params)


def rmsprop_step(
    params: Flat,  # (n_params,)  updated in place
    grads: Flat,  # (n_params,)  read only
    mean_square: Flat,  # (n_params,)  updated in place
    scratch: Flat,  # (n_params,)  contents undefined afterwards
    *,
    learning_rate: float,
    step: int,
    decay: float,
    eps: float,
) -> None:
    """s ← decay · s + (1 - decay) · dθ²; θ ← θ - learning_rate · dθ / (√s + eps).

    Source: Tieleman and Hinton 2012, lecture 6e.
    """
    np.multiply(grads, grads, out=scratch)
    np.multiply(scratch, 1 - decay, out=scratch)
    np.multiply(mean_square, decay, out=mean_square)
    np.add(mean_square, scratch, out=mean_square)
    np.sqrt(mean_square, out=scratch)
    np.add(scratch, eps, out=scratch)
    np.divide(grads, scratch, out=scratch)
    np.multiply(scratch, learning_rate, out=scratch)
    np.subtract(params, scratch, out=params)


def adam_step(
    params: Flat,  # (n_params,)  updated in place
    grads: Flat,  # (n_params,)  read only
    first_moment: Flat,  # (n_params,)  updated in place
    second_moment: Flat,  # (n_params,)  updated in place
    scratch: Flat,  # (n_params,)  contents undefined afterwards
    *,
    learning_rate: float,
    step: int,
    beta1: float,
    beta2: float,
    eps: float,
) -> None:
    """Adam (Kingma and Ba 2015, arXiv:1412.6980, algorithm 1), with two passes fewer.

    The moments are kept divided by 1 - beta1 and 1 - beta2, and these factors, with the bias corrections,
    go into two scalars: m̂ / (√v̂ + eps) = first_moment / (√second_moment + eps / k) · (1 - beta1) / (c₁ · k),
    where c₁ = 1 - beta1^step, c₂ = 1 - beta2^step and k = √((1 - beta2) / c₂).

    Args:
        step: counts from 1.
    """
    k = ((1 - beta2) / (1 - beta2**step)) ** 0.5
    rate = learning_rate * (1 - beta1) / ((1 - beta1**step) * k)
    np.multiply(first_moment, beta1, out=first_moment)
    np.add(first_moment, grads, out=first_moment)
    np.multiply(grads, grads, out=scratch)
    np.multiply(second_moment, beta2, out=second_moment)
    np.add(second_moment, scratch, out=second_moment)
    np.sqrt(second_moment, out=scratch)
    np.add(scratch, eps / k, out=scratch)
    np.divide(first_moment, scratch, out=scratch)
    np.multiply(scratch, rate, out=scratch)
    np.subtract(params, scratch, out=params)


BlockStep: TypeAlias = Callable[..., None]


class FlatOptimizer:
    """An optimizer bound to the vectors of one network.

    `moments` are the vectors it keeps from step to step, by name, each (n_params,) and 0 at first.
    """

    def __init__(self, spec: Optimizer, params: Flat, grads: Flat, n_weights: int) -> None:
        kernel, names = _kernel(spec)
        self.moments = {name: np.zeros_like(params) for name in names}
        self._weights = params[:n_weights]
        self._weight_decay = spec.weight_decay if isinstance(spec, AdamWSpec) else 0.0
        scratch = np.empty(min(BLOCK, len(params)), params.dtype)
        vectors = (params, grads, *self.moments.values())
        self._blocks: list[BlockStep] = []
        for start in range(0, len(params), BLOCK):
            views = [vector[start : start + BLOCK] for vector in vectors]
            self._blocks.append(partial(kernel, *views, scratch[: len(views[0])]))

    def step(self, learning_rate: float, step: int) -> None:
        """Update the parameters by the present gradient.

        Args:
            step: counts from 1.
        """
        if self._weight_decay:
            np.multiply(self._weights, 1 - learning_rate * self._weight_decay, out=self._weights)
        for block in self._blocks:
            block(learning_rate=learning_rate, step=step)


def _kernel(spec: Optimizer) -> tuple[BlockStep, tuple[str, ...]]:
    """Return the kernel of a spec with its settings bound, and the names of the moments it keeps."""
    match spec:
        case SgdSpec():
            return sgd_step, ()
        case MomentumSpec():
            nesterov = spec.type == "nesterov"
            return partial(momentum_step, momentum=spec.momentum, nesterov=nesterov), ("velocity",)
        case RmspropSpec():
            return partial(rmsprop_step, decay=spec.decay, eps=spec.eps), ("mean_square",)
        case AdamSpec() | AdamWSpec():
            settings = partial(adam_step, beta1=spec.beta1, beta2=spec.beta2, eps=spec.eps)
            return settings, ("first_moment", "second_moment")
