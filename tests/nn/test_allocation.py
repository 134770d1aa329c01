"""A warmed-up gradient pass allocates nothing that grows with the batch times a layer's width.

What remains, measured: NumPy's own casting buffer (at most 8,192 numbers, whatever the batch), and where
the targets are labels or weighted a few vectors of one number an example.
"""

import tracemalloc

import numpy as np
import pytest

from dlrecipe.nn.activations import ACTIVATIONS
from dlrecipe.nn.losses import LOSSES, huber
from dlrecipe.nn.network import Network, dense_stack
from dlrecipe.nn.objective import GradientPass, Objective
from dlrecipe.nn.regularizers import Penalty

WIDTH = 64
NUMPY_BUFFER_BYTES = 8192 * 4
VECTOR_BYTES = 32
"""Bytes an example that vectors over the batch may take; one layer's array takes 4 · WIDTH = 256."""

SMALL, LARGE = 64, 2048


def peak_bytes(n, *, activation="relu", loss="softmax", keep_prob=1.0, class_weights=None) -> int:
    """Return the most that is allocated at once in the fourth run of a pass over n examples."""
    chosen = huber(1.0) if loss == "huber" else LOSSES[loss]
    n_outputs = 1 if loss == "sigmoid" else 10
    architecture = dense_stack(
        (32, WIDTH, WIDTH, n_outputs), (activation, activation, "identity"), (keep_prob,) * 3
    )
    network = Network(architecture, np.dtype("float32"))
    rng = np.random.default_rng(0)
    network.parameters.theta[...] = 0.1 * rng.standard_normal(network.parameters.n_params)
    X = rng.standard_normal((n, 32)).astype(np.float32)
    y = np.arange(n) % max(2, n_outputs)
    if not chosen.takes_labels:
        y = rng.standard_normal((n, n_outputs)).astype(np.float32)
    objective = Objective(network, chosen, Penalty(l2=0.1, l1=0.1), class_weights)
    gradient = GradientPass(objective, n, X=X, y=y, rng=rng)
    for _ in range(3):
        gradient.run()
    tracemalloc.start()
    try:
        before = tracemalloc.get_traced_memory()[0]
        gradient.run()
        return tracemalloc.get_traced_memory()[1] - before
    finally:
        tracemalloc.stop()


def growth(**settings) -> int:
    return peak_bytes(LARGE, **settings) - peak_bytes(SMALL, **settings)


@pytest.mark.parametrize("keep_prob", [1.0, 0.5])
@pytest.mark.parametrize("activation", ACTIVATIONS)
def test_no_activation_allocates_with_the_batch(activation, keep_prob):
    assert growth(activation=activation, loss="mse", keep_prob=keep_prob) <= NUMPY_BUFFER_BYTES


@pytest.mark.parametrize("loss", [*LOSSES, "huber"])
def test_no_loss_allocates_more_than_vectors(loss):
    assert growth(loss=loss) <= NUMPY_BUFFER_BYTES + VECTOR_BYTES * (LARGE - SMALL)


def test_class_weights_allocate_no_more_than_vectors():
    weights = np.linspace(1, 2, 10)
    assert growth(class_weights=weights) <= NUMPY_BUFFER_BYTES + VECTOR_BYTES * (LARGE - SMALL)


def test_the_bounds_would_notice_one_layers_array():
    assert 4 * WIDTH * (LARGE - SMALL) > 2 * (NUMPY_BUFFER_BYTES + VECTOR_BYTES * (LARGE - SMALL))
