"""Batches of changed examples: a function of seed, epoch and batch, whoever makes them and when."""

import threading
import tracemalloc
from typing import get_args

import numpy as np
import pytest

from dlrecipe.data.augmentation import batches as module
from dlrecipe.data.augmentation.batches import AugmentedBatches
from dlrecipe.data.augmentation.specs import (
    CropSpec,
    CutoutSpec,
    ElasticSpec,
    FlipSpec,
    MixupSpec,
    NoiseSpec,
    RotationSpec,
    ShiftSpec,
    ZoomSpec,
)
from dlrecipe.data.batches import PlainBatches
from dlrecipe.data.examples import Examples
from dlrecipe.data.preparation import prepare
from dlrecipe.data.specs import ArraySource, DataSpec, NormalizationName

EVERYTHING = (
    FlipSpec(), ShiftSpec(pixels=1), RotationSpec(), ZoomSpec(), CropSpec(), CutoutSpec(size=2),
    ElasticSpec(), NoiseSpec(), MixupSpec(),
)  # fmt: skip
PIXELS = tuple(spec for spec in EVERYTHING if not isinstance(spec, NoiseSpec | MixupSpec))
SIZE = 32


@pytest.fixture(scope="module")
def archive(tmp_path_factory):
    """Return an .npz of 300 images of bytes, 8 by 7, most of them with a dark border, and ten classes."""
    rng = np.random.default_rng(0)
    images = np.zeros((300, 8, 7), np.uint8)
    images[:, 2:6, 2:5] = rng.integers(0, 256, (300, 4, 3))
    path = tmp_path_factory.mktemp("images") / "images.npz"
    np.savez(path, x=images, y=np.arange(300) % 10)
    return path


def prepared(archive, augmentation, normalization="standard", dtype="float32", task=None):
    spec = DataSpec(source=ArraySource(path=str(archive)))
    return prepare(
        spec, task=task, normalization=normalization, target_normalization="auto", seed=0,
        dtype=np.dtype(dtype), augmentation=augmentation,
    )  # fmt: skip


def source(data, augmentation, *, seed=0, size=SIZE, workers=1, n_parts=1):
    return AugmentedBatches(
        augmentation, data.splits["train"], data.images, data.fitted, seed=seed, size=size, workers=workers,
        n_parts=n_parts,
    )  # fmt: skip


def taken(batches, place, n=SIZE, features=56):
    """Return a batch's X and y."""
    X = np.empty((n, features), np.float32)
    y = np.empty((n, *batches.y_like.shape[1:]), batches.y_like.dtype)
    batches.fill(X, y, *place)
    return X, y


def sizes(n=180, size=SIZE):
    return [min(size, n - start) for start in range(0, n, size)]


def two_epochs(batches):
    """Return all bytes of two epochs' batches, in order."""
    return [
        part.tobytes()
        for epoch in (1, 2)
        for batch, n in enumerate(sizes())
        for part in taken(batches, (epoch, batch), n)
    ]


@pytest.fixture(scope="module")
def everything(archive):
    return prepared(archive, EVERYTHING)


@pytest.mark.parametrize("workers", [1, 2, 5])
def test_batches_made_ahead_are_those_made_at_once_whatever_the_number_of_threads(everything, workers):
    at_once = two_epochs(source(everything, EVERYTHING))
    with source(everything, EVERYTHING, workers=workers) as ahead:
        assert two_epochs(ahead) == at_once


def test_parts_of_a_batch_are_those_of_the_whole_and_unlike_each_other(everything):
    whole = taken(source(everything, EVERYTHING, n_parts=2), (1, 2))
    with source(everything, EVERYTHING, n_parts=2) as ahead:
        for made, wanted in zip(taken(ahead, (1, 2)), whole, strict=True):
            np.testing.assert_array_equal(made, wanted)
    X, y = (np.full_like(each, np.nan) for each in whole)
    parts = source(everything, EVERYTHING, n_parts=2)
    parts.fill(X, y, 1, 2, slice(16, 32))
    assert np.isnan(X[:16]).all(), "nothing is written outside the part"
    parts.fill(X, y, 1, 2, slice(0, 16))
    np.testing.assert_array_equal(X, whole[0])
    np.testing.assert_array_equal(y, whole[1])


def test_the_parts_of_a_batch_are_changed_in_different_ways(archive):
    noise = (NoiseSpec(std=1.0, probability=1.0),)
    data = prepared(archive, noise)
    changed = taken(source(data, noise, n_parts=2), (1, 0))[0]
    noises = np.round(changed - taken(PlainBatches(data.splits["train"], 0, SIZE), (1, 0))[0], 3)
    assert not np.array_equal(noises[:16], noises[16:])


@pytest.mark.parametrize("place", [(1, 3), (7, 0), (2, 5)])
def test_a_batch_in_the_middle_is_the_same_whether_or_not_others_came_before_it(everything, place):
    n = sizes()[place[1]]
    expected = taken(source(everything, EVERYTHING), place, n)
    with source(everything, EVERYTHING) as resumed:
        for result, wanted in zip(taken(resumed, place, n), expected, strict=True):
            np.testing.assert_array_equal(result, wanted)
        taken(resumed, (9, 1))  # Out of order, with batches of another place under way.
        for result, wanted in zip(taken(resumed, place, n), expected, strict=True):
            np.testing.assert_array_equal(result, wanted)


def test_another_batch_epoch_or_seed_is_changed_in_another_way(archive):
    """One example a batch, so that only the change can differ: its noise."""
    noise = (NoiseSpec(std=1.0),)
    data = prepared(archive, noise)
    train = data.splits["train"]
    made = {
        (seed, *place): taken(source(data, noise, seed=seed, size=1), place, 1)[0]
        for seed in (0, 1)
        for place in ((1, 0), (1, 1), (2, 0))
    }
    plain = {key: taken(PlainBatches(train, key[0], 1), key[1:], 1)[0] for key in made}
    noises = [np.round(made[key] - plain[key], 3).tobytes() for key in made]
    assert len(set(noises)) == len(noises)


def test_the_examples_and_their_order_are_those_of_training_without_augmentation(archive):
    labels = prepared(archive, PIXELS)
    plain = PlainBatches(labels.splits["train"], 0, SIZE)
    with source(labels, PIXELS) as changed:
        for batch, n in enumerate(sizes()):
            np.testing.assert_array_equal(taken(changed, (3, batch), n)[1], taken(plain, (3, batch), n)[1])


def test_the_examples_themselves_are_never_written_to(everything):
    before = everything.splits["train"].X.copy(), everything.splits["train"].y.copy()
    two_epochs(source(everything, EVERYTHING))
    np.testing.assert_array_equal(everything.splits["train"].X, before[0])
    np.testing.assert_array_equal(everything.splits["train"].y, before[1])


@pytest.mark.parametrize("normalization", get_args(NormalizationName))
@pytest.mark.parametrize("dtype", ["float32", "float64"])
def test_a_change_is_normalized_as_an_image_that_looks_so(archive, normalization, dtype):
    """A shift by whole pixels can be made by hand: the images, moved, through the run's own preprocessing."""
    shift = (ShiftSpec(pixels=2),)
    data = prepared(archive, shift, normalization, dtype)
    batches = source(data, shift)
    X = np.empty((SIZE, 56), dtype)
    batches.fill(X, np.empty(SIZE, np.int64), 1, 0)
    rows = data.splits["train"].rows[module.BatchRows(0, 180, SIZE).of(1, 0)]
    images = np.load(archive)["x"][rows].astype(float)
    candidates = np.array(
        [np.roll(np.pad(images, ((0, 0), (3, 3), (3, 3))), move, (1, 2))[:, 3:-3, 3:-3].reshape(SIZE, -1)
         for move in ((down, right) for down in range(-2, 3) for right in range(-2, 3))]
    )  # fmt: skip
    ready = [
        data.fitted.preprocessor.transform(Examples(origin="", matrix=each), np.dtype(dtype))
        for each in candidates
    ]
    distance = np.abs(np.array(ready) - X).max(axis=2)
    assert distance.min(axis=0).max() < (2e-5 if dtype == "float32" else 1e-9)
    assert len(set(distance.argmin(axis=0))) > 10


def test_a_pixel_that_is_dark_in_train_does_not_blow_up_when_something_is_shifted_there(archive):
    shift = (ShiftSpec(pixels=2),)
    data = prepared(archive, shift)
    with source(data, shift) as batches:
        largest = max(np.abs(taken(batches, (1, batch), n)[0]).max() for batch, n in enumerate(sizes()))
    # In standard deviations of what training sees; normalized by the images as they are, a border pixel would
    # have a spread of 0 and be lost.
    assert 2 < largest < 12
    assert (data.fitted.preprocessor.scaling.factor > 0).all()


def test_dev_and_test_are_normalized_like_train_and_not_changed(archive):
    data = prepared(archive, EVERYTHING)
    images = np.load(archive)["x"].reshape(300, -1)
    for split in data.splits.values():
        wanted = Examples(origin="", matrix=images[split.rows])
        np.testing.assert_array_equal(
            split.X, data.fitted.preprocessor.transform(wanted, np.dtype(np.float32))
        )


def test_no_thread_is_left_behind(everything):
    before = threading.active_count()
    with source(everything, EVERYTHING, workers=2) as batches:
        taken(batches, (1, 0))
        assert threading.active_count() > before
    assert threading.active_count() == before


@pytest.mark.parametrize("error", [KeyboardInterrupt, ValueError])
def test_no_thread_is_left_behind_when_the_loop_is_broken_off(everything, error):
    before = threading.active_count()
    batches = source(everything, EVERYTHING)

    def break_off():
        with batches:
            taken(batches, (1, 0))
            raise error

    with pytest.raises(error):
        break_off()
    assert threading.active_count() == before


def test_an_error_in_a_worker_is_an_error_of_the_loop(everything, monkeypatch):
    batches = source(everything, EVERYTHING)

    def fail(*_):
        raise MemoryError("no room")

    monkeypatch.setattr(module, "mix_up", fail)
    before = threading.active_count()
    with pytest.raises(MemoryError, match="no room"), batches:
        taken(batches, (1, 0))
    assert threading.active_count() == before


def test_memory_does_not_grow_with_the_number_of_batches(everything):
    with source(everything, EVERYTHING) as batches:
        two_epochs(batches)
        tracemalloc.start()
        try:
            for epoch in range(3, 9):
                for batch, n in enumerate(sizes()):
                    taken(batches, (epoch, batch), n)
            grown = tracemalloc.get_traced_memory()[0]
        finally:
            tracemalloc.stop()
    # 36 batches of 32 · 56 float32 would be 258 kB.
    assert grown < 50_000


def test_mixup_turns_labels_into_shares_of_the_classes(everything):
    batches = source(everything, EVERYTHING)
    assert batches.mixes_labels
    _, shares = taken(batches, (1, 0))
    np.testing.assert_allclose(shares.sum(axis=1), 1, rtol=1e-6)
    own = taken(source(everything, PIXELS), (1, 0))[1]
    # Most examples are mostly themselves: the mean of max(λ, 1 - λ) of Beta(0.2, 0.2) is 0.9.
    assert np.mean(shares.argmax(axis=1) == own) > 0.3
    assert shares.max(axis=1).mean() > 0.8


def test_numbers_to_predict_stay_numbers(archive):
    mixup = (MixupSpec(alpha=1.0),)
    data = prepared(archive, mixup, task="regression")
    batches = source(data, mixup)
    assert not batches.mixes_labels
    _, y = taken(batches, (1, 0))
    plain = data.splits["train"].y
    assert plain.min() <= y.min()
    assert y.max() <= plain.max()
    assert not np.isin(y, plain).all()


def test_all_examples_in_one_batch_are_changed_as_well(archive):
    data = prepared(archive, PIXELS)
    one, other = (taken(source(data, PIXELS, size=180), (epoch, 0), 180)[0] for epoch in (1, 2))
    assert not np.array_equal(one, data.splits["train"].X)
    assert not np.array_equal(one, other)
