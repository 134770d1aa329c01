"""The penalty is compared apart from the loss, so that a small one's absence shows."""

import numpy as np
import pytest

from dlrecipe.gradcheck import check_gradient
from dlrecipe.nn.regularizers import Penalty

RNG = np.random.default_rng(3)
X, LABELS = RNG.standard_normal((7, 4)), np.arange(7) % 3


def test_a_missing_penalty_too_small_for_the_bands_is_found_and_named(make_objective, monkeypatch):
    monkeypatch.setattr(Penalty, "add_gradient", lambda self, weights, grads, scratch: None)
    result = check_gradient(make_objective((4, 5, 3), penalty=Penalty(l2=1e-5)), X, LABELS, name="")
    W1 = result.tensors[0]
    assert W1.relative_difference < 1e-3
    assert (W1.verdict, W1.term, W1.penalty_difference) == ("fail", "penalty", 1.0)
    assert W1.data_difference <= 1e-7
    assert "penalty is missing" in W1.hint


@pytest.mark.parametrize("scale", [1e-6, 1.0, 1e3])
def test_a_right_penalty_passes_at_any_scale_of_the_loss(make_objective, scale):
    objective = make_objective((4, 5, 3), loss="mse", penalty=Penalty(l2=1e-4, l1=1e-5))
    result = check_gradient(objective, X, scale * RNG.standard_normal((7, 3)), name="")
    assert {tensor.verdict for tensor in result.tensors} == {"pass"}


@pytest.mark.parametrize(("factor", "verdict"), [(3, "pass"), (2, "fail")])
def test_a_penalty_of_another_form_is_compared_by_its_own_value(make_objective, monkeypatch, factor, verdict):
    def cubes(self, weights):
        return self.l2 * float((np.abs(weights) ** 3).sum())

    def gradient(self, weights, grads, scratch):
        grads += factor * self.l2 * weights * np.abs(weights)

    monkeypatch.setattr(Penalty, "value", cubes)
    monkeypatch.setattr(Penalty, "add_gradient", gradient)
    result = check_gradient(make_objective((4, 5, 3), penalty=Penalty(l2=0.1)), X, LABELS, name="")
    assert result.verdict == verdict
    assert {t.name for t in result.tensors if t.verdict == "fail"} == (set() if factor == 3 else {"W1", "W2"})


def test_without_a_penalty_there_is_no_such_part(make_objective):
    result = check_gradient(make_objective((4, 5, 3)), X, LABELS, name="")
    assert {tensor.penalty_difference for tensor in result.tensors} == {None}
