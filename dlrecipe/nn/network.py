"""A network: its architecture, its parameters, its passes at any batch size. Knows no loss and no data."""

from dataclasses import dataclass

import numpy as np
from numpy.random import Generator

from dlrecipe import rng as random_streams
from dlrecipe.arrays import Batch, DType
from dlrecipe.nn.initializers import RandomInit, initialize
from dlrecipe.nn.layers.activation import activate
from dlrecipe.nn.layers.dense import dense
from dlrecipe.nn.layers.dropout import dropout
from dlrecipe.nn.parameters import Parameters, TensorShape
from dlrecipe.nn.tape import Node, Tape

EVALUATION_ROWS = 1024
"""Rows evaluated at a time: large enough for full speed, small enough to stay in the cache."""


@dataclass(frozen=True)
class Architecture:
    """The shape of a stack of dense layers.

    `widths` runs from the input to the output: (fan_in, hidden …, n_outputs). `activations` has one name a
    dense layer, the output's last (identity where the loss takes logits). `keep_prob` has one number for the
    input and one for each hidden layer.
    """

    widths: tuple[int, ...]
    activations: tuple[str, ...]
    keep_prob: tuple[float, ...]

    def __post_init__(self) -> None:
        assert len(self.activations) == len(self.keep_prob) == len(self.widths) - 1

    @property
    def n_layers(self) -> int:
        """Dense layers, the output included."""
        return len(self.widths) - 1

    def tensors(self) -> list[TensorShape]:
        """Return W1, b1, …, WL, bL."""
        shapes = []
        for layer in range(1, self.n_layers + 1):
            fan_in, fan_out = self.widths[layer - 1 : layer + 1]
            shapes.append(TensorShape(f"W{layer}", (fan_in, fan_out), penalised=True))
            shapes.append(TensorShape(f"b{layer}", (fan_out,), penalised=False))
        return shapes


@dataclass(frozen=True, eq=False)
class Pass:
    """One tape with its two ends: `X` (n, fan_in) is read, `output` (n, n_outputs) is written."""

    tape: Tape
    X: Batch
    output: Node


class Network:
    """An architecture with parameters of one dtype."""

    def __init__(self, architecture: Architecture, dtype: DType) -> None:
        self.architecture = architecture
        self.dtype = dtype
        self.parameters = Parameters(architecture.tensors(), dtype)
        self._evaluation_passes: dict[int, Pass] = {}

    def initialize(self, spec: RandomInit, seed: int) -> None:
        """Draw the weights, each layer from a stream of its own, and set the biases to 0."""
        for name, value in self.parameters.values.items():
            if name.startswith("W"):
                initialize(spec, random_streams.stream(seed, "initialization", int(name[1:])), value)
            else:
                value[...] = 0

    def build(
        self, n: int, *, X: Batch | None = None, training: bool = False, rng: Generator | None = None
    ) -> Pass:
        """Allocate a pass for batches of exactly `n` examples.

        Args:
            X: (n, fan_in) to read the inputs from; None allocates a buffer for the caller to fill.
            training: with gradients and dropout.
            rng: the stream of the dropout masks; needed in training when any keep_prob is below 1.
        """
        tape = Tape(n, self.dtype, training)
        if X is None:
            X = tape.empty(self.architecture.widths[0])
        values, gradients = self.parameters.values, self.parameters.gradients
        node = Node(X, None)
        for layer, (name, keep_prob) in enumerate(
            zip(self.architecture.activations, self.architecture.keep_prob, strict=True), start=1
        ):
            if training and keep_prob < 1:
                assert rng is not None
                node = dropout(tape, node, keep_prob, rng)
            W, b = f"W{layer}", f"b{layer}"
            node = dense(tape, node, values[W], values[b], gradients[W], gradients[b])
            node = activate(tape, node, name)
            if layer < self.architecture.n_layers:
                tape.activations[f"A{layer}"] = node.value
        return Pass(tape, X, node)

    def outputs(self, X: Batch) -> Batch:
        """Return the (n, n_outputs) outputs for X, without dropout.

        Args:
            X: (n, fan_in), any number of rows.
        """
        out = np.empty((len(X), self.architecture.widths[-1]), self.dtype)
        for start in range(0, len(X), EVALUATION_ROWS):
            rows = X[start : start + EVALUATION_ROWS]
            run = self._evaluation_pass(len(rows))
            np.copyto(run.X, rows)
            run.tape.forward()
            out[start : start + len(rows)] = run.output.value
        return out

    def activations(self, X: Batch) -> dict[str, Batch]:
        """Return the hidden layers' outputs A1, A2, … for X, without dropout; overwritten by the next call.

        Args:
            X: (n, fan_in), at most EVALUATION_ROWS rows.
        """
        run = self._evaluation_pass(len(X))
        np.copyto(run.X, X)
        run.tape.forward()
        return run.tape.activations

    def _evaluation_pass(self, n: int) -> Pass:
        if n not in self._evaluation_passes:
            self._evaluation_passes[n] = self.build(n)
        return self._evaluation_passes[n]
