"""Scaling agrees with scikit-learn, and does not blow up what carries no information."""

import numpy as np
import pytest
from numpy.typing import NDArray
from sklearn.preprocessing import MinMaxScaler, QuantileTransformer, RobustScaler, StandardScaler

from dlrecipe.data.normalization import FITS, fit_scaling
from dlrecipe.data.specs import Normalization

REFERENCES = {
    "center": StandardScaler(with_std=False),
    "standard": StandardScaler(),
    "minmax": MinMaxScaler(),
    "robust": RobustScaler(),
    "quantile": QuantileTransformer(n_quantiles=1_000, output_distribution="normal", subsample=None),
}


def skewed(n: int, seed: int = 0) -> NDArray[np.float64]:
    rng = np.random.default_rng(seed)
    return np.column_stack(
        [rng.normal(50, 3, n), rng.lognormal(0, 2, n), rng.poisson(40, n), rng.random(n) - 9]
    )


def scaled(
    values: NDArray[np.generic], fitted_to: NDArray[np.generic], name: Normalization
) -> NDArray[np.float64]:
    out = np.empty(values.shape)
    fit_scaling(fitted_to, name).apply(values, out)
    return out


@pytest.mark.parametrize("name", REFERENCES)
def test_scaling_agrees_with_scikit_learn_on_rows_seen_and_unseen(name: Normalization):
    train, dev = skewed(3_000), skewed(500, seed=1) * 1.5
    reference = REFERENCES[name].fit(train)
    for rows in (train, dev):
        np.testing.assert_allclose(scaled(rows, train, name), reference.transform(rows), rtol=1e-9, atol=1e-9)


def test_none_leaves_every_value_as_it_is():
    values = skewed(100)
    np.testing.assert_array_equal(scaled(values, values, "none"), values)


def test_quantile_puts_a_common_lowest_value_in_the_middle_of_its_share():
    # 0 fills the shares 0 … .8, the value 1 the shares .8 … 1: Φ⁻¹(.4) and Φ⁻¹(.9) from a table.
    values = np.repeat([0.0, 1.0], [8_000, 2_000])[:, None]
    low, high = scaled(np.array([[0.0], [1.0]]), values, "quantile").ravel()
    assert low == pytest.approx(-0.25335, abs=2e-3)
    assert high == pytest.approx(1.28155, abs=4e-3)


@pytest.mark.parametrize("name", ["standard", "minmax", "robust", "quantile"])
def test_a_constant_feature_becomes_zero_even_where_later_rows_differ(name: Normalization):
    train = np.column_stack([np.full(50, 7.0), np.arange(50.0)])
    assert not scaled(np.array([[7.0, 1], [900.0, 1]]), train, name)[:, 0].any()


@pytest.mark.parametrize("name", ["standard", "minmax", "robust", "quantile"])
def test_rounding_noise_is_not_blown_up_to_a_feature(name: Normalization):
    noisy = np.tile([0.3, 0.1 + 0.2], 50)[:, None]  # differ in the last place alone
    assert noisy[0, 0] != noisy[1, 0]
    assert not scaled(noisy, noisy, name).any()


@pytest.mark.parametrize("name", ["standard", "minmax", "robust", "quantile"])
def test_a_small_spread_on_a_large_value_is_kept(name: Normalization):
    # A clock in nanoseconds: 1.7e18 with steps of 1e6 is a spread of 1e-12, far above float64's rounding.
    clock = (1.7e18 + 1e6 * np.arange(100.0))[:, None]
    assert np.ptp(scaled(clock, clock, name)) > 0.9


def test_robust_scales_a_feature_that_is_mostly_zero_by_its_standard_deviation():
    sparse = np.zeros((100, 1))
    sparse[:10] = 40.0  # mean 4, variance .1 · .9 · 1600 = 144
    assert scaled(sparse, sparse, "robust").max() == pytest.approx(40 / 12)


def test_standard_keeps_its_digits_far_from_zero():
    # One pass of squares in float64 would lose all of a unit variance at 1e9.
    values = (1e9 + np.tile([-1.0, 1.0], 500_000))[:, None]
    np.testing.assert_allclose(scaled(values[:2], values, "standard").ravel(), [-1, 1], rtol=1e-9)


@pytest.mark.parametrize("dtype", ["uint8", "int64", "float32", "bool"])
def test_the_stored_type_of_the_values_makes_no_difference(dtype: str):
    values = np.random.default_rng(0).integers(0, 2, (400, 3)).astype(dtype)
    expected = scaled(values.astype(np.float64), values.astype(np.float64), "standard")
    out = np.empty(values.shape, np.float32)
    fit_scaling(values, "standard").apply(values, out)
    np.testing.assert_allclose(out, expected, rtol=1e-6, atol=1e-6)


@pytest.mark.parametrize("name", FITS)
def test_no_features_and_a_single_row_are_no_special_case(name: Normalization):
    assert scaled(np.empty((5, 0)), np.empty((5, 0)), name).shape == (5, 0)
    assert np.isfinite(scaled(np.array([[3.0, 4.0]]), np.array([[3.0, 4.0]]), name)).all()
