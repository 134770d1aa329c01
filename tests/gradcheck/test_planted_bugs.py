"""A planted mistake fails the check, in the tensors it touches and in no other."""

from collections.abc import Callable
from dataclasses import replace

import numpy as np
import pytest

from dlrecipe.gradcheck import CheckResult, check_gradient
from dlrecipe.nn.activations import ACTIVATIONS
from dlrecipe.nn.layers import dense, dropout
from dlrecipe.nn.losses import LOSSES
from dlrecipe.nn.objective import Objective
from dlrecipe.nn.regularizers import Penalty

RNG = np.random.default_rng(3)
X = RNG.standard_normal((7, 4))
LABELS = np.arange(7) % 3
WIDTHS = (4, 5, 5, 3)
"""Two layers of one width, so that a transposed product has the shape of the right one."""

Spoil = Callable[[np.ndarray, np.ndarray, np.ndarray, np.ndarray], None]


def failing(result: CheckResult) -> set[str]:
    return {tensor.name for tensor in result.tensors if tensor.verdict == "fail"}


def hints(result: CheckResult) -> dict[str, str]:
    return {tensor.name: tensor.hint for tensor in result.tensors}


@pytest.fixture
def spoil_dense(monkeypatch) -> Callable[[Spoil], None]:
    """Run something after the dense layer's backward kernel, with its input, dZ, dW and db."""
    intact = dense.dense_backward

    def plant(spoil: Spoil) -> None:
        def spoilt(X_T, dZ, ones, dW, db):
            intact(X_T, dZ, ones, dW, db)
            spoil(X_T, dZ, dW, db)

        monkeypatch.setattr(dense, "dense_backward", spoilt)

    return plant


def test_the_courses_two_planted_bugs_give_its_published_difference(course_example, spoil_dense):
    def spoil(X_T, dZ, dW, db):
        if dW.shape == (5, 3):
            dW *= 2
        if dW.shape == (4, 5):
            db *= 4

    spoil_dense(spoil)
    objective, inputs, labels = course_example
    result = check_gradient(objective, inputs, labels, name="course", epsilon=1e-7)
    # Published in the assignment: 0.285093156781, whose own rounding is of the order 1e-7.
    assert result.relative_difference == pytest.approx(0.285093156781, abs=1e-7)
    assert failing(result) == {"W2", "b1"}
    assert "2 times" in hints(result)["W2"]
    assert "4 times" in hints(result)["b1"]


def test_the_worst_component_is_named_with_both_values(make_objective, spoil_dense):
    def spoil(X_T, dZ, dW, db):
        if dW.shape == (4, 5):
            dW[2, 3] += 0.25

    spoil_dense(spoil)
    result = check_gradient(make_objective(WIDTHS), X, LABELS, name="")
    worst = result.tensors[0].worst
    assert failing(result) == {"W1"}
    assert worst.index == (2, 3)
    assert worst.analytic - worst.numeric == pytest.approx(0.25, abs=1e-8)
    assert "1 of its 20" in hints(result)["W1"]


def test_a_factor_on_the_loss_alone_is_recognised_beside_a_penalty(make_objective, spoil_dense):
    def spoil(X_T, dZ, dW, db):
        dW *= 3

    spoil_dense(spoil)
    result = check_gradient(make_objective(WIDTHS, penalty=Penalty(l2=0.2)), X, LABELS, name="")
    assert failing(result) == {"W1", "W2", "W3"}
    assert "is 3 times the numeric one" in hints(result)["W1"]
    assert {tensor.term for tensor in result.tensors if tensor.verdict == "fail"} == {"data"}


def test_a_missing_penalty_is_found_and_called_that(make_objective, monkeypatch):
    monkeypatch.setattr(Penalty, "add_gradient", lambda self, weights, grads, scratch: None)
    result = check_gradient(make_objective(WIDTHS, penalty=Penalty(l2=0.2)), X, LABELS, name="")
    assert failing(result) == {"W1", "W2", "W3"}
    assert "holds 0 times the L2 penalty's" in hints(result)["W2"]


def test_a_penalty_twice_too_large_is_found_as_such(make_objective, monkeypatch):
    def doubled(self, weights, grads, scratch):
        grads += 2 * self.l2 * weights

    monkeypatch.setattr(Penalty, "add_gradient", doubled)
    result = check_gradient(make_objective(WIDTHS, penalty=Penalty(l2=0.2)), X, LABELS, name="")
    assert "holds 2 times the L2 penalty's" in hints(result)["W1"]


def test_a_penalty_on_the_biases_is_found_in_them(make_objective, monkeypatch):
    objective = make_objective(WIDTHS, penalty=Penalty(l2=0.2))
    monkeypatch.setattr(
        "dlrecipe.gradcheck.cost.GradientPass.run", _with_penalised_biases(objective.penalty.l2)
    )
    assert failing(check_gradient(objective, X, LABELS, name="")) == {"b1", "b2", "b3"}


def _with_penalised_biases(l2: float) -> Callable[..., None]:
    def run(self):
        self.tape.forward()
        self.backward()
        parameters = self.objective.network.parameters
        parameters.grads[parameters.n_weights :] += l2 * parameters.theta[parameters.n_weights :]

    return run


def test_a_transposed_gradient_of_a_square_matrix_is_found(make_objective, spoil_dense):
    def spoil(X_T, dZ, dW, db):
        if dW.shape == (5, 5):
            dW[...] = dW.T.copy()

    spoil_dense(spoil)
    result = check_gradient(make_objective(WIDTHS), X, LABELS, name="")
    assert failing(result) == {"W2"}
    assert "transposed" in hints(result)["W2"]


def test_an_error_passed_down_is_found_in_the_layers_below_it(make_objective, monkeypatch):
    # dX = dZ @ W instead of dZ @ Wᵀ, which only the square layer's shape lets through.
    intact = np.dot

    def transposed(a, b, out=None):
        return intact(a, b.T if b.shape == (5, 5) and not b.flags.c_contiguous else b, out=out)

    monkeypatch.setattr(dense.np, "dot", transposed)
    assert failing(check_gradient(make_objective(WIDTHS), X, LABELS, name="")) == {"W1", "b1"}


def test_a_gradient_that_is_never_written_is_found(make_objective, spoil_dense):
    def spoil(X_T, dZ, dW, db):
        if db.shape == (3,):
            db[...] = 0

    spoil_dense(spoil)
    result = check_gradient(make_objective(WIDTHS), X, LABELS, name="")
    assert failing(result) == {"b3"}
    assert "does not reach" in hints(result)["b3"]


def test_a_gradient_that_is_not_finite_fails(make_objective, spoil_dense):
    def spoil(X_T, dZ, dW, db):
        if db.shape == (3,):
            dW[0, 0] = np.nan

    spoil_dense(spoil)
    result = check_gradient(make_objective(WIDTHS), X, LABELS, name="")
    assert failing(result) == {"W3"}
    assert result.relative_difference == np.inf
    assert result.tensors[4].worst.index == (0, 0)


@pytest.mark.parametrize("name", [name for name in ACTIVATIONS if name != "identity"])
def test_an_activation_without_its_derivative_fails_below_it(make_objective, monkeypatch, name):
    monkeypatch.setitem(
        ACTIVATIONS, name, replace(ACTIVATIONS[name], backward=lambda Z, A, dA, scratch: None)
    )
    objective = make_objective((4, 5, 3), activation=name)
    assert failing(check_gradient(objective, X, LABELS, name="")) == {"W1", "b1"}


@pytest.mark.parametrize("name", LOSSES)
def test_a_loss_whose_gradient_is_a_tenth_of_a_percent_off_fails_between_the_bands(
    make_objective, monkeypatch, name
):
    def slightly_off(outputs, targets, out):
        LOSSES[name].gradient(outputs, targets, out)
        out *= 1.001

    n_outputs = 1 if name == "sigmoid" else 3
    takes_labels = LOSSES[name].takes_labels
    y = LABELS % max(2, n_outputs) if takes_labels else RNG.standard_normal((7, n_outputs))
    objective = make_objective((4, 5, n_outputs), loss=replace(LOSSES[name], gradient=slightly_off))
    result = check_gradient(objective, X, y, name="")
    # 0.001 / 2.001 of the two norms: a look by the bands alone.
    assert result.relative_difference == pytest.approx(0.001 / 2.001, rel=1e-3)
    assert result.verdict == "fail"
    assert "differs by the same at every step" in " ".join(result.notes)


def test_class_weights_left_out_of_the_gradient_are_found(make_objective, monkeypatch):
    plain = make_objective((4, 5, 3))
    weighted = Objective(plain.network, plain.loss, plain.penalty, np.array([1.0, 2, 5]))

    def unweighted(self):
        object.__setattr__(self.objective, "class_weights", None)
        self.tape.forward()
        self.backward()
        object.__setattr__(self.objective, "class_weights", np.array([1.0, 2, 5]))

    monkeypatch.setattr("dlrecipe.gradcheck.cost.GradientPass.run", unweighted)
    assert failing(check_gradient(weighted, X, LABELS, name="")) == {"W1", "b1", "W2", "b2"}


def test_what_goes_wrong_with_dropout_in_a_batch_of_two_parts_alone_is_found(make_objective, monkeypatch):
    objective = make_objective(WIDTHS, keep_prob=(1.0, 0.6, 0.6))
    intact = dropout.dropout

    def forgetful(tape, a, keep_prob, rng):
        """Leave the mask out of a part's backward pass."""
        node = intact(tape, a, keep_prob, rng)
        if tape.rows is not None:
            tape.backward_kernels.pop()
        return node

    monkeypatch.setattr(dropout, "dropout", forgetful)
    result = check_gradient(objective, X, LABELS, name="", dropout=True)
    assert failing(result) == {"W1", "b1", "W2", "b2"}
    assert any(
        note.startswith("W1, b1, W2, b2: the gradient of a batch cut into two") for note in result.notes
    )
    # Without dropout there is no mask to forget; and one example cannot be cut.
    assert check_gradient(objective, X, LABELS, name="").verdict == "pass"
    assert check_gradient(objective, X[:1], LABELS[:1], name="", dropout=True).verdict == "pass"


def test_with_dropout_both_forms_of_a_right_gradient_pass_and_that_is_said(make_objective):
    objective = make_objective(WIDTHS, activation="relu", keep_prob=(0.8, 0.6, 0.6), penalty=Penalty(l2=0.2))
    result = check_gradient(objective, X, LABELS, name="", dropout=True)
    assert result.verdict == "pass"
    assert "a batch in two parts checked too, each part under a mask of its own" in result.notes
    assert "two parts" not in " ".join(check_gradient(objective, X, LABELS, name="").notes)
