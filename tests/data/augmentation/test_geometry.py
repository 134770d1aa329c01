"""What moves pixels, against scipy.ndimage, Pillow and NumPy's own slicing."""

from dataclasses import replace

import numpy as np
import pytest
from PIL import Image
from scipy import ndimage

from dlrecipe.data.augmentation import pixels
from dlrecipe.data.augmentation.canvas import Canvas
from dlrecipe.data.augmentation.specs import (
    CropSpec,
    CutoutSpec,
    ElasticSpec,
    FlipSpec,
    RotationSpec,
    ShiftSpec,
    ZoomSpec,
)
from dlrecipe.data.augmentation.warp import Displacements, Warp

ALWAYS = FlipSpec(probability=1)
GEOMETRIC = [
    ALWAYS,
    ShiftSpec(pixels=3),
    RotationSpec(degrees=40),
    ZoomSpec(low=0.6, high=1.7),
    CropSpec(share=0.5),
    ElasticSpec(alpha=20, sigma=2),
]
NAMES = [spec.type for spec in GEOMETRIC]


def sampled(image, rows, columns, background):
    """Return scipy's bilinear interpolation, with pixels of background all around the image."""
    places = [rows, columns]
    return ndimage.map_coordinates(
        image.astype(float), places, order=1, mode="grid-constant", cval=background
    )


def from_the_corner(own, shape):
    """Return a map whose coordinates count from the first pixel, not from the middle of the image."""
    to_corner = np.eye(3)
    to_corner[:2, 2] = (np.array(shape[:2]) - 1) / 2
    return to_corner @ own @ np.linalg.inv(to_corner)


def test_a_flip_exchanges_left_and_right(change, images):
    flipped, _ = change([ALWAYS], images)
    np.testing.assert_array_equal(flipped, images[:, :, ::-1])


@pytest.mark.parametrize("dtype", ["float32", "float64"])
def test_flipping_twice_changes_nothing(change, images, dtype):
    np.testing.assert_array_equal(change([ALWAYS, ALWAYS], images, dtype=dtype)[0], images)


def test_a_shift_is_scipys_shift_by_whole_pixels(change, images):
    shifted, [drawn] = change([ShiftSpec(pixels=4)], images, background=50)
    moves = -drawn.maps[:, :2, 2]
    np.testing.assert_array_equal(np.unique(moves), np.arange(-4, 5))
    for image, result, move in zip(images, shifted, moves, strict=True):
        expected = ndimage.shift(image.astype(float), move, order=0, mode="constant", cval=50)
        np.testing.assert_array_equal(result, expected)


def test_a_rotation_is_scipys_rotation_about_the_centre(change, images):
    rotated, [drawn] = change([RotationSpec(degrees=60)], images, background=50)
    angles = np.degrees(np.arctan2(drawn.maps[:, 0, 1], drawn.maps[:, 0, 0]))
    assert np.abs(angles).max() <= 60
    # 150 draws from ±60: the farthest on either side lies within 10 of the bound, but for (11/12)^150 = 2e-6.
    assert angles.min() < -50
    assert angles.max() > 50
    for image, result, angle in zip(images, rotated, angles, strict=True):
        expected = ndimage.rotate(
            image.astype(float), angle, reshape=False, order=1, mode="grid-constant", cval=50
        )
        np.testing.assert_allclose(result, expected, atol=1e-9)


def test_a_quarter_turn_is_numpys():
    maps = np.array([[[0.0, 1, 0], [-1, 0, 0], [0, 0, 1]]])
    image, turned = np.arange(36.0).reshape(6, 6), np.empty((1, 1, 6, 6))
    warp = Warp([RotationSpec()], (6, 6, 1), image.dtype)
    canvas = Canvas.empty(1, (6, 6, 1), np.zeros(1), image.dtype)
    canvas.put(image.reshape(1, -1))
    warp.apply(canvas, Displacements(maps, ()), warp.memory(1), turned)
    np.testing.assert_array_equal(turned[0, 0], np.rot90(image))


def test_a_zoom_is_scipys_zoom_about_the_centre(change, images):
    zoomed, [drawn] = change([ZoomSpec(low=0.5, high=2)], images, background=50)
    factors = 1 / drawn.maps[:, 0, 0]
    assert 0.5 <= factors.min() < 0.6
    assert 1.9 < factors.max() <= 2
    for image, result, factor in zip(images, zoomed, factors, strict=True):
        centre = (np.array(image.shape) - 1) / 2
        expected = ndimage.affine_transform(
            image.astype(float),
            np.eye(2) / factor,
            centre - centre / factor,
            order=1,
            mode="grid-constant",
            cval=50,
        )
        np.testing.assert_allclose(result, expected, atol=1e-9)


def test_a_crop_is_pillows_enlargement_of_a_part(change, images):
    cropped, [drawn] = change([CropSpec(share=0.5)], images)
    height, width = images.shape[1:]
    for image, result, own in zip(images, cropped, drawn.maps, strict=True):
        own = from_the_corner(own, (height, width))
        share = own[0, 0]
        top, left = own[:2, 2] - 0.5 * (share - 1)
        box = (left, top, left + share * width, top + share * height)
        assert 0.5 <= share <= 1
        assert top >= 0
        assert left >= 0
        assert box[2] <= width + 1e-9
        assert box[3] <= height + 1e-9
        end = np.minimum(box[2:], (width, height))  # It may be an ulp more.
        picture = Image.fromarray(image.astype(np.float32))
        expected = np.asarray(
            picture.resize((width, height), Image.Resampling.BILINEAR, box=(*box[:2], *end))
        )
        # Pillow repeats the image's outermost pixels, where here background begins.
        rows, columns = (share * np.arange(n) + own[axis, 2] for axis, n in enumerate((height, width)))
        inside = np.ix_((rows >= 0) & (rows <= height - 1), (columns >= 0) & (columns <= width - 1))
        np.testing.assert_allclose(result[inside], expected[inside], atol=2e-3)


def test_several_are_joined_into_one_interpolation(change, images):
    specs = [ALWAYS, RotationSpec(), ElasticSpec(alpha=20, sigma=2), ZoomSpec(), ShiftSpec(), CropSpec()]
    changed, [drawn] = change(specs, images, background=50)
    [numbers] = drawn.numbers
    warp = pixels.PixelChanges(specs, (12, 9, 1), np.zeros(1), np.dtype(float)).changes[0]
    [field] = warp.fields
    rows, columns = np.indices((12, 9))
    for i, (image, own) in enumerate(zip(images, drawn.maps, strict=True)):
        own = from_the_corner(own, image.shape)
        down, right = (field.rows @ numbers[axis, :, i] @ field.columns for axis in (0, 1))
        expected = sampled(
            image,
            own[0, 0] * rows + own[0, 1] * columns + own[0, 2] + down,
            own[1, 0] * rows + own[1, 1] * columns + own[1, 2] + right,
            50,
        )
        np.testing.assert_allclose(changed[i], expected, atol=1e-9)


@pytest.mark.parametrize("flip_first", [True, False])
def test_changes_follow_the_order_of_the_list(change, images, flip_first):
    """A flip and a shift by whole pixels lose nothing, so doing one after the other must give the same."""
    shift = ShiftSpec(pixels=2)
    joined, [drawn] = change([ALWAYS, shift] if flip_first else [shift, ALWAYS], images)
    alone, _ = change([ShiftSpec(pixels=2)], images)
    for image, result, own in zip(images, joined, drawn.maps, strict=True):
        # After a flip the columns' part of the map has the opposite sign: the shift is of the mirrored image.
        own = from_the_corner(own, image.shape)
        first = image[:, ::-1] if flip_first else image
        right = own[1, 2] - 8 if flip_first else 8 - own[1, 2]
        moved = ndimage.shift(first.astype(float), (-own[0, 2], right), order=0, mode="constant")
        np.testing.assert_array_equal(result, moved if flip_first else moved[:, ::-1])
    assert not np.array_equal(joined, alone)


@pytest.mark.parametrize("spec", [*GEOMETRIC, CutoutSpec(size=4)], ids=[*NAMES, "cutout"])
def test_background_stays_background_and_no_new_shade_appears(change, spec):
    plain = np.full((70, 12, 9), 255, np.uint8)
    np.testing.assert_array_equal(change([spec], plain, background=255, dtype="float32")[0], 255)


@pytest.mark.parametrize("spec", GEOMETRIC, ids=NAMES)
def test_a_probability_is_the_share_of_examples_and_the_others_stay_as_they_are(change, spec):
    images = np.random.default_rng(1).integers(0, 256, (4000, 7, 7)).astype(np.uint8)
    changed, _ = change([replace(spec, probability=0.3)], images, dtype="float32")
    differs = np.any(changed != images, axis=(1, 2))
    # Binomial: 1,200 of 4,000 with a standard deviation of 29; 5 of them allowed. Of the shifts by up to
    # three pixels each way one in 49 goes nowhere.
    expected = 1200 * (48 / 49 if spec.type == "shift" else 1)
    assert abs(differs.sum() - expected) < 5 * 29


@pytest.mark.parametrize("spec", GEOMETRIC, ids=NAMES)
def test_each_channel_moves_as_a_grey_image_does(change, images, spec):
    colour = np.stack([images, 255 - images, images // 2], axis=3)
    changed, _ = change([spec], colour)
    for channel in range(3):
        np.testing.assert_allclose(changed[..., channel], change([spec], colour[..., channel])[0], atol=1e-9)


@pytest.mark.parametrize("chunk_pixels", [1, 1000, 10**5])
def test_it_does_not_matter_how_many_images_are_changed_at_a_time(change, images, monkeypatch, chunk_pixels):
    expected, _ = change([RotationSpec(), CutoutSpec(size=3), ElasticSpec()], images)
    monkeypatch.setattr(pixels, "CHUNK_PIXELS", chunk_pixels)
    result, _ = change([RotationSpec(), CutoutSpec(size=3), ElasticSpec()], images)
    np.testing.assert_allclose(result, expected, atol=1e-9)


def test_single_precision_is_precise_to_a_thousandth_of_a_shade(change, images):
    specs = [RotationSpec(), ElasticSpec(alpha=20, sigma=2), ZoomSpec()]
    double, [drawn] = change(specs, images)
    changes = pixels.PixelChanges(specs, (12, 9, 1), np.zeros(1), np.dtype("float32"))
    single = np.empty((150, 108), np.float32)
    same = replace(drawn, numbers=tuple(numbers.astype(np.float32) for numbers in drawn.numbers))
    changes.apply(images.reshape(150, -1), [same], single)
    # A place is rounded to 2**-24 · 16 = 1e-6 pixels, and neighbouring shades differ by up to 255.
    np.testing.assert_allclose(single.reshape(double.shape), double, atol=2e-3)
