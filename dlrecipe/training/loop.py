"""The training loop, the only one. Knows nothing of files, configs or terminals."""

from collections.abc import Iterator
from contextlib import contextmanager, nullcontext
from dataclasses import dataclass, replace
from typing import Literal, TypeAlias

import numpy as np

from dlrecipe.arrays import Flat
from dlrecipe.data.batches import BatchSource, PlainBatches
from dlrecipe.data.examples import Split
from dlrecipe.nn.objective import Objective
from dlrecipe.optim.clipping import clip_norm, clip_value
from dlrecipe.optim.optimizers import FlatOptimizer
from dlrecipe.optim.schedules import factor_at
from dlrecipe.optim.specs import Optimizer
from dlrecipe.rng import stream
from dlrecipe.training.averaging import Averages
from dlrecipe.training.hooks import Hooks, Record
from dlrecipe.training.measurement import Measurement, measured_from
from dlrecipe.training.monitors import (
    activation_figures,
    epochs_between_looks,
    gradient_norms,
    is_watched,
    layer_figures,
)
from dlrecipe.training.second_process import OneProcess, TwoProcesses, can_share, processes
from dlrecipe.training.specs import EarlyStoppingSpec, TrainingSpec
from dlrecipe.training.state import TrainingState
from dlrecipe.training.steps import BatchRef, StepWork, parts_of_step
from dlrecipe.training.threads import limited_threads, threads_for

DIVERGED = 1e3
"""Times its start (and at least 1) that J may grow before the run counts as diverged."""

TRAIN, DEV = 0, 1
"""The splits that are measured each epoch, by index."""

Status: TypeAlias = Literal["finished", "stopped_early", "interrupted", "diverged"]


@dataclass(frozen=True)
class Extension:
    """A run was given more epochs than its `epochs` when it had done `step` steps.

    What comes before keeps to the schedule it was planned with, also where it must be trained again.
    """

    step: int
    epochs: int


@dataclass(frozen=True)
class Plan:
    """What the loop is told: how long, on what batches, by which optimizer, and when to stop."""

    training: TrainingSpec
    optimizer: Optimizer
    early_stopping: EarlyStoppingSpec | None
    max_norm: float | None
    seed: int
    extensions: tuple[Extension, ...] = ()

    def epochs_at(self, step: int) -> int:
        """Return for how many epochs training was planned when this step (from 0) was first done."""
        for was in self.extensions:
            if step < was.step:
                return was.epochs
        return self.training.epochs


class Trainer:
    """A network on its data, with all memory for its steps allocated.

    Args:
        batches: where the batches come from; None takes the training examples as they are.
    """

    def __init__(
        self,
        objective: Objective,
        train: Split,
        dev: Split,
        plan: Plan,
        batches: BatchSource | None = None,
    ) -> None:
        self.objective, self.train, self.dev, self.plan = objective, train, dev, plan
        self.network = objective.network
        parameters = self.network.parameters
        n = train.n_examples
        self.batch_size = batch_size_of(plan.training, n)
        self.steps_per_epoch = -(-n // self.batch_size)
        self._last_batch_size = n - (self.steps_per_epoch - 1) * self.batch_size
        n_parts = parts_of_step(self.network.architecture, self.batch_size)
        self.optimizer = FlatOptimizer(
            plan.optimizer,
            parameters.theta,
            parameters.grads,
            parameters.n_weights,
            parameters.halves() if n_parts == 2 else None,
        )
        # The first part's stream goes by the name alone, as that of a batch in one part.
        dropout_rngs = tuple(
            stream(plan.seed, "dropout", *([part] if part else [])) for part in range(n_parts)
        )
        self.averages = Averages(plan.training.averaging, parameters.theta, self.network.statistics.flat)
        self.state = TrainingState(
            parameters.theta,
            self.optimizer.moments,
            dropout_rngs,
            self.network.statistics.flat,
            self.averages.values,
        )
        self.measured = self._measured_split()
        self.batches = batches or PlainBatches(train, plan.seed, self.batch_size)
        self._work = StepWork(
            _for_targets_of(self.batches, objective),
            self.batches,
            self.optimizer,
            sizes=sorted({self.batch_size, self._last_batch_size}),
            rngs=dropout_rngs,
            max_norm=plan.max_norm,
        )
        self._processes: OneProcess | TwoProcesses = OneProcess(self._work)
        self._shares = n_parts == 2 and can_share(plan.training.threads)
        largest = self.batch_size * self.network.architecture.multiplications
        self.threads = 1 if n_parts == 2 else threads_for(largest, plan.training.threads)
        self._theta_before: Flat = np.zeros_like(parameters.theta)
        self._gradient_norms: dict[str, float] = {}
        self._epochs_between_looks = epochs_between_looks(self.network, self.batch_size, self.steps_per_epoch)

    def fit(self, hooks: Hooks) -> Status:
        """Train until the epochs are done, the patience is, or the outside asks to stop.

        The state holds the parameters to keep, whatever the outcome; they are always finite.
        """
        state, plan = self.state, self.plan
        with self.at_work():
            if state.step == 0:
                state.initial_cost = self._measure(TRAIN).cost
            while state.epoch < plan.training.epochs and not state.best.exhausted(plan.early_stopping):
                if not self.train_epoch(hooks):
                    return "interrupted"
                record, diverged = self._close_epoch()
                hooks.epoch_finished(record, state)
                if diverged:
                    return "diverged"
                if hooks.pause(state):
                    break
        if state.best.exhausted(plan.early_stopping):
            return "stopped_early"
        return "finished" if state.epoch >= plan.training.epochs else "interrupted"

    @contextmanager
    def at_work(self) -> Iterator[None]:
        """Have the second process, and whoever makes batches ahead, at work while the context is open."""
        measured = [self.measured.X, self.dev.X]
        streams = self.state.dropout_rngs
        # Two processes make their own parts of a batch where they can: a thread would take from one of them.
        ahead = nullcontext() if self._shares and self.batches.fills_in_parts else self.batches
        # A run that overflows is a result: it is noticed in its figures, not by a warning.
        with (
            np.errstate(all="ignore"),
            limited_threads(self.threads),
            processes(self._work, self.network, measured, streams, shared=self._shares) as self._processes,
            ahead,
        ):
            self.state.refresh = self._processes.fetch_stream
            try:
                yield
                # The state is saved once more when all is over, and nobody is there to be asked then.
                self.state.refresh()
            finally:
                self.state.refresh = lambda: None
        self._processes = OneProcess(self._work)

    def load_kept(self) -> None:
        """Put the kept parameters, and the running statistics of their epoch, into the network."""
        np.copyto(self.network.parameters.theta, self.state.kept)
        np.copyto(self.network.statistics.flat, self.state.kept_statistics)

    def train_epoch(self, hooks: Hooks) -> bool:
        """Do the epoch's remaining batches; return False when interrupted before the last."""
        state = self.state
        while state.batch < self.steps_per_epoch:
            self._step()
            state.batch += 1
            if state.batch < self.steps_per_epoch and hooks.pause(state):
                return False
        state.epoch += 1
        state.batch = 0
        return True

    def _step(self) -> None:
        """One step, on the next batch."""
        state = self.state
        n = self._last_batch_size if state.batch == self.steps_per_epoch - 1 else self.batch_size
        batch = BatchRef(n, state.epoch + 1, state.batch)
        learning_rate = self._learning_rate(state.step)
        clip = self.plan.optimizer.clip
        pauses = self._is_watched_step() or clip.norm is not None or clip.value is not None
        self._processes.step(batch, learning_rate, state.step + 1, self._before_update if pauses else None)
        state.step += 1
        self.averages.update(state.step)

    def _is_watched_step(self) -> bool:
        """Return whether the gradients of the present step are recorded: the last of a watched epoch."""
        state, last = self.state, self.steps_per_epoch - 1
        return state.batch == last and is_watched(state.epoch + 1, self._epochs_between_looks)

    def _before_update(self) -> None:
        """Look at the whole gradient, and clip it, before the optimizer takes it."""
        parameters, clip = self.network.parameters, self.plan.optimizer.clip
        if self._is_watched_step():
            np.copyto(self._theta_before, parameters.theta)
            self._gradient_norms = gradient_norms(self.network, self.objective.penalty)
        if clip.norm is not None:
            clip_norm(parameters.grads, clip.norm)
        if clip.value is not None:
            clip_value(parameters.grads, clip.value)

    def _learning_rate(self, step: int) -> float:
        spec = self.plan.optimizer
        factor = factor_at(spec.schedule, step, self.steps_per_epoch, self.plan.epochs_at(step))
        return spec.learning_rate * factor

    def _close_epoch(self) -> tuple[Record, bool]:
        """Measure the finished epoch, decide what to keep; return its record and whether it diverged."""
        state, plan = self.state, self.plan
        watched = is_watched(state.epoch, self._epochs_between_looks)
        with self.averages.in_place():
            train = self._measure(TRAIN)
            # Here, where the measured examples' activations still lie: they need no pass of their own.
            activations = activation_figures(self.network.activations()) if watched else {}
            dev = self._measure(DEV)
            penalty = self.objective.penalty_value()
        record = {
            "epoch": state.epoch,
            "cost": {"train": train.cost, "dev": dev.cost},
            "error": {"train": train.error, "dev": dev.error},
            "penalty": penalty,
            "learning_rate": self._learning_rate(state.step - 1),
        }
        if watched:
            record["layers"] = layer_figures(self.network, self._theta_before, self._gradient_norms)
            record["activations"] = activations
        diverged = self._diverged(train, dev)
        if not diverged:
            is_best = state.best.update(state.epoch, dev.error, dev.cost, plan.early_stopping)
            if is_best or plan.early_stopping is None:
                state.keep()
        return record, diverged

    def _measure(self, index: int) -> Measurement:
        """Measure the examples drawn from train, or those of dev."""
        split = (self.measured, self.dev)[index]
        outputs = self._processes.outputs(self.network, index, split.X)
        return measured_from(outputs, self.objective, split.y)

    def _diverged(self, train: Measurement, dev: Measurement) -> bool:
        """Return whether a figure or a weight is not finite, or J has grown beyond all measure."""
        # Labels can be predicted from overflowed outputs, so finite costs alone do not show finite weights.
        finite = np.isfinite(train.cost + dev.cost) and np.isfinite(self.network.parameters.theta.sum())
        return not finite or train.cost > DIVERGED * max(1.0, self.state.initial_cost)

    def _measured_split(self) -> Split:
        """The training examples that each epoch is measured on, drawn once."""
        n, wanted = self.train.n_examples, self.plan.training.measured_examples
        if wanted == "all" or wanted >= n:
            return self.train
        rows = np.sort(stream(self.plan.seed, "measured").choice(n, wanted, replace=False))
        return Split(self.train.X[rows], self.train.y[rows], self.train.rows[rows])


def batch_size_of(training: TrainingSpec, n_examples: int) -> int:
    """Return the number of examples in a step."""
    return n_examples if training.batch_size == "full" else min(training.batch_size, n_examples)


def _for_targets_of(batches: BatchSource, objective: Objective) -> Objective:
    """Return what steps minimize: the objective, for the labels or the shares of classes of the batches."""
    if not batches.mixes_labels:
        return objective
    assert objective.loss.mixed is not None
    return replace(objective, loss=objective.loss.mixed(objective.class_weights), class_weights=None)
