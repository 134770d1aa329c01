"""The training loop, the only one. Knows nothing of files, configs or terminals."""

from dataclasses import dataclass
from typing import Literal, TypeAlias

import numpy as np

from dlrecipe.arrays import Flat, Indices
from dlrecipe.data.batches import BatchOrder
from dlrecipe.data.disk_rows import DiskRows, gather
from dlrecipe.data.examples import Split
from dlrecipe.nn.objective import GradientPass, Objective
from dlrecipe.nn.regularizers import limit_norms
from dlrecipe.optim.clipping import clip_norm, clip_value
from dlrecipe.optim.optimizers import FlatOptimizer
from dlrecipe.optim.schedules import factor_at
from dlrecipe.optim.specs import Optimizer
from dlrecipe.rng import stream
from dlrecipe.training.hooks import Hooks, Record
from dlrecipe.training.measurement import Measurement, measure
from dlrecipe.training.monitors import (
    PROBE_ROWS,
    activation_figures,
    gradient_norms,
    is_watched,
    layer_figures,
)
from dlrecipe.training.specs import EarlyStoppingSpec, TrainingSpec
from dlrecipe.training.state import TrainingState
from dlrecipe.training.threads import limited_threads, threads_for

DIVERGED = 1e3
"""Times its start (and at least 1) that J may grow before the run counts as diverged."""

Status: TypeAlias = Literal["finished", "stopped_early", "interrupted", "diverged"]


@dataclass(frozen=True)
class Plan:
    """What the loop is told: how long, on what batches, by which optimizer, and when to stop."""

    training: TrainingSpec
    optimizer: Optimizer
    early_stopping: EarlyStoppingSpec | None
    max_norm: float | None
    seed: int


class Trainer:
    """A network on its data, with all memory for its steps allocated."""

    def __init__(self, objective: Objective, train: Split, dev: Split, plan: Plan) -> None:
        self.objective, self.train, self.dev, self.plan = objective, train, dev, plan
        self.network = objective.network
        parameters = self.network.parameters
        self.optimizer = FlatOptimizer(
            plan.optimizer, parameters.theta, parameters.grads, parameters.n_weights
        )
        dropout_rng = stream(plan.seed, "dropout")
        self.state = TrainingState(
            parameters.theta, self.optimizer.moments, dropout_rng, self.network.statistics.flat
        )
        n, size = train.n_examples, plan.training.batch_size
        self.batch_size = n if size == "full" else min(size, n)
        self.steps_per_epoch = -(-n // self.batch_size)
        self.measured = self._measured_split()
        self._order = BatchOrder(plan.seed, n, train.X.blocks if isinstance(train.X, DiskRows) else None)
        largest = self.batch_size * self.network.architecture.multiplications
        self.threads = threads_for(largest, plan.training.threads)
        self._passes: dict[int, GradientPass] = {}
        self._theta_before: Flat = np.zeros_like(parameters.theta)
        self._gradient_norms: dict[str, float] = {}
        self._matrices = [W for name, W in parameters.values.items() if name.startswith("W")]

    def fit(self, hooks: Hooks) -> Status:
        """Train until the epochs are done, the patience is, or the outside asks to stop.

        The state holds the parameters to keep, whatever the outcome; they are always finite.
        """
        state, plan = self.state, self.plan
        # A run that overflows is a result: it is noticed in its figures, not by a warning.
        with np.errstate(all="ignore"), limited_threads(self.threads):
            if state.step == 0:
                state.initial_cost = measure(self.objective, self.measured).cost
            while state.epoch < plan.training.epochs and not state.best.exhausted(plan.early_stopping):
                if not self.train_epoch(hooks):
                    return "interrupted"
                record, diverged = self._close_epoch()
                hooks.epoch_finished(record, state)
                if diverged:
                    return "diverged"
                if hooks.interrupted():
                    break
        if state.best.exhausted(plan.early_stopping):
            return "stopped_early"
        return "finished" if state.epoch >= plan.training.epochs else "interrupted"

    def load_kept(self) -> None:
        """Put the kept parameters, and the running statistics of their epoch, into the network."""
        np.copyto(self.network.parameters.theta, self.state.kept)
        np.copyto(self.network.statistics.flat, self.state.kept_statistics)

    def train_epoch(self, hooks: Hooks) -> bool:
        """Do the epoch's remaining batches; return False when interrupted before the last."""
        state = self.state
        order = None if self.steps_per_epoch == 1 else self._order.of_epoch(state.epoch + 1)
        while state.batch < self.steps_per_epoch:
            rows = None if order is None else order[state.batch * self.batch_size :][: self.batch_size]
            self._step(rows)
            state.batch += 1
            if state.batch < self.steps_per_epoch and hooks.interrupted():
                return False
        state.epoch += 1
        state.batch = 0
        return True

    def _step(self, rows: Indices | None) -> None:
        """One step on these rows of train, or on all of them."""
        state, spec, parameters = self.state, self.plan.optimizer, self.network.parameters
        gradient = self._gradient_pass(rows)
        gradient.run()
        if state.batch == self.steps_per_epoch - 1 and is_watched(state.epoch + 1, self.steps_per_epoch):
            np.copyto(self._theta_before, parameters.theta)
            self._gradient_norms = gradient_norms(self.network, self.objective.penalty)
        if spec.clip.norm is not None:
            clip_norm(parameters.grads, spec.clip.norm)
        if spec.clip.value is not None:
            clip_value(parameters.grads, spec.clip.value)
        learning_rate = self._learning_rate(state.step)
        state.step += 1
        self.optimizer.step(learning_rate, state.step)
        if self.plan.max_norm is not None:
            limit_norms(self._matrices, self.plan.max_norm)

    def _gradient_pass(self, rows: Indices | None) -> GradientPass:
        """Return the pass for these rows, its buffers filled."""
        n = self.train.n_examples if rows is None else len(rows)
        if n not in self._passes:
            whole = rows is None
            self._passes[n] = GradientPass(
                self.objective,
                n,
                X=self.train.X[:] if whole else None,
                y=self.train.y if whole else None,
                y_like=self.train.y,
                rng=self.state.dropout_rng,
            )
        gradient = self._passes[n]
        if rows is not None:
            gather(self.train.X, rows, gradient.X)
            np.take(self.train.y, rows, axis=0, out=gradient.y, mode="clip")
        return gradient

    def _learning_rate(self, step: int) -> float:
        spec = self.plan.optimizer
        factor = factor_at(spec.schedule, step, self.steps_per_epoch, self.plan.training.epochs)
        return spec.learning_rate * factor

    def _close_epoch(self) -> tuple[Record, bool]:
        """Measure the finished epoch, decide what to keep; return its record and whether it diverged."""
        state, plan = self.state, self.plan
        train, dev = measure(self.objective, self.measured), measure(self.objective, self.dev)
        record = {
            "epoch": state.epoch,
            "cost": {"train": train.cost, "dev": dev.cost},
            "error": {"train": train.error, "dev": dev.error},
            "penalty": self.objective.penalty_value(),
            "learning_rate": self._learning_rate(state.step - 1),
        }
        if is_watched(state.epoch, self.steps_per_epoch):
            record["layers"] = layer_figures(self.network, self._theta_before, self._gradient_norms)
            record["activations"] = activation_figures(self.network, self.measured.X[:PROBE_ROWS])
        diverged = self._diverged(train, dev)
        if not diverged:
            is_best = state.best.update(state.epoch, dev.error, dev.cost, plan.early_stopping)
            if is_best or plan.early_stopping is None:
                state.keep()
        return record, diverged

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
