"""The gradient of losses that take shares of classes, as mixup gives them."""

from dataclasses import replace

import numpy as np
import pytest

from dlrecipe.gradcheck import check_gradient
from dlrecipe.nn.losses import LOSSES, SMOOTHED
from dlrecipe.nn.regularizers import Penalty

RNG = np.random.default_rng(7)
X = RNG.standard_normal((7, 4))
LABELLED = {**LOSSES, **{f"smoothed {name}": smoothed(0.2) for name, smoothed in SMOOTHED.items()}}
MIXED = {name: loss.mixed for name, loss in LABELLED.items() if loss.mixed is not None}


def shares(n_classes):
    mixed = RNG.random((7, n_classes))
    return mixed / mixed.sum(axis=1, keepdims=True)


@pytest.mark.parametrize("weighted", [False, True])
@pytest.mark.parametrize("name", MIXED)
def test_the_gradient_of_mixed_labels_passes(make_objective, name, weighted):
    n_classes, n_outputs = (2, 1) if "sigmoid" in name else (3, 3)
    weights = np.array([0.5, 2.0, 4.0])[:n_classes] if weighted else None
    objective = make_objective((4, 5, 3, n_outputs), loss=MIXED[name](weights), penalty=Penalty(l2=0.1))
    result = check_gradient(objective, X, shares(n_classes), name=name)
    assert result.verdict == "pass"
    assert result.relative_difference <= 1e-7


@pytest.mark.parametrize("name", MIXED)
def test_a_gradient_that_forgets_the_weights_of_the_classes_fails(make_objective, name):
    n_classes, n_outputs = (2, 1) if "sigmoid" in name else (3, 3)
    right = MIXED[name](np.array([0.5, 2.0, 4.0])[:n_classes])
    wrong = replace(right, gradient=MIXED[name](None).gradient)
    objective = make_objective((4, 5, n_outputs), loss=wrong)
    assert check_gradient(objective, X, shares(n_classes), name=name).verdict == "fail"
