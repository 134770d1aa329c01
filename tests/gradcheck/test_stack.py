"""The batched form of a dense stack's passes gives what the tape gives, or is not used."""

from dataclasses import replace

import numpy as np
import pytest

from dlrecipe.gradcheck import check_gradient
from dlrecipe.gradcheck.cases import MATRIX_LOSSES, N_OUTPUTS
from dlrecipe.gradcheck.cost import Cost
from dlrecipe.gradcheck.difference import TapeDifferences
from dlrecipe.gradcheck.stack import StackDifferences, recognise
from dlrecipe.nn.activations import ACTIVATIONS
from dlrecipe.nn.layers import dense

RNG = np.random.default_rng(2)
X = RNG.standard_normal((6, 4))


def a_cost(make_objective, activation="tanh", loss="softmax", **others):
    n_outputs = N_OUTPUTS.get(loss, 3)
    objective = make_objective(
        (4, 6, 5, n_outputs), activation=activation, loss=MATRIX_LOSSES[loss], **others
    )
    takes_labels = objective.loss.takes_labels
    y = np.arange(6) % max(2, n_outputs) if takes_labels else RNG.standard_normal((6, n_outputs))
    return Cost(objective, X, y)


@pytest.mark.parametrize("side", ["two_sided", "one_sided"])
@pytest.mark.parametrize("activation", ACTIVATIONS)
@pytest.mark.parametrize("loss", MATRIX_LOSSES)
def test_every_component_has_the_difference_that_the_tape_gives(make_objective, activation, loss, side):
    cost = a_cost(make_objective, activation, loss)
    stack = recognise(cost, seed=0)
    assert stack is not None
    for name, value in cost.objective.network.parameters.values.items():
        places = np.arange(value.size)
        by_tape = getattr(TapeDifferences(cost, value, 1e-15), side)(places, 1e-5)
        by_stack = getattr(StackDifferences(stack, int(name[1:]), value, 1e-15), side)(places, 1e-5)
        np.testing.assert_array_equal(by_stack.crosses, by_tape.crosses)
        # Losses of some units, each rounded by 1e-16 of it, over a step of 1e-5.
        np.testing.assert_allclose(by_stack.values, by_tape.values, rtol=1e-9, atol=1e-9)


def test_class_weights_are_in_the_batched_losses(make_objective):
    cost = a_cost(make_objective)
    weighted = Cost(replace(cost.objective, class_weights=np.array([0.5, 1, 4])), X, cost.y)
    plain, stack = recognise(cost, seed=0), recognise(weighted, seed=0)
    value = cost.objective.network.parameters.values["W2"]
    by_tape = TapeDifferences(weighted, value, 1e-15).two_sided(np.arange(30), 1e-5).values
    by_stack, without = (
        StackDifferences(found, 2, value, 1e-15).two_sided(np.arange(30), 1e-5).values
        for found in (stack, plain)
    )
    np.testing.assert_allclose(by_stack, by_tape, rtol=1e-8, atol=1e-9)
    assert not np.allclose(without, by_tape, rtol=0.1)


def test_recognising_leaves_the_weights_as_they_are(make_objective):
    cost = a_cost(make_objective)
    before = cost.objective.network.parameters.theta.copy()
    assert recognise(cost, seed=0) is not None
    np.testing.assert_array_equal(cost.objective.network.parameters.theta, before)


def test_a_forward_pass_that_does_something_else_is_not_taken_for_a_stack(make_objective, monkeypatch):
    def without_bias(X, W, b, Z):
        np.matmul(X, W, out=Z)

    monkeypatch.setattr(dense, "dense_forward", without_bias)
    cost = a_cost(make_objective)
    for name, value in cost.objective.network.parameters.values.items():
        if name.startswith("b"):
            value[...] = 0  # so that nothing shows at θ itself
    assert recognise(cost, seed=0) is None


def test_a_network_with_dropout_is_left_to_the_tape(make_objective):
    assert recognise(a_cost(make_objective, keep_prob=(1.0, 0.5, 1.0)), seed=0) is None


def test_every_component_of_a_network_beyond_the_tapes_reach_is_compared(make_objective):
    objective = make_objective((100, 250, 3), activation="relu")
    result = check_gradient(objective, RNG.standard_normal((3, 100)), np.arange(3), name="")
    assert result.verdict == "pass"
    assert result.n_checked == result.n_components == 100 * 250 + 250 + 250 * 3 + 3
