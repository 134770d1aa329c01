"""What an epoch's record says: J with its penalty, errors without dropout, at the weights of the epoch."""

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from dlrecipe.data.examples import Split
from dlrecipe.nn.regularizers import Penalty
from dlrecipe.optim.schedules import factor_at
from dlrecipe.optim.specs import AdamSpec, CosineSchedule, SgdSpec
from dlrecipe.training.loop import Trainer

Build = Callable[..., Trainer]
Data = Callable[..., Split]


def test_j_of_linear_regression_contains_the_penalty(trainer: Build, make_line: Data, recorder: Any) -> None:
    """J = ½ mean (Xw + b - y)² + λ/(2m) ‖w‖² + λ₁/m |w|, the bias left out, on train and on dev alike."""
    train, dev = make_line(40, 1), make_line(15, 2)
    l2, l1 = 0.7, 0.3
    built = trainer(train, dev, penalty=Penalty(l2=l2 / 40, l1=l1 / 40), epochs=3, batch_size=16)
    hooks = recorder()
    built.fit(hooks)
    for record, theta in zip(hooks.records, hooks.thetas, strict=True):
        w, b = theta[:3], theta[3]
        penalty = l2 / 80 * np.sum(w**2) + l1 / 40 * np.sum(np.abs(w))
        assert record["penalty"] == pytest.approx(penalty, rel=1e-13)
        for name, split in (("train", train), ("dev", dev)):
            residual = split.X @ w + b - split.y[:, 0]
            assert record["cost"][name] == pytest.approx(np.mean(residual**2) / 2 + penalty, rel=1e-13)


def test_the_error_of_regression_is_the_variance_unexplained(
    trainer: Build, make_line: Data, recorder: Any
) -> None:
    from sklearn.metrics import r2_score

    train, dev = make_line(40, 1), make_line(15, 2)
    built, hooks = trainer(train, dev, epochs=2), recorder()
    built.fit(hooks)
    w, b = hooks.thetas[-1][:3], hooks.thetas[-1][3]
    for name, split in (("train", train), ("dev", dev)):
        expected = 1 - r2_score(split.y[:, 0], split.X @ w + b)
        assert hooks.records[-1]["error"][name] == pytest.approx(expected, rel=1e-12)


def test_figures_are_measured_without_dropout_at_the_weights_of_the_epoch(
    trainer: Build, make_blobs: Data, recorder: Any
) -> None:
    train, dev = make_blobs(60, 1), make_blobs(30, 2)
    built = trainer(
        train, dev, hidden=(5,), keep_prob=(0.8, 0.5), optimizer=AdamSpec(learning_rate=0.03), batch_size=16
    )
    hooks = recorder()
    built.fit(hooks)
    for record, theta in zip(hooks.records, hooks.thetas, strict=True):
        p = built.network.parameters.split(theta)
        for name, split in (("train", train), ("dev", dev)):
            z = (np.tanh(split.X @ p["W1"] + p["b1"]) @ p["W2"] + p["b2"])[:, 0]
            cost = np.mean(np.logaddexp(0, z) - split.y * z)
            assert record["cost"][name] == pytest.approx(cost, rel=1e-12)
            assert record["error"][name] == np.mean((z > 0) != split.y)


def test_the_learning_rate_of_a_record_is_that_of_the_epochs_last_step(
    trainer: Build, make_blobs: Data, recorder: Any
) -> None:
    schedule = CosineSchedule()
    built = trainer(
        make_blobs(30, 1), optimizer=SgdSpec(learning_rate=0.2, schedule=schedule), batch_size=10, epochs=4
    )
    hooks = recorder()
    built.fit(hooks)
    expected = [0.2 * factor_at(schedule, step, 3, 4) for step in (2, 5, 8, 11)]
    assert [record["learning_rate"] for record in hooks.records] == pytest.approx(expected, rel=1e-15)


def test_epochs_are_counted_from_one(trainer: Build, make_blobs: Data, recorder: Any) -> None:
    hooks = recorder()
    assert trainer(make_blobs(30, 1), epochs=3).fit(hooks) == "finished"
    assert [record["epoch"] for record in hooks.records] == [1, 2, 3]


@pytest.mark.parametrize("dtype", ["float32", "float64"])
def test_a_record_holds_plain_numbers_and_the_network_keeps_its_precision(
    trainer: Build, make_blobs: Data, recorder: Any, dtype: str
) -> None:
    import json

    built = trainer(make_blobs(30, 1, dtype=dtype), hidden=(4,), optimizer=AdamSpec(), batch_size=8)
    hooks = recorder()
    built.fit(hooks)
    assert json.loads(json.dumps(hooks.records, allow_nan=False)) == hooks.records
    assert {
        hooks.thetas[-1].dtype,
        built.state.kept.dtype,
        *(m.dtype for m in built.state.moments.values()),
    } == {np.dtype(dtype)}


def test_float32_and_float64_tell_the_same_story(trainer: Build, make_blobs: Data, recorder: Any) -> None:
    costs = []
    for dtype in ("float32", "float64"):
        hooks = recorder()
        trainer(make_blobs(50, 1, dtype=dtype), hidden=(4,), batch_size=8).fit(hooks)
        costs.append(hooks.series("cost", "train"))
    assert costs[0] == pytest.approx(costs[1], rel=1e-5)
    assert costs[0] != costs[1]


def test_measured_examples_are_drawn_once(trainer: Build, make_blobs: Data, recorder: Any) -> None:
    train = make_blobs(200, 1)
    built, hooks = trainer(train, make_blobs(20, 2), measured_examples=50, batch_size=64), recorder()
    rows = built.measured.rows
    assert len(set(rows.tolist())) == 50
    np.testing.assert_array_equal(built.measured.X, train.X[rows])
    built.fit(hooks)
    for record, theta in zip(hooks.records, hooks.thetas, strict=True):
        z = train.X[rows] @ theta[:2] + theta[2]
        assert record["error"]["train"] == np.mean((z > 0) != train.y[rows])
    again = trainer(train, measured_examples=50, batch_size=32, epochs=9)
    np.testing.assert_array_equal(again.measured.rows, rows)


@pytest.mark.parametrize("measured_examples", ["all", 200, 10_000])
def test_all_examples_are_measured_when_there_are_no_more_than_wanted(
    trainer: Build, make_blobs: Data, measured_examples: Any
) -> None:
    train = make_blobs(200, 1)
    assert trainer(train, measured_examples=measured_examples).measured is train
