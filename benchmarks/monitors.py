"""What it costs to watch a network's inside: norms, updates, idle units.

    python -m benchmarks.monitors

Trains small and large networks through the training loop and adds up the time spent on the figures, each of
which is taken as often as the loop takes it. Prints a table: steps an epoch, epochs between two looks, the
time of a look, and the share of the whole. One thread.
"""

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import numpy as np

from dlrecipe.data.examples import Split
from dlrecipe.nn.losses import LOSSES
from dlrecipe.nn.network import Network, dense_stack
from dlrecipe.nn.objective import Objective
from dlrecipe.nn.regularizers import Penalty
from dlrecipe.nn.specs import ScaledInit
from dlrecipe.optim.specs import AdamSpec
from dlrecipe.training import loop
from dlrecipe.training.hooks import Watch
from dlrecipe.training.loop import Plan, Trainer
from dlrecipe.training.specs import TrainingSpec

WATCHERS = ("gradient_norms", "layer_figures", "activation_figures")


@dataclass(frozen=True)
class Case:
    """A network, the batch it is trained on, and for how long."""

    widths: tuple[int, ...]
    batch: int
    n_train: int
    epochs: int
    activation: str = "relu"
    l2: float = 0.0


NETWORKS = {
    "circles, 11 steps an epoch": Case((2, 10, 5, 1), 32, 342, 400),
    "circles, 16 steps an epoch": Case((2, 10, 5, 1), 32, 512, 300),
    "circles, full batch": Case((2, 10, 5, 1), 300, 300, 3000),
    "tiny": Case((30, 64, 64, 2), 32, 342, 200),
    "digits": Case((64, 256, 128, 10), 64, 1078, 40),
    "digits with L2": Case((64, 256, 128, 10), 64, 1078, 40, l2=1.0),
    "digits, tanh": Case((64, 256, 128, 10), 64, 1078, 40, activation="tanh"),
    "20 layers": Case((64, *(128,) * 20, 10), 64, 1078, 8),
    "mnist, a tenth": Case((784, 512, 256, 10), 128, 5400, 4),
}


def share(case: Case) -> str:
    """Train and return the row of the table."""
    trainer, watch = _trainer(case), Watch()
    with _timed() as spent:
        began = time.perf_counter()
        trainer.fit(watch)
        whole = time.perf_counter() - began
    watching = sum(spent)
    looks = sum("layers" in record for record in watch.records)
    every = case.epochs / looks
    look_us = 1e6 * watching / looks
    return f"{trainer.steps_per_epoch} | {every:.1f} | {look_us:.0f} | {watching / whole:.2%}"


def _trainer(case: Case) -> Trainer:
    rng, (n_features, *_, n_outputs) = np.random.default_rng(0), case.widths
    X = rng.standard_normal((case.n_train * 4 // 3, n_features), dtype=np.float32)
    y = rng.integers(0, max(2, n_outputs), len(X))
    depth = len(case.widths) - 1
    activations = (*(case.activation,) * (depth - 1), "identity")
    network = Network(dense_stack(case.widths, activations, (1.0,) * depth), np.dtype(np.float32))
    network.initialize(ScaledInit(), seed=0)
    loss = LOSSES["sigmoid" if n_outputs == 1 else "softmax"]
    rows = np.arange(len(X))
    train, dev = (Split(X[part], y[part], part) for part in (rows[: case.n_train], rows[case.n_train :]))
    plan = Plan(
        training=TrainingSpec(epochs=case.epochs, batch_size=case.batch, threads=1),
        optimizer=AdamSpec(),
        early_stopping=None,
        max_norm=None,
        seed=0,
    )
    return Trainer(Objective(network, loss, Penalty(l2=case.l2 / case.n_train)), train, dev, plan)


@contextmanager
def _timed() -> Iterator[list[float]]:
    """Have the loop's watchers note how long each call takes."""
    spent: list[float] = []
    intact = {name: getattr(loop, name) for name in WATCHERS}
    for name, watcher in intact.items():
        setattr(loop, name, _noting(watcher, spent))
    try:
        yield spent
    finally:
        for name, watcher in intact.items():
            setattr(loop, name, watcher)


def _noting(watcher: Callable[..., Any], spent: list[float]) -> Callable[..., Any]:
    def noted(*arguments: Any) -> Any:
        began = time.perf_counter()
        result = watcher(*arguments)
        spent.append(time.perf_counter() - began)
        return result

    return noted


def main() -> None:
    """Print the table."""
    print("| network | steps an epoch | epochs between looks | µs a look | share of the run |")
    print("|---|---|---|---|---|")
    for name, case in NETWORKS.items():
        print(f"| {name}, {'-'.join(map(str, case.widths[:4]))} | {share(case)} |", flush=True)


if __name__ == "__main__":
    main()
