"""Elastic fields: smoothed white noise, against scipy's smoothing of Simard's uniform noise."""

import numpy as np
import pytest
from scipy import ndimage

from dlrecipe.data.augmentation.elastic import ElasticFields, factor_of, smoothed_covariance
from dlrecipe.data.augmentation.specs import ElasticSpec
from dlrecipe.rng import stream


def fields(spec, shape, n):
    """Return (2, n, height, width) displacements."""
    made = ElasticFields.of(spec, (*shape, 1), np.dtype(float))
    numbers = made.draw(stream(0, "test"), n)
    return np.einsum("hr,arns,sw->anhw", made.rows, numbers, made.columns, optimize=True)


@pytest.mark.parametrize("sigma", [0.5, 1.7, 4.0, 30.0])
def test_the_covariance_along_a_side_is_that_of_scipys_gaussian_filter(sigma):
    pad = int(4 * sigma + 0.5)
    noise = np.eye(28 + 2 * pad)
    smooth = ndimage.gaussian_filter1d(noise, sigma, axis=0, mode="constant")[pad : pad + 28]
    np.testing.assert_allclose(smoothed_covariance(28, sigma), smooth @ smooth.T, atol=1e-12)


@pytest.mark.parametrize("sigma", [0.5, 1.7, 4.0, 30.0])
def test_few_columns_carry_the_covariance(sigma):
    covariance = smoothed_covariance(28, sigma)
    factor = factor_of(covariance)
    lost = np.trace(covariance) - np.trace(factor @ factor.T)
    assert 0 <= lost + 1e-12 <= 1e-3 * np.trace(covariance) + 1e-12
    # At the border, where the covariance is carried worst.
    assert np.abs(factor @ factor.T - covariance).max() < 0.03 * covariance[0, 0]


def test_simards_strength_moves_mnists_pixels_by_1_4_at_the_border_too():
    # alpha · √(1/3) · 1/(2 √π sigma) = 34 · 0.577 · 0.0705 = 1.384 for a standard deviation.
    drawn = fields(ElasticSpec(alpha=34, sigma=4), (28, 28), 1500)
    spread = drawn.std(axis=(0, 1))
    np.testing.assert_allclose(spread, 1.384, rtol=0.08)
    assert abs(drawn.mean()) < 0.03


def test_fields_look_like_scipys_smoothing_of_uniform_noise():
    """Variance, and correlation with a pixel 1, 4 and 8 to the right and one down, of either kind."""
    spec = ElasticSpec(alpha=10, sigma=3)
    ours = fields(spec, (16, 20), 1000)
    rng = np.random.default_rng(0)
    noise = rng.uniform(-1, 1, (2000, 16 + 24, 20 + 24))
    smooth = 10 * ndimage.gaussian_filter(noise, (0, 3, 3), mode="constant")[:, 12:-12, 12:-12]
    for figure in (
        lambda f: f.var(),
        lambda f: (f[..., :-1] * f[..., 1:]).mean(),
        lambda f: (f[..., :-4] * f[..., 4:]).mean(),
        lambda f: (f[..., :-8] * f[..., 8:]).mean(),
        lambda f: (f[..., :-1, :-4] * f[..., 1:, 4:]).mean(),
    ):
        # 2,000 fields of about four independent regions each: a figure's spread is 0.016 of the variance.
        assert figure(ours) == pytest.approx(figure(smooth), abs=0.06 * smooth.var())


@pytest.mark.parametrize("sigma", [4.0, 30.0])
def test_displacements_are_normal(sigma):
    """Of a normal number .3173, .0455 and .0027 lie beyond 1, 2 and 3 standard deviations."""
    spec = ElasticSpec(sigma=sigma)
    middle = fields(spec, (28, 28), 2_000)[:, :, 14, 14].ravel()
    spread = np.sqrt(spec.alpha**2 / 3) * smoothed_covariance(28, sigma)[0, 0]
    for deviations, share in ((1, 0.3173), (2, 0.0455), (3, 0.0027)):
        # Four standard errors of 4,000.
        error = 4 * np.sqrt(share / 4_000)
        assert np.mean(np.abs(middle) > deviations * spread) == pytest.approx(share, abs=error)


def test_fields_of_two_batches_are_independent():
    made = ElasticFields.of(ElasticSpec(), (28, 28, 1), np.dtype(float))
    first, second = (made.draw(stream(0, "test", batch), 64).ravel() for batch in (0, 1))
    # 6,272 numbers: a correlation's standard error is 0.0126.
    assert abs(np.corrcoef(first, second)[0, 1]) < 4 * 0.0126


def test_down_and_right_are_independent():
    down, right = fields(ElasticSpec(), (28, 28), 1000)
    assert abs((down * right).mean()) < 0.04 * down.var()
