"""Noise and mixed examples."""

import numpy as np
import pytest

from dlrecipe.data.augmentation.mixup import mix_up
from dlrecipe.data.augmentation.noise import Noise
from dlrecipe.data.augmentation.specs import MixupSpec, NoiseSpec
from dlrecipe.rng import stream


@pytest.mark.parametrize("dtype", ["float32", "float64"])
def test_noise_is_normal_with_the_standard_deviation_asked_for(dtype):
    X = np.ones((500, 400), dtype)
    Noise(NoiseSpec(std=0.3), 400, X.dtype).add(stream(0, "test"), X)
    noise = (X - 1) / 0.3
    # 200,000 numbers: mean ± 0.0022, variance ± 0.0032, fourth moment 3 ± 0.022; 5 of each allowed, which
    # leaves room for the few that two examples have in common.
    assert abs(noise.mean()) < 0.011
    assert abs(noise.var() - 1) < 0.016
    assert abs((noise**4).mean() - 3) < 0.11


def test_noise_leaves_the_examples_that_are_not_chosen_alone():
    X = np.ones((4000, 3))
    Noise(NoiseSpec(std=0.3, probability=0.3), 3, X.dtype).add(stream(0, "test"), X)
    assert abs(np.any(X != 1, axis=1).sum() - 1200) < 5 * 29


def test_noise_is_another_one_for_each_example_and_for_each_seed():
    noises = []
    for seed in (0, 1):
        X = np.zeros((200, 50))
        Noise(NoiseSpec(), 50, X.dtype).add(stream(seed, "test"), X)
        noises.append(X)
    correlations = np.corrcoef(np.vstack(noises))[~np.eye(400, dtype=bool)]
    # Of 50 numbers each: ± 0.14, and 79,800 pairs stay below 5.5 of it.
    assert np.abs(correlations).max() < 0.78


def test_an_example_may_have_more_inputs_than_the_pool_has_numbers(monkeypatch):
    from dlrecipe.data.augmentation import noise

    monkeypatch.setattr(noise, "POOL", 10)
    X = np.zeros((3, 1000))
    Noise(NoiseSpec(std=1), 1000, X.dtype).add(stream(0, "test"), X)
    assert X.std() == pytest.approx(1, abs=0.1)


def mixed(n=1000, **settings):
    """Return examples (n, n), each one-hot, and labels of three classes, both mixed, and the labels."""
    labels = np.arange(n) % 3
    X, y = np.eye(n), np.eye(3)[labels]
    mix_up(MixupSpec(**settings), stream(0, "test"), X, y)
    return X, y, labels


def test_an_example_and_its_target_are_mixed_with_the_same_partner_in_the_same_shares():
    X, y, labels = mixed(alpha=1.0)
    np.testing.assert_allclose(X.sum(axis=1), 1)
    assert np.count_nonzero(X, axis=1).max() == 2
    # Each input is one-hot, so row i of X holds the shares of the examples that example i is made of.
    np.testing.assert_allclose(y, X @ np.eye(3)[labels], atol=1e-12)


def test_the_mixture_by_hand():
    X, y = np.array([[0.0, 8.0], [4.0, 0.0]]), np.array([[1.0, 0.0], [0.0, 1.0]])
    mix_up(MixupSpec(alpha=1.0), stream(2, "test"), X, y)
    # λ from the first input of row 0: it was 0, its partner's was 4, so it is 4 (1 - λ).
    share = X[0, 0] / 4
    assert 0 < share < 1
    np.testing.assert_allclose(X[0], [4 * share, 8 * (1 - share)])
    np.testing.assert_allclose(y[0], [1 - share, share])


def test_numbers_to_predict_are_mixed_too():
    X = np.arange(50.0)[:, None]
    y = 3 * X + 1
    mix_up(MixupSpec(alpha=1.0), stream(0, "test"), X, y)
    np.testing.assert_allclose(y, 3 * X + 1)


@pytest.mark.parametrize("alpha", [0.2, 1.0, 5.0])
def test_the_share_is_beta_distributed(alpha):
    X = mixed(n=4000, alpha=alpha)[0]
    shares = np.diag(X)
    # Beta(α, α) has mean 1/2 and variance 1/(4 (2α + 1)); one example in 4,000 is its own partner.
    spread = np.sqrt(1 / (4 * (2 * alpha + 1)))
    assert abs(shares.mean() - 0.5) < 5 * spread / np.sqrt(4000)
    assert shares.std() == pytest.approx(spread, rel=0.06)


def test_examples_that_are_not_chosen_stay_as_they_are():
    X, _, _ = mixed(n=3000, alpha=1.0, probability=0.3)
    assert abs((np.diag(X) != 1).sum() - 900) < 5 * 25


def test_a_batch_of_one_is_mixed_with_itself():
    X, y = np.array([[3.0]]), np.array([[1.0, 0.0]])
    mix_up(MixupSpec(alpha=1.0), stream(0, "test"), X, y)
    assert (X[0, 0], y[0].tolist()) == (3.0, [1.0, 0.0])
