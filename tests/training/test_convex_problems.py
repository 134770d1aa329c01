"""Problems whose answer is known: ridge regression in closed form, logistic regression from scikit-learn."""

from collections.abc import Callable
from itertools import pairwise
from typing import Any

import numpy as np
import pytest

from dlrecipe.data.examples import Split
from dlrecipe.nn.regularizers import Penalty
from dlrecipe.nn.specs import ZerosInit
from dlrecipe.optim.specs import MomentumSpec, SgdSpec
from dlrecipe.training.loop import Trainer

Build = Callable[..., Trainer]
Data = Callable[..., Split]


def ridge(X: Any, y: Any, l2: float) -> Any:
    """Return (w, b) that minimizes ‖Xw + b - y‖² + λ‖w‖², by least squares.

    The penalty is n more rows, √λ · w_j = 0. Divided by 2m this is
    J = ½ mean (Xw + b - y)² + λ/(2m) ‖w‖², so it has the same minimum.
    """
    m, n = X.shape
    design = np.vstack([np.hstack([X, np.ones((m, 1))]), np.sqrt(l2) * np.eye(n, n + 1)])
    return np.linalg.lstsq(design, np.concatenate([y, np.zeros(n)]), rcond=None)[0]


@pytest.mark.parametrize("l2", [0.0, 5.0, 100.0])
def test_gradient_descent_reaches_the_ridge_solution(
    trainer: Build, make_line: Data, recorder: Any, l2: float
) -> None:
    train = make_line(60, 1)
    built = trainer(train, penalty=Penalty(l2=l2 / 60), optimizer=SgdSpec(learning_rate=0.5), epochs=300)
    built.fit(recorder())
    expected = ridge(train.X, train.y[:, 0], l2)
    # Each step multiplies the distance by at most 1 - 0.5 · the smallest curvature, here below 0.8:
    # 0.8³⁰⁰ is 1e-29, so rounding alone is left.
    A = np.hstack([train.X, np.ones((60, 1))])
    curvatures = np.linalg.eigvalsh(A.T @ A / 60 + np.diag([l2 / 60] * 3 + [0.0]))
    assert np.max(np.abs(1 - 0.5 * curvatures)) < 0.8
    np.testing.assert_allclose(built.state.theta, expected, rtol=1e-12)


def test_in_float32_it_comes_as_near_as_float32_allows(
    trainer: Build, make_line: Data, recorder: Any
) -> None:
    train = make_line(60, 1, dtype="float32")
    built = trainer(train, penalty=Penalty(l2=5 / 60), optimizer=SgdSpec(learning_rate=0.5), epochs=300)
    built.fit(recorder())
    expected = ridge(train.X.astype(float), train.y[:, 0].astype(float), 5.0)
    # It stands still when a step is below half a unit in the last place, 6e-8 · |θ|; the gradient's own
    # rounding is of some units, and the smallest curvature (above 0.4) takes another factor of 2.5.
    np.testing.assert_allclose(built.state.theta, expected, rtol=5e-6)


def test_j_falls_monotonically_with_full_batches_and_a_small_learning_rate(
    trainer: Build, make_line: Data, recorder: Any
) -> None:
    hooks = recorder()
    trainer(make_line(60, 1), penalty=Penalty(l2=0.1), optimizer=SgdSpec(learning_rate=0.05), epochs=100).fit(
        hooks
    )
    costs = hooks.series("cost", "train")
    assert all(after < before for before, after in pairwise(costs))


@pytest.mark.parametrize("l2", [1.0, 20.0])
@pytest.mark.parametrize("n_classes", [2, 3])
def test_logistic_regression_agrees_with_scikit_learn(
    trainer: Build, make_blobs: Data, recorder: Any, n_classes: int, l2: float
) -> None:
    """scikit-learn minimizes C Σ loss + ½‖w‖², which is J · m/λ for C = 1/λ."""
    from sklearn.linear_model import LogisticRegression

    train = make_blobs(150, 1, n_classes=n_classes)
    spec = MomentumSpec(type="nesterov", learning_rate=0.5, momentum=0.9)
    built = trainer(
        train, penalty=Penalty(l2=l2 / 150), optimizer=spec, initialization=ZerosInit(), epochs=600
    )
    built.fit(recorder())
    theirs = LogisticRegression(C=1 / l2, tol=1e-10, max_iter=1000).fit(train.X, train.y)
    p = built.network.parameters.values
    b = p["b1"] - p["b1"].mean() if n_classes > 2 else p["b1"]
    intercept = theirs.intercept_ - theirs.intercept_.mean() if n_classes > 2 else theirs.intercept_
    # lbfgs stops where J no longer changes in float64's last digits: √1e-16 in the weights, some 1e-7.
    np.testing.assert_allclose(p["W1"], theirs.coef_.T, atol=1e-6)
    np.testing.assert_allclose(b, intercept, atol=1e-6)


def test_class_weights_agree_with_scikit_learn(trainer: Build, make_blobs: Data, recorder: Any) -> None:
    from sklearn.linear_model import LogisticRegression

    train = make_blobs(150, 1)
    spec = MomentumSpec(type="nesterov", learning_rate=0.3, momentum=0.9)
    built = trainer(
        train, penalty=Penalty(l2=2 / 150), class_weights=np.array([1.0, 3.0]), optimizer=spec, epochs=600
    )
    built.fit(recorder())
    theirs = LogisticRegression(C=1 / 2, class_weight={0: 1.0, 1: 3.0}, tol=1e-10).fit(train.X, train.y)
    p = built.network.parameters.values
    np.testing.assert_allclose(p["W1"], theirs.coef_.T, atol=1e-6)
    np.testing.assert_allclose(p["b1"], theirs.intercept_, atol=1e-6)


def test_class_weights_count_in_j_and_not_in_the_error(
    trainer: Build, make_blobs: Data, recorder: Any
) -> None:
    train = make_blobs(150, 1)
    built, hooks = trainer(train, class_weights=np.array([1.0, 3.0]), epochs=1), recorder()
    built.fit(hooks)
    z = train.X @ hooks.thetas[0][:2] + hooks.thetas[0][2]
    weights = np.where(train.y == 1, 3.0, 1.0)
    cost = np.mean(weights * (np.logaddexp(0, z) - train.y * z))
    assert hooks.records[0]["cost"]["train"] == pytest.approx(cost, rel=1e-12)
    assert hooks.records[0]["error"]["train"] == np.mean((z > 0) != train.y)


def test_a_heavier_class_is_missed_less_often(trainer: Build, make_blobs: Data, recorder: Any) -> None:
    train = make_blobs(300, 1)
    misses = []
    for weight in (1.0, 10.0):
        built = trainer(
            train, class_weights=np.array([1.0, weight]), optimizer=SgdSpec(learning_rate=0.3), epochs=100
        )
        built.fit(recorder())
        z = built.network.outputs(train.X)[:, 0]
        misses.append(np.mean(z[train.y == 1] <= 0))
    assert misses[1] < 0.5 * misses[0]
