"""Random splits, plain and stratified: who lands where, and how many."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sklearn.model_selection import train_test_split

from dlrecipe.data.examples import Column, Examples
from dlrecipe.data.specs import SplitSpec
from dlrecipe.data.splits import auto_shares, split_off, split_rows
from dlrecipe.errors import DataError


def numbers(n):
    return Examples(origin="numbers", matrix=np.zeros((n, 1)), target=np.linspace(0, 1, n))


def labelled(*sizes):
    """Examples of classes "a", "b", …, in order, with these many rows."""
    labels = np.repeat(np.array(list("abcdefghijklmnopqrstuvwxyz"[: len(sizes)]), dtype=object), sizes)
    return Examples(origin="labelled", matrix=np.zeros((len(labels), 1)), target=labels)


def counts_by_class(examples, splits):
    """(n_classes, n_splits)"""
    names = np.unique(examples.target)
    return np.array([[np.sum(examples.target[rows] == name) for rows in splits.values()] for name in names])


def test_every_row_lands_in_exactly_one_split():
    splits = split_rows(numbers(1000), "auto", seed=0, task_hint=None)
    assert list(splits) == ["train", "dev", "test"]
    assert sorted(np.concatenate(list(splits.values()))) == list(range(1000))


def test_test_is_left_out_when_its_share_is_0():
    splits = split_rows(numbers(10), SplitSpec(train=0.7, dev=0.3, test=0), seed=0, task_hint=None)
    assert {name: len(rows) for name, rows in splits.items()} == {"train": 7, "dev": 3}


@pytest.mark.parametrize(
    ("n", "shares", "sizes"),
    [
        (100, (0.57, 0.29, 0.14), [57, 29, 14]),  # 0.57 · 100 and 0.29 · 100 fall just short in floats
        (101, (0.6, 0.2, 0.2), [61, 20, 20]),  # 60.6, 20.2, 20.2
        (4, (0.6, 0.2, 0.2), [2, 1, 1]),  # 2.4, 0.8, 0.8
        (150_000, (0.98, 0.01, 0.01), [147_000, 1500, 1500]),
    ],
)
def test_sizes_follow_the_largest_remainder(n, shares, sizes):
    spec = SplitSpec(train=shares[0], dev=shares[1], test=shares[2])
    assert [len(rows) for rows in split_rows(numbers(n), spec, seed=0, task_hint=None).values()] == sizes


def test_equal_seeds_give_equal_splits_and_other_seeds_others():
    first, again, other = (
        split_rows(labelled(50, 50), "auto", seed=seed, task_hint=None)["dev"] for seed in (7, 7, 8)
    )
    np.testing.assert_array_equal(first, again)
    assert not np.array_equal(first, other)


def test_each_row_is_as_likely_as_any_other_to_be_held_out():
    # 20 rows, 4 of them dev, 2,000 seeds: 400 each with a standard deviation of 18 (binomial); 5 allowed.
    draws = [split_rows(labelled(10, 10), "auto", seed=seed, task_hint=None)["dev"] for seed in range(2000)]
    times = np.bincount(np.concatenate(draws), minlength=20)
    assert np.all(np.abs(times - 400) < 5 * 18)


@settings(max_examples=200, deadline=None)
@given(
    sizes=st.lists(st.integers(2, 60), min_size=2, max_size=12),
    shares=st.sampled_from([(0.6, 0.2, 0.2), (0.8, 0.1, 0.1), (0.5, 0.5, 0.0), (0.55, 0.3, 0.15)]),
    seed=st.integers(0, 100),
)
def test_a_stratified_split_is_within_one_row_of_every_share(sizes, shares, seed):
    examples = labelled(*sizes)
    spec = SplitSpec(train=shares[0], dev=shares[1], test=shares[2])
    try:
        splits = split_rows(examples, spec, seed=seed, task_hint="classification")
    except DataError:
        # Only where the largest remainder itself leaves a split empty.
        assert sum(sizes) * min(share for share in shares if share) < 1
        return
    counts = counts_by_class(examples, splits)
    wanted = np.array([share for share in shares if share])
    assert np.all(np.abs(counts - np.outer(sizes, wanted)) < 1)
    assert np.all(np.abs(counts.sum(axis=0) - sum(sizes) * wanted) < 1)
    assert np.all(counts[:, 0] >= 1)


def test_totals_come_right_though_it_takes_a_detour_through_the_third_split():
    # Shares of the classes .8 / .7 / .5 and 1.6 / 1.4 / 1: rounded one by one they make 3, 2 and 1 row;
    # 2.4 / 2.1 / 1.5 of all six rows make 2, 2 and 2, and no class has train up and test down.
    examples = labelled(2, 4)
    splits = split_rows(examples, SplitSpec(train=0.4, dev=0.35, test=0.25), seed=0, task_hint=None)
    assert counts_by_class(examples, splits).sum(axis=0).tolist() == [2, 2, 2]


def test_a_class_whose_share_is_a_whole_number_of_rows_gets_just_that():
    # 0.29 · 100 is 28.999999999999996 in floats; the ten small classes press train to give rows away.
    examples = labelled(100, *[2] * 10)
    splits = split_rows(examples, SplitSpec(train=0.29, dev=0.355, test=0.355), seed=0, task_hint=None)
    assert counts_by_class(examples, splits)[0, 0] == 29


@pytest.mark.parametrize("sizes", [(59, 71, 48), (178, 182, 177, 183, 181), (500, 20, 7, 3)])
def test_a_stratified_split_gives_classes_what_scikit_learn_gives_them(sizes):
    examples = labelled(*sizes)
    spec = SplitSpec(train=0.75, dev=0.25, test=0)
    ours = split_rows(examples, spec, seed=0, task_hint=None)
    theirs = train_test_split(
        np.arange(examples.n_examples), test_size=len(ours["dev"]), stratify=examples.target, random_state=0
    )
    counts = counts_by_class(examples, dict(zip(ours, theirs, strict=True)))
    assert np.all(np.abs(counts_by_class(examples, ours) - counts) <= 1)


def test_without_stratify_classes_fall_by_chance():
    spec = SplitSpec(stratify=False)
    in_dev = {
        int(counts_by_class(examples, split_rows(examples, spec, seed=seed, task_hint=None))[0, 1])
        for examples in [labelled(50, 50)]
        for seed in range(20)
    }
    assert len(in_dev) > 2


def test_numbers_are_stratified_only_when_they_are_classes():
    n = 1000
    target = (np.arange(n) < 20).astype(np.float64)
    examples = Examples(origin="imbalanced", matrix=np.zeros((n, 1)), target=target)
    as_classes = [
        target[split_rows(examples, "auto", seed=s, task_hint="classification")["dev"]].sum()
        for s in range(9)
    ]
    as_numbers = [
        target[split_rows(examples, "auto", seed=s, task_hint="regression")["dev"]].sum() for s in range(9)
    ]
    assert set(as_classes) == {4}  # 20 · 0.2
    assert len(set(as_numbers)) > 1


def test_several_targets_are_no_class_to_stratify_by():
    targets = np.random.default_rng(0).normal(size=(100, 2))
    examples = Examples(origin="two", matrix=np.zeros((100, 1)), target=targets)
    splits = split_rows(examples, SplitSpec(), seed=0, task_hint="classification")
    assert {name: len(rows) for name, rows in splits.items()} == {"train": 60, "dev": 20, "test": 20}


def test_a_class_of_two_rows_has_one_in_train_and_one_held_out():
    examples = labelled(2, 98)
    counts = counts_by_class(examples, split_rows(examples, "auto", seed=0, task_hint=None))
    assert counts[0, 0] == 1
    assert counts[0].sum() == 2


def test_every_class_is_in_train_even_where_its_share_rounds_to_nothing():
    # 0.3 of 2 rows is 0.6, and eight such classes would have 5 rows in train by the largest remainder.
    spec = SplitSpec(train=0.3, dev=0.4, test=0.3)
    examples = labelled(*[2] * 8)
    counts = counts_by_class(examples, split_rows(examples, spec, seed=0, task_hint=None))
    assert np.all(counts[:, 0] >= 1)


def test_a_class_with_one_example_is_named_with_three_ways_out():
    with pytest.raises(DataError, match="class 'b' has a single example") as caught:
        split_rows(labelled(50, 1), "auto", seed=0, task_hint=None)
    assert "stratify: false" in caught.value.remedy
    assert "collect" in caught.value.remedy
    assert "regression" not in caught.value.remedy  # of which labels are no case
    splits = split_rows(labelled(50, 1), SplitSpec(stratify=False), seed=0, task_hint=None)
    assert sum(map(len, splits.values())) == 51


def test_what_a_class_has_one_of_is_called_by_its_name():
    target = np.array(["a"] * 9 + ["b"], dtype=object)
    column = Column("x", "numeric", np.arange(10.0))
    names = np.array([f"{i}.png" for i in range(10)], dtype=object)
    for examples, noun in (
        (Examples(origin="t.csv", columns=(column,), target=target), "row"),
        (Examples(origin="photos", matrix=np.zeros((10, 4)), target=target, row_names=names), "image"),
    ):
        with pytest.raises(DataError, match=f"class 'b' has a single {noun}, which"):
            split_rows(examples, "auto", seed=0, task_hint=None)
        with pytest.raises(DataError, match=f"1 {noun} is too few"):
            split_rows(examples.take(np.array([0])), "auto", seed=0, task_hint=None)


def test_a_class_with_one_row_is_named_as_the_target_has_it_when_classes_are_numbers():
    target = np.array([3.0] * 20 + [7.0])
    examples = Examples(origin="digits", matrix=np.zeros((21, 1)), target=target)
    with pytest.raises(DataError, match="class '7' has a single example") as caught:
        split_rows(examples, "auto", seed=0, task_hint="classification")
    assert "task: regression" in caught.value.remedy


@pytest.mark.parametrize(("n", "empty"), [(1, "test"), (2, "test"), (3, "test")])
def test_too_few_rows_name_the_split_that_gets_none(n, empty):
    with pytest.raises(DataError, match=f"{n} examples? (is|are) too few .* {empty} gets none"):
        split_rows(numbers(n), "auto", seed=0, task_hint="regression")


@pytest.mark.parametrize(
    ("n", "shares"),
    [
        (10, (0.6, 0.2, 0.2)),
        (100_000, (0.6, 0.2, 0.2)),
        (1_000_000, (0.98, 0.01, 0.01)),
        (10_000_000, (0.995, 0.0025, 0.0025)),
        (10**9, (0.995, 0.0025, 0.0025)),
    ],
)
def test_auto_gives_the_shares_of_the_course(n, shares):
    assert auto_shares(n) == pytest.approx(shares, abs=1e-12)


def test_auto_falls_steadily_and_never_leaves_a_large_set_with_fewer_than_10_000_dev_rows():
    ns = np.geomspace(50_000, 1e8, 300).astype(int)
    dev = np.array([auto_shares(int(n))[1] for n in ns])
    assert np.all(np.diff(dev) <= 0)
    assert np.all(np.abs(np.diff(np.log(dev))) < 0.06)  # no jump between neighbours 2.6 % apart
    assert np.all(dev * ns >= 10_000 - 1)


def test_train_dev_is_cut_from_train_without_overlap():
    kept, cut = split_off(100, 0.1, seed=0)
    assert len(cut) == 10
    assert sorted([*kept, *cut]) == list(range(100))
    assert not np.array_equal(cut, split_off(100, 0.1, seed=1)[1])


@pytest.mark.parametrize("fraction", [0.0001, 0.9999])
def test_train_dev_leaves_neither_side_empty(fraction):
    assert all(len(part) >= 1 for part in split_off(3, fraction, seed=0))


def test_a_single_row_cannot_be_cut():
    with pytest.raises(DataError, match="train has 1 example;"):
        split_off(1, 0.5, seed=0)
