"""Differences for every component of a stack of dense layers, in batches: seconds instead of minutes.

A step in W[l][i, j] changes one column of z[l] and nothing else there, so the layers up to l are worked out
once. The change reaches z[l+1] as an outer product, and only from there on are there matrix products, over
many components' perturbed examples at once. For 784-512-256-10 and 8 examples that is 33 GFLOP, where passes
over the whole network would take 9,000 (benchmarks/gradcheck.py).

The stack is a second form of the forward pass: `recognise` hands it out only where it agrees with the
engine's own tape, at θ and at random points around it. Knows nothing of verdicts.
"""

from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray
from threadpoolctl import threadpool_limits

from dlrecipe import rng as random_streams
from dlrecipe.arrays import Batch, Flat, Floats, Indices, Weights
from dlrecipe.gradcheck.cost import Cost
from dlrecipe.gradcheck.difference import LEAST_RELATIVE_STEP, Numeric
from dlrecipe.nn.activations import ACTIVATIONS, Activation
from dlrecipe.nn.layer_specs import DenseLayer, DropoutLayer

CHUNK_NUMBERS = 2**16
"""Numbers in the largest array of a chunk: 512 kB, which stays in a core's cache and is not handed back to
the system after each use: with arrays of 1 MB a check takes ten times as long (benchmarks/gradcheck.py)."""

WORKERS = 2
"""Chunks under way at once; NumPy lets go of the lock in each of their steps."""

AGREEMENT = 1e-9
"""Relative difference up to which the stack and the tape give the same outputs and the same loss."""

NEARBY_POINTS = 2
"""Random points beside θ where the two are compared: at θ itself a bias may be 0 and its part go unseen."""

Sides = list[NDArray[Any]]


@dataclass(frozen=True, eq=False)
class Layer:
    """One dense layer with the values that the batch gives it: A = g(Z), Z = A_before @ W + b."""

    W: Weights
    b: Floats
    activation: Activation
    A_before: Batch
    Z: Batch
    A: Batch


class DenseStack:
    """The dense layers `specs` with a network's present θ, on the batch of a cost."""

    def __init__(self, cost: Cost, specs: Sequence[DenseLayer]) -> None:
        self._cost = cost
        values = cost.objective.network.parameters.values
        A, layers = cost.X, []
        for number, spec in enumerate(specs, start=1):
            W, b, activation = values[f"W{number}"], values[f"b{number}"], ACTIVATIONS[spec.activation]
            Z = A @ W + b
            after = _activate(activation, Z.copy())
            layers.append(Layer(W, b, activation, A, Z, after))
            A = after
        self.layers = layers
        weights = cost.objective.class_weights
        self._example_weights = None if weights is None else weights[cost.y]

    def outputs(self) -> Batch:
        """Return the (n, n_outputs) outputs."""
        return self.layers[-1].A

    def work(self, number: int) -> float:
        """Return the floating-point operations of a two-sided difference for one component of a layer.

        An element-wise pass over a number is counted as 20 of a matrix product: so much longer it takes.
        """
        later = self.layers[number:]
        products = sum(2 * layer.W.size for layer in later[1:])
        passes = sum(20 * layer.W.shape[1] for layer in later)
        return float(2 * len(self._cost.X) * (products + passes + 20))

    def losses(
        self, number: int, inputs: Batch, columns: Indices, shifts: Sequence[Flat]
    ) -> tuple[Floats, NDArray[np.bool_]]:
        """Return each example's loss, (shift, n, batch), and where the shifts lie on unlike pieces, (n,).

        Args:
            number: of the layer, from 1.
            inputs: (n, batch), the factor of each example's z that a component has.
            columns: (n,) the unit each component belongs to.
            shifts: by how much the components are moved, each (n,).
        """
        found, crosses, first = [], np.zeros(len(columns), np.bool_), None
        for shift in shifts:
            losses, sides = self._losses_at(number, shift[:, None] * inputs, columns)
            found.append(losses)
            if first is None:
                first = sides
            else:
                for before, after in zip(first, sides, strict=True):
                    crosses |= (before != after).reshape(len(columns), -1).any(axis=1)
        return np.stack(found), crosses

    def _losses_at(self, number: int, dz: Batch, columns: Indices) -> tuple[Batch, Sides]:
        """Return (n, batch) losses when one column of z is moved by dz (n, batch), and the sides of kinks."""
        n, batch = dz.shape
        layer, sides = self.layers[number - 1], Sides()
        if number == len(self.layers):
            Z = np.repeat(layer.Z[None], n, axis=0)
            Z[np.arange(n)[:, None], np.arange(batch), columns[:, None]] += dz
            A = _apply(layer.activation, Z.reshape(n * batch, -1), sides)
        else:
            a = _apply(layer.activation, layer.Z.T[columns] + dz, sides)
            da, later = a - layer.A.T[columns], self.layers[number]
            Z = np.multiply(da[:, :, None], later.W[columns][:, None, :])
            Z += later.Z
            A = _apply(later.activation, Z.reshape(n * batch, -1), sides)
        for later in self.layers[number + 1 :]:
            Z = A @ later.W
            Z += later.b
            A = _apply(later.activation, Z, sides)
        return self._losses_of(A, n, sides), sides

    def _losses_of(self, outputs: Batch, n: int, sides: Sides) -> Batch:
        loss, y = self._cost.objective.loss, self._cost.y
        repeated = np.tile(y, n) if y.ndim == 1 else np.tile(y, (n, 1))
        losses = np.empty(len(outputs))
        loss.losses(outputs, repeated, losses)
        if loss.pieces is not None:
            sides.append(loss.pieces(outputs, repeated))
        by_example = losses.reshape(n, len(y))
        return by_example if self._example_weights is None else by_example * self._example_weights


@dataclass(frozen=True, eq=False)
class StackDifferences:
    """Differences along the components of one tensor of a stack; places are those in the flattened tensor.

    `number` is the layer's, from 1; `value` is the tensor's view into θ; `unit` the rounding of one
    evaluation.
    """

    stack: DenseStack
    number: int
    value: Floats
    unit: float

    def two_sided(self, places: Indices, epsilon: float) -> Numeric:
        """Return two-sided differences of every component asked for."""
        steps = self._steps(places, epsilon)
        losses, crosses = self._losses(places, np.stack([steps, -steps]))
        # Example by example first: what does not change cancels before it is added up.
        values: Flat = (losses[0] - losses[1]).mean(axis=1) / (2 * steps)
        return Numeric(values, crosses, self.unit / steps)

    def one_sided(self, places: Indices, epsilon: float) -> Numeric:
        """Return three-point differences, from below where that side is smooth, else from above."""
        below = self._from_side(places, -self._steps(places, epsilon))
        left = np.flatnonzero(below.crosses)
        if not len(left):
            return below
        above = self._from_side(places[left], self._steps(places[left], epsilon))
        below.values[left], below.crosses[left] = above.values, above.crosses
        return below

    def _from_side(self, places: Indices, steps: Flat) -> Numeric:
        losses, crosses = self._losses(places, np.stack([0 * steps, steps, 2 * steps]))
        values = (4 * losses[1] - 3 * losses[0] - losses[2]).mean(axis=1) / (2 * steps)
        return Numeric(values, crosses, 4 * self.unit / np.abs(steps))

    def _steps(self, places: Indices, epsilon: float) -> Flat:
        steps: Flat = np.maximum(epsilon, LEAST_RELATIVE_STEP * np.abs(self.value.reshape(-1)[places]))
        return steps

    def _ones(self, n: int) -> Batch:
        return np.ones((n, len(self.stack.layers[0].Z)))

    def _losses(self, places: Indices, shifts: NDArray[Any]) -> tuple[Floats, NDArray[np.bool_]]:
        layer = self.stack.layers[self.number - 1]
        batch = len(layer.Z)
        # What a chunk holds is widest at the next layer, or here for the outputs.
        width = max(
            later.Z.shape[1] for later in self.stack.layers[min(self.number, len(self.stack.layers) - 1) :]
        )
        size = max(1, CHUNK_NUMBERS // (batch * width))
        losses: Floats = np.empty((len(shifts), len(places), batch))
        crosses = np.empty(len(places), np.bool_)

        def fill(start: int) -> None:
            part = slice(start, start + size)
            if self.value.ndim == 1:
                columns, inputs = places[part], self._ones(len(places[part]))
            else:
                rows, columns = np.divmod(places[part], self.value.shape[1])
                inputs = layer.A_before.T[rows]
            # A thread starts with NumPy's own settings, not with those of its caller.
            with np.errstate(all="ignore"):
                losses[:, part], crosses[part] = self.stack.losses(
                    self.number, inputs, columns, [shift[part] for shift in shifts]
                )

        starts = range(0, len(places), size)
        if len(starts) <= WORKERS:
            for start in starts:
                fill(start)
            return losses, crosses
        # The workers are the threads: the products of a chunk are too small to be shared out again.
        with threadpool_limits(1), ThreadPoolExecutor(WORKERS) as pool:
            list(pool.map(fill, starts))
        return losses, crosses


def recognise(cost: Cost, seed: int) -> DenseStack | None:
    """Return the network as a stack of dense layers, or None where it is not one, or does not act as one.

    Args:
        seed: of the points beside θ where the stack is held against the tape.
    """
    specs = _dense_layers(cost)
    if not specs:
        return None
    parameters = cost.objective.network.parameters
    theta = parameters.theta.copy()
    stack, agrees = DenseStack(cost, specs), True
    for point in range(NEARBY_POINTS + 1):
        if point:
            rng = random_streams.stream(seed, "gradcheck nearby", point)
            size = 0.1 * (float(np.abs(theta).mean()) + 0.1)
            parameters.theta[...] = theta + size * rng.standard_normal(len(theta))
        agrees = agrees and _agree(cost, DenseStack(cost, specs))
    parameters.theta[...] = theta
    return stack if agrees else None


def _dense_layers(cost: Cost) -> list[DenseLayer]:
    """Return the layers of a network of dense ones alone, none where there are others.

    Dropout that keeps every unit does nothing, and counts as no layer.
    """
    if cost.has_dropout:
        return []
    layers = [
        layer for layer in cost.objective.network.architecture.layers if not isinstance(layer, DropoutLayer)
    ]
    dense = [layer for layer in layers if isinstance(layer, DenseLayer)]
    return dense if len(dense) == len(layers) else []


def _agree(cost: Cost, stack: DenseStack) -> bool:
    expected, loss = cost.outputs(), cost.loss()
    found = stack.outputs()
    nothing = np.zeros(1)
    moved, _ = stack.losses(1, np.ones((1, len(cost.X))), np.zeros(1, np.intp), [nothing])
    size = float(np.abs(expected).max())
    same_outputs = np.allclose(found, expected, rtol=AGREEMENT, atol=AGREEMENT * size)
    return same_outputs and bool(
        np.isclose(moved.mean(), loss, rtol=AGREEMENT, atol=AGREEMENT * (abs(loss) + size))
    )


def _apply(activation: Activation, Z: Batch, sides: Sides) -> Batch:
    """Return g(Z), in Z's memory where g allows, and note the sides of its kink."""
    if activation.kink is not None:
        sides.append(np.greater(Z, activation.kink))
    return _activate(activation, Z)


def _activate(activation: Activation, Z: Batch) -> Batch:
    """Return g(Z), in Z's memory where g allows."""
    A = np.empty_like(Z) if activation.keeps_input else Z
    activation.forward(Z, A, np.empty(Z.shape, np.bool_ if activation.mask_scratch else Z.dtype))
    return A
