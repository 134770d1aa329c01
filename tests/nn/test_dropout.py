"""Inverted dropout: right in the mean, off at evaluation, the same again from the same seed."""

import numpy as np
import pytest

from dlrecipe.nn.layers.dropout import draw_kept, dropout
from dlrecipe.nn.losses import LOSSES
from dlrecipe.nn.network import Network, dense_stack
from dlrecipe.nn.objective import GradientPass, Objective
from dlrecipe.nn.regularizers import Penalty
from dlrecipe.nn.tape import Node, Tape


def dropped(A, keep_prob, seed=0):
    tape = Tape(len(A), A.dtype, training=True)
    out = dropout(tape, Node(A, np.empty_like(A)), keep_prob, np.random.default_rng(seed))
    return tape, out


@pytest.mark.parametrize("keep_prob", [0.2, 0.5, 0.8, 0.95])
@pytest.mark.parametrize("dtype", ["float32", "float64"])
def test_a_unit_is_dropped_or_divided_by_keep_prob(keep_prob, dtype):
    tape, out = dropped(np.full((200, 500), 3.0, dtype), keep_prob)
    tape.forward()
    kept = out.value != 0
    np.testing.assert_allclose(out.value[kept], 3 / keep_prob, rtol=1e-6)
    standard_error = np.sqrt(keep_prob * (1 - keep_prob) / kept.size)
    assert abs(kept.mean() - keep_prob) < 5 * standard_error


@pytest.mark.parametrize("keep_prob", [0.02, 1e-3, 1e-5])
def test_a_small_keep_prob_is_met_as_well(keep_prob):
    kept = np.empty(20_000_000, np.bool_)
    draw_kept(keep_prob, np.random.default_rng(0), kept)
    # 200 of 20 million at 1e-5, with a standard deviation of 14; 16 bits would keep 305.
    assert abs(np.count_nonzero(kept) / (keep_prob * len(kept)) - 1) < 5 / np.sqrt(keep_prob * len(kept))


def test_a_keep_prob_of_all_but_one_is_met_as_well():
    kept = np.empty(20_000_000, np.bool_)
    draw_kept(0.999999, np.random.default_rng(0), kept)
    # 20 of 20 million are dropped, with a standard deviation of 4.5; 16 bits would drop 305.
    assert abs(len(kept) - np.count_nonzero(kept) - 20) < 5 * np.sqrt(20)


def test_the_expected_value_is_kept():
    A = np.random.default_rng(1).standard_normal((20, 10))
    tape, out = dropped(A, 0.7)
    total = np.zeros_like(A)
    for _ in range(3000):
        tape.forward()
        total += out.value
    # The mask's variance is (1 - p)/p, so the mean of 3,000 has this standard error.
    standard_error = np.abs(A) * np.sqrt(0.3 / 0.7 / 3000)
    assert (np.abs(total / 3000 - A) < 5 * standard_error).all()


def test_every_forward_pass_draws_a_new_mask():
    tape, out = dropped(np.ones((50, 50)), 0.5)
    tape.forward()
    first = out.value.copy()
    tape.forward()
    assert not np.array_equal(first, out.value)


def test_equal_seeds_give_equal_masks_and_other_seeds_others():
    outs = []
    for seed in (1, 1, 2):
        tape, out = dropped(np.ones((50, 50)), 0.5, seed)
        tape.forward()
        outs.append(out.value)
    assert np.array_equal(outs[0], outs[1])
    assert not np.array_equal(outs[0], outs[2])


def test_the_gradient_goes_through_the_mask_that_was_drawn():
    tape, out = dropped(np.ones((30, 20)), 0.5)
    tape.forward()
    out.grad[...] = 3.0
    tape.backward()
    np.testing.assert_array_equal(out.grad, 3 * out.value)  # the input is 1, so the output is the mask


def test_what_comes_before_it_is_left_as_it_was():
    A = np.ones((5, 5))
    tape, _ = dropped(A, 0.5)
    tape.forward()
    assert (A == 1).all()


@pytest.mark.parametrize(("training", "keep_prob"), [(True, 1.0), (False, 0.5)])
def test_it_is_not_there_at_evaluation_or_when_all_are_kept(training, keep_prob):
    tape = Tape(3, np.dtype("float64"), training)
    node = Node(np.ones((3, 2)), None)
    assert dropout(tape, node, keep_prob, np.random.default_rng(0)) is node
    assert tape.forward_kernels == []


def networks():
    for keep_prob in ((0.8, 0.5), (1.0, 1.0)):
        network = Network(dense_stack((4, 30, 3), ("relu", "identity"), keep_prob), np.dtype("float64"))
        network.parameters.theta[...] = np.random.default_rng(0).standard_normal(network.parameters.n_params)
        yield network


def test_errors_are_measured_without_dropout():
    with_dropout, without = networks()
    X = np.random.default_rng(1).standard_normal((20, 4))
    np.testing.assert_array_equal(with_dropout.outputs(X), without.outputs(X))


def test_training_passes_have_it_and_repeat_from_the_same_stream():
    network, _ = networks()
    X, y = np.random.default_rng(1).standard_normal((20, 4)), np.arange(20) % 3
    objective = Objective(network, LOSSES["softmax"], Penalty())
    found = []
    for seed in (1, 1, 2):
        GradientPass(objective, 20, X=X, y=y, rng=np.random.default_rng(seed)).run()
        found.append(network.parameters.grads.copy())
    np.testing.assert_array_equal(found[0], found[1])
    assert not np.allclose(found[0], found[2])


def test_under_a_frozen_mask_the_gradient_is_that_of_the_masked_cost():
    network, _ = networks()
    X, y = np.random.default_rng(1).standard_normal((6, 4)), np.arange(6) % 3
    objective = Objective(network, LOSSES["softmax"], Penalty())
    rng = np.random.default_rng(3)
    state = rng.bit_generator.state
    gradient = GradientPass(objective, 6, X=X, y=y, rng=rng)

    def masked_cost() -> float:
        rng.bit_generator.state = state
        gradient.tape.forward()
        return objective.mean_loss(gradient.outputs, y)

    masked_cost()
    gradient.backward()
    analytic, theta = network.parameters.grads.copy(), network.parameters.theta
    for place in range(0, len(theta), 7):
        original = theta[place]
        theta[place] = original + 1e-6
        above = masked_cost()
        theta[place] = original - 1e-6
        below = masked_cost()
        theta[place] = original
        assert (above - below) / 2e-6 == pytest.approx(analytic[place], abs=1e-8)
