"""The engine of this project."""

import atexit
from collections.abc import Callable
from contextlib import ExitStack
from typing import Literal

import numpy as np

from benchmarks.engines.workloads import LEARNING_RATE, Workload, make_data, run
from dlrecipe.data.examples import Split
from dlrecipe.nn.layer_specs import ConvLayer, DenseLayer, FlattenLayer, PoolLayer
from dlrecipe.nn.losses import LOSSES
from dlrecipe.nn.network import Architecture, Network, dense_stack
from dlrecipe.nn.objective import Objective
from dlrecipe.nn.regularizers import Penalty
from dlrecipe.nn.specs import ScaledInit
from dlrecipe.optim.specs import AdamSpec
from dlrecipe.training.hooks import Watch
from dlrecipe.training.loop import Plan, Trainer
from dlrecipe.training.specs import TrainingSpec

LENET = (
    ConvLayer(filters=6, kernel=5),
    PoolLayer(),
    ConvLayer(filters=16, kernel=5, padding="valid"),
    PoolLayer(),
    FlattenLayer(),
    DenseLayer(units=120),
    DenseLayer(units=84),
    DenseLayer(units=10, activation="identity"),
)


def _plain_stack(workload: Workload) -> Architecture:
    n_layers = len(workload.widths) - 1
    return dense_stack(
        widths=workload.widths,
        activations=(*("relu",) * (n_layers - 1), "identity"),
        keep_prob=(1.0, *(workload.keep_prob,) * (n_layers - 1)),
    )


def build(workload: Workload, threads: int | Literal["auto"] = "auto") -> Callable[[], int]:
    """Return a function that trains for one epoch."""
    X, y = make_data(workload)
    split = Split(X, y, np.arange(len(X)))
    architecture = Architecture((28, 28, 1), LENET) if workload.lenet else _plain_stack(workload)
    network = Network(architecture, np.dtype(np.float32))
    network.initialize(ScaledInit(), seed=0)
    objective = Objective(network, LOSSES["softmax"], Penalty(l2=workload.l2 / len(X)))
    plan = Plan(
        training=TrainingSpec(epochs=10**9, batch_size=workload.batch, threads=threads),
        optimizer=AdamSpec(learning_rate=LEARNING_RATE),
        early_stopping=None,
        max_norm=workload.max_norm,
        seed=0,
    )
    trainer = Trainer(objective, split, split, plan)
    stack = ExitStack()
    stack.enter_context(trainer.at_work())
    atexit.register(stack.close)

    def epoch() -> int:
        trainer.train_epoch(Watch())
        return trainer.steps_per_epoch

    return epoch


if __name__ == "__main__":
    run("dlrecipe", build)
