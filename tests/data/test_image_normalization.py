"""Each image by its own values: agreement with scikit-learn's scalers on the transposed matrix."""

import numpy as np
import pytest
from sklearn.preprocessing import MinMaxScaler, RobustScaler, StandardScaler

from dlrecipe.data.image_normalization import KINDS, normalize_images

REFERENCES = {
    "center": StandardScaler(with_std=False),
    "standard": StandardScaler(),
    "minmax": MinMaxScaler(),
    "robust": RobustScaler(),
}


def normalized(images, kind):
    out = np.empty(images.shape)
    normalize_images(images, out, kind)
    return out


@pytest.mark.parametrize("kind", REFERENCES)
def test_each_row_is_scaled_as_scikit_learn_scales_a_column(kind):
    images = np.random.default_rng(0).integers(0, 256, (30, 64)).astype(np.uint8)
    expected = REFERENCES[kind].fit_transform(images.T.astype(float)).T
    np.testing.assert_allclose(normalized(images, kind), expected, rtol=1e-9, atol=1e-9)


@pytest.mark.parametrize("kind", REFERENCES)
def test_an_image_of_one_shade_becomes_zero(kind):
    assert not normalized(np.full((2, 16), 93, np.uint8), kind).any()


@pytest.mark.parametrize("kind", ["standard", "minmax", "robust"])
def test_brightness_and_contrast_make_no_difference(kind):
    images = np.random.default_rng(1).random((5, 25))
    np.testing.assert_allclose(normalized(images * 3 + 40, kind), normalized(images, kind), atol=1e-9)


def test_every_kind_has_a_reference():
    assert set(KINDS) == set(REFERENCES)
