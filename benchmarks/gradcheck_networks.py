"""Networks for the sabotage test: one for each mutant's setting, and random ones of every kind."""

from collections.abc import Callable
from dataclasses import replace

import numpy as np
from numpy.random import Generator

from benchmarks.gradcheck_mutants import Setting
from dlrecipe.arrays import Batch
from dlrecipe.gradcheck import CheckResult, check_gradient
from dlrecipe.gradcheck.cases import IMAGE, INITIALIZATIONS, MATRIX_LOSSES, N_OUTPUTS
from dlrecipe.gradcheck.matrix import inputs_for
from dlrecipe.nn.activations import ACTIVATIONS
from dlrecipe.nn.layer_specs import DenseLayer
from dlrecipe.nn.losses import Loss, Targets, huber, smoothed_sigmoid, smoothed_softmax
from dlrecipe.nn.network import Architecture, Network, dense_stack
from dlrecipe.nn.objective import GradientPass, Objective
from dlrecipe.nn.regularizers import Penalty

N_EXAMPLES = 7

MADE_LOSSES: dict[str, Callable[[], Loss]] = {
    "huber": lambda: huber(1.0),
    "smoothed softmax": lambda: smoothed_softmax(0.2),
    "smoothed sigmoid": lambda: smoothed_sigmoid(0.2),
}


def check_setting(setting: Setting) -> CheckResult:
    """Check the network of a setting: its loss, its layers and its registries' entries as they are now."""
    rng = np.random.default_rng(11)
    n_outputs = N_OUTPUTS.get(setting.loss, 3)
    architecture = _architecture(setting, n_outputs)
    network = Network(architecture, np.dtype(np.float64))
    network.parameters.theta[...] = rng.standard_normal(network.parameters.n_params) / 2
    # A new loss where a function makes it, so that a mutant of that takes effect.
    loss = MADE_LOSSES[setting.loss]() if setting.loss in MADE_LOSSES else MATRIX_LOSSES[setting.loss]
    weights = np.array([0.5, 1.5, 3.0])[: max(2, n_outputs)] if setting.class_weights else None
    objective = Objective(network, loss, Penalty(setting.l2, setting.l1), weights)
    X = inputs_for(architecture, N_EXAMPLES, rng)
    targets = _targets(objective, n_outputs, N_EXAMPLES, rng)
    return check_gradient(objective, X, targets, name="", dropout=setting.keep_prob < 1)


def _architecture(setting: Setting, n_outputs: int) -> Architecture:
    if setting.layers:
        output = DenseLayer(units=n_outputs, activation="identity")
        return Architecture(IMAGE if setting.images else (4,), (*setting.layers, output))
    return dense_stack(
        widths=(4, 5, 5, n_outputs),
        activations=(setting.activation, setting.activation, "identity"),
        keep_prob=(1.0, setting.keep_prob, setting.keep_prob),
    )


def check_random(seed: int) -> CheckResult:
    """Check a network drawn from all kinds, at random weights or after some steps of training."""
    rng = np.random.default_rng(seed)
    loss_name = str(rng.choice(list(MATRIX_LOSSES)))
    n_outputs = N_OUTPUTS.get(loss_name) or int(rng.integers(2, 5))
    network = _random_network(rng, n_outputs, MATRIX_LOSSES[loss_name].takes_labels)
    penalty = Penalty(*(rng.choice([0.0, 1e-4, 0.1], 2)))
    weights = rng.uniform(0.2, 3, max(2, n_outputs)) if rng.random() < 0.2 else None
    loss = MATRIX_LOSSES[loss_name]
    objective = Objective(network, loss, penalty, weights if loss.takes_labels else None)
    n = int(rng.integers(1, 12))
    X = rng.standard_normal((n, network.architecture.n_features)) * rng.choice([0.1, 1, 1, 1, 10])
    # Zeros among the inputs, as real data have them, put units of a new network on their kinks.
    X[rng.random(X.shape) < 0.2] = 0
    y = _targets(objective, n_outputs, n, rng)
    if rng.random() < 0.4:
        _train(objective, X, y, steps=int(rng.integers(1, 60)))
    return check_gradient(objective, X, y, name=f"seed {seed}", dropout=bool(rng.random() < 0.3))


def _random_network(rng: Generator, n_outputs: int, takes_labels: bool) -> Network:
    n_hidden = int(rng.integers(0, 5))
    names = list(ACTIVATIONS)
    # Kinked activations are drawn more often than others: they are where false alarms would come from.
    hidden = tuple(str(rng.choice([*names, "relu", "leaky_relu"])) for _ in range(n_hidden))
    keep_prob = (
        tuple(rng.choice([1.0, 0.7], n_hidden + 1).tolist())
        if rng.random() < 0.5
        else (1.0,) * (n_hidden + 1)
    )
    architecture = dense_stack(
        widths=(int(rng.integers(1, 9)), *(int(w) for w in rng.integers(1, 12, n_hidden)), n_outputs),
        activations=(*hidden, "identity" if takes_labels else str(rng.choice(names))),
        keep_prob=keep_prob,
    )
    network = Network(architecture, np.dtype(np.float64))
    kinds = list(INITIALIZATIONS)
    network.initialize(INITIALIZATIONS[kinds[int(rng.integers(len(kinds)))]], int(rng.integers(1000)))
    if rng.random() < 0.5:
        for name, value in network.parameters.values.items():
            if name.startswith("b"):
                value[...] = 0.1 * rng.standard_normal(value.shape)
    return network


def _targets(objective: Objective, n_outputs: int, n: int, rng: Generator) -> Targets:
    if objective.loss.takes_labels:
        return np.arange(n) % max(2, n_outputs)
    targets: Batch = rng.standard_normal((n, n_outputs))
    return targets


def _train(objective: Objective, X: Batch, y: Targets, *, steps: int) -> None:
    network = Network(objective.network.architecture.without_dropout(), np.dtype(np.float64))
    theta = objective.network.parameters.theta
    network.parameters.theta[...] = theta
    gradient = GradientPass(replace(objective, network=network), len(X), X=X, y=y)
    for _ in range(steps):
        gradient.run()
        size = float(np.linalg.norm(network.parameters.grads))
        network.parameters.theta -= 0.05 / max(1.0, size) * network.parameters.grads
    theta[...] = network.parameters.theta
