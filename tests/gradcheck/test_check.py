"""Checks of an intact engine pass, say how they were made, and leave the network as it was."""

import numpy as np
import pytest

from dlrecipe.errors import InputError
from dlrecipe.gradcheck import check_gradient
from dlrecipe.gradcheck.result import band, relative_difference
from dlrecipe.nn.losses import LOSSES
from dlrecipe.nn.objective import GradientPass
from dlrecipe.nn.regularizers import Penalty

RNG = np.random.default_rng(7)
X = RNG.standard_normal((7, 4))
LABELS = np.arange(7) % 3


def test_the_courses_example_passes(course_example):
    objective, inputs, labels = course_example
    result = check_gradient(objective, inputs, labels, name="course")
    assert result.verdict == "pass"
    assert result.relative_difference <= 1e-7
    assert result.n_checked == result.n_components == 4 * 5 + 5 + 5 * 3 + 3 + 3 * 1 + 1
    assert [tensor.name for tensor in result.tensors] == ["W1", "b1", "W2", "b2", "W3", "b3"]


@pytest.mark.parametrize("epsilon", [1e-4, 1e-5, 1e-6, 1e-7])
def test_a_given_step_is_the_only_one_used(make_objective, epsilon):
    result = check_gradient(make_objective((4, 5, 3)), X, LABELS, name="", epsilon=epsilon)
    assert {result.epsilon, *(tensor.epsilon for tensor in result.tensors)} == {epsilon}
    assert result.relative_difference < 1e-6


def test_too_large_a_step_is_told_from_a_bug_by_trying_smaller_ones(make_objective):
    # tanh of inputs near 1000 bends within 1e-5 of a weight: the relative error is of the order (1000 ε)².
    objective = make_objective((4, 5, 3))
    objective.network.parameters.theta *= 0.001
    result_at_one_step = check_gradient(objective, 1000 * X, LABELS, name="", epsilon=1e-4)
    assert result_at_one_step.verdict == "fail"
    assert check_gradient(objective, 1000 * X, LABELS, name="").verdict == "pass"


def test_dropout_is_off_and_the_result_says_so(make_objective):
    objective = make_objective((4, 30, 3), keep_prob=(0.9, 0.5))
    result = check_gradient(objective, X, LABELS, name="dropout")
    assert result.verdict == "pass"
    assert any("dropout off" in note for note in result.notes)
    assert objective.network.architecture.has_dropout


def test_a_float32_network_is_checked_in_float64_and_left_alone(make_objective):
    objective = make_objective((4, 5, 3), dtype="float32")
    before = objective.network.parameters.theta.copy()
    result = check_gradient(objective, X.astype(np.float32), LABELS, name="float32")
    assert result.relative_difference <= 1e-7
    np.testing.assert_array_equal(objective.network.parameters.theta, before)


def test_penalty_and_class_weights_are_included_and_noted(make_objective):
    objective = make_objective((4, 5, 3), penalty=Penalty(l2=0.3, l1=0.1))
    objective = type(objective)(objective.network, objective.loss, objective.penalty, np.array([0.5, 1, 4]))
    result = check_gradient(objective, X, LABELS, name="all terms")
    assert result.verdict == "pass"
    assert {"penalty included", "class weights included"} <= set(result.notes)


def test_it_passes_after_some_training_too(make_objective):
    objective = make_objective((4, 5, 3), activation="relu", penalty=Penalty(l2=0.01))
    gradient = GradientPass(objective, len(X), X=X, y=LABELS)
    for _ in range(500):
        gradient.run()
        objective.network.parameters.theta -= 0.1 * objective.network.parameters.grads
    assert check_gradient(objective, X, LABELS, name="trained").verdict == "pass"


def test_a_gradient_of_nothing_but_rounding_is_not_blamed(make_objective):
    # Both logits' biases move together under softmax, and W1 cannot matter while W2 is 0.
    objective = make_objective((4, 5, 3))
    objective.network.parameters.values["W2"][...] = 0
    tensors = {tensor.name: tensor for tensor in check_gradient(objective, X, LABELS, name="").tensors}
    assert tensors["W1"].verdict == tensors["b1"].verdict == "pass"
    assert tensors["W1"].relative_difference == tensors["b1"].relative_difference == 0


def test_a_large_network_of_other_layers_is_sampled_and_the_result_says_so(make_objective, monkeypatch):
    monkeypatch.setattr("dlrecipe.gradcheck.check.recognise", lambda cost, seed: None)
    objective = make_objective((100, 250, 3), activation="relu")
    result = check_gradient(objective, RNG.standard_normal((3, 100)), LABELS[:3], name="large")
    drawn = {tensor.name: tensor.n_checked + tensor.n_apart for tensor in result.tensors}
    assert result.verdict == "pass"
    assert 50 <= drawn["W1"] < 100 * 250
    assert drawn["b1"] == 250
    assert drawn["b2"] == 3
    assert any(note.startswith("a sample: ") for note in result.notes)


def test_weights_that_give_no_cost_are_refused_with_a_remedy(make_objective):
    objective = make_objective((4, 5, 1), activation="identity", loss="mse")
    objective.network.parameters.theta[...] = 1e200
    with pytest.raises(InputError) as caught:
        check_gradient(objective, X, X[:, :1], name="diverged run")
    assert caught.value.where == "diverged run"
    assert caught.value.remedy


def test_weights_so_large_that_a_step_vanishes_beside_them_are_still_checked(make_objective):
    objective = make_objective((4, 1), loss="mse")
    objective.network.parameters.theta[...] = 1e13  # float64 holds no step of 1e-5 here
    assert check_gradient(objective, X, X[:, :1], name="huge").verdict == "pass"


@pytest.mark.parametrize(
    ("difference", "verdict"),
    [(0.0, "pass"), (1e-7, "pass"), (1.1e-7, "look"), (9.9e-4, "look"), (1e-3, "fail"), (np.inf, "fail")],
)
def test_bands_are_those_of_the_course(difference, verdict):
    assert band(difference) == verdict


def test_relative_difference_is_the_courses_ratio():
    # ‖(3, 4)‖ = 5 and ‖(6, 8)‖ = 10: 5 / 15.
    assert relative_difference(np.array([3.0, 4]), np.array([6.0, 8])) == pytest.approx(1 / 3, abs=1e-15)
    assert relative_difference(np.array([1.0]), np.array([-1.0])) == 1


def test_nothing_against_nothing_is_no_difference():
    assert relative_difference(np.zeros(3), np.zeros(3)) == 0
    assert relative_difference(np.zeros(3), np.full(3, 1e-12), rounding=1e-11) == 0
    assert relative_difference(np.zeros(3), np.full(3, 1e-10), rounding=1e-11) == 1


def test_a_number_that_is_not_finite_is_the_worst_difference():
    assert relative_difference(np.array([np.nan]), np.array([1.0])) == np.inf


def test_equal_seeds_draw_equal_samples(make_objective):
    objective = make_objective((100, 250, 3))
    inputs = RNG.standard_normal((2, 100))
    first, again = (check_gradient(objective, inputs, LABELS[:2], name="", seed=3) for _ in range(2))
    assert first == again


def test_regression_targets_are_taken_in_float32(make_objective):
    objective = make_objective((4, 5, 2), loss=LOSSES["mse"])
    targets = RNG.standard_normal((7, 2)).astype(np.float32)
    assert check_gradient(objective, X, targets, name="").verdict == "pass"


def test_a_pass_with_every_gradient_zero_says_that_it_shows_little(make_objective):
    # Zero weights, and one example of each of two classes: the pulls on the last bias cancel as well.
    objective = make_objective((4, 5, 1), activation="relu", loss="sigmoid")
    objective.network.parameters.theta[...] = 0
    balanced = check_gradient(objective, X[:2], np.array([0, 1]), name="")
    unbalanced = check_gradient(objective, X[:3], np.array([0, 1, 1]), name="")
    assert balanced.verdict == unbalanced.verdict == "pass"
    assert ["shows little" in " ".join(result.notes) for result in (balanced, unbalanced)] == [True, False]
