"""Do the 95% intervals of the gaps cover? Networks are trained on split after split of MNIST's 70,000.

The value to cover is what a very large dev set shows: the network's error on all rows that are in neither
split, less its train error for the variance. The gaps of draws with one size share nothing but the source.
"""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from benchmarks.common import DATA, Row
from benchmarks.planted.worlds import seeded
from dlrecipe.diagnosis.evidence import Evidence
from dlrecipe.diagnosis.gaps import Gap, measure_gaps

SPLITS, DEV_DRAWS = 40, 20
"""Networks of each size, and dev sets drawn for each."""
SIZES = ((500, 100), (1_000, 300), (2_000, 1_000), (2_000, 4_000))
COMMAND = "python -m benchmarks.diagnosis --intervals"


@dataclass(frozen=True)
class Fitted:
    """A network's train error, and whether it errs on each of the rows it has not seen."""

    train: float
    unseen: np.ndarray  # type: ignore[type-arg]


def coverage() -> list[Row]:
    """Return how often the interval of the variance holds the value, by sample sizes."""
    rows = []
    for n_train, n_dev in SIZES:
        held, below, total = 0, 0, 0
        for at, network in enumerate(_networks(n_train)):
            truth = float(network.unseen.mean()) - network.train
            for draw in range(DEV_DRAWS):
                rng = seeded(n_train, n_dev, at, draw)
                dev = float(network.unseen[rng.integers(0, len(network.unseen), n_dev)].mean())
                gap = _variance(network.train, dev, n_train, n_dev)
                assert gap.low is not None
                assert gap.high is not None
                held += gap.low <= truth <= gap.high
                below += truth < gap.low
                total += 1
        share = held / total
        figure = f"variance, n {n_train:,}/{n_dev:,}, {SPLITS} networks × {DEV_DRAWS} dev sets"
        measured = f"{share:.1%} ({below} below, {total - held - below} above)"
        rows.append(Row(figure, "93 to 97 %", measured, 0.93 <= share <= 0.97, COMMAND))
    return rows


def _variance(train: float, dev: float, n_train: int, n_dev: int) -> Gap:
    run = Evidence(errors={"train": train, "dev": dev}, n={"train": n_train, "dev": n_dev})
    gap = measure_gaps(run).variance
    assert gap is not None
    return gap


def _networks(n_train: int) -> Iterator[Fitted]:
    """Fit softmax regression by 30 full-batch steps to train set after train set."""
    with np.load(DATA / "mnist" / "mnist.npz") as file:
        X = np.concatenate([file["x_train"], file["x_test"]])
        y = np.concatenate([file["y_train"], file["y_test"]])
    X = X.reshape(-1, 14, 2, 14, 2).mean(axis=(2, 4), dtype=np.float32).reshape(len(X), -1) / 255
    for at in range(SPLITS):
        order = seeded(n_train, at).permutation(len(X))
        train, rest = order[:n_train], order[n_train:]
        W = np.zeros((X.shape[1], 10), np.float32)
        target = np.eye(10, dtype=np.float32)[y[train]]
        for _ in range(60):
            Z = X[train] @ W
            P = np.exp(Z - Z.max(axis=1, keepdims=True))
            P /= P.sum(axis=1, keepdims=True)
            W -= 1.0 * X[train].T @ (P - target) / n_train
        wrong = (X @ W).argmax(axis=1) != y
        yield Fitted(float(wrong[train].mean()), wrong[rest].astype(float))
