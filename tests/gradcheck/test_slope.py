"""The quick look at a gradient: right ones agree to rounding, each planted bug is seen."""

from unittest.mock import patch

import numpy as np
import pytest

from dlrecipe.gradcheck.slope import slope_difference
from dlrecipe.nn.layers import dense
from dlrecipe.nn.losses import LOSSES
from dlrecipe.nn.network import Network, dense_stack
from dlrecipe.nn.objective import Objective
from dlrecipe.nn.regularizers import Penalty
from dlrecipe.nn.specs import ScaledInit

WRONG = {
    "sign": lambda dW: np.negative(dW, out=dW),
    "doubled": lambda dW: np.multiply(dW, 2, out=dW),
    "forgotten": lambda dW: dW.fill(0),
    "rows reversed": lambda dW: np.copyto(dW, dW[::-1].copy()),
}


def objective(hidden, activation):
    depth = len(hidden)
    architecture = dense_stack((6, *hidden, 3), (activation,) * depth + ("identity",), (1.0,) * (depth + 1))
    network = Network(architecture, np.dtype(np.float32))
    network.initialize(ScaledInit(type="he"), 0)
    return Objective(network, LOSSES["softmax"], Penalty(l2=0.1))


rng = np.random.default_rng(0)
X, y = rng.normal(size=(16, 6)).astype(np.float32), rng.integers(0, 3, 16)


@pytest.mark.parametrize("activation", ["relu", "tanh", "sigmoid"])
@pytest.mark.parametrize("hidden", [(), (8,), (8,) * 6])
def test_a_right_gradient_differs_by_rounding_alone(hidden, activation):
    assert slope_difference(objective(hidden, activation), X, y) < 1e-8


@pytest.mark.parametrize("bug", WRONG)
def test_a_bug_in_the_backward_pass_is_seen(bug):
    right = dense.dense_backward

    def wrong(X_T, dZ, ones, dW, db):
        right(X_T, dZ, ones, dW, db)
        WRONG[bug](dW)

    with (
        patch.object(dense, "dense_backward", wrong),
        patch("dlrecipe.nn.tape.Tape.add_product", lambda *_: False),
    ):
        assert slope_difference(objective((8, 8), "relu"), X, y) > 0.01


def test_the_network_is_left_as_it_was():
    J = objective((8,), "relu")
    before = J.network.parameters.theta.copy()
    slope_difference(J, X, y)
    assert np.array_equal(J.network.parameters.theta, before)


def test_nothing_is_said_of_a_loss_that_is_not_finite():
    J = objective((8,), "relu")
    J.network.parameters.theta[:] = np.inf
    assert slope_difference(J, X, y) is None
