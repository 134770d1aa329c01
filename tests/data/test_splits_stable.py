"""Splits by hash, by a column that names them, and of numbers by tenths."""

from dataclasses import replace

import numpy as np
import pytest

from dlrecipe.data.examples import Column, Examples
from dlrecipe.data.preparation import prepare
from dlrecipe.data.specs import ArraySource, DataSpec, SplitSpec
from dlrecipe.data.splits import split_rows, visible_difference
from dlrecipe.errors import DataError

STABLE = SplitSpec(stable=True)


def table(n: int, *, seed: int = 0) -> Examples:
    rng = np.random.default_rng(seed)
    columns = (
        Column("a", "numeric", rng.normal(size=n)),
        Column("b", "categorical", rng.choice(["u", "v", None], n).astype(object)),
    )
    return Examples(origin="t.csv", columns=columns, target=rng.normal(size=n))


def contents(examples: Examples, rows: np.ndarray) -> set[tuple[float, str | None]]:
    a, b = (column.values[rows].tolist() for column in examples.columns)
    return set(zip(a, b, strict=True))


def test_rows_stay_in_their_split_when_others_are_appended_or_all_are_reordered():
    large = table(3000)
    small = large.take(np.arange(2000))
    shuffled = large.take(np.random.default_rng(1).permutation(3000))
    before, after, moved = (
        split_rows(each, STABLE, seed=3, task_hint="regression") for each in (small, large, shuffled)
    )
    for name in before:
        assert contents(small, before[name]) <= contents(large, after[name])
        assert contents(large, after[name]) == contents(shuffled, moved[name])


def test_a_stable_split_meets_its_shares_by_chance_and_follows_the_seed():
    examples = table(20_000)
    splits = split_rows(examples, STABLE, seed=0, task_hint="regression")
    # Standard deviation of a share of 0.2 over 20,000 rows: 0.0028 (binomial); four of them are allowed.
    assert len(splits["dev"]) / 20_000 == pytest.approx(0.2, abs=0.0113)
    other = split_rows(examples, STABLE, seed=1, task_hint="regression")
    assert len(np.intersect1d(splits["dev"], other["dev"])) < 0.3 * len(splits["dev"])


def test_equal_rows_are_together_whatever_their_labels_and_types():
    matrix = np.repeat(np.arange(500.0)[:, None], 2, axis=0)
    examples = Examples(origin="x", matrix=matrix, target=np.arange(1000.0))
    as_bytes = replace(examples, matrix=(matrix % 250).astype(np.uint8))
    for each in (examples, as_bytes):
        splits = split_rows(each, STABLE, seed=0, task_hint="regression")
        values = [set(each.matrix[rows, 0].tolist()) for rows in splits.values()]
        assert not values[0] & values[1]
        assert not values[1] & values[2]


def test_a_stable_split_by_group_keeps_groups_together_and_in_place():
    groups = np.repeat(np.arange(400.0), 5)

    def splits_of(values):
        aside = (Column("patient", "numeric", values),)
        examples = Examples("t", matrix=np.zeros((len(values), 1)), target=values, columns_aside=aside)
        rows = split_rows(examples, SplitSpec(stable=True, group="patient"), seed=0, task_hint="regression")
        return {name: set(values[each]) for name, each in rows.items()}

    first, more = splits_of(groups[:1500]), splits_of(groups)
    assert not first["train"] & first["dev"]
    assert all(first[name] <= more[name] for name in first)


def folds(cells, kind="categorical", **options):
    values = np.asarray(cells, dtype=object if kind == "categorical" else np.float64)
    aside = (Column("fold", kind, values),)
    examples = Examples("t.csv", matrix=np.zeros((len(values), 1)), target=values, columns_aside=aside)
    rows = split_rows(examples, SplitSpec(column="fold", **options), seed=0, task_hint=None)
    return {name: each.tolist() for name, each in rows.items()}


def test_a_column_names_the_splits_by_their_usual_names():
    found = folds(["train", "Val", "test", "TRAIN", "valid"])
    assert found == {"train": [0, 3], "dev": [1, 4], "test": [2]}


def test_a_column_of_folds_is_given_its_meaning():
    values = {"train": (0, 1), "train_dev": (2,), "dev": (3,)}
    assert folds([3, 0, 1, 2, 0], "numeric", values=values) == {
        "train": [1, 2, 4],
        "train_dev": [3],
        "dev": [0],
    }
    assert folds([1, 0, 1], "boolean", values={"train": (True,), "dev": (False,)}) == {
        "train": [0, 2],
        "dev": [1],
    }


def test_a_value_that_names_no_split_is_refused():
    with pytest.raises(DataError, match="'other' in column 'fold' names no split") as caught:
        folds(["train", "dev", "other"])
    assert "data.split.values" in caught.value.remedy


def test_numbers_to_predict_are_spread_evenly_over_the_splits():
    # A long tail: plain splits of 200 rows differ in the mean of it, tenths hold it near.
    target = np.exp(np.random.default_rng(0).normal(size=200) * 1.5)
    examples = Examples("t", matrix=np.zeros((200, 1)), target=target)
    edges = np.quantile(target, np.arange(1, 10) / 10)
    for seed in range(5):
        dev = split_rows(examples, SplitSpec(), seed=seed, task_hint="regression")["dev"]
        tenths = np.bincount(np.searchsorted(edges, target[dev], side="right"), minlength=10)
        assert tenths.tolist() == [4] * 10


def test_what_a_dev_set_shows_is_the_binomials_interval():
    # 1.96 · √(0.1 · 0.9 / 10,000) = 0.00588
    assert visible_difference(10_000) == pytest.approx(0.00588, abs=1e-5)


@pytest.mark.parametrize("shared", [0.0, 0.5])
def test_train_may_hold_a_share_of_the_target_source_too(tmp_path, shared):
    rng = np.random.default_rng(0)
    for name, n in (("web", 300), ("app", 100)):
        np.savez(tmp_path / f"{name}.npz", x=rng.normal(size=(n, 2)), y=np.arange(n) % 2)
    spec = DataSpec(
        source=ArraySource(path=str(tmp_path / "web.npz")),
        target=ArraySource(path=str(tmp_path / "app.npz")),
        target_in_train=shared,
    )
    n = prepare(
        spec, task=None, normalization="standard", target_normalization="auto", seed=0, dtype=np.dtype("f4")
    ).n
    held_out = int(100 * (1 - shared)) // 2
    assert n["dev"] == n["test"] == n["train_dev"] == held_out
    assert n["train"] == 300 + int(100 * shared) - held_out
