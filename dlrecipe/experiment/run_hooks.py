"""What a run does at each epoch and between two batches: journal, display, checkpoints, signals."""

import math
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import TypeAlias

from dlrecipe.experiment.interruption import Interruption
from dlrecipe.store.checkpoints import Checkpoints
from dlrecipe.store.journal import Journal
from dlrecipe.training.hooks import Record
from dlrecipe.training.specs import CheckpointSpec
from dlrecipe.training.state import TrainingState

EpochSink: TypeAlias = Callable[[Record], None]
GivenUp: TypeAlias = Callable[[int, float], str]
"""Is told an epoch and the lowest dev error so far, and returns why training need not go on, if so."""
SAVING_SHARE = 0.05
"""Of the time, at the most, goes to saving: a state of gigabytes is saved less often than is asked for."""


def never(epoch: int, dev: float) -> str:
    """Give up no run."""
    return ""


@dataclass
class RunHooks:
    """The loop's hooks for a stored run.

    `given_up` is asked after each epoch, with its number and the lowest dev error so far, why training need
    not go on; `reason` is what it said, empty so far. `next_s` (of the monotonic clock) and `next_step` say
    when the next checkpoint is due.
    """

    journal: Journal
    checkpoints: Checkpoints
    interruption: Interruption
    sink: EpochSink
    spec: CheckpointSpec
    steps_per_epoch: int
    first_step: int
    given_up: GivenUp = never
    reason: str = field(default="", init=False)
    next_s: float = field(init=False)
    next_step: float = field(init=False)

    def __post_init__(self) -> None:
        self._plan_next(self.first_step, took_s=0.0)

    def epoch_finished(self, record: Record, state: TrainingState) -> None:
        """Note the epoch and show it."""
        self.journal.append(record)
        self.sink(record)
        self.ask(state)

    def ask(self, state: TrainingState) -> None:
        """Ask whether training need not go on, at the end of an epoch."""
        if state.epoch and not state.batch:
            self.reason = self.given_up(state.epoch, state.best.error)

    def pause(self, state: TrainingState) -> bool:
        """Save the state if it is time; return whether a signal has come, or the run is given up."""
        if state.step >= self.next_step or time.monotonic() >= self.next_s:
            self.save(state)
        return self.interruption.signal is not None or bool(self.reason)

    def save(self, state: TrainingState) -> None:
        """Save the state, unless it overflowed in the midst of an epoch.

        Such a run has diverged, which shows at the epoch's end. Resumed from the checkpoint before, it comes
        to the same end.
        """
        began = time.monotonic()
        if state.is_sound():
            self.checkpoints.save(*state.to_checkpoint())
        self._plan_next(state.step, time.monotonic() - began)

    def _plan_next(self, step: int, took_s: float) -> None:
        every_s, every_epochs = self.spec.every_s, self.spec.every_epochs
        least_s = took_s / SAVING_SHARE
        self.next_s = math.inf if every_s is None else time.monotonic() + max(every_s, least_s)
        # The share of time is no reason to leave out what was asked for by epochs: that is a choice of
        # states, not of a pace.
        steps = math.inf if every_epochs is None else every_epochs * self.steps_per_epoch
        self.next_step = step + (steps if math.isinf(steps) else max(1, round(steps)))
