"""The gradients of small random networks of every kind, checked one after the other.

Knows no data but random numbers.
"""

import numpy as np
from numpy.random import Generator

from dlrecipe import rng as random_streams
from dlrecipe.arrays import Batch
from dlrecipe.gradcheck.cases import INITIALIZATIONS, MATRIX_LOSSES, PENALTIES, Case, cases
from dlrecipe.gradcheck.check import check_gradient
from dlrecipe.gradcheck.result import CheckResult
from dlrecipe.nn.layer_specs import DenseLayer, EmbeddingLayer
from dlrecipe.nn.losses import Loss, Targets
from dlrecipe.nn.network import Architecture, Network, dense_stack
from dlrecipe.nn.objective import Objective

SEED = 0


def gradcheck_matrix(epsilon: float | None = None) -> list[CheckResult]:
    """Check every network of the matrix, in some seconds.

    Examples, weights and biases are random but the same each time. Biases are drawn too: at 0 a relu unit
    whose inputs are all 0 would sit on its kink.

    Args:
        epsilon: the step; None chooses it.
    """
    return [check_case(case, index, epsilon) for index, case in enumerate(cases())]


def check_case(case: Case, index: int, epsilon: float | None = None) -> CheckResult:
    """Check one network of the matrix.

    Args:
        index: its number there, from which all that is random comes.
    """
    rng = random_streams.stream(SEED, "gradcheck", index)
    loss, n_outputs = MATRIX_LOSSES[case.loss], case.n_outputs
    network = _network(case, n_outputs, index, rng)
    n_classes = max(2, n_outputs)
    weights = np.linspace(0.5, 2, n_classes) if case.class_weights else None
    X = _inputs(case, network.architecture, rng)
    if case.mixed:
        assert loss.mixed is not None
        # Such a loss weighs the classes itself, as training with mixup has it.
        loss, weights, y = loss.mixed(weights), None, rng.dirichlet(np.ones(n_classes), case.n_examples)
    else:
        y = _targets(loss, n_outputs, case.n_examples, rng)
    objective = Objective(network, loss, PENALTIES[case.penalty], weights)
    return check_gradient(objective, X, y, name=case.name, epsilon=epsilon, dropout=case.keep_prob < 1)


def _network(case: Case, n_outputs: int, seed: int, rng: Generator) -> Network:
    if case.layers:
        output = DenseLayer(units=n_outputs, activation="identity")
        architecture = Architecture(case.input_shape, (*case.layers, output))
    else:
        architecture = dense_stack(
            widths=(*case.input_shape, *case.hidden, n_outputs),
            activations=(*(case.activation,) * len(case.hidden), case.output),
            keep_prob=(1.0, *(case.keep_prob,) * len(case.hidden)),
        )
    network = Network(architecture, np.dtype(np.float64))
    network.initialize(INITIALIZATIONS[case.initialization], seed)
    for tensor in network.parameters.tensors:
        value = network.parameters.values[tensor.name]
        if tensor.penalised:
            value *= case.weight_scale
        else:
            value += case.offset + 0.1 * rng.standard_normal(tensor.shape)
    return network


def _inputs(case: Case, architecture: Architecture, rng: Generator) -> Batch:
    X = case.scale * inputs_for(architecture, case.n_examples, rng)
    return np.repeat(X[:, :1], X.shape[1], axis=1) if case.uniform else X


def inputs_for(architecture: Architecture, n: int, rng: Generator) -> Batch:
    """Return (n, n_features) random inputs, whole numbers where the network embeds categories."""
    X = rng.standard_normal((n, architecture.n_features))
    first = architecture.layers[0]
    if isinstance(first, EmbeddingLayer):
        for place, column in enumerate(first.columns, start=X.shape[1] - len(first.columns)):
            X[:, place] = rng.integers(0, column.rows, n)
    return X


def _targets(loss: Loss, n_outputs: int, n: int, rng: Generator) -> Targets:
    if loss.takes_labels:
        return np.arange(n) % max(2, n_outputs)
    targets: Batch = rng.standard_normal((n, n_outputs))
    return targets
