"""A trainer on small data in one call, and hooks that remember what the loop told them."""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

from dlrecipe.data.examples import Split
from dlrecipe.nn.losses import LOSSES, Loss
from dlrecipe.nn.network import Network, dense_stack
from dlrecipe.nn.objective import Objective
from dlrecipe.nn.regularizers import Penalty
from dlrecipe.nn.specs import ScaledInit
from dlrecipe.optim.specs import Optimizer, SgdSpec
from dlrecipe.training.loop import Plan, Trainer
from dlrecipe.training.specs import AveragingSpec, EarlyStoppingSpec, TrainingSpec
from dlrecipe.training.state import TrainingState

Array = NDArray[Any]

NO_PENALTY = Penalty()
XAVIER = ScaledInit(type="xavier")
SGD = SgdSpec()


@dataclass
class Recorder:
    """Hooks that keep every record and each epoch's θ, and interrupt after `stop_after` batches."""

    stop_after: int | None = None
    records: list[dict[str, Any]] = field(default_factory=list)
    thetas: list[Array] = field(default_factory=list)
    batches: int = 0

    def epoch_finished(self, record: dict[str, Any], state: TrainingState) -> None:
        self.records.append(record)
        self.thetas.append(state.theta.copy())

    def pause(self, state: TrainingState) -> bool:
        self.batches += 1
        return self.batches == self.stop_after

    def series(self, figure: str, split: str) -> list[float]:
        return [record[figure][split] for record in self.records]


def split_of(X: Array, y: Array, dtype: str = "float64") -> Split:
    targets = y if y.dtype.kind == "i" else y.astype(dtype)
    return Split(np.ascontiguousarray(X, dtype), targets, np.arange(len(X)))


def blobs(n: int, seed: int, *, n_classes: int = 2, spread: float = 1.0, dtype: str = "float64") -> Split:
    """Return n examples of overlapping classes around points of a circle."""
    rng = np.random.default_rng(seed)
    y = rng.integers(0, n_classes, n)
    angles = 2 * np.pi * y / n_classes
    X = np.stack([np.cos(angles), np.sin(angles)], axis=1) + spread * rng.standard_normal((n, 2))
    return split_of(X, y, dtype)


def line(n: int, seed: int, *, dtype: str = "float64") -> Split:
    """Return n examples of a noisy linear function of three inputs."""
    rng = np.random.default_rng(seed)
    X = rng.standard_normal((n, 3))
    y = X @ [1.0, -2.0, 0.5] + 3 + 0.3 * rng.standard_normal(n)
    return split_of(X, y[:, None], dtype)


def build_trainer(
    train: Split,
    dev: Split | None = None,
    *,
    hidden: tuple[int, ...] = (),
    activation: str = "tanh",
    loss: str | Loss | None = None,
    penalty: Penalty = NO_PENALTY,
    class_weights: Array | None = None,
    keep_prob: tuple[float, ...] | None = None,
    initialization: Any = XAVIER,
    optimizer: Optimizer = SGD,
    early_stopping: EarlyStoppingSpec | None = None,
    max_norm: float | None = None,
    epochs: int = 5,
    batch_size: Any = "full",
    measured_examples: Any = "all",
    averaging: AveragingSpec | None = None,
    threads: Any = "auto",
    seed: int = 0,
) -> Trainer:
    """Build a freshly initialized trainer. The loss fits the targets unless one is given."""
    n_classes = int(train.y.max()) + 1 if train.y.ndim == 1 else 0
    n_outputs = train.y.shape[1] if train.y.ndim == 2 else 1 if n_classes == 2 else n_classes
    widths = (train.X.shape[1], *hidden, n_outputs)
    activations = (activation,) * len(hidden) + ("identity",)
    architecture = dense_stack(widths, activations, keep_prob or (1.0,) * len(activations))
    network = Network(architecture, train.X.dtype)
    network.initialize(initialization, seed)
    fitting = "mse" if n_classes == 0 else "sigmoid" if n_classes == 2 else "softmax"
    chosen = loss if isinstance(loss, Loss) else LOSSES[loss or fitting]
    training = TrainingSpec(
        epochs=epochs,
        batch_size=batch_size,
        measured_examples=measured_examples,
        averaging=averaging,
        threads=threads,
    )
    return Trainer(
        Objective(network, chosen, penalty, class_weights),
        train,
        dev if dev is not None else train,
        Plan(training, optimizer, early_stopping, max_norm, seed),
    )


@pytest.fixture
def recorder() -> type[Recorder]:
    return Recorder


@pytest.fixture
def trainer() -> Callable[..., Trainer]:
    return build_trainer


@pytest.fixture
def make_split() -> Callable[..., Split]:
    return split_of


@pytest.fixture
def make_blobs() -> Callable[..., Split]:
    return blobs


@pytest.fixture
def make_line() -> Callable[..., Split]:
    return line
