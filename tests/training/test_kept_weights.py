"""The weights a run ends with: those of the best epoch, of the last one, or the last finite ones."""

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from dlrecipe.data.examples import Split
from dlrecipe.optim.specs import AdamSpec, SgdSpec
from dlrecipe.training.loop import Trainer
from dlrecipe.training.specs import EarlyStoppingSpec

Build = Callable[..., Trainer]
Data = Callable[..., Split]


def noisy_run(
    trainer: Build, blobs: Data, recorder: Any, stopping: EarlyStoppingSpec | None
) -> tuple[Trainer, Any, str]:
    """A run whose dev error goes up and down: an eager optimizer on few examples."""
    built = trainer(
        blobs(40, 1), blobs(150, 2), hidden=(8,), optimizer=AdamSpec(learning_rate=0.05),
        early_stopping=stopping, epochs=25, batch_size=8,
    )  # fmt: skip
    hooks = recorder()
    return built, hooks, built.fit(hooks)


@pytest.mark.parametrize("monitor", ["dev_error", "dev_cost"])
def test_the_weights_of_the_lowest_dev_figure_are_kept_bit_for_bit(
    trainer: Build, make_blobs: Data, recorder: Any, monitor: Any
) -> None:
    stopping = EarlyStoppingSpec(monitor=monitor, patience=100)
    built, hooks, status = noisy_run(trainer, make_blobs, recorder, stopping)
    errors, costs = hooks.series("error", "dev"), hooks.series("cost", "dev")
    ranks = list(
        zip(errors, costs, strict=True) if monitor == "dev_error" else zip(costs, errors, strict=True)
    )
    best = ranks.index(min(ranks))
    assert best < len(ranks) - 1, "the run must get worse again for this test to say anything"
    assert status == "finished"
    assert built.state.kept_epoch == built.state.best.epoch == best + 1
    built.load_kept()
    assert built.network.parameters.theta.tobytes() == hooks.thetas[best].tobytes()
    assert np.any(hooks.thetas[best] != hooks.thetas[-1])


def test_without_early_stopping_the_last_epochs_weights_are_kept(
    trainer: Build, make_blobs: Data, recorder: Any
) -> None:
    built, hooks, status = noisy_run(trainer, make_blobs, recorder, None)
    assert status == "finished"
    assert built.state.best.epoch < 25
    assert built.state.kept_epoch == 25
    assert built.state.kept.tobytes() == hooks.thetas[-1].tobytes()


def test_the_run_ends_exactly_patience_epochs_after_the_last_improvement(
    trainer: Build, make_blobs: Data, recorder: Any
) -> None:
    stopping = EarlyStoppingSpec(monitor="dev_cost", patience=3)
    _, hooks, status = noisy_run(trainer, make_blobs, recorder, stopping)
    costs = hooks.series("cost", "dev")
    assert status == "stopped_early"
    assert len(costs) < 25
    assert len(costs) == costs.index(min(costs)) + 1 + 3


def test_fitting_again_after_an_early_stop_changes_nothing(
    trainer: Build, make_blobs: Data, recorder: Any
) -> None:
    built, _, _ = noisy_run(trainer, make_blobs, recorder, EarlyStoppingSpec(monitor="dev_cost", patience=3))
    before, again = built.state.theta.tobytes(), recorder()
    assert built.fit(again) == "stopped_early"
    assert again.records == []
    assert built.state.theta.tobytes() == before


@pytest.mark.parametrize("dtype", ["float32", "float64"])
@pytest.mark.parametrize("stopping", [None, EarlyStoppingSpec(patience=1000)])
def test_a_run_that_diverges_says_so_and_keeps_finite_weights(
    trainer: Build, make_line: Data, recorder: Any, dtype: str, stopping: EarlyStoppingSpec | None
) -> None:
    # The largest curvature is about 1, so θ's distance grows some thousandfold a step until it overflows.
    built = trainer(
        make_line(50, 1, dtype=dtype),
        optimizer=SgdSpec(learning_rate=1e3),
        early_stopping=stopping,
        epochs=500,
    )
    hooks = recorder()
    assert built.fit(hooks) == "diverged"
    assert hooks.records[-1]["cost"]["train"] > 1000 * max(1, built.state.initial_cost)
    assert len(hooks.records) < 5
    assert all(np.isfinite(record["cost"]["train"]) for record in hooks.records[:-1])
    built.load_kept()
    assert np.isfinite(built.network.parameters.theta).all()
    if stopping is None:
        assert built.state.kept_epoch == len(hooks.records) - 1


def test_a_run_that_diverges_at_once_keeps_its_initial_weights(
    trainer: Build, make_line: Data, recorder: Any
) -> None:
    built = trainer(make_line(50, 1, dtype="float32"), optimizer=SgdSpec(learning_rate=1e38))
    initial = built.state.theta.copy()
    assert built.fit(recorder()) == "diverged"
    assert built.state.kept_epoch == 0
    built.load_kept()
    np.testing.assert_array_equal(built.network.parameters.theta, initial)
