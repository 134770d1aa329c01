"""Initial weights have the moments that theory asks for, and keep signals steady with depth."""

import numpy as np
import pytest

from dlrecipe.nn.initializers import VARIANCES, initialize
from dlrecipe.nn.network import Network, dense_stack
from dlrecipe.nn.specs import NormalInit, OrthogonalInit, ScaledInit, ZerosInit

FAN_IN, FAN_OUT = 300, 200
N = FAN_IN * FAN_OUT

THEORY = {
    "he": 2 / FAN_IN,
    "xavier": 1 / FAN_IN,
    "lecun": 1 / FAN_IN,
    "glorot": 2 / (FAN_IN + FAN_OUT),
}
EXCESS_KURTOSIS = {"normal": 0.0, "uniform": -1.2}


def drawn(spec, shape=(FAN_IN, FAN_OUT), seed=0, dtype="float64"):
    W = np.empty(shape, dtype)
    initialize(spec, np.random.default_rng(seed), W)
    return W


def assert_moments(W, variance, kurtosis=0.0):
    """Hold mean and variance within five standard errors of theory."""
    assert abs(W.mean()) < 5 * np.sqrt(variance / W.size)
    assert abs(W.var() / variance - 1) < 5 * np.sqrt((2 + kurtosis) / W.size)


def test_every_scaled_kind_has_its_theory():
    assert set(THEORY) == set(VARIANCES)


@pytest.mark.parametrize("kind", THEORY)
@pytest.mark.parametrize("distribution", EXCESS_KURTOSIS)
@pytest.mark.parametrize("scale", [1.0, 3.0])
def test_scaled_kinds_have_their_variance(kind, distribution, scale):
    W = drawn(ScaledInit(type=kind, distribution=distribution, scale=scale))
    assert_moments(W, scale**2 * THEORY[kind], EXCESS_KURTOSIS[distribution])


@pytest.mark.parametrize(("distribution", "bound"), [("uniform", np.sqrt(3)), ("normal", np.inf)])
def test_uniform_draws_end_at_root_three_deviations_and_normal_ones_do_not(distribution, bound):
    largest = np.abs(drawn(ScaledInit(type="he", distribution=distribution))).max() / np.sqrt(2 / FAN_IN)
    assert largest <= bound
    assert largest > 1.72 if distribution == "uniform" else largest > 3.5


def test_normal_ignores_the_size_of_the_layer():
    assert_moments(drawn(NormalInit(scale=10)), 100)
    assert_moments(drawn(NormalInit(scale=10), shape=(6000, 10)), 100)


def test_zeros_are_zeros():
    assert not drawn(ZerosInit()).any()


@pytest.mark.parametrize("shape", [(30, 30), (50, 20), (20, 50), (1, 7), (7, 1)])
def test_orthogonal_weights_are_orthonormal_along_the_shorter_side(shape):
    W = drawn(OrthogonalInit(scale=2.0), shape=shape) / 2
    product = W.T @ W if shape[0] >= shape[1] else W @ W.T
    np.testing.assert_allclose(product, np.eye(min(shape)), atol=1e-12)


def test_orthogonal_weights_prefer_no_sign():
    # Plain QR gives the first column one sign for ever; over 400 draws its sign must be a fair coin.
    signs = [np.sign(drawn(OrthogonalInit(), shape=(3, 3), seed=seed)[0, 0]) for seed in range(400)]
    assert abs(np.sum(signs)) < 5 * np.sqrt(400)


@pytest.mark.parametrize("spec", [NormalInit(), ScaledInit(), OrthogonalInit()])
def test_float32_weights_are_the_float64_ones_rounded(spec):
    np.testing.assert_array_equal(drawn(spec, dtype="float32"), drawn(spec).astype(np.float32))


def deep(activation, depth, width, spec, seed=0):
    architecture = dense_stack((width,) * (depth + 1), (activation,) * depth, (1.0,) * depth)
    network = Network(architecture, np.dtype("float64"))
    network.initialize(spec, seed)
    return network


def mean_squares(activation, spec, *, depth=20, width=400):
    """Return the mean square of the last hidden layer over that of the first, on random inputs."""
    network = deep(activation, depth, width, spec)
    network.outputs(np.random.default_rng(1).standard_normal((200, width)))
    hidden = network.activations()
    first, last = hidden["A1"].value, hidden[f"A{depth - 1}"].value
    return np.mean(last**2) / np.mean(first**2)


def test_he_keeps_relu_activations_steady_over_twenty_layers():
    # In the mean exactly 1; at width 400 the logarithm wanders by about sqrt(18 · 5/400) ≈ 0.5.
    assert 0.2 < mean_squares("relu", ScaledInit(type="he")) < 5


def test_xavier_halves_relu_activations_in_every_layer():
    # Half of He's variance: 2^-18 over the 18 layers between A1 and A19.
    ratio = mean_squares("relu", ScaledInit(type="xavier")) / mean_squares("relu", ScaledInit(type="he"))
    assert ratio == pytest.approx(2.0**-18, rel=1e-9)


def test_xavier_keeps_tanh_activations_alive_and_small_weights_do_not():
    assert mean_squares("tanh", ScaledInit(type="xavier")) > 0.03
    # N(0, 0.01²) at width 400 shrinks a signal by 400 · 1e-4 = 0.04 a layer.
    assert mean_squares("tanh", NormalInit(scale=0.01)) < 1e-20


def test_orthogonal_weights_keep_a_linear_net_isometric():
    assert mean_squares("identity", OrthogonalInit()) == pytest.approx(1, rel=1e-10)


def test_biases_start_at_zero_and_each_layer_has_a_stream_of_its_own():
    first = deep("relu", 3, 5, ScaledInit(), seed=4)
    longer = deep("relu", 4, 5, ScaledInit(), seed=4)
    values = first.parameters.values
    assert not any(values[f"b{layer}"].any() for layer in (1, 2, 3))
    assert not np.array_equal(values["W1"], values["W2"])
    for name in ("W1", "W2", "W3"):
        np.testing.assert_array_equal(values[name], longer.parameters.values[name])
    assert not np.array_equal(values["W1"], deep("relu", 3, 5, ScaledInit(), seed=5).parameters.values["W1"])
