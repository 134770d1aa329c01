"""The order of the batches: a permutation an epoch, from the seed and the epoch alone."""

import numpy as np
import pytest

from dlrecipe.data.batches import BatchOrder


def test_an_epoch_holds_every_example_once():
    assert sorted(BatchOrder(seed=3, n_examples=1000).of_epoch(5)) == list(range(1000))


def test_an_epoch_is_the_same_whether_or_not_others_came_before_it():
    through = BatchOrder(seed=3, n_examples=50)
    for epoch in range(7):
        through.of_epoch(epoch)
    resumed = BatchOrder(seed=3, n_examples=50)
    np.testing.assert_array_equal(through.of_epoch(7), resumed.of_epoch(7))


@pytest.mark.parametrize("other", [BatchOrder(3, 50).of_epoch(1), BatchOrder(4, 50).of_epoch(0)])
def test_another_epoch_and_another_seed_give_another_order(other):
    assert not np.array_equal(BatchOrder(3, 50).of_epoch(0), other)


def test_every_order_of_three_examples_comes_equally_often():
    # 6 orders, 6,000 epochs: 1,000 each with a standard deviation of 29 (binomial); 5 of them allowed.
    order = BatchOrder(seed=0, n_examples=3)
    _, counts = np.unique([order.of_epoch(epoch) for epoch in range(6000)], axis=0, return_counts=True)
    assert len(counts) == 6
    assert np.all(np.abs(counts - 1000) < 5 * 29)
