"""Squares of background."""

import numpy as np

from dlrecipe.data.augmentation.specs import CutoutSpec


def test_a_square_about_a_pixel_of_the_image_is_covered_and_nothing_else(change):
    images = np.arange(1, 12 * 9 + 1, dtype=float).reshape(1, 12, 9).repeat(2000, axis=0)
    changed, _ = change([CutoutSpec(size=3)], images, background=0)
    middles = np.zeros((12, 9))
    for image, result in zip(images, changed, strict=True):
        rows, columns = np.nonzero(result == 0)
        covered = np.zeros((12, 9), bool)
        covered[rows.min() : rows.max() + 1, columns.min() : columns.max() + 1] = True
        np.testing.assert_array_equal(result, np.where(covered, 0, image))
        # A square that begins at the border is one whose middle is nearer to it than one and a half pixels.
        row = rows.max() - 1 if rows.min() == 0 else rows.min() + 1
        column = columns.max() - 1 if columns.min() == 0 else columns.min() + 1
        middles[row, column] += 1
    # 108 places, 2,000 squares: 18.5 each with a standard deviation of 4.3 (binomial); 5 of them allowed.
    assert np.abs(middles - 2000 / 108).max() < 5 * 4.3


def test_a_probability_is_the_share_of_examples(change):
    images = np.ones((4000, 8, 8))
    changed, _ = change([CutoutSpec(size=2, probability=0.3)], images, background=0)
    assert abs(np.any(changed == 0, axis=(1, 2)).sum() - 1200) < 5 * 29


def test_what_comes_before_it_in_the_list_is_covered_and_what_comes_after_moves_it(change, images):
    from dlrecipe.data.augmentation.specs import FlipSpec

    flip, cut = FlipSpec(probability=1), CutoutSpec(size=4)
    after, drawn_after = change([cut, flip], images, background=-1)
    [_, squares] = change([flip, cut], images, background=-1)[1]
    for image, result, corner in zip(images, after, drawn_after[0].corners, strict=True):
        rows, columns = (slice(max(first, 0), first + 4) for first in corner)
        expected = image.astype(float)
        expected[rows, columns] = -1
        np.testing.assert_array_equal(result, expected[:, ::-1])
    assert squares.corners.shape == (150, 2)
