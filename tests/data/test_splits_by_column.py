"""Splits by a column: groups kept together, time cut in order."""

import numpy as np
import pytest

from dlrecipe.data.examples import Column, Examples
from dlrecipe.data.sources.loading import load_source
from dlrecipe.data.specs import SplitSpec, TableSource
from dlrecipe.data.splits import split_rows
from dlrecipe.errors import DataError


def with_column(name, values):
    values = np.asarray(values)
    kind = "numeric" if values.dtype.kind in "if" else "categorical"
    column = Column(name, kind, values.astype(np.float64 if kind == "numeric" else object))
    n = len(values)
    return Examples(origin="visits.csv", matrix=np.zeros((n, 1)), target=np.zeros(n), columns_aside=(column,))


def by_group(values, seed=0, **shares):
    return split_rows(
        with_column("patient", values), SplitSpec(group="patient", **shares), seed=seed, task_hint=None
    )


def by_time(values, **shares):
    return split_rows(with_column("day", values), SplitSpec(time="day", **shares), seed=0, task_hint=None)


@pytest.mark.parametrize("as_type", [float, str])
def test_rows_of_one_group_are_never_on_both_sides(as_type):
    groups = np.random.default_rng(0).integers(0, 60, 1000).astype(as_type)
    splits = by_group(groups)
    found = [set(groups[rows]) for rows in splits.values()]
    assert not found[0] & found[1]
    assert not found[0] & found[2]
    assert not found[1] & found[2]
    assert sorted(np.concatenate(list(splits.values()))) == list(range(1000))


def test_shares_are_met_as_closely_as_the_groups_allow():
    groups = np.repeat(np.arange(200), np.random.default_rng(1).integers(1, 21, 200))
    sizes = {name: len(rows) / len(groups) for name, rows in by_group(groups).items()}
    # The last groups handed out have a row or few: no split is off by more than the size of one of them.
    assert sizes == pytest.approx({"train": 0.6, "dev": 0.2, "test": 0.2}, abs=0.005)


def test_large_groups_are_placed_while_there_is_room():
    groups = [0] * 500 + list(range(1, 501))
    for seed in range(5):
        assert [len(rows) for rows in by_group(groups, seed).values()] == [600, 200, 200]


def test_another_seed_holds_out_other_groups():
    groups = np.repeat(np.arange(20), 5)
    assert {tuple(by_group(groups, seed)["dev"]) for seed in range(5)} > {tuple(by_group(groups, 0)["dev"])}


def test_three_groups_fill_three_splits():
    splits = by_group(["x"] * 5 + ["y"] * 5 + ["z"] * 5)
    assert [len(rows) for rows in splits.values()] == [5, 5, 5]


def test_fewer_groups_than_splits_are_refused():
    with pytest.raises(
        DataError, match="'patient' has 2 distinct values, too few for train and dev and test"
    ):
        by_group(["x"] * 5 + ["y"] * 5)
    assert [len(rows) for rows in by_group(["x", "x", "y"], train=0.7, dev=0.3, test=0).values()] == [2, 1]


def test_a_group_that_holds_nearly_every_row_is_named():
    with pytest.raises(DataError, match="group x of 'patient' holds 990 of 1000 rows"):
        by_group(["x"] * 990 + [f"y{i}" for i in range(10)])


def test_train_is_earliest_and_the_last_split_latest():
    days = np.random.default_rng(0).permutation(100)
    splits = by_time(days)
    assert [sorted(days[rows]) for rows in splits.values()] == [
        list(range(60)),
        list(range(60, 80)),
        list(range(80, 100)),
    ]


def test_rows_of_one_moment_stay_on_one_side_of_the_nearest_cut():
    # Ten rows a day; the cuts at 60 and 80 of 100 fall in the middle of days that lie half a day off.
    days = np.array([0] * 5 + [1 + i // 10 for i in range(90)] + [10] * 5)
    splits = by_time(days)
    found = [set(days[rows]) for rows in splits.values()]
    assert not found[0] & found[1]
    assert not found[1] & found[2]
    assert [len(rows) for rows in splits.values()] in ([55, 20, 25], [65, 20, 15], [55, 30, 15], [65, 10, 25])


def test_a_crowded_moment_leaves_no_split_empty():
    days = [1] * 2 + [2] * 95 + [3] * 3
    assert [len(rows) for rows in by_time(days).values()] == [2, 95, 3]


def test_dates_of_a_table_are_cut_in_their_order(tmp_path):
    days = ["2024-01-31", "2023-12-31", "2024-02-01", "2024-01-02", "2024-01-10"]
    path = tmp_path / "visits.csv"
    path.write_text("day,a,y\n" + "".join(f"{day},{i},{i / 2}\n" for i, day in enumerate(days)))
    visits = load_source(TableSource(path=str(path)), seed=0, aside=("day",))
    spec = SplitSpec(time="day", train=0.4, dev=0.4, test=0.2)
    splits = split_rows(visits, spec, seed=0, task_hint="regression")
    assert {name: set(rows) for name, rows in splits.items()} == {"train": {1, 3}, "dev": {4, 0}, "test": {2}}


def test_text_has_no_order_in_time():
    with pytest.raises(DataError, match="'day' is text, such as '31/01/2024'") as caught:
        by_time(["31/01/2024", "01/02/2024", "02/02/2024"])
    assert "2024-01-31" in caught.value.remedy


def test_a_column_of_one_value_cannot_be_cut():
    with pytest.raises(DataError, match="'day' has 1 distinct values"):
        by_time([1.0] * 50)


@pytest.mark.parametrize("values", [[1.0, np.nan, 2.0, 3.0], np.array(["a", None, "b", "c"], dtype=object)])
@pytest.mark.parametrize("setting", ["group", "time"])
def test_a_missing_value_is_refused_with_its_row(values, setting):
    with pytest.raises(DataError, match=r"1 rows have no 'c' .* the first is row 1"):
        split_rows(with_column("c", values), SplitSpec(**{setting: "c"}), seed=0, task_hint=None)


def test_an_unknown_column_brings_a_suggestion():
    with pytest.raises(DataError, match="no column 'patent'") as caught:
        split_rows(with_column("patient", [1, 2, 3]), SplitSpec(group="patent"), seed=0, task_hint=None)
    assert "Did you mean 'patient'" in caught.value.remedy
