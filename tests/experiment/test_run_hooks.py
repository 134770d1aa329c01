"""When the state is saved: by the clock and by epochs, within an epoch too, and never one that overflowed."""

from dataclasses import dataclass, field
from typing import Any

import numpy as np
import pytest

from dlrecipe.experiment import run_hooks
from dlrecipe.experiment.run_hooks import RunHooks
from dlrecipe.training.specs import CheckpointSpec
from dlrecipe.training.state import TrainingState


class Clock:
    """Stands for `time`; goes on when it is told to."""

    def __init__(self) -> None:
        self.now = 0.0

    def monotonic(self) -> float:
        return self.now


@dataclass
class Saves:
    """Stands for the checkpoints: remembers the steps of the states saved, each taking `takes_s`."""

    clock: Clock
    takes_s: float = 0.0
    steps: list[int] = field(default_factory=list)

    def save(self, arrays: Any, meta: Any) -> None:
        self.clock.now += self.takes_s
        self.steps.append(meta["step"])


class NoSignal:
    signal = None


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Clock:
    clock = Clock()
    monkeypatch.setattr(run_hooks, "time", clock)
    return clock


def state_at(step: int) -> TrainingState:
    state = TrainingState(np.zeros(2), {}, (np.random.default_rng(0),), np.zeros(0))
    state.step = step
    return state


def saved_in(spec: CheckpointSpec, saves: Saves, n_steps: int, steps_per_epoch: int = 10) -> list[int]:
    hooks: Any = RunHooks(None, saves, NoSignal(), None, spec, steps_per_epoch, 0)  # type: ignore[arg-type]
    for step in range(1, n_steps + 1):
        saves.clock.now += 1
        assert hooks.pause(state_at(step)) is False
    return saves.steps


@pytest.mark.parametrize(
    ("every_epochs", "steps"),
    [(1, [10, 20, 30]), (2, [20]), (0.3, list(range(3, 31, 3))), (1e-9, list(range(1, 31))), (1e308, [])],
)
def test_by_epochs_also_within_one(clock: Clock, every_epochs: float, steps: list[int]) -> None:
    spec = CheckpointSpec(every_s=None, every_epochs=every_epochs)
    assert saved_in(spec, Saves(clock), 30) == steps


def test_by_the_clock_within_an_epoch(clock: Clock) -> None:
    assert saved_in(CheckpointSpec(every_s=10.0), Saves(clock), 30) == [10, 20, 30]


def test_whichever_comes_first(clock: Clock) -> None:
    spec = CheckpointSpec(every_s=25.0, every_epochs=1)
    assert saved_in(spec, Saves(clock), 30) == [10, 20, 30]


def test_never_but_at_the_end(clock: Clock) -> None:
    assert saved_in(CheckpointSpec(every_s=None), Saves(clock), 30) == []


def test_a_state_that_takes_long_to_save_is_saved_less_often(clock: Clock) -> None:
    # A step takes 1 s. What takes 5 s may be done every 100 s, for a twentieth of the time.
    assert saved_in(CheckpointSpec(every_s=10.0), Saves(clock, takes_s=5.0), 250) == [10, 110, 210]


def test_a_state_that_overflowed_is_not_saved(clock: Clock) -> None:
    saves = Saves(clock)
    hooks: Any = RunHooks(None, saves, NoSignal(), None, CheckpointSpec(), 10, 0)  # type: ignore[arg-type]
    state = state_at(3)
    state.theta[1] = np.nan
    hooks.save(state)
    assert saves.steps == []
    state.theta[1] = 0
    hooks.save(state)
    assert saves.steps == [3]
