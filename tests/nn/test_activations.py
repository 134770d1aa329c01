"""Every activation against a closed form that shares no code with it."""

import numpy as np
import pytest
from scipy import special, stats

from dlrecipe.nn.activations import ACTIVATIONS, LEAKY_SLOPE, SATURATION

REFERENCES = {
    "identity": (lambda z: z, np.ones_like),
    "relu": (lambda z: z * (z > 0), lambda z: np.where(z > 0, 1.0, 0.0)),
    "leaky_relu": (lambda z: np.where(z > 0, z, 0.01 * z), lambda z: np.where(z > 0, 1.0, 0.01)),
    "tanh": (
        lambda z: 2 * special.expit(2 * z) - 1,
        lambda z: 4 * special.expit(2 * z) * special.expit(-2 * z),
    ),
    "sigmoid": (special.expit, lambda z: special.expit(z) * special.expit(-z)),
    "gelu": (
        lambda z: z * stats.norm.cdf(z),
        lambda z: stats.norm.cdf(z) + z * stats.norm.pdf(z),
    ),
    "elu": (
        lambda z: np.where(z > 0, z, special.expm1(np.minimum(z, 0))),
        lambda z: np.exp(np.minimum(z, 0)),
    ),
    "softplus": (lambda z: -special.log_expit(-z), special.expit),
    "swish": (
        lambda z: z * special.expit(z),
        lambda z: special.expit(z) * (1 + z * special.expit(-z)),
    ),
}
"""name → (value, derivative)."""

TOLERANCES = [("float64", 1e-12), ("float32", 1e-6)]
Z = np.random.default_rng(1).uniform(-6, 6, (200, 5))
UPSTREAM = np.random.default_rng(2).standard_normal(Z.shape)


def passes(name: str, Z: np.ndarray, dA: np.ndarray, *, in_place: bool) -> tuple[np.ndarray, np.ndarray]:
    """Run both kernels the way a layer does and return A and dZ."""
    activation = ACTIVATIONS[name]
    Z, dZ = Z.copy(), dA.copy()
    A = Z if in_place else np.empty_like(Z)
    scratch = np.empty(Z.shape, np.bool_ if activation.mask_scratch else Z.dtype)
    activation.forward(Z, A, scratch)
    value = A.copy()
    activation.backward(Z, A, dZ, scratch)
    return value, dZ


def test_every_activation_has_a_reference():
    assert set(REFERENCES) == set(ACTIVATIONS)


@pytest.mark.parametrize("name", ACTIVATIONS)
@pytest.mark.parametrize(("dtype", "tolerance"), TOLERANCES)
def test_value_and_derivative_agree_with_the_closed_form(name, dtype, tolerance):
    z, d = Z.astype(dtype), UPSTREAM.astype(dtype)
    value, derivative = REFERENCES[name]
    A, dZ = passes(name, z, d, in_place=not ACTIVATIONS[name].keeps_input)
    assert A.dtype == dZ.dtype == dtype
    np.testing.assert_allclose(A, value(z.astype(np.float64)), rtol=tolerance, atol=tolerance)
    expected = d.astype(np.float64) * derivative(z.astype(np.float64))
    np.testing.assert_allclose(dZ, expected, rtol=tolerance, atol=tolerance)


@pytest.mark.parametrize("name", [name for name, a in ACTIVATIONS.items() if not a.keeps_input])
def test_working_in_place_changes_no_bit(name):
    for apart, in_place in zip(
        passes(name, Z, UPSTREAM, in_place=False), passes(name, Z, UPSTREAM, in_place=True), strict=True
    ):
        np.testing.assert_array_equal(apart, in_place)


@pytest.mark.parametrize("name", ACTIVATIONS)
@pytest.mark.parametrize("dtype", ["float32", "float64"])
def test_huge_inputs_overflow_nowhere(name, dtype):
    z = np.array([[-1e4, -1000.0, -100.0, 100.0, 1000.0, 1e4]], dtype)
    A, dZ = passes(name, z, np.ones_like(z), in_place=not ACTIVATIONS[name].keeps_input)
    value, derivative = REFERENCES[name]
    np.testing.assert_allclose(A, value(z.astype(np.float64)), rtol=1e-6, atol=1e-6)
    np.testing.assert_allclose(dZ, derivative(z.astype(np.float64)), rtol=1e-6, atol=1e-6)


@pytest.mark.parametrize(("name", "slope"), [("relu", 0.0), ("leaky_relu", LEAKY_SLOPE)])
def test_the_slope_at_a_kink_is_that_of_the_left_side(name, slope):
    A, dZ = passes(name, np.zeros((1, 1)), np.ones((1, 1)), in_place=True)
    assert A[0, 0] == 0
    assert dZ[0, 0] == pytest.approx(slope, abs=1e-16)


@pytest.mark.parametrize("name", ACTIVATIONS)
def test_kinks_are_declared_where_the_slope_or_its_slope_jumps_and_nowhere_else(name):
    _, derivative = REFERENCES[name]
    at = np.linspace(-6, 6, 1201)  # includes 0
    left, middle, right = derivative(at - 1e-5), derivative(at), derivative(at + 1e-5)
    bends = np.abs((right - middle) - (middle - left)) > 1e-3 * 1e-5
    jumps = (np.abs(right - left) > 1e-3) | bends
    declared = ACTIVATIONS[name].kink
    assert at[jumps] == pytest.approx([] if declared is None else [declared], abs=1e-9)


@pytest.mark.parametrize("name", ["tanh", "sigmoid"])
def test_at_the_saturation_bound_the_slope_is_all_but_gone(name):
    _, derivative = REFERENCES[name]
    assert derivative(np.array(SATURATION)) < 0.03 * derivative(np.array(0.0))  # sigmoid .0266, tanh .0002
