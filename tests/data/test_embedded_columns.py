"""Columns of categories that the network embeds: an index of train's categories, last among the features."""

import json

import numpy as np
import pytest

from dlrecipe.data.column_encoding import EMBEDDED_FROM, RARE
from dlrecipe.data.examples import Column, Examples
from dlrecipe.data.preprocessing import Preprocessor

F64 = np.dtype(np.float64)


def table(**columns):
    made = [
        Column(name, "categorical", np.array(values, dtype=object))
        if isinstance(values[0], str | None)
        else Column(name, "numeric", np.array(values, float))
        for name, values in columns.items()
    ]
    return Examples("t.csv", columns=tuple(made))


def repeated(*values, times=RARE):
    return [value for value in values for _ in range(times)]


def indices(fitted, *values):
    n = len(values)
    others = {column.name: [1.0] * n for column in fitted.columns if column.kind == "numeric"}
    return fitted.transform(table(c=list(values), **others), F64)[:, -1].tolist()


def test_an_index_a_category_in_alphabetical_order_and_one_for_all_that_train_has_not():
    fitted = Preprocessor.fit(table(c=repeated("v", "u", "w")), "standard", ["c"])
    assert indices(fitted, "u", "v", "w", "new", None) == [0, 1, 2, 3, 3]
    assert fitted.embedded[0].rows == 4


def test_rare_categories_share_the_index_of_the_unknown():
    values = [*repeated("u", "v"), *["rare"] * (RARE - 1), "rarer"]
    fitted = Preprocessor.fit(table(c=values), "standard", ["c"])
    assert indices(fitted, "u", "v", "rare", "rarer", "new") == [0, 1, 2, 2, 2]


def test_missing_has_an_index_of_its_own_where_train_shows_it_often_enough():
    often = Preprocessor.fit(table(c=repeated("u", "v", None)), "standard", ["c"])
    assert indices(often, "u", "v", None, "new") == [0, 1, 2, 3]
    rarely = Preprocessor.fit(table(c=[*repeated("u", "v"), None]), "standard", ["c"])
    assert indices(rarely, "u", "v", None, "new") == [0, 1, 2, 2]


@pytest.mark.parametrize("normalization", ["none", "standard", "quantile"])
def test_indices_come_last_and_are_not_scaled(normalization):
    data = table(c=repeated("u", "v"), size=list(range(10)), d=repeated("x", "y", times=5))
    fitted = Preprocessor.fit(data, normalization, ["c"])
    assert fitted.feature_names == ("size", "d=x", "d=y", "c")
    np.testing.assert_array_equal(fitted.transform(data, F64)[:, -1], [0] * 5 + [1] * 5)


def test_auto_takes_the_columns_with_many_categories_whatever_they_are_called():
    many = repeated(*(f"v{i:02d}" for i in range(EMBEDDED_FROM)))
    few = (repeated(*(f"v{i:02d}" for i in range(EMBEDDED_FROM - 1))) + many)[: len(many)]
    fitted = Preprocessor.fit(table(a=many, auto=few), "standard", "auto")
    assert [column.name for column in fitted.embedded] == ["a"]
    swapped = Preprocessor.fit(table(a=few, auto=many), "standard", "auto")
    assert [column.name for column in swapped.embedded] == ["auto"]


def test_auto_leaves_a_column_of_rare_values_one_hot():
    fitted = Preprocessor.fit(table(c=[f"v{i}" for i in range(40)]), "standard", "auto")
    assert fitted.embedded == ()
    assert fitted.fan_in == 40


def test_nothing_is_embedded_unless_asked_for():
    assert Preprocessor.fit(table(c=repeated(*map(str, range(50)))), "standard").embedded == ()


def test_the_state_makes_the_same_preprocessor_through_json():
    data = table(c=repeated("u", "v", None), size=list(range(15)))
    fitted = Preprocessor.fit(data, "standard", ["c"])
    meta, arrays = fitted.to_state()
    again = Preprocessor.from_state(json.loads(json.dumps(meta)), arrays)
    np.testing.assert_array_equal(again.transform(data, F64), fitted.transform(data, F64))
    assert again.embedded == fitted.embedded


def test_a_state_written_before_there_were_embeddings_is_read():
    meta, arrays = Preprocessor.fit(table(c=repeated("u", "v")), "standard").to_state()
    for column in meta["columns"]:
        del column["embedded"]
    assert Preprocessor.from_state(meta, arrays).embedded == ()


def test_a_damaged_state_is_refused():
    meta, arrays = Preprocessor.fit(table(c=repeated("u", "v")), "standard", ["c"]).to_state()
    meta["columns"][0]["other"] = False
    with pytest.raises(ValueError, match="unknown categories"):
        Preprocessor.from_state(meta, arrays)
