"""Targets become class indices or scaled numbers, and come back in the user's units."""

import json

import numpy as np
import pytest
from numpy.typing import NDArray

from dlrecipe.data.specs import TargetNormalization, Task
from dlrecipe.data.targets import TargetCodec, infer_task
from dlrecipe.errors import DataError

F64 = np.dtype(np.float64)
F32 = np.dtype(np.float32)


def labels(*values: str | None) -> NDArray[np.object_]:
    return np.array(values, dtype=object)


def fit(
    target: NDArray[np.generic],
    task: Task | None = None,
    target_normalization: TargetNormalization = "auto",
    names: tuple[str, ...] = ("y",),
) -> TargetCodec:
    return TargetCodec.fit(
        target, task=task, target_normalization=target_normalization, origin="t.csv", target_names=names
    )


@pytest.mark.parametrize(
    ("target", "task"),
    [
        (labels("a", "b"), "classification"),
        (np.repeat(np.arange(10.0), 10), "classification"),
        (np.repeat(np.arange(20.0), 10), "classification"),
        (np.repeat(np.arange(21.0), 10), "regression"),  # one value too many
        (np.repeat(np.arange(10.0), 9), "regression"),  # too few rows of each
        (np.repeat([0.5, 1.5], 50), "regression"),  # not whole
        (np.ones((100, 2)), "regression"),  # several targets
        (np.repeat([0, 1], 50), "classification"),
    ],
)
def test_the_task_is_inferred_from_the_target(target: NDArray[np.generic], task: Task):
    assert infer_task(target) == task


def test_classes_are_sorted_by_number_where_all_are_numbers():
    assert fit(np.repeat([10.0, 9.0, 1.0], 20)).classes == ("1", "9", "10")
    assert fit(labels("10", "9", "1")).classes == ("1", "9", "10")
    assert fit(labels("b", "10", "a")).classes == ("10", "a", "b")


def test_labels_become_their_place_among_the_classes():
    codec = fit(labels("no", "yes", "no"))
    encoded = codec.encode(labels("yes", "no"), F32)
    assert encoded.dtype == np.int64
    assert encoded.tolist() == [1, 0]
    assert (codec.task, codec.n_outputs) == ("classification", 2)


def test_a_number_keeps_its_class_when_a_split_has_only_whole_ones():
    codec = fit(np.array([1.0, 1.5, 2.0] * 9), task="classification")
    assert codec.classes == ("1", "1.5", "2")
    assert codec.encode(np.array([1.0, 2.0]), F32).tolist() == [0, 2]


def test_labels_that_train_has_not_are_named():
    with pytest.raises(
        DataError, match=r"2 labels that train does not have: '>50K.' \(2 rows\), 'x'"
    ) as raised:
        fit(labels("<=50K", ">50K")).encode(labels(">50K.", "x", ">50K."), F32, origin="test.csv")
    assert raised.value.where == "test.csv"
    assert "target_suffix" in raised.value.remedy


@pytest.mark.parametrize("dtype", [F32, F64])
def test_numbers_are_standardised_with_train_and_come_back(dtype: np.dtype[np.floating]):
    train, dev = np.array([2.0, 4.0, 6.0, 8.0]), np.array([5.0, 100.0])
    codec = fit(train)
    encoded = codec.encode(dev, dtype)
    assert encoded.dtype == dtype
    # mean 5, variance 5
    np.testing.assert_allclose(encoded, [[0], [95 / np.sqrt(5)]], rtol=1e-6, atol=1e-6)
    np.testing.assert_allclose(codec.decode_numbers(encoded), dev[:, None], rtol=1e-6)


def test_several_targets_are_scaled_each_on_its_own():
    train = np.column_stack([np.arange(10.0), 1e6 * np.arange(10.0) ** 2])
    codec = fit(train, names=("a", "b"))
    y = codec.encode(train, F64)
    np.testing.assert_allclose(y.mean(axis=0), 0, atol=1e-12)
    np.testing.assert_allclose(y.std(axis=0), 1)
    assert codec.n_outputs == 2
    np.testing.assert_allclose(codec.decode_numbers(y), train)


def test_target_normalization_none_leaves_the_numbers():
    codec = fit(np.array([2.5, 4.0]), target_normalization="none")
    np.testing.assert_array_equal(codec.encode(np.array([7.0]), F64), [[7.0]])


@pytest.mark.parametrize(
    ("target", "task", "words"),
    [
        (labels("a", "a"), None, "the target 'y' is constant"),
        (np.full(40, 3.0), "regression", "the target 'y' is constant"),
        (np.full(40, 3.0), "classification", "the target 'y' is constant"),
        (np.full(5, 0.1) + np.tile([0, 1e-17], 3)[:5], "regression", "constant"),
        (np.linspace(0, 1, 500), "classification", "500 different numbers in 500 examples"),
        (labels("a", "b"), "regression", "holds labels such as 'a'"),
        (labels("a", None), None, "missing or not a finite number in 1 of 2"),
        (np.array([1.0, np.nan, np.inf]), None, "in 2 of 3 examples; the first is example 2"),
        (np.array([1e300, -1e300]), "regression", "too large"),
        (np.zeros((9, 2)), "classification", "2 targets cannot be one class"),
        (np.zeros(0), None, "no training examples"),
    ],
)
def test_a_target_that_cannot_be_learned_is_refused(
    target: NDArray[np.generic], task: Task | None, words: str
):
    with pytest.raises(DataError, match=words) as raised:
        fit(target, task=task)
    assert raised.value.where == "t.csv"
    assert raised.value.remedy


def test_one_constant_target_of_several_is_named():
    with pytest.raises(DataError, match="the target 'b' is constant"):
        fit(np.column_stack([np.arange(9.0), np.ones(9)]), names=("a", "b"))


def test_later_targets_are_checked_too():
    codec = fit(np.array([2.5, 4.0]))
    for bad, words in [(np.array([np.nan]), "missing"), (np.array([1e39]), "too large for float32")]:
        with pytest.raises(DataError, match=words):
            codec.encode(bad, F32)
    with pytest.raises(DataError, match="2 targets, where 1 are expected") as raised:
        codec.encode(np.ones((3, 2)), F32)
    assert "the same targets as in training: y" in raised.value.remedy


@pytest.mark.parametrize("target", [labels("a", "b"), np.array([1.0, 2.5])])
def test_the_state_makes_the_same_codec(target: NDArray[np.generic]):
    codec = fit(target)
    meta, arrays = codec.to_state()
    again = TargetCodec.from_state(json.loads(json.dumps(meta)), arrays)
    np.testing.assert_array_equal(again.encode(target, F64), codec.encode(target, F64))
    assert (again.task, again.classes, again.target_names) == (codec.task, codec.classes, codec.target_names)


def test_a_damaged_state_is_refused():
    meta, arrays = fit(np.array([1.0, 2.5])).to_state()
    class_meta, class_arrays = fit(labels("a", "b")).to_state()
    damaged = [
        ({}, arrays),
        (meta | {"task": "odd"}, arrays),
        (meta | {"task": "classification"}, arrays),
        (meta | {"target_names": []}, arrays),
        (meta, {}),
        (meta, arrays | {"target_scale": np.zeros(1)}),
        (meta, arrays | {"target_mean": np.zeros(2)}),
        (meta, arrays | {"target_mean": np.array([np.nan])}),
        (class_meta | {"classes": ["a", "a"]}, class_arrays),
    ]
    for bad_meta, bad_arrays in damaged:
        with pytest.raises(ValueError, match="not the state of a target"):
            TargetCodec.from_state(bad_meta, bad_arrays)
