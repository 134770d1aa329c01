"""Networks too large for every component: random directions see all of it, halving finds the place."""

import numpy as np
import pytest

from dlrecipe.gradcheck import check_gradient
from dlrecipe.gradcheck.sampling import DIRECTIONS, PLACES, share_of
from dlrecipe.nn.layers import dense

RNG = np.random.default_rng(4)
X = RNG.standard_normal((3, 100))
LABELS = np.arange(3)


@pytest.fixture
def large(make_objective, monkeypatch):
    """25,000 weights in one tensor, of which 100 are drawn, by the tape alone."""
    monkeypatch.setattr("dlrecipe.gradcheck.check.recognise", lambda cost, seed: None)
    return make_objective((100, 250, 3), activation="tanh")


def test_an_intact_gradient_agrees_along_every_direction(large):
    W1 = check_gradient(large, X, LABELS, name="").tensors[0]
    assert W1.verdict == "pass"
    assert W1.projection_difference <= 1e-7
    assert W1.n_checked < 25_000


def test_a_single_wrong_component_that_was_not_drawn_is_found_and_named(large, monkeypatch):
    intact = dense.dense_backward

    def spoilt(X_T, dZ, ones, dW, db):
        intact(X_T, dZ, ones, dW, db)
        if dW.shape == (100, 250):
            dW[17, 33] += 0.01

    monkeypatch.setattr(dense, "dense_backward", spoilt)
    result = check_gradient(large, X, LABELS, name="")
    verdicts = {tensor.name: tensor.verdict for tensor in result.tensors}
    assert verdicts == {"W1": "fail", "b1": "pass", "W2": "pass", "b2": "pass"}
    assert result.tensors[0].worst.index == (17, 33)
    assert result.tensors[0].worst.analytic - result.tensors[0].worst.numeric == pytest.approx(0.01, abs=1e-7)


def test_a_network_of_very_many_tensors_gets_few_directions_and_its_mistakes_are_found(large, monkeypatch):
    # As if there were hundreds of tensors: a component and three directions for each.
    monkeypatch.setattr("dlrecipe.gradcheck.sampling.PLACES", 8)
    intact = dense.dense_backward

    def spoilt(X_T, dZ, ones, dW, db):
        intact(X_T, dZ, ones, dW, db)
        if dW.shape == (100, 250):
            dW[17, 33] += 0.01

    assert check_gradient(large, X, LABELS, name="").verdict == "pass"
    monkeypatch.setattr(dense, "dense_backward", spoilt)
    W1 = check_gradient(large, X, LABELS, name="").tensors[0]
    assert W1.verdict == "fail"
    assert W1.worst.index == (17, 33)


def test_the_shares_of_many_tensors_keep_to_the_budget():
    assert share_of(4) == (PLACES // 4 - DIRECTIONS, DIRECTIONS)
    assert share_of(450) == (1, 3)
    assert all(sum(share_of(n)) * n <= PLACES for n in range(4, 500))


def test_every_component_is_compared_if_asked(make_objective, monkeypatch):
    monkeypatch.setattr("dlrecipe.gradcheck.check.recognise", lambda cost, seed: None)
    monkeypatch.setattr("dlrecipe.gradcheck.check.TAPE_COMPONENTS", 10)
    objective = make_objective((4, 6, 3), activation="tanh")
    examples = X[:, :4]
    assert check_gradient(objective, examples, LABELS, name="").n_checked == 51
    monkeypatch.setattr("dlrecipe.gradcheck.sampling.PLACES", 8)
    assert check_gradient(objective, examples, LABELS, name="").n_checked == 4
    assert check_gradient(objective, examples, LABELS, name="", every=True).n_checked == 51


def test_the_notes_say_what_was_compared_along_directions(large):
    notes = check_gradient(large, X, LABELS, name="").notes
    assert any(note.startswith("W1, ") and "random directions" in note for note in notes)
