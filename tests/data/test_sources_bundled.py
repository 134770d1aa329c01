"""scikit-learn's bundled sets: sizes as scikit-learn documents them, classes as words."""

from importlib.machinery import ModuleSpec

import numpy as np
import pytest

from dlrecipe.data.sources import bundled
from dlrecipe.data.sources.bundled import load_bundled
from dlrecipe.data.specs import BundledSource


# Sizes and class counts: scikit-learn's user guide, "Toy datasets".
@pytest.mark.parametrize(
    ("name", "shape", "classes"),
    [
        ("digits", (1797, 64), {}),
        ("iris", (150, 4), {"setosa": 50, "versicolor": 50, "virginica": 50}),
        ("wine", (178, 13), {"class_0": 59, "class_1": 71, "class_2": 48}),
        ("breast_cancer", (569, 30), {"malignant": 212, "benign": 357}),
    ],
)
def test_classes_come_as_words_with_the_published_counts(name, shape, classes):
    examples = load_bundled(BundledSource(type=name))
    assert examples.matrix.shape == shape
    assert examples.target.dtype == object
    found = dict(zip(*np.unique(examples.target, return_counts=True), strict=True))
    assert set(found) == set(examples.class_names)
    assert classes.items() <= found.items()


def test_digits_are_8_by_8_images_labelled_by_digit():
    digits = load_bundled(BundledSource(type="digits"))
    assert digits.feature_shape == (8, 8)
    assert digits.class_names == tuple("0123456789")
    # The first three rows are a 0, a 1 and a 2 (scikit-learn's own documentation shows them).
    assert digits.target[:3].tolist() == ["0", "1", "2"]


def test_diabetes_is_in_the_units_it_was_measured_in():
    diabetes = load_bundled(BundledSource(type="diabetes"))
    assert diabetes.target.dtype == np.float64
    assert diabetes.class_names is None
    # Efron et al. 2004, table 1: the first patient is 59, of sex 2, with a BMI of 32.1 and Y = 151.
    assert diabetes.matrix[0, :3].tolist() == [59, 2, 32.1]
    assert diabetes.target[0] == 151
    assert diabetes.feature_names[:3] == ("age", "sex", "bmi")


# scikit-learn's own loaders are the independent reading.
@pytest.mark.parametrize("name", ["digits", "iris", "wine", "breast_cancer", "diabetes"])
def test_the_files_are_read_as_scikit_learn_reads_them(name):
    from sklearn import datasets

    read = load_bundled(BundledSource(type=name))
    options = {"scaled": False} if name == "diabetes" else {}
    theirs = getattr(datasets, f"load_{name}")(**options)
    assert np.array_equal(read.matrix, theirs.data)
    assert read.feature_names == tuple(map(str, theirs.feature_names))
    if name == "diabetes":
        assert np.array_equal(read.target, theirs.target)
    else:
        assert read.class_names == tuple(map(str, theirs.target_names))
        assert read.target.tolist() == [str(theirs.target_names[each]) for each in theirs.target]


def test_without_the_files_scikit_learn_reads_them_itself(monkeypatch):
    monkeypatch.setattr(bundled, "find_spec", lambda _: ModuleSpec("sklearn", None, is_package=True))
    assert load_bundled(BundledSource(type="digits")).matrix.shape == (1797, 64)
