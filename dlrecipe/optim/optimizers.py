"""Optimizers: how the parameters follow the gradient. They see flat vectors and know nothing of networks.

Each has a kernel that updates one block of the vectors in place. A block is small enough that what its ten
passes read and write stays in the last cache, and large enough that calls cost little: each costs some 3 µs
until the processor reads ahead again. Scalars are made numbers of the vectors' kind beforehand: NumPy is slow
to do so with a Python float. Both are for benchmarks.speed: of 268,000 parameters, half of the MNIST
network's, Adam takes 0.48 ms at once, 0.60 in blocks of 65,536 (docs/decisions/0011).
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial
from itertools import pairwise
from typing import TypeAlias

import numpy as np

from dlrecipe.arrays import Flat, constant
from dlrecipe.optim.specs import AdamSpec, AdamWSpec, MomentumSpec, Optimizer, RmspropSpec, SgdSpec
from dlrecipe.shared_memory import shared_zeros

BLOCK = 393_216
"""The most parameters updated at a time: four float32 vectors of this length fill 6 MiB."""


def sgd_step(
    params: Flat,  # (n_params,)  updated in place
    grads: Flat,  # (n_params,)  contents undefined afterwards
    *,
    learning_rate: float,
    step: int,
) -> None:
    """θ ← θ - learning_rate · dθ."""
    np.multiply(grads, params.dtype.type(learning_rate), out=grads)
    np.subtract(params, grads, out=params)


def momentum_step(
    params: Flat,  # (n_params,)  updated in place
    grads: Flat,  # (n_params,)  contents undefined afterwards
    velocity: Flat,  # (n_params,)  updated in place
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
    rate = params.dtype.type(learning_rate)
    np.multiply(velocity, params.dtype.type(momentum), out=velocity)
    np.add(velocity, grads, out=velocity)
    if nesterov:
        # momentum · v + dθ, one after the other: there is no memory for their sum.
        np.multiply(grads, rate, out=grads)
        np.subtract(params, grads, out=params)
        np.multiply(velocity, params.dtype.type(learning_rate * momentum), out=grads)
    else:
        np.multiply(velocity, rate, out=grads)
    np.subtract(params, grads, out=params)


def rmsprop_step(
    params: Flat,  # (n_params,)  updated in place
    grads: Flat,  # (n_params,)  contents undefined afterwards
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
    number = params.dtype.type
    np.square(grads, out=scratch)
    np.multiply(scratch, number(1 - decay), out=scratch)
    np.multiply(mean_square, number(decay), out=mean_square)
    np.add(mean_square, scratch, out=mean_square)
    np.sqrt(mean_square, out=scratch)
    np.add(scratch, number(eps), out=scratch)
    np.divide(grads, scratch, out=grads)
    np.multiply(grads, number(learning_rate), out=grads)
    np.subtract(params, grads, out=params)


def adam_step(
    params: Flat,  # (n_params,)  updated in place
    grads: Flat,  # (n_params,)  contents undefined afterwards
    first_moment: Flat,  # (n_params,)  updated in place
    second_moment: Flat,  # (n_params,)  updated in place
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

    The gradient's memory serves as scratch: a fifth vector would no longer fit the cache with the others.

    Args:
        step: counts from 1.
    """
    number = params.dtype.type
    k = ((1 - beta2) / (1 - beta2**step)) ** 0.5
    rate = learning_rate * (1 - beta1) / ((1 - beta1**step) * k)
    np.multiply(first_moment, constant(beta1, params.dtype), out=first_moment)
    np.add(first_moment, grads, out=first_moment)
    np.square(grads, out=grads)
    np.multiply(second_moment, constant(beta2, params.dtype), out=second_moment)
    np.add(second_moment, grads, out=second_moment)
    np.sqrt(second_moment, out=grads)
    np.add(grads, number(eps / k), out=grads)
    np.divide(first_moment, grads, out=grads)
    np.multiply(grads, number(rate), out=grads)
    np.subtract(params, grads, out=params)


BlockStep: TypeAlias = Callable[..., None]


class FlatOptimizer:
    """An optimizer bound to the vectors of one network.

    `moments` are the vectors it keeps from step to step, by name, each (n_params,) and 0 at first. They may
    be cut into `pieces` that are updated by themselves, in any order, by anybody who shares their memory.
    """

    def __init__(
        self,
        spec: Optimizer,
        params: Flat,
        grads: Flat,
        n_weights: int,
        pieces: Sequence[slice] | None = None,
    ) -> None:
        """Bind the optimizer.

        Args:
            params, grads: (n_params,); a step spoils the gradient.
            n_weights: how many of the first parameters weight decay applies to.
            pieces: what the vectors are cut into; None: one piece.
        """
        update = _update(spec)
        self.moments = {name: shared_zeros(len(params), params.dtype) for name in update.moments}
        self._weight_decay = spec.weight_decay if isinstance(spec, AdamWSpec) else 0.0
        scratch = [np.empty(min(BLOCK, len(params)), params.dtype)] if update.needs_scratch else []
        vectors = (params, grads, *self.moments.values())
        self.pieces = tuple(pieces or (slice(0, len(params)),))
        self._kernels: list[list[BlockStep]] = []
        self._weights: list[Flat] = []
        for piece in self.pieces:
            n_blocks = -(-(piece.stop - piece.start) // BLOCK)
            edges = np.linspace(piece.start, piece.stop, n_blocks + 1).astype(int).tolist()
            blocks = [slice(*ends) for ends in pairwise(edges)]
            self._kernels.append(
                [
                    partial(
                        update.kernel,
                        *(vector[block] for vector in vectors),
                        *(each[: block.stop - block.start] for each in scratch),
                    )
                    for block in blocks
                ]
            )
            self._weights.append(params[piece.start : min(piece.stop, n_weights)])

    def step(self, learning_rate: float, step: int) -> None:
        """Update the parameters by the present gradient, which is spoiled.

        Args:
            step: counts from 1.
        """
        for piece in range(len(self.pieces)):
            self.step_piece(piece, learning_rate, step)

    def step_piece(self, piece: int, learning_rate: float, step: int) -> None:
        """Update one piece of the parameters by its gradient."""
        if self._weight_decay:
            weights = self._weights[piece]
            np.multiply(weights, weights.dtype.type(1 - learning_rate * self._weight_decay), out=weights)
        for block in self._kernels[piece]:
            block(learning_rate=learning_rate, step=step)


@dataclass(frozen=True)
class Update:
    """A kernel with its settings bound, the moments it keeps, and whether it wants a vector of scratch."""

    kernel: BlockStep
    moments: tuple[str, ...] = ()
    needs_scratch: bool = False


def _update(spec: Optimizer) -> Update:
    match spec:
        case SgdSpec():
            return Update(sgd_step)
        case MomentumSpec():
            nesterov = spec.type == "nesterov"
            return Update(partial(momentum_step, momentum=spec.momentum, nesterov=nesterov), ("velocity",))
        case RmspropSpec():
            return Update(
                partial(rmsprop_step, decay=spec.decay, eps=spec.eps), ("mean_square",), needs_scratch=True
            )
        case AdamSpec() | AdamWSpec():
            settings = partial(adam_step, beta1=spec.beta1, beta2=spec.beta2, eps=spec.eps)
            return Update(settings, ("first_moment", "second_moment"))
