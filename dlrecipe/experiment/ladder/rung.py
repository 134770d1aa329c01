"""What a rung of the ladder stands on, and what it says. Knows no particular rung."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field, replace
from typing import Any, Literal, TypeAlias, cast

import numpy as np

from dlrecipe.arrays import DType
from dlrecipe.config.schema import Config
from dlrecipe.data.examples import Split
from dlrecipe.data.preparation import Prepared
from dlrecipe.experiment.assembly import WeightsReader, build_objective, initialize
from dlrecipe.nn.layer_specs import Layer, without_dropout
from dlrecipe.nn.objective import Objective
from dlrecipe.nn.specs import RegularizationSpec
from dlrecipe.optim.specs import ConstantSchedule, Optimizer
from dlrecipe.rng import stream
from dlrecipe.training.loop import Plan, Trainer, batch_size_of
from dlrecipe.training.specs import TrainingSpec

Verdict: TypeAlias = Literal["pass", "warn", "fail", "skip"]
PROBE_ROWS = 2_000
"""Examples that a rung measures or trains on, at the most."""
WORK, LEAST_OF_A_LAYER = 2e10, 5e5
"""Multiplications that a rung's training may take, one or two seconds, and what a layer counts for at the
least: its kernels must be called, however small it is."""
MOST_STEPS = 15_000


@dataclass(frozen=True, kw_only=True)
class Rung:
    """What one rung says: a verdict, a sentence with numbers, and what to do if it does not hold."""

    code: str
    title: str
    verdict: Verdict
    evidence: str
    remedy: str = ""
    numbers: Mapping[str, Any] = field(default_factory=dict)

    def to_json(self) -> dict[str, Any]:
        """Return plain data."""
        return asdict(self)


@dataclass(frozen=True, eq=False)
class Bench:
    """A config with its data, from which each rung builds what it needs anew."""

    config: Config
    prepared: Prepared
    read_weights: WeightsReader

    @property
    def dtype(self) -> DType:
        """The precision of the config."""
        return np.dtype(self.config.training.precision)

    @property
    def is_classification(self) -> bool:
        """Whether the target is classes."""
        return self.prepared.fitted.target.task == "classification"

    @property
    def bare(self) -> "Bench":
        """The same without penalty, dropout and max-norm."""
        config = self.config
        layers = cast(tuple[Layer, ...], without_dropout(config.network.layers))
        network = replace(config.network, layers=layers)
        bare = replace(config, network=network, regularization=RegularizationSpec())
        return Bench(bare, self.prepared, self.read_weights)

    def objective(self) -> Objective:
        """Return J at the config's initial weights."""
        objective = build_objective(self.config, self.prepared, self.dtype)
        initialize(objective.network, self.config, self.read_weights)
        return objective

    def probe(self, split: str) -> Split:
        """Return some rows of a split, drawn once; all of them where they are few."""
        whole = self.prepared.splits[split]
        if whole.n_examples <= PROBE_ROWS:
            return whole
        drawn = stream(self.config.seed, "probe").choice(whole.n_examples, PROBE_ROWS, replace=False)
        return rows_of(whole, np.sort(drawn))

    def steady(self, learning_rate: float | None = None) -> Optimizer:
        """Return the config's optimizer without its schedule, at this learning rate or its own."""
        optimizer = self.config.optimizer
        rate = optimizer.learning_rate if learning_rate is None else learning_rate
        return replace(optimizer, schedule=ConstantSchedule(), learning_rate=rate)

    def batch_size(self, n: int) -> int:
        """Return the examples in a step on n rows."""
        return batch_size_of(self.config.training, n)

    def steps_allowed(self, objective: Objective, n: int, share: float = 1.0) -> int:
        """Return the steps on batches of n rows that are within WORK, between 50 and MOST_STEPS."""
        layers = objective.network.architecture.placed
        work = sum(max(3 * n * layer.multiplications, LEAST_OF_A_LAYER) for layer in layers)
        return int(np.clip(share * WORK / work, 50, MOST_STEPS))

    def trainer(
        self, train: Split, dev: Split, *, epochs: int, optimizer: Optimizer, batch_size: int
    ) -> Trainer:
        """Return a trainer at its first step, which keeps the last weights."""
        training = TrainingSpec(
            epochs=epochs,
            batch_size=batch_size,
            precision=self.config.training.precision,
            threads=self.config.training.threads,
        )
        plan = Plan(training, optimizer, None, self.config.regularization.max_norm, self.config.seed)
        return Trainer(self.objective(), train, dev, plan)


def rows_of(split: Split, rows: Any) -> Split:
    """Return these rows of a split."""
    return Split(np.ascontiguousarray(split.X[rows]), split.y[rows], split.rows[rows])
