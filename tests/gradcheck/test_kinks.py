"""A kink between θ - ε and θ + ε is set apart, counted, and not blamed; a bug beside it is still found."""

from dataclasses import replace

import numpy as np
import pytest

from dlrecipe.gradcheck import check_gradient
from dlrecipe.gradcheck.cost import Cost, float64_twin
from dlrecipe.gradcheck.difference import TapeDifferences
from dlrecipe.gradcheck.stack import StackDifferences, recognise
from dlrecipe.nn.activations import ACTIVATIONS
from dlrecipe.nn.layer_specs import ConvLayer, DenseLayer, FlattenLayer, PoolLayer
from dlrecipe.nn.layers import dense
from dlrecipe.nn.losses import LOSSES, huber
from dlrecipe.nn.network import Architecture, Network
from dlrecipe.nn.objective import Objective
from dlrecipe.nn.regularizers import Penalty

EPSILON = 1e-5


def one_unit(make_objective, activation, b1):
    """z = 2x + b1 for x = 1 and 3, with b1 = -2 + `b1`: the first example lies `b1` from the kink."""
    objective = make_objective((1, 1, 1), activation=activation, loss="mse")
    values = objective.network.parameters.values
    for name, value in {"W1": 2, "b1": -2 + b1, "W2": 1.5, "b2": 0.1}.items():
        values[name][...] = value
    return objective, np.array([[1.0], [3.0]]), np.zeros((2, 1))


@pytest.mark.parametrize("activation", ["relu", "leaky_relu"])
@pytest.mark.parametrize("distance", [0.4 * EPSILON, -0.4 * EPSILON])
def test_components_that_carry_a_unit_across_its_kink_are_set_apart(make_objective, activation, distance):
    # 0.4 ε is near enough for W1 and b1 (both move z by ε) to cross on one side, and W2 and b2 move no z1.
    objective, X, y = one_unit(make_objective, activation, distance)
    along = {
        name: _two_sided(objective, X, y, name).crosses.tolist()
        for name in objective.network.parameters.values
    }
    assert along == {"W1": [True], "b1": [True], "W2": [False], "b2": [False]}


@pytest.mark.parametrize("distance", [1.5 * EPSILON, -1.5 * EPSILON])
def test_a_kink_beyond_the_step_does_not_count(make_objective, distance):
    objective, X, y = one_unit(make_objective, "relu", distance)
    assert not _two_sided(objective, X, y, "b1").crosses.any()


def _two_sided(objective, X, y, name):
    """Differences by the tape, after making sure that the stack sees the same kinks."""
    value, cost = objective.network.parameters.values[name], Cost(objective, X, y)
    by_tape = TapeDifferences(cost, value, 1e-15).two_sided(np.arange(value.size), EPSILON)
    by_stack = StackDifferences(recognise(cost, seed=0), int(name[1:]), value, 1e-15)
    assert by_stack.two_sided(np.arange(value.size), EPSILON).crosses.tolist() == by_tape.crosses.tolist()
    return by_tape


def near_kink(make_objective):
    """Units 0 and 1 of three; the first example of unit 0 lies 0.4 ε from its kink."""
    objective = make_objective((2, 3, 1), activation="relu", loss="mse", seed=5)
    X = np.array([[1.0, -0.5], [0.3, 2.0], [-1.2, 0.7], [0.8, 1.1]])
    values = objective.network.parameters.values
    values["b1"][0] = -(X[0] @ values["W1"][:, 0]) + 0.4 * EPSILON
    values["W2"][...] = 1.0
    return objective, X, np.full((4, 1), -3.0)


def test_kinks_are_counted_and_not_blamed(make_objective):
    objective, X, y = near_kink(make_objective)
    result = check_gradient(objective, X, y, name="", epsilon=EPSILON)
    kinks = {tensor.name: tensor.n_kinks for tensor in result.tensors}
    assert result.verdict == "pass"
    # Unit 0's bias, and its weight from an input of 1 (that from -0.5 moves z by 0.5 ε: across as well).
    assert kinks == {"W1": 2, "b1": 1, "W2": 0, "b2": 0}
    assert result.n_checked + result.n_apart == result.n_components
    assert any("3 components set apart" in note for note in result.notes)


def test_at_a_smaller_step_the_components_set_apart_are_compared_after_all(make_objective):
    objective, X, y = near_kink(make_objective)
    result = check_gradient(objective, X, y, name="")
    assert (result.verdict, result.n_kinks, result.n_apart) == ("pass", 3, 0)
    assert result.n_checked == result.n_components
    assert any("3 components have a kink" in note for note in result.notes)


def test_the_same_network_would_fail_if_kinks_were_not_set_apart(make_objective, monkeypatch):
    monkeypatch.setattr("dlrecipe.gradcheck.check.recognise", lambda cost, seed: None)
    monkeypatch.setattr("dlrecipe.gradcheck.difference.same_piece", lambda first, second: True)
    objective, X, y = near_kink(make_objective)
    assert check_gradient(objective, X, y, name="", epsilon=EPSILON).verdict == "fail"


def near_tie():
    """The two largest pixels of a square are w1 + w3 and w2 + w3, and w2 = w1 + 0.4 ε."""
    layers = (ConvLayer(filters=1, kernel=1, activation="identity"), PoolLayer(), FlattenLayer())
    output = DenseLayer(units=1, activation="identity")
    network = Network(Architecture((2, 2, 3), (*layers, output)), np.dtype(np.float64))
    for name, value in {"W1": [[1], [1 + 0.4 * EPSILON], [0.5]], "b1": 0.1, "W2": 2, "b2": 0.5}.items():
        network.parameters.values[name][...] = value
    square = np.array([[[1.0, 0, 1], [0, 1, 1]], [[-1, -1, 0], [-2, -1, 0]]])
    return Objective(network, LOSSES["mse"], Penalty()), square.reshape(1, -1), np.zeros((1, 1))


def test_a_tie_in_max_pooling_is_a_kink_like_any_other():
    objective, X, y = near_tie()
    # w1 and w2 change which pixel is the largest; w3 moves both alike.
    at_one_step = check_gradient(objective, X, y, name="", epsilon=EPSILON)
    assert {tensor.name: tensor.n_apart for tensor in at_one_step.tensors if tensor.n_apart} == {"W1": 2}
    result = check_gradient(objective, X, y, name="")
    assert (result.verdict, result.n_checked, result.n_apart) == ("pass", result.n_components, 0)


def test_a_bug_beside_a_kink_is_still_found(make_objective, monkeypatch):
    intact = dense.dense_backward

    def spoilt(X_T, dZ, ones, dW, db):
        intact(X_T, dZ, ones, dW, db)
        dW *= 1.1

    monkeypatch.setattr(dense, "dense_backward", spoilt)
    objective, X, y = near_kink(make_objective)
    failed = {t.name for t in check_gradient(objective, X, y, name="").tensors if t.verdict == "fail"}
    assert failed == {"W1", "W2"}


def test_a_bias_exactly_on_a_kink_is_compared_on_its_smooth_side(make_objective):
    # All first-layer units are off for the first example, so z2 = b2 = 0: where relu's slope is taken as 0.
    objective = make_objective((2, 2, 1, 1), activation="relu", loss="mse")
    values = objective.network.parameters.values
    for name, value in {"W1": 1, "b1": 0, "W2": 1, "b2": 0, "W3": 2, "b3": 0.5}.items():
        values[name][...] = value
    X, y = np.array([[-1.0, -1], [1, 2]]), np.zeros((2, 1))
    result = check_gradient(objective, X, y, name="")
    b2 = next(tensor for tensor in result.tensors if tensor.name == "b2")
    # J = ½ · mean(ŷ²), ŷ = 2 a2 + 0.5 with a2 = 6 for the second example: dJ/db2 = ½ · 12.5 · 2.
    assert b2.worst.analytic == pytest.approx(12.5)
    assert b2.worst.numeric == pytest.approx(12.5, rel=1e-7)
    assert (b2.verdict, b2.n_one_sided, b2.n_apart) == ("pass", 1, 0)


def test_a_tensor_with_kinks_on_both_sides_is_a_look_not_a_fail(make_objective):
    # One relu output with z = 0 and inputs of both signs: every weight crosses whichever way it moves.
    objective = make_objective((1, 1), output="relu", loss="mse")
    objective.network.parameters.theta[...] = 0
    result = check_gradient(objective, np.array([[1.0], [-1.0]]), np.array([[2.0], [5.0]]), name="")
    W1 = result.tensors[0]
    assert (W1.verdict, W1.n_checked, W1.n_apart, W1.worst) == ("look", 0, 1, None)
    assert "kink" in W1.hint


def test_zero_weights_under_relu_pass_although_every_unit_sits_on_its_kink(make_objective):
    objective = make_objective((4, 5, 3), activation="relu")
    objective.network.parameters.theta[...] = 0
    X = np.random.default_rng(0).standard_normal((7, 4))
    assert check_gradient(objective, X, np.arange(7) % 3, name="zeros").verdict == "pass"


@pytest.mark.parametrize("weight", [0.5e-5, -2e-9, 2e-5, 0.0])
def test_l1s_kink_at_0_keeps_no_weight_from_being_compared(make_objective, weight):
    objective = make_objective((1, 1), loss="mse", penalty=Penalty(l1=0.3))
    objective.network.parameters.values["W1"][...] = weight
    result = check_gradient(objective, np.ones((2, 1)), np.ones((2, 1)), name="", epsilon=EPSILON)
    assert (result.verdict, result.n_checked, result.n_kinks) == ("pass", 2, 0)
    assert result.tensors[0].penalty_difference <= 1e-7


@pytest.mark.parametrize(
    ("loss", "target"), [("mae", 1.0), (huber(0.5), 0.5), (huber(0.5), 1.5)], ids=["mae", "below", "above"]
)
def test_a_loss_in_pieces_has_its_kinks_set_apart(make_objective, loss, target):
    # The output is 1, so its residual is 0, +0.5 and -0.5: on the kink of mae, and of huber on both sides.
    objective = make_objective((1, 1), loss=loss)
    for name, value in {"W1": 1, "b1": 4e-6}.items():
        objective.network.parameters.values[name][...] = value
    X, y = np.array([[1.0]]), np.array([[target]])
    assert _two_sided(objective, X, y, "b1").crosses.tolist() == [True]
    assert check_gradient(objective, X, y, name="").verdict == "pass"


def test_the_checked_copy_has_the_same_weights_in_float64(make_objective):
    objective = make_objective((4, 5, 3), dtype="float32", keep_prob=(1.0, 0.5))
    twin = float64_twin(objective)
    np.testing.assert_array_equal(twin.network.parameters.theta, objective.network.parameters.theta)
    assert twin.network.dtype == np.float64
    assert not twin.network.architecture.has_dropout


@pytest.mark.parametrize("slope", [0.0, 1.0])
def test_a_kink_at_θ_that_no_piece_tells_of_is_set_apart_all_the_same(make_objective, monkeypatch, slope):
    # The kernels know of a kink and the tape tells of no pieces. z = 0 for the one example.
    relu = ACTIVATIONS["relu"]

    def backward(Z, A, dA, scratch):
        dA *= np.where(A > 0, 1.0, np.where(A == 0, slope, 0.0))

    monkeypatch.setitem(ACTIVATIONS, "relu", replace(relu, kink=None, backward=backward))
    monkeypatch.setattr("dlrecipe.gradcheck.check.recognise", lambda cost, seed: None)
    objective = make_objective((1, 1), output="relu", loss="mse")
    objective.network.parameters.theta[...] = 0
    result = check_gradient(objective, np.array([[1.0]]), np.array([[2.0]]), name="")
    assert [tensor.verdict for tensor in result.tensors] == ["look", "look"]
    assert result.n_apart == 2
