"""Penalties and the bound on the weights' length."""

import numpy as np
import pytest

from dlrecipe.nn.losses import LOSSES
from dlrecipe.nn.network import Network, dense_stack
from dlrecipe.nn.objective import GradientPass, Objective
from dlrecipe.nn.parameters import Parameters, TensorShape
from dlrecipe.nn.regularizers import NormBound, Penalty

WEIGHTS = np.array([3.0, -4.0, 0.0, 0.5])


def gradient(penalty: Penalty, weights: np.ndarray = WEIGHTS) -> np.ndarray:
    grads = np.full_like(weights, 10)
    penalty.add_gradient(weights, grads, np.empty_like(weights))
    return grads - 10


def test_l2_is_half_lambda_over_m_times_the_sum_of_squares():
    # λ = 6, m = 3: λ/(2m) · (9 + 16 + 0.25) = 25.25, and its gradient (λ/m) · w.
    penalty = Penalty(l2=6 / 3)
    assert penalty.value(WEIGHTS) == pytest.approx(25.25, abs=1e-14)
    np.testing.assert_allclose(gradient(penalty), [6, -8, 0, 1], atol=1e-14)


def test_l1_is_lambda_over_m_times_the_sum_of_sizes():
    # λ₁ = 6, m = 3: 2 · 7.5, and its gradient ±2, 0 at w = 0.
    penalty = Penalty(l1=6 / 3)
    assert penalty.value(WEIGHTS) == pytest.approx(15, abs=1e-14)
    np.testing.assert_allclose(gradient(penalty), [2, -2, 0, 2], atol=1e-14)


def test_l1_and_l2_add_up():
    both = Penalty(l2=2, l1=2)
    assert both.value(WEIGHTS) == pytest.approx(25.25 + 15, abs=1e-13)
    np.testing.assert_allclose(gradient(both), [8, -10, 0, 3], atol=1e-14)


def test_no_penalty_costs_nothing_and_changes_nothing():
    assert Penalty().value(WEIGHTS) == 0
    np.testing.assert_array_equal(gradient(Penalty()), np.zeros(4))


def test_biases_are_left_out():
    network = Network(dense_stack((2, 3, 1), ("tanh", "identity"), (1.0, 1.0)), np.dtype("float64"))
    for value in network.parameters.values.values():
        value[...] = 2.0
    penalised = Objective(network, LOSSES["mse"], Penalty(l2=0.5))
    # (2·3 + 3·1) weights of 2: 0.5/2 · 9 · 4.
    assert penalised.penalty_value() == pytest.approx(9.0)
    X, y = np.ones((4, 2)), np.ones((4, 1))
    gradients = []
    for objective in (penalised, Objective(network, LOSSES["mse"], Penalty())):
        GradientPass(objective, 4, X=X, y=y).run()
        gradients.append({name: g.copy() for name, g in network.parameters.gradients.items()})
    for name, with_penalty in gradients[0].items():
        np.testing.assert_allclose(
            with_penalty - gradients[1][name], 1.0 if name.startswith("W") else 0.0, atol=1e-12
        )


def bounded(matrices, max_norm, dtype="float64", n_pieces=1):
    """Return copies of the matrices after the bound has been applied, θ in one piece or in two."""
    shapes = [TensorShape(f"W{i}", W.shape, penalised=True) for i, W in enumerate(matrices, 1)]
    parameters = Parameters([*shapes, TensorShape("b1", (7,), penalised=False)], np.dtype(dtype))
    parameters.load({f"W{i}": W for i, W in enumerate(matrices, 1)} | {"b1": np.full(7, 50.0)})
    pieces = parameters.halves() if n_pieces == 2 else [slice(0, parameters.n_params)]
    bound = NormBound(parameters, max_norm, pieces)
    for step in (bound.measure, bound.shorten):
        for piece in range(n_pieces):
            step(piece)
    np.testing.assert_array_equal(parameters.values["b1"], 50.0)
    return [parameters.values[shape.name].copy() for shape in shapes]


def test_max_norm_shortens_long_units_and_leaves_short_ones_alone():
    W = np.array([[3.0, 0.3, 0.0], [4.0, 0.4, 0.0]])  # columns of length 5, 0.5 and 0
    (after,) = bounded([W], 2.0)
    np.testing.assert_allclose(after[:, 0], [1.2, 1.6], atol=1e-14)
    np.testing.assert_array_equal(after[:, 1:], [[0.3, 0], [0.4, 0]])


@pytest.mark.parametrize("n_pieces", [1, 2])
@pytest.mark.parametrize("dtype", ["float32", "float64"])
def test_max_norm_bounds_every_unit_and_keeps_its_direction(dtype, n_pieces):
    rng = np.random.default_rng(0)
    matrices = [rng.standard_normal(shape) for shape in [(40, 3), (30, 5), (40, 30)]]
    for before, after in zip(matrices, bounded(matrices, 6.3, dtype, n_pieces), strict=True):
        lengths = np.linalg.norm(after.astype(np.float64), axis=0)
        whole = np.linalg.norm(before, axis=0)
        np.testing.assert_allclose(lengths, np.minimum(whole, 6.3), rtol=1e-6)
        cosines = (after * before).sum(axis=0) / (lengths * whole)
        np.testing.assert_allclose(cosines, 1, atol=1e-6)
    # Columns of 40 are sqrt(40) = 6.3 long on average.
    assert (whole > 6.3).any()
    assert (whole < 6.2).any()


@pytest.mark.parametrize("n_pieces", [1, 2])
def test_max_norm_keeps_the_direction_of_weights_whose_squares_overflow(n_pieces):
    W = np.array([[3e20, 1.0], [-4e20, 0.0]], np.float32)
    with np.errstate(over="ignore"):  # as in training, where a run that overflows is a result
        (after,) = bounded([W], 2.0, "float32", n_pieces)
    np.testing.assert_allclose(after, [[1.2, 1.0], [-1.6, 0.0]], rtol=1e-6)
    W[0, 0] = np.inf
    with np.errstate(all="ignore"):
        (after,) = bounded([W], 2.0, "float32", n_pieces)
    assert not np.isfinite(after[0, 0])  # it must show, not be mended
