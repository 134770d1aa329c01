"""Images that give their class away by their files or by a mark, and images that do not."""

from itertools import combinations

import numpy as np
import pytest
from PIL import Image

from dlrecipe.data.checks.catalogue import judge
from dlrecipe.data.checks.picture_marks import telling_mark
from dlrecipe.data.checks.pictures import telling_files
from dlrecipe.data.checks.tables import THOROUGH, Part, Tables
from dlrecipe.data.examples import Examples
from dlrecipe.data.sources.images import load_images
from dlrecipe.data.specs import ImagesSource


def tables_of_images(examples, y, classes=("well", "ill")):
    rows = np.arange(len(y))
    parts = {
        name: Part(examples.take(each), y[each], each)
        for name, each in (("train", rows[rows % 4 > 0]), ("dev", rows[rows % 4 == 0]))
    }
    return Tables(parts, "classification", classes, effort=THOROUGH)


def plates(rng, n=200, side=24):
    """Round shadows that say nothing of the class."""
    y, x = np.mgrid[:side, :side]
    centres = rng.uniform(8, 16, (n, 2, 1, 1))
    shadows = 150 * np.exp(-((y - centres[:, 0]) ** 2 + (x - centres[:, 1]) ** 2) / 30)
    return (shadows + rng.uniform(0, 60, (n, side, side))).astype(np.uint8), np.arange(n) // 2 % 2


@pytest.mark.parametrize("colour", [False, True])
def test_a_letter_in_the_corner_of_one_class_is_found_with_its_place(rng, colour):
    images, ill = plates(rng)
    images[ill == 1, 2:5, 3:6] = 255
    shape = (24, 24, 3) if colour else (24, 24)
    matrix = (np.repeat(images[..., None], 3, axis=3) if colour else images).reshape(len(ill), -1)
    found = telling_mark(tables_of_images(Examples("plates", matrix=matrix, feature_shape=shape), ill))
    assert found is not None
    assert 2 <= found.numbers["row"] < 5
    assert 3 <= found.numbers["column"] < 6
    assert (
        f"row {found.numbers['row'] + 1} and column {found.numbers['column'] + 1} of 24x24" in found.evidence
    )


def of_ten(rng):
    """Plates of ten classes."""
    images, _ = plates(rng, n=400)
    return images, np.arange(len(images)) // 4 % 10


def test_a_mark_on_one_class_of_ten_is_found_and_the_class_named(rng):
    images, y = of_ten(rng)
    classes = tuple("abcdefghij")
    plain = Examples("plates", matrix=images.reshape(len(y), -1).copy(), feature_shape=(24, 24))
    assert telling_mark(tables_of_images(plain, y, classes)) is None
    images[y == 3, -4:-1, -4:-1] = 255
    marked = Examples("plates", matrix=images.reshape(len(y), -1), feature_shape=(24, 24))
    found = telling_mark(tables_of_images(marked, y, classes))
    assert found.numbers["class"] == "d"
    assert "alone tells d from the other classes" in found.evidence


def test_a_date_that_is_another_one_in_each_image_is_found_by_what_lies_around_its_pixels(rng):
    images, ill = plates(rng)
    digits = rng.random((int(ill.sum()), 4, 10)) < 0.5
    images[ill == 1, 19:23, 13:23] = np.where(digits, 255, images[ill == 1, 19:23, 13:23])
    examples = Examples("plates", matrix=images.reshape(len(ill), -1), feature_shape=(24, 24))
    found = telling_mark(tables_of_images(examples, ill))
    assert "what lies around the pixel in row" in found.evidence


def test_images_without_a_mark_have_none(rng):
    images, ill = plates(rng)
    examples = Examples("plates", matrix=images.reshape(len(ill), -1), feature_shape=(24, 24))
    assert telling_mark(tables_of_images(examples, ill)) is None


def test_two_digits_differ_in_the_middle_and_have_no_mark():
    from sklearn.datasets import load_digits

    digits = load_digits()
    for pair in combinations(range(0, 10, 2), 2):
        chosen = np.isin(digits.target, pair)
        examples = Examples("digits", matrix=digits.data[chosen], feature_shape=(8, 8))
        assert (
            telling_mark(tables_of_images(examples, (digits.target[chosen] == pair[1]).astype(int))) is None
        )


def write_images(folder, rng, sizes, classes=("well", "ill")):
    for label, (height, width) in sizes.items():
        (folder / label).mkdir(parents=True)
        for i in range(40):
            pixels = rng.integers(0, 255, (height, width), dtype=np.uint8)
            Image.fromarray(pixels).save(folder / label / f"{i}.png")
    examples = load_images(ImagesSource(path=str(folder), size=(8, 8)))
    y = np.array([classes.index(label) for label in examples.target])
    return tables_of_images(examples, y, classes)


def test_a_class_whose_files_have_another_size_is_told_by_it(tmp_path, rng):
    found = telling_files(write_images(tmp_path / "xrays", rng, {"ill": (20, 30), "well": (16, 16)}))
    assert found is not None
    assert found.columns == ["height", "width"]
    assert "well 16, ill 20" in found.evidence


def test_one_class_of_six_whose_files_have_another_size_is_told_from_the_others(tmp_path, rng):
    sizes = dict.fromkeys("abcde", (20, 20)) | {"f": (20, 26)}
    tables = write_images(tmp_path / "animals", rng, sizes, classes=tuple("abcdef"))
    found = telling_files(tables)
    assert found.columns == ["width"]
    assert "tells f from the other classes" in found.evidence
    assert "the others 20, f 26" in found.evidence


def test_files_of_one_kind_tell_nothing(tmp_path, rng):
    assert telling_files(write_images(tmp_path / "xrays", rng, {"ill": (16, 16), "well": (16, 16)})) is None


def test_what_is_wrong_with_images_is_said_of_images_by_their_files(rng):
    pixels = rng.integers(0, 255, (40, 16), dtype=np.uint8)
    pixels[3], y = pixels[2], np.arange(40) % 2
    names = np.array([f"well/{at}.png" for at in range(40)], dtype=object)
    examples = Examples(origin="photos", matrix=pixels, feature_shape=(4, 4), row_names=names)
    found = {each.code: each.evidence for each in judge(tables_of_images(examples, y), quick=True).findings}
    assert "2 images of" in found["conflicting-labels"]
    assert "such as well/2.png, well/3.png:" in found["conflicting-labels"]
    assert "images of dev" in found["small-dev-set"]
