"""A part of the training examples."""

import numpy as np
import pytest

from dlrecipe.data.preparation import Prepared, prepare
from dlrecipe.data.specs import BundledSource, DataSpec
from dlrecipe.data.splits import nested_subset


def prepared(
    limit: int | None, *, seed: int = 0, data_seed: int | None = 0, type: str = "digits"
) -> Prepared:
    spec = DataSpec(source=BundledSource(type=type), limit_train=limit, seed=data_seed)  # type: ignore[arg-type]
    return prepare(
        spec,
        task=None,
        normalization="standard",
        target_normalization="auto",
        seed=seed,
        dtype=np.dtype(np.float32),
    )


def test_smaller_subsets_are_part_of_larger_ones_and_dev_stays() -> None:
    few, more, everything = prepared(50), prepared(300), prepared(None)
    assert few.n["train"] == 50
    assert (
        set(few.splits["train"].rows) < set(more.splits["train"].rows) < set(everything.splits["train"].rows)
    )
    for name in ("dev", "test"):
        assert np.array_equal(few.splits[name].rows, everything.splits[name].rows)


def test_another_seed_draws_other_examples_and_leaves_dev_where_data_seed_is_set() -> None:
    one, two = prepared(50, seed=1), prepared(50, seed=2)
    assert set(one.splits["train"].rows) != set(two.splits["train"].rows)
    assert np.array_equal(one.splits["dev"].rows, two.splits["dev"].rows)


def test_without_a_data_seed_the_config_seed_splits() -> None:
    one, two = prepared(50, seed=1, data_seed=None), prepared(50, seed=2, data_seed=None)
    assert not np.array_equal(one.splits["dev"].rows, two.splits["dev"].rows)


def test_every_class_is_there_and_has_its_share() -> None:
    labels = np.repeat(["a", "b", "c"], [900, 90, 10])
    for n in (3, 10, 100, 400):
        chosen = labels[nested_subset(1000, n, labels, seed=5)]
        counts = [int(np.sum(chosen == name)) for name in "abc"]
        assert min(counts) >= 1
        assert counts[0] == pytest.approx(0.9 * n, abs=2)


def test_a_limit_above_what_there_is_takes_all() -> None:
    assert prepared(10_000).n == prepared(None).n


def test_numbers_to_predict_are_drawn_plainly() -> None:
    assert prepared(40, type="diabetes").n["train"] == 40


def test_statistics_are_learned_from_the_subset_alone() -> None:
    X = prepared(40, type="diabetes").splits["train"].X
    assert np.allclose(np.asarray(X).mean(axis=0), 0, atol=1e-5)
