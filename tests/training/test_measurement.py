"""Errors and predicted labels from outputs."""

import numpy as np
import pytest
from sklearn.metrics import r2_score

from dlrecipe.training.measurement import error_of, predicted_labels


def test_the_label_is_the_largest_logit() -> None:
    logits = np.array([[0.1, 0.3, 0.2], [5.0, -5.0, 4.0]])
    assert predicted_labels(logits).tolist() == [1, 0]


def test_one_logit_says_one_above_zero() -> None:
    assert predicted_labels(np.array([[-0.1], [0.0], [0.1]])).tolist() == [0, 0, 1]


def test_the_error_of_labels_is_the_fraction_that_is_wrong() -> None:
    logits = np.array([[1.0, 0.0], [1.0, 0.0], [0.0, 1.0], [0.0, 1.0]])
    assert error_of(logits, np.array([0, 1, 1, 1])) == 0.25


@pytest.mark.parametrize("n_outputs", [1, 3])
@pytest.mark.parametrize(("dtype", "tolerance"), [("float64", 1e-12), ("float32", 1e-5)])
def test_the_error_of_numbers_is_one_minus_r_squared(n_outputs: int, dtype: str, tolerance: float) -> None:
    rng = np.random.default_rng(0)
    targets = rng.standard_normal((50, n_outputs)) * [1, 10, 0.1][:n_outputs]
    outputs = targets + 0.3 * rng.standard_normal((50, n_outputs))
    error = error_of(outputs.astype(dtype), targets.astype(dtype))
    assert error == pytest.approx(1 - r2_score(targets, outputs), rel=tolerance)


def test_predicting_the_mean_leaves_all_variance_unexplained() -> None:
    targets = np.array([[1.0], [2.0], [6.0]])
    assert error_of(np.full((3, 1), 3.0), targets) == pytest.approx(1.0, rel=1e-15)
