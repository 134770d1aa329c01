"""Whitening agrees with scikit-learn's, and does not blow up what carries no information."""

import numpy as np
import pytest
from numpy.typing import NDArray
from sklearn.decomposition import PCA
from sklearn.preprocessing import StandardScaler

from dlrecipe.data.normalization import fit_scaling
from dlrecipe.data.specs import NormalizationSpec

PCA_EXACT = NormalizationSpec(type="whitening", rotation="pca", ridge=0.0)
ZCA_EXACT = NormalizationSpec(type="whitening", ridge=0.0)


def mixed(n: int, seed: int = 0) -> NDArray[np.float64]:
    """Four correlated columns whose scales run from 0.01 to 1,000."""
    rng = np.random.default_rng(seed)
    turned = rng.normal(size=(n, 4)) @ np.random.default_rng(9).normal(size=(4, 4))
    return turned * [0.01, 1, 30, 1000] + [5, 0, -7, 300]


def whitened(
    values: NDArray[np.float64], train: NDArray[np.float64], spec: NormalizationSpec = PCA_EXACT
) -> NDArray[np.float64]:
    out = np.empty(values.shape)
    fit_scaling(train, spec).apply(values, out)
    return out


def test_pca_whitening_agrees_with_scikit_learn_on_rows_seen_and_unseen():
    train, dev = mixed(500), mixed(100, seed=1)
    scaler = StandardScaler().fit(train)
    reference = PCA(whiten=True).fit(scaler.transform(train))
    for rows in (train, dev):
        # PCA divides by n - 1, and an axis may point either way.
        expected = reference.transform(scaler.transform(rows)) * np.sqrt(500 / 499)
        ours = whitened(rows, train)
        signs = np.sign((ours * expected).sum(axis=0))
        np.testing.assert_allclose(ours, expected * signs, rtol=1e-8, atol=1e-8)


@pytest.mark.parametrize("spec", [PCA_EXACT, ZCA_EXACT])
def test_whitened_training_rows_have_the_identity_as_their_covariance(spec: NormalizationSpec):
    train = mixed(300)
    np.testing.assert_allclose(np.cov(whitened(train, train, spec).T, bias=True), np.eye(4), atol=1e-9)


def test_zca_leaves_uncorrelated_features_where_they_are():
    # Four rows at the corners: both columns have deviation 1 and do not go together.
    corners = np.array([[1.0, 1], [1, -1], [-1, 1], [-1, -1]])
    np.testing.assert_allclose(whitened(corners * 7 + 3, corners * 7 + 3, ZCA_EXACT), corners, atol=1e-12)


def test_zca_of_a_single_feature_is_standardization():
    column = np.array([[1.0], [2.0], [6.0]])
    np.testing.assert_allclose(
        whitened(column, column, ZCA_EXACT), StandardScaler().fit_transform(column), atol=1e-12
    )


def test_the_ridge_bounds_how_far_a_direction_is_stretched():
    # Two columns equal but for 1e-4: the direction between them has variance 1e-8 / 2 of 2.
    rng = np.random.default_rng(0)
    base = rng.normal(size=1000)
    twins = np.column_stack([base, base + 1e-4 * rng.normal(size=1000)])
    apart = np.array([[1.0, -1.0]])
    ridged = NormalizationSpec(type="whitening", rotation="pca", ridge=0.01)
    # Standardized (1, -1) has length √2 along it; 1/√(0 + 0.01) = 10 is the most that it is stretched.
    assert np.abs(whitened(apart, twins, ridged)).max() == pytest.approx(10 * np.sqrt(2), rel=0.1)
    assert np.abs(whitened(apart, twins)).max() > 1000


@pytest.mark.parametrize("rotation", ["pca", "zca"])
def test_fewer_examples_than_features_leave_directions_without_data_at_zero(rotation: str):
    rng = np.random.default_rng(0)
    train, new = rng.normal(size=(5, 20)), rng.normal(size=(50, 20))
    spec = NormalizationSpec(type="whitening", rotation=rotation, ridge=0.0)
    out = whitened(new, train, spec)
    assert np.linalg.matrix_rank(out) == 4  # five points span four dimensions around their mean
    assert np.abs(out).max() < 50


@pytest.mark.parametrize("spec", [PCA_EXACT, ZCA_EXACT])
def test_a_constant_feature_becomes_zero_even_where_later_rows_differ(spec: NormalizationSpec):
    train = np.column_stack([np.full(50, 7.0), mixed(50)])
    far = train[:1].copy()
    far[0, 0] = 900.0
    np.testing.assert_array_equal(whitened(far, train, spec), whitened(train[:1], train, spec))


def test_no_features_and_a_single_row_are_no_special_case():
    assert whitened(np.empty((5, 0)), np.empty((5, 0))).shape == (5, 0)
    assert not whitened(np.array([[3.0, 4.0]]), np.array([[3.0, 4.0]])).any()


def test_the_engines_precision_changes_nothing_but_the_last_digits():
    train = mixed(200)
    out = np.empty(train.shape, np.float32)
    fit_scaling(train, ZCA_EXACT).apply(train, out)
    np.testing.assert_allclose(out, whitened(train, train, ZCA_EXACT), atol=1e-4)


@pytest.mark.parametrize(
    ("settings", "said"),
    [
        ({"type": "quantile", "per": "image"}, "per: image does not go with type quantile"),
        ({"type": "standard", "ridge": 0.5}, "rotation and ridge go with type whitening"),
    ],
)
def test_settings_that_do_not_go_together_are_refused(settings: dict[str, object], said: str):
    with pytest.raises(ValueError, match=said):
        NormalizationSpec(**settings)
