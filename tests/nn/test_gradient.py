"""The whole network against a plain implementation in the course's own convention: columns are examples."""

import numpy as np
import pytest
from scipy import special

from dlrecipe.nn.losses import LOSSES
from dlrecipe.nn.network import Network, dense_stack
from dlrecipe.nn.objective import GradientPass, Objective
from dlrecipe.nn.regularizers import Penalty

G = {
    "relu": (lambda Z: np.where(Z > 0, Z, 0), lambda Z: (Z > 0) * 1.0),
    "leaky_relu": (lambda Z: np.where(Z > 0, Z, Z / 100), lambda Z: np.where(Z > 0, 1.0, 0.01)),
    "tanh": (np.tanh, lambda Z: 1 / np.cosh(Z) ** 2),
    "sigmoid": (special.expit, lambda Z: special.expit(Z) * (1 - special.expit(Z))),
    "gelu": (
        lambda Z: Z / 2 * (1 + special.erf(Z / np.sqrt(2))),
        lambda Z: (1 + special.erf(Z / np.sqrt(2))) / 2 + Z * np.exp(-Z * Z / 2) / np.sqrt(2 * np.pi),
    ),
    "elu": (lambda Z: np.where(Z > 0, Z, np.exp(Z) - 1), lambda Z: np.where(Z > 0, 1.0, np.exp(Z))),
    "softplus": (lambda Z: np.log(1 + np.exp(Z)), special.expit),
    "swish": (
        lambda Z: Z * special.expit(Z),
        lambda Z: special.expit(Z) + Z * special.expit(Z) * (1 - special.expit(Z)),
    ),
    "identity": (lambda Z: Z, np.ones_like),
}


def head(loss, Z, y):
    """Return each example's loss (m,) and the gradient with respect to Z (outputs, m)."""
    if loss == "softmax":
        Y = np.eye(len(Z))[:, y]
        A = np.exp(Z - Z.max(axis=0)) / np.exp(Z - Z.max(axis=0)).sum(axis=0)
        return -(Y * np.log(A)).sum(axis=0), A - Y
    if loss == "sigmoid":
        A = special.expit(Z)
        return -(y * np.log(A) + (1 - y) * np.log(1 - A))[0], A - y
    return 0.5 * ((Z - y.T) ** 2).sum(axis=0), Z - y.T


def course(values, activations, loss, X, y, *, weights, lambd, lambd1, m_train):
    """The course's forward and backward equations; returns J and its gradients, all transposed to ours."""
    L, m = len(activations), len(X)
    A, Z = [X.T], [None]
    for layer, name in enumerate(activations, start=1):
        Z.append(values[f"W{layer}"].T @ A[-1] + values[f"b{layer}"][:, None])
        A.append(G[name][0](Z[-1]))
    losses, dA = head(loss, A[L], y)
    W = [values[f"W{layer}"] for layer in range(1, L + 1)]
    squares, sizes = sum((w**2).sum() for w in W), sum(np.abs(w).sum() for w in W)
    J = (weights * losses).mean() + lambd / (2 * m_train) * squares + lambd1 / m_train * sizes
    gradients, dA = {}, dA * weights
    for layer in range(L, 0, -1):
        dZ = dA * G[activations[layer - 1]][1](Z[layer])
        own = values[f"W{layer}"]
        penalty = lambd / m_train * own + lambd1 / m_train * np.sign(own)
        gradients[f"W{layer}"] = (dZ @ A[layer - 1].T / m).T + penalty
        gradients[f"b{layer}"] = dZ.sum(axis=1) / m
        dA = own @ dZ
    return J, gradients


def problem(activation, loss, hidden=(7, 5)):
    rng = np.random.default_rng(8)
    n_outputs = 1 if loss == "sigmoid" else 3
    activations = (*(activation,) * len(hidden), "identity")
    network = Network(
        dense_stack((4, *hidden, n_outputs), activations, (1.0,) * len(activations)), np.dtype("float64")
    )
    network.parameters.theta[...] = 0.7 * rng.standard_normal(network.parameters.n_params)
    X = rng.standard_normal((11, 4))
    if loss == "mse":
        return network, X, rng.standard_normal((11, 3))
    return network, X, np.arange(11) % max(2, n_outputs)


@pytest.mark.parametrize("activation", G)
@pytest.mark.parametrize("loss", ["softmax", "sigmoid", "mse"])
def test_cost_and_gradient_are_those_of_the_courses_equations(activation, loss):
    network, X, y = problem(activation, loss)
    class_weights = (
        None if loss == "mse" else np.array([0.5, 2.0, 3.0])[: max(2, network.architecture.n_outputs)]
    )
    lambd, lambd1, m_train = 0.7, 0.2, 40
    objective = Objective(network, LOSSES[loss], Penalty(lambd / m_train, lambd1 / m_train), class_weights)
    expected_cost, expected = course(
        network.parameters.values,
        tuple(layer.activation for layer in network.architecture.layers),
        loss,
        X,
        y,
        weights=np.ones(11) if class_weights is None else class_weights[y],
        lambd=lambd,
        lambd1=lambd1,
        m_train=m_train,
    )
    GradientPass(objective, 11, X=X, y=y).run()
    assert objective.cost(X, y) == pytest.approx(expected_cost, rel=1e-12)
    for name, gradient in network.parameters.gradients.items():
        np.testing.assert_allclose(gradient, expected[name], rtol=1e-12, atol=1e-13, err_msg=name)


def test_an_output_activation_takes_part_in_the_gradient():
    network, X, y = problem("relu", "mse")
    network = Network(dense_stack((4, 7, 3), ("relu", "tanh"), (1.0, 1.0)), np.dtype("float64"))
    network.parameters.theta[...] = np.random.default_rng(0).standard_normal(network.parameters.n_params)
    _, expected = course(
        network.parameters.values, ("relu", "tanh"), "mse", X, y, weights=1.0, lambd=0, lambd1=0, m_train=1
    )
    GradientPass(Objective(network, LOSSES["mse"], Penalty()), 11, X=X, y=y).run()
    for name, gradient in network.parameters.gradients.items():
        np.testing.assert_allclose(gradient, expected[name], rtol=1e-12, atol=1e-13, err_msg=name)


def test_a_class_weight_of_two_counts_an_example_twice_in_the_sum():
    network, X, y = problem("tanh", "softmax")
    weighted = Objective(network, LOSSES["softmax"], Penalty(), np.array([1.0, 1.0, 2.0]))
    plain = Objective(network, LOSSES["softmax"], Penalty())
    twice = np.concatenate([np.arange(11), np.flatnonzero(y == 2)])
    assert weighted.cost(X, y) * 11 == pytest.approx(plain.cost(X[twice], y[twice]) * len(twice), rel=1e-13)


def test_running_twice_does_not_add_gradients_up():
    network, X, y = problem("gelu", "softmax")
    gradient = GradientPass(Objective(network, LOSSES["softmax"], Penalty(l2=0.1)), 11, X=X, y=y)
    gradient.run()
    first = network.parameters.grads.copy()
    gradient.run()
    np.testing.assert_array_equal(network.parameters.grads, first)


def test_the_buffers_of_a_pass_are_read_anew_at_each_run():
    network, X, y = problem("relu", "softmax")
    objective = Objective(network, LOSSES["softmax"], Penalty())
    gradient = GradientPass(objective, 11, y_like=y)
    for rows in (X, X[::-1]):
        gradient.X[...], gradient.y[...] = rows, y
        gradient.run()
        found = network.parameters.grads.copy()
        GradientPass(objective, 11, X=np.ascontiguousarray(rows), y=y).run()
        np.testing.assert_array_equal(found, network.parameters.grads)


def test_the_mean_over_a_batch_is_the_mean_of_its_halves():
    network, X, y = problem("tanh", "softmax")
    objective = Objective(network, LOSSES["softmax"], Penalty())
    gradients = []
    for rows in (slice(0, 10), slice(0, 5), slice(5, 10)):
        part = X[rows]
        GradientPass(objective, len(part), X=part, y=y[rows]).run()
        gradients.append(network.parameters.grads.copy())
    np.testing.assert_allclose(gradients[0], (gradients[1] + gradients[2]) / 2, atol=1e-15)


@pytest.mark.parametrize("factor", [1.5, 0.5])
@pytest.mark.parametrize("depth", [2, 10, 50])
def test_gradients_of_scaled_identities_explode_and_vanish_as_the_course_says(factor, depth):
    # Lecture 10, on the way back: with ŷ = factor^(L-1) x and W_L = I, what comes to layer l is
    # dZ_l = factor^(L-1-l) dZ_L, so from the last hidden layer to the first it is scaled by factor^(L-2).
    network = Network(
        dense_stack((2,) * (depth + 1), ("identity",) * depth, (1.0,) * depth), np.dtype("float64")
    )
    for layer in range(1, depth + 1):
        network.parameters.values[f"W{layer}"][...] = np.eye(2) * (factor if layer < depth else 1)
    X = np.array([[1.0, -2.0], [0.25, 3.0]])
    run = GradientPass(Objective(network, LOSSES["mse"], Penalty()), 2, y_like=X)
    run.X[...], run.y[...] = X, 0
    run.run()
    gradients = network.parameters.split(network.parameters.grads)
    for layer in range(1, depth):
        expected = factor ** (depth - 1 - layer) * factor ** (depth - 1) * X.mean(axis=0)
        np.testing.assert_allclose(gradients[f"b{layer}"], expected, rtol=1e-12)
