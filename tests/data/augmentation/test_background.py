"""What comes into an image from outside is what its border looks like."""

import numpy as np
import pytest

from dlrecipe.data.augmentation.canvas import background_of


@pytest.mark.parametrize("value", [0, 255, 17.5, -0.42])
def test_the_background_is_what_most_of_the_border_is(value):
    images = np.full((40, 6, 5), value)
    images[:, 2:4, 1:4] = 99
    images[:10, 0, :] = 99
    assert background_of(images.reshape(40, -1), (6, 5, 1)) == [value]


def test_each_channel_has_its_own():
    images = np.zeros((7, 6, 5, 3), np.uint8)
    images[...] = (10, 20, 250)
    images[:, 2:4, 2:4] = 0
    np.testing.assert_array_equal(background_of(images.reshape(7, -1), (6, 5, 3)), [10, 20, 250])


def test_digits_are_white_on_black():
    from sklearn.datasets import load_digits

    assert background_of(load_digits().data, (8, 8, 1)) == [0]
