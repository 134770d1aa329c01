"""The real data sets that faults are planted in, each with a config that does well on it.

Targets and Bayes errors were chosen from the reference configs' own errors, before any rule was looked at.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
from numpy.random import Generator, default_rng
from numpy.typing import NDArray

from benchmarks.common import DATA

Numbers = NDArray[Any]


@dataclass(frozen=True, eq=False)
class Examples:
    """Inputs (n, features) and targets (n,): whole numbers for classes."""

    X: Numbers
    y: Numbers

    def take(self, rows: Numbers) -> "Examples":
        """Return these rows."""
        return Examples(self.X[rows], self.y[rows])

    @property
    def n(self) -> int:
        """Number of rows."""
        return len(self.y)


@dataclass(frozen=True, eq=False)
class Parts:
    """The examples of train and dev."""

    train: Examples
    dev: Examples
    task: str

    def with_train(self, X: Numbers | None = None, y: Numbers | None = None) -> "Parts":
        """Return the parts with other inputs or targets in train."""
        train = Examples(self.train.X if X is None else X, self.train.y if y is None else y)
        return replace(self, train=train)

    def write(self, folder: Path) -> dict[str, Any]:
        """Write an npz file a split and return the `data` section of a config."""
        data = {}
        for name, part in (("train", self.train), ("dev", self.dev)):
            np.savez(folder / f"{name}.npz", x=part.X, y=part.y)
            data[name] = {"type": "npz", "path": str(folder / f"{name}.npz")}
        return data


@dataclass(frozen=True)
class World:
    """A data set: how it is read, how many rows train and dev get, and what does well on it."""

    read: Callable[[], Examples]
    n_train: int
    n_dev: int
    task: str
    bayes: float
    target: float
    settings: Mapping[str, Any]
    raw: bool = False
    """Whether the features are of unlike scales as they come."""

    def parts(self, rng: Generator) -> Parts:
        """Return a split drawn anew."""
        whole = self.read()
        order = rng.permutation(whole.n)
        train, dev = order[: self.n_train], order[self.n_train : self.n_train + self.n_dev]
        return Parts(whole.take(train), whole.take(dev), self.task)

    def config(self, seed: int) -> dict[str, Any]:
        """Return the config that does well, without its data, as dotted paths."""
        return {
            "seed": seed,
            "task": self.task,
            "checks": "warn",
            "network.hidden": [64],
            "training.epochs": 40,
            "training.batch_size": 32,
            "early_stopping.patience": 10,
            "diagnosis.bayes_error": self.bayes,
            "diagnosis.target_error": self.target,
            **self.settings,
        }


@cache
def bundled(name: str) -> Examples:
    """One of scikit-learn's own."""
    from sklearn import datasets

    loaded = getattr(datasets, f"load_{name}")()
    return Examples(loaded.data.astype(np.float32), loaded.target)


@cache
def images(name: str, path: str) -> Examples:
    """The first 12,000 pictures of MNIST or Fashion-MNIST, halved in size so that they train in a second."""
    with np.load(DATA / name / path) as file:
        X, y = file["x_train"][:12_000], file["y_train"][:12_000]
    small = X.reshape(len(X), 14, 2, 14, 2).mean(axis=(2, 4)).reshape(len(X), -1)
    return Examples(small.astype(np.float32), y.astype(np.int64))


@cache
def adult() -> Examples:
    """Adult's numbers, and its categories of at least 300 rows as columns of 0 and 1."""
    lines = (DATA / "adult" / "adult.data").read_text().splitlines()
    return incomes([line for line in lines if line][:20_000], at_least=300)


def incomes(lines: Sequence[str], *, at_least: int) -> Examples:
    """Return rows of Adult: numbers as they are, and categories of so many rows as columns of 0 and 1."""
    table = np.array([line.split(", ") for line in lines])
    columns = []
    for column in table[:, :-1].T:
        try:
            columns.append(column.astype(np.float32))
        except ValueError:
            names, counts = np.unique(column, return_counts=True)
            columns += [(column == name).astype(np.float32) for name in names[counts >= at_least]]
    return Examples(np.column_stack(columns), (table[:, -1] == ">50K").astype(np.int64))


@cache
def housing() -> Examples:
    """California housing without its text column; rows with a gap left out."""
    lines = (DATA / "california-housing" / "housing.csv").read_text().splitlines()
    names = lines[0].split(",")
    kept = [at for at, name in enumerate(names) if name != "ocean_proximity"]
    rows = [[cells[at] for at in kept] for line in lines[1:] if all(cells := line.split(","))]
    table = np.array(rows, np.float64)
    target = [names[at] for at in kept].index("median_house_value")
    return Examples(np.delete(table, target, axis=1).astype(np.float32), table[:, target] / 1e5)


@cache
def wine_quality() -> Examples:
    """Both colours of wine, equal rows once; good (6 or more) or not."""
    tables = [
        np.loadtxt(DATA / "wine-quality" / f"winequality-{colour}.csv", delimiter=",")
        for colour in ("red", "white")
    ]
    table = np.unique(np.concatenate(tables), axis=0)
    return Examples(table[:, :-1].astype(np.float32), (table[:, -1] >= 6).astype(np.int64))


WORLDS: dict[str, World] = {
    "digits": World(
        lambda: bundled("digits"), 1200, 590, "classification", 0.0, 0.10, {"regularization.l2": 1.0}
    ),
    "mnist": World(
        lambda: images("mnist", "mnist.npz"),
        4000,
        1500,
        "classification",
        0.0,
        0.14,
        {"regularization.l2": 10.0, "training.batch_size": 64, "training.epochs": 25},
    ),
    "fashion": World(
        lambda: images("fashion-mnist", "fashion_mnist.npz"),
        4000,
        1500,
        "classification",
        0.06,
        0.24,
        {"regularization.l2": 30.0, "training.batch_size": 64, "training.epochs": 25},
    ),
    "adult": World(
        adult,
        4000,
        2000,
        "classification",
        0.12,
        0.20,
        {"regularization.l2": 30.0, "network.hidden": [32], "training.batch_size": 64, "training.epochs": 15},
        raw=True,
    ),
    "breast_cancer": World(
        lambda: bundled("breast_cancer"),
        370,
        190,
        "classification",
        0.0,
        0.12,
        {"network.hidden": [32], "regularization.l2": 1.0},
        raw=True,
    ),
    "housing": World(housing, 4000, 2000, "regression", 0.16, 0.40, {"training.batch_size": 64}, raw=True),
    "wine_quality": World(
        wine_quality,
        3500,
        1500,
        "classification",
        0.20,
        0.36,
        {"regularization.l2": 10.0, "network.hidden": [32], "training.epochs": 20},
        raw=True,
    ),
}


def seeded(*parts: int) -> Generator:
    """Return a generator that depends on these numbers alone."""
    return default_rng(parts)
