"""A network: its architecture, its parameters, its passes at any batch size. Knows no loss and no data."""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property, partial
from typing import cast

import numpy as np
from numpy.random import Generator

from dlrecipe import rng as random_streams
from dlrecipe.arrays import Batch, DType, Floats, Rows
from dlrecipe.nn.arena import PartRows
from dlrecipe.nn.initializers import RandomInit, initialize, initialize_embedding
from dlrecipe.nn.layer_specs import (
    ActivationName,
    AnyLayer,
    BatchNormLayer,
    DenseLayer,
    hidden_layers,
    without_dropout,
)
from dlrecipe.nn.layers.kinds import KINDS
from dlrecipe.nn.layers.layer import Memory, Misfit, Names, Placed, Shape, place_all, shape_in_words
from dlrecipe.nn.parameters import Parameters, Statistics, TensorShape, require_fit
from dlrecipe.nn.tape import Node, Shown, Tape

EVALUATION_ROWS = 1024
"""Rows evaluated at a time: large enough for full speed, small enough to stay in the cache."""

EVALUATION_IMAGES = 128
"""Images evaluated at a time: a convolution works on a row of pixels of all of them at once."""

EVALUATION_SIZES = 8
"""Sizes of blocks whose passes are kept: training asks for three or four, a program that predicts for any."""


@dataclass(frozen=True)
class Architecture:
    """The layers of a network, the output's last, and the shape of what goes in.

    `input_shape` is (features,), or (height, width, channels) where a layer works on images. The output
    layer is dense, with the identity as its activation where the loss takes logits.
    """

    input_shape: Shape
    layers: tuple[AnyLayer, ...]

    @cached_property
    def placed(self) -> tuple[Placed, ...]:
        """The layers in their places.

        Raises:
            Misfit: a layer cannot take what the one before it gives.
        """
        placed = place_all(KINDS, self.layers[:-1], self.input_shape, names := Names())
        shape = placed[-1].output_shape if placed else self.input_shape
        if len(shape) != 1:
            raise Misfit(
                f"the last layer gives {shape_in_words(shape)}, and the output needs a row of numbers",
                "put flatten behind it",
            )
        return *placed, *place_all(KINDS, self.layers[-1:], shape, names)

    @property
    def n_features(self) -> int:
        """Numbers in one example."""
        return int(np.prod(self.input_shape))

    @property
    def n_outputs(self) -> int:
        """Numbers that the network gives for one example."""
        return self.placed[-1].output_shape[0]

    @property
    def widths(self) -> tuple[int, ...]:
        """The features, and the units or filters of each layer with weights: the shape in one line."""
        weights = (tensor for tensor in self.tensors() if tensor.name.startswith("W"))
        return self.n_features, *(tensor.shape[1] for tensor in weights)

    @property
    def multiplications(self) -> int:
        """Those of the largest matrix product, for one example."""
        return max(layer.multiplications for layer in self.placed)

    @property
    def all_multiplications(self) -> int:
        """Those of all matrix products of a forward pass, for one example."""
        return sum(_multiplications(layer) for layer in self.placed)

    @property
    def has_dropout(self) -> bool:
        """Whether training drops units."""
        return without_dropout(self.layers) != self.layers

    @property
    def is_divisible(self) -> bool:
        """Whether each example goes its own way, so that the parts of a batch know nothing of each other."""
        return not self.statistics()

    @property
    def least_batch(self) -> int:
        """Examples that a batch must have for anything to be learned.

        Two where a batch norm has one number of a feature in each: brought to mean 0, a single one is 0.
        """
        return 2 if any(_needs_company(layer) for layer in self.placed) else 1

    def without_dropout(self) -> "Architecture":
        """Return the same with every unit kept."""
        return Architecture(self.input_shape, without_dropout(self.layers))

    def tensors(self) -> list[TensorShape]:
        """Return W1, b1, …, WL, bL, and gamma1, beta1, … of normalizations where they stand."""
        return [tensor for layer in self.placed for tensor in layer.parameters]

    def statistics(self) -> list[TensorShape]:
        """Return mean1, var1, … of batch normalizations."""
        return [tensor for layer in self.placed for tensor in layer.statistics]


def dense_stack(
    widths: tuple[int, ...], activations: tuple[str, ...], keep_prob: tuple[float, ...]
) -> Architecture:
    """Return a plain stack of dense layers.

    Args:
        widths: (fan_in, hidden …, n_outputs).
        activations: keys of ACTIVATIONS, one a dense layer, the output's last.
        keep_prob: one for the input and one for each hidden layer.
    """
    assert len(activations) == len(keep_prob) == len(widths) - 1
    names = cast(tuple[ActivationName, ...], activations)
    hidden = hidden_layers(widths[1:-1], names[:-1], keep_prob)
    return Architecture(widths[:1], (*hidden, DenseLayer(units=widths[-1], activation=names[-1])))


def image_shape(feature_shape: tuple[int, ...]) -> Shape | None:
    """Return (height, width, channels) of data of this shape; None where it is no image's."""
    if len(feature_shape) == 2:
        return (*feature_shape, 1)
    return feature_shape if len(feature_shape) == 3 else None


def _multiplications(layer: Placed) -> int:
    inner = sum(_multiplications(each) for each in layer.inner)
    return inner or layer.multiplications


def _needs_company(layer: Placed) -> bool:
    alone = isinstance(layer.spec, BatchNormLayer) and all(size == 1 for size in layer.input_shape[:-1])
    return alone or any(_needs_company(each) for each in layer.inner)


@dataclass(frozen=True, eq=False)
class Pass:
    """One tape with its two ends: `X` (n, n_features) is read, `output` (n, n_outputs) is written."""

    tape: Tape
    X: Batch
    output: Node


class Network:
    """An architecture with parameters of one dtype, and the running statistics of its batch norms."""

    def __init__(self, architecture: Architecture, dtype: DType) -> None:
        self.architecture = architecture
        self.dtype = dtype
        self.parameters = Parameters(architecture.tensors(), dtype)
        self.statistics = Statistics(architecture.statistics(), dtype)
        self._evaluation_passes: dict[int, Pass] = {}
        self._largest_pass: Pass

    def initialize(self, spec: RandomInit, seed: int) -> None:
        """Draw the weights, each layer from a stream of its own, and set all else to its first value."""
        self.parameters.reset()
        self.statistics.reset()
        for name, value in self.parameters.values.items():
            if name.startswith("W"):
                initialize(spec, random_streams.stream(seed, "initialization", int(name[1:])), value)
            elif name.startswith("E."):
                initialize_embedding(spec, random_streams.stream(seed, f"initialization of {name}"), value)

    def arrays(self) -> dict[str, Floats]:
        """Return parameters and running statistics by name, as they are stored: all that a network knows."""
        return {**self.parameters.values, **self.statistics.values}

    def load(self, arrays: Mapping[str, Floats]) -> None:
        """Overwrite parameters and running statistics with what `arrays` returned.

        Raises:
            ValueError: a tensor is missing, or one is of another shape.
        """
        mine = self.arrays()
        require_fit(mine, arrays)
        for name, value in mine.items():
            value[...] = arrays[name]

    def build(
        self,
        n: int,
        *,
        X: Batch | None = None,
        training: bool = False,
        rng: Generator | None = None,
        rows: PartRows | None = None,
        gradients: Mapping[str, Floats] | None = None,
    ) -> Pass:
        """Allocate a pass for batches of exactly `n` examples, or for a part of a batch that has n of them.

        Args:
            X: (n, n_features) to read the inputs from; None allocates a buffer for the caller to fill.
            training: with gradients, dropout, and the batch's own statistics in batch norms.
            rng: the stream of the dropout masks; needed in training when any unit is to be dropped.
            rows: the part's rows of the batch's memory; its tape then leaves products to be done.
            gradients: where the pass writes its gradients; None: the network's own.
        """
        tape = Tape(n, self.dtype, training, rows)
        if X is None:
            X = tape.empty(self.architecture.n_features)
        into = self.parameters.gradients if gradients is None else gradients
        memory = Memory(self.parameters.values, into, self.statistics.values, rng)
        node = _entry(tape, X, self.architecture.input_shape)
        for layer in self.architecture.placed:
            node = KINDS[layer.spec.type].build(tape, node, layer, memory)
        tape.activations.popitem()  # the output, which is no hidden layer
        return Pass(tape, X, node)

    def outputs(self, X: Rows, out: Batch | None = None) -> Batch:
        """Return the (n, n_outputs) outputs for X, without dropout.

        Args:
            X: (n, n_features), any number of rows, in memory or on disk.
            out: (n, n_outputs), overwritten and returned; None allocates it.
        """
        if out is None:
            out = np.empty((len(X), self.architecture.n_outputs), self.dtype)
        size = EVALUATION_ROWS if len(self.architecture.input_shape) == 1 else EVALUATION_IMAGES
        for start in range(0, len(X), size):
            rows = X[start : start + size]
            run = self._evaluation_pass(len(rows))
            if start == 0:
                self._largest_pass = run
            np.copyto(run.X, rows)
            run.tape.forward()
            out[start : start + len(rows)] = run.output.value
        return out

    def activations(self) -> dict[str, Shown]:
        """Return the hidden layers' outputs A1, A2, … that `outputs` has left, without dropout.

        They belong to the last whole block of its examples, and the next call overwrites them.
        """
        return self._largest_pass.tape.activations

    def _evaluation_pass(self, n: int) -> Pass:
        """Return the pass for blocks of n examples, one of the latest sizes' or a new one."""
        passes = self._evaluation_passes
        passes[n] = passes.pop(n) if n in passes else self.build(n)  # the latest one last
        if len(passes) > EVALUATION_SIZES:
            del passes[next(iter(passes))]
        return passes[n]


def _entry(tape: Tape, X: Batch, shape: Shape) -> Node:
    """Return the inputs' node; images are laid out with the batch last."""
    if len(shape) == 1:
        return Node(X, None)
    pixels = X.reshape(len(X), *shape).transpose(1, 3, 2, 0)
    images = tape.empty_image(shape)
    tape.forward_kernels.append(partial(np.copyto, images, pixels))
    return Node(images, None)
