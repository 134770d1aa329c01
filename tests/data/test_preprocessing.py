"""Raw inputs become the engine's matrix, with what was learned from train alone."""

import json
import tracemalloc
from dataclasses import replace

import numpy as np
import pytest
from numpy.typing import NDArray
from sklearn.impute import SimpleImputer
from sklearn.preprocessing import OneHotEncoder, StandardScaler

from dlrecipe.data.column_encoding import MAX_CATEGORIES
from dlrecipe.data.examples import Column, Examples, Kind
from dlrecipe.data.preprocessing import Preprocessor
from dlrecipe.data.specs import Normalization
from dlrecipe.errors import DataError

F64 = np.dtype(np.float64)
F32 = np.dtype(np.float32)
NORMALIZATIONS: tuple[Normalization, ...] = ("none", "center", "standard", "minmax", "robust", "quantile")


def table(*columns: tuple[str, Kind, list[object]]) -> Examples:
    made = [
        Column(name, kind, np.array(values, dtype=object if kind == "categorical" else np.float64))
        for name, kind, values in columns
    ]
    return Examples("t.csv", columns=tuple(made))


def mixed(seed: int = 0, n: int = 60) -> Examples:
    rng = np.random.default_rng(seed)
    age = rng.normal(40, 10, n)
    age[::7] = np.nan
    colour = [None if i % 11 == 0 else ["red", "blue", "green"][i % 3] for i in range(n)]
    return table(
        ("age", "numeric", list(age)),
        ("ok", "boolean", [i % 2 for i in range(n)]),
        ("c", "categorical", colour),
    )


def state_bytes(fitted: Preprocessor) -> str:
    meta, arrays = fitted.to_state()
    return json.dumps([meta, {name: array.tolist() for name, array in arrays.items()}])


def test_a_table_agrees_with_scikit_learn():
    train, dev = mixed(), mixed(seed=1)
    X = Preprocessor.fit(train, "standard").transform(dev, F64)
    imputer = SimpleImputer(strategy="median", add_indicator=True)
    ages = [examples.columns[0].values[:, None] for examples in (train, dev)]
    scaler = StandardScaler().fit(imputer.fit_transform(ages[0])[:, :1])
    age = imputer.transform(ages[1])
    colours = [
        np.array([v or "zz" for v in e.columns[2].values], dtype=object)[:, None] for e in (train, dev)
    ]
    onehot = OneHotEncoder(sparse_output=False, handle_unknown="ignore").fit(colours[0]).transform(colours[1])
    expected = np.hstack([scaler.transform(age[:, :1]), age[:, 1:], dev.columns[1].values[:, None], onehot])
    np.testing.assert_allclose(X, expected, rtol=1e-12, atol=1e-12)


def test_every_output_column_has_a_name():
    fitted = Preprocessor.fit(mixed(), "standard")
    assert fitted.feature_names == (
        "age",
        "age is missing",
        "ok",
        "c=blue",
        "c=green",
        "c=red",
        "c is missing",
    )
    assert fitted.transform(mixed(), F32).shape == (60, 7)


def test_values_missing_only_later_are_filled_without_an_indicator():
    train = table(
        ("a", "numeric", [1, 2, 9]), ("b", "boolean", [0, 1, 1]), ("c", "categorical", ["u", "v", "u"])
    )
    dev = table(("a", "numeric", [np.nan]), ("b", "boolean", [np.nan]), ("c", "categorical", [None]))
    X = Preprocessor.fit(train, "none").transform(dev, F64)
    np.testing.assert_array_equal(X, [[2, 0.5, 0, 0]])  # the median; halfway; neither u nor v


def test_a_category_that_train_has_not_is_all_zeros():
    fitted = Preprocessor.fit(table(("c", "categorical", ["u", "v"])), "standard")
    np.testing.assert_array_equal(
        fitted.transform(table(("c", "categorical", ["v", "new"])), F64), [[0, 1], [0, 0]]
    )


def test_the_rarest_of_many_categories_are_grouped_as_scikit_learn_groups_them():
    # 150 categories in 1 … 150 rows, so that no tie leaves open which are the rarest.
    values = np.array([f"v{i:03d}" for i in range(150) for _ in range(1 + 37 * i % 150)], dtype=object)
    fitted = Preprocessor.fit(table(("c", "categorical", list(values))), "none")
    reference = OneHotEncoder(
        max_categories=MAX_CATEGORIES, handle_unknown="infrequent_if_exist", sparse_output=False
    ).fit(values[:, None])
    rows = np.array([*values, "unseen"], dtype=object)
    X = fitted.transform(table(("c", "categorical", list(rows))), F64)
    np.testing.assert_array_equal(X, reference.transform(rows[:, None]))
    assert fitted.fan_in == 100
    assert fitted.feature_names[-1] == "c is other"


@pytest.mark.parametrize("normalization", NORMALIZATIONS)
def test_nothing_of_dev_or_test_moves_what_was_fitted(normalization: Normalization):
    # Everything but train is poisoned; had any of it been read, the state would differ.
    examples, rows = mixed(n=90), np.arange(60)
    clean = Preprocessor.fit(examples.take(rows), normalization)
    poisoned = []
    for column in examples.columns:
        values = column.values.copy()
        values[60:] = "poison" if column.kind == "categorical" else 1e6
        poisoned.append(replace(column, values=values))
    fitted = Preprocessor.fit(replace(examples, columns=tuple(poisoned)).take(rows), normalization)
    before = state_bytes(fitted)
    fitted.transform(replace(examples, columns=tuple(poisoned)), F64)
    assert state_bytes(clean) == before == state_bytes(fitted)


@pytest.mark.parametrize("normalization", NORMALIZATIONS)
def test_indicators_truth_values_and_one_hot_columns_stay_0_and_1(normalization: Normalization):
    X = Preprocessor.fit(mixed(), normalization).transform(mixed(), F64)
    assert set(np.unique(X[:, 1:])) == {0.0, 1.0}


def test_a_column_missing_throughout_becomes_a_constant_zero():
    train = table(("a", "numeric", [np.nan] * 3), ("b", "numeric", [1, 2, 3]))
    fitted = Preprocessor.fit(train, "standard")
    assert fitted.feature_names == ("a", "b")
    assert not fitted.transform(train, F64)[:, 0].any()


@pytest.mark.parametrize("normalization", NORMALIZATIONS)
@pytest.mark.parametrize("kind", ["table", "matrix"])
def test_the_state_makes_the_same_preprocessor(normalization: Normalization, kind: str):
    examples = mixed() if kind == "table" else Examples("m", matrix=np.random.default_rng(0).random((50, 4)))
    fitted = Preprocessor.fit(examples, normalization)
    meta, arrays = fitted.to_state()
    again = Preprocessor.from_state(json.loads(json.dumps(meta)), arrays)
    np.testing.assert_array_equal(again.transform(examples, F32), fitted.transform(examples, F32))
    assert again.feature_names == fitted.feature_names


def test_a_damaged_state_is_refused():
    meta, arrays = Preprocessor.fit(mixed(), "quantile").to_state()
    damaged = [
        ({}, arrays),
        (meta | {"normalization": "odd"}, arrays),
        (meta | {"normalization": "standard"}, arrays),
        (meta | {"feature_names": ["age"]}, arrays),
        (meta | {"columns": [{"name": "age"}]}, arrays),
        (meta | {"columns": [{"name": "age", "kind": "numeric", "colour": 1, "categories": []}]}, arrays),
        (meta, {"shift": arrays["shift"]}),
        (meta, arrays | {"shift": np.zeros(9)}),
        (meta, arrays | {"factor": arrays["factor"].astype(np.float32)}),
        (meta, arrays | {"factor": arrays["factor"] * np.nan}),
        (meta, arrays | {"quantiles": arrays["quantiles"][:0]}),
    ]
    for bad_meta, bad_arrays in damaged:
        with pytest.raises(ValueError, match="not the state of a preprocessor"):
            Preprocessor.from_state(bad_meta, bad_arrays)


@pytest.mark.parametrize("dtype", [F32, F64])
def test_images_are_flattened_and_scaled_without_a_float64_copy(dtype: np.dtype[np.floating]):
    images = np.random.default_rng(0).integers(0, 256, (20_000, 8, 25)).astype(np.uint8)
    examples = Examples("images", matrix=images.reshape(20_000, 200), feature_shape=(8, 25))
    fitted = Preprocessor.fit(examples, "standard")
    tracemalloc.start()
    X = fitted.transform(examples, dtype)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert X.dtype == dtype
    assert X.flags.c_contiguous
    np.testing.assert_allclose(X.mean(axis=0, dtype=np.float64), 0, atol=1e-5)
    np.testing.assert_allclose(X.std(axis=0, dtype=np.float64), 1, atol=1e-5)
    assert peak < X.nbytes + 24e6  # two blocks of a million numbers; a float64 copy would be 32 MB more


@pytest.mark.parametrize("bad", [np.nan, np.inf])
def test_a_matrix_with_nan_or_inf_is_refused_with_its_place(bad: float):
    matrix = np.ones((5, 3))
    matrix[3, 1] = bad
    with pytest.raises(DataError, match="feature 2") as raised:
        Preprocessor.fit(Examples("m.npz", matrix=matrix), "standard")
    assert "example 4" in raised.value.where


@pytest.mark.parametrize(("value", "normalization"), [(1e200, "standard"), (1e60, "none")])
def test_numbers_beyond_the_range_of_the_engine_are_refused(value: float, normalization: Normalization):
    examples = Examples("m.npz", matrix=np.array([[value], [-value]]))
    with pytest.raises(DataError, match="too large"):
        Preprocessor.fit(examples, normalization).transform(examples, F32)


def test_inputs_of_another_shape_than_in_training_are_refused():
    matrix: NDArray[np.float64] = np.ones((4, 3))
    fitted = Preprocessor.fit(Examples("m", matrix=matrix), "center")
    with pytest.raises(DataError, match="2 features, where training had 3"):
        fitted.transform(Examples("m", matrix=matrix[:, :2]), F64)
    with pytest.raises(DataError, match="'age' is missing"):
        Preprocessor.fit(mixed(), "none").transform(table(("size", "numeric", [1])), F64)
    with pytest.raises(DataError, match="is categorical, and was numeric"):
        Preprocessor.fit(mixed(), "none").transform(table(("age", "categorical", ["x"])), F64)
    with pytest.raises(DataError, match="where training had a table"):
        Preprocessor.fit(mixed(), "none").transform(Examples("m", matrix=matrix), F64)


def test_no_training_examples_are_refused():
    with pytest.raises(DataError, match="no training examples"):
        Preprocessor.fit(Examples("m", matrix=np.empty((0, 3))), "standard")
