"""Runs that something is wrong with, planted: thirteen kinds on three sets of data, small and fast.

Each is a config that trained badly for one reason. Half of them are for tuning the advice, the other half for
the figure alone; every kind is in both.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

DATASETS: dict[str, dict[str, Any]] = {
    "digits": {
        "data": {"source": "digits", "split": {"train": 0.5, "dev": 0.5, "test": 0}},
        "network": {"hidden": [64]},
        "training": {"epochs": 30, "batch_size": 64},
    },
    "breast_cancer": {
        "data": {"source": "breast_cancer", "split": {"train": 0.5, "dev": 0.5, "test": 0}},
        "network": {"hidden": [32]},
        "training": {"epochs": 40, "batch_size": 32},
    },
    "moons": {
        "data": {
            "source": {"type": "synthetic", "generator": "moons", "n": 800, "noise": 0.2},
            "split": {"train": 0.5, "dev": 0.5, "test": 0},
        },
        "network": {"hidden": [64, 64]},
        "training": {"epochs": 100, "batch_size": 32},
        "optimizer": {"type": "adam", "learning_rate": 0.003},
    },
}
"""Healthy configs of at most a second."""

KINDS: dict[str, dict[str, Any]] = {
    "too small": {"network.hidden": [2]},
    "too few epochs": {"training.epochs": 2},
    "learning rate too low": {"optimizer": {"type": "adam", "learning_rate": 1e-5}},
    "learning rate too high": {"optimizer": {"type": "adam", "learning_rate": 1.0}},
    "zeros": {"initialization": "zeros"},
    "initialization ×10": {"initialization": {"type": "he", "scale": 10.0}},
    "inputs not scaled": {"normalization": "none"},
    "L2 too strong": {"regularization.l2": 3000.0},
    "keep_prob 0.2": {"regularization.dropout.keep_prob": 0.2},
    "few rows": {"data.split": {"train": 0.1, "dev": 0.5, "test": 0.4}},
    "full batch": {"training.batch_size": "full", "training.epochs": 15},
    "stopped too early": {"early_stopping": {"monitor": "dev_error", "patience": 1}},
    "deep tanh": {
        "network.hidden": [16] * 12,
        "network.activation": "tanh",
        "initialization": {"type": "normal", "scale": 0.01},
    },
}
"""What is wrong, as changes of a healthy config."""

OF_ONE_SET: dict[tuple[str, str], dict[str, Any]] = {
    ("inputs not scaled", "moons"): {"data.source.scales": [1.0, 200.0], "normalization": "none"},
    ("inputs not scaled", "digits"): {
        "normalization": "none",
        "optimizer": {"type": "sgd", "learning_rate": 0.1},
    },
    ("stopped too early", "moons"): {
        "early_stopping": {"monitor": "dev_error", "patience": 1},
        "optimizer": {"type": "adam", "learning_rate": 0.001},
    },
}
"""Where a kind takes something else to show."""


@dataclass(frozen=True)
class Planted:
    """One planted run: its kind and data, the config as plain data, and the changes that spoil it."""

    kind: str
    dataset: str
    base: dict[str, Any]
    spoiled: dict[str, Any]
    for_tuning: bool

    @property
    def name(self) -> str:
        """Kind and data in a word."""
        return f"{self.kind} / {self.dataset}"


def planted_runs() -> Iterator[Planted]:
    """Yield all of them; the halves alternate over kinds and data."""
    for at_kind, (kind, changes) in enumerate(KINDS.items()):
        for at_set, (dataset, base) in enumerate(DATASETS.items()):
            spoiled = OF_ONE_SET.get((kind, dataset), changes)
            yield Planted(kind, dataset, base, spoiled, for_tuning=(at_kind + at_set) % 2 == 0)
