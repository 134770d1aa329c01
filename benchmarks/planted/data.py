"""Causes in the data: too few, on the wrong scale, mislabelled, leaking, repeated, of another kind."""

from dataclasses import replace

import numpy as np
from numpy.random import Generator

from benchmarks.planted.kind import CLASSES, RAW, Kind, setting
from benchmarks.planted.worlds import Examples, Parts

NUMBERS = ("housing",)


def _few(parts: Parts, rng: Generator, instance: int) -> Parts:
    rows = np.arange((60, 100)[instance % 2])
    if parts.task == "classification":  # a class that train lacks is refused before training
        rows = np.union1d(rows, np.unique(parts.train.y, return_index=True)[1])
    return replace(parts, train=parts.train.take(rows))


def _unscaled(parts: Parts, rng: Generator, instance: int) -> Parts:
    scales = 10 ** rng.uniform(-1, 3, parts.train.X.shape[1]).astype(np.float32)
    train, dev = (Examples(part.X * scales, part.y) for part in (parts.train, parts.dev))
    return replace(parts, train=train, dev=dev)


def _relabelled(y: np.ndarray, share: float, rng: Generator) -> np.ndarray:  # type: ignore[type-arg]
    turned = (y + rng.integers(1, y.max() + 1, len(y))) % (y.max() + 1)
    return np.where(rng.random(len(y)) < share, turned, y)


def _noise(parts: Parts, rng: Generator, instance: int) -> Parts:
    share = (0.1, 0.2, 0.3)[instance % 3]
    train, dev = (Examples(p.X, _relabelled(p.y, share, rng)) for p in (parts.train, parts.dev))
    return replace(parts, train=train, dev=dev)


def _leak(parts: Parts, rng: Generator, instance: int) -> Parts:
    noise = (0.0, 0.05)[instance % 2]

    def leaking(part: Examples) -> Examples:
        column = part.y + noise * rng.normal(size=part.n)
        return Examples(np.column_stack([column.astype(np.float32), part.X]), part.y)

    return replace(parts, train=leaking(parts.train), dev=leaking(parts.dev))


def _duplicates(parts: Parts, rng: Generator, instance: int) -> Parts:
    n = int((0.3, 0.6)[instance % 2] * parts.dev.n)
    again = parts.train.take(rng.permutation(parts.train.n)[:n])
    dev = Examples(np.concatenate([again.X, parts.dev.X[n:]]), np.concatenate([again.y, parts.dev.y[n:]]))
    return replace(parts, dev=dev)


def _elsewhere(parts: Parts, rng: Generator, instance: int) -> Parts:
    """Dev as another device would measure it: a third of the features moved and stretched."""
    X = parts.dev.X.copy()
    varying = np.flatnonzero(parts.train.X.std(axis=0) > 0)
    moved = rng.choice(varying, max(1, len(varying) // 3), replace=False)
    X[:, moved] = X[:, moved] * 1.5 + 1.5 * parts.train.X[:, moved].std(axis=0)
    return replace(parts, dev=Examples(X, parts.dev.y))


def _shuffled(parts: Parts, rng: Generator, instance: int) -> Parts:
    """The labels of train, or of both, no longer belong to their rows."""
    parts = parts.with_train(y=rng.permutation(parts.train.y))
    if instance % 2:
        parts = replace(parts, dev=Examples(parts.dev.X, rng.permutation(parts.dev.y)))
    return parts


def _dev_misread(parts: Parts, rng: Generator, instance: int) -> Parts:
    """The labels of dev alone belong to other rows, as from a file sorted otherwise."""
    return replace(parts, dev=Examples(parts.dev.X, rng.permutation(parts.dev.y)))


def _rare(parts: Parts, rng: Generator, instance: int) -> Parts:
    """One class in a hundred rows."""

    def thinned(part: Examples) -> Examples:
        binary = (part.y == min(6, part.y.max())).astype(part.y.dtype)
        ones, others = np.flatnonzero(binary), np.flatnonzero(binary == 0)
        rows = np.concatenate([ones[: max(3, len(others) // 120)], others])
        return Examples(part.X, binary).take(rng.permutation(rows))

    return replace(parts, train=thinned(parts.train), dev=thinned(parts.dev))


def _tiny_dev(parts: Parts, rng: Generator, instance: int) -> Parts:
    return replace(parts, dev=parts.dev.take(np.arange((8, 12)[instance % 2])))


def _noise_inputs(parts: Parts, rng: Generator, instance: int) -> Parts:
    """Inputs that say nothing, as from a column read wrongly."""
    train, dev = (
        Examples(rng.normal(size=p.X.shape).astype(np.float32), p.y) for p in (parts.train, parts.dev)
    )
    return replace(parts, train=train, dev=dev)


def _outliers(parts: Parts, rng: Generator, instance: int) -> Parts:
    y = parts.train.y.copy()
    y[rng.choice(len(y), 8, replace=False)] *= (1e3, 1e4)[instance % 2]
    return parts.with_train(y=y)


def _big_targets(parts: Parts, rng: Generator, instance: int) -> Parts:
    factor = (1e4, 1e5)[instance % 2]
    train, dev = (Examples(p.X, p.y * factor) for p in (parts.train, parts.dev))
    return replace(parts, train=train, dev=dev)


UNRELATED = ("no-better-than-chance", "dev-at-chance")

DATA_CAUSES: dict[str, Kind] = {
    "a hundred rows of train": Kind(
        ("high-variance",),
        ("digits", "mnist", "fashion", "housing"),
        # What suits thousands of rows would be a second cause on a hundred.
        settings=setting(regularization__l2=0.1, training__batch_size=16, training__epochs=60),
        parts=_few,
    ),
    "inputs of unlike scales": Kind(
        ("inputs-not-normalized",),
        CLASSES,
        settings=setting(normalization="none"),
        parts=_unscaled,
    ),
    "raw inputs": Kind(("inputs-not-normalized",), RAW, settings=setting(normalization="none")),
    "wrong labels": Kind(
        ("label-noise", "suspect-labels", "conflicting-labels"),
        ("digits", "mnist", "breast_cancer"),
        parts=_noise,
    ),
    "a leaking column": Kind(("target-leak", "target-copied"), parts=_leak, shows=False),
    "train's rows in dev": Kind(("duplicate-rows",), parts=_duplicates, shows=False),
    "dev from another device": Kind(("drift-train-dev", "mismatch"), parts=_elsewhere, shows=False),
    "labels shuffled": Kind(UNRELATED, parts=_shuffled),
    "dev's labels shuffled": Kind(UNRELATED, ("digits", "mnist", "fashion", "housing"), parts=_dev_misread),
    "inputs that say nothing": Kind(UNRELATED, parts=_noise_inputs),
    "a class in a hundred": Kind(
        ("class-imbalance", "class-ignored"),
        ("digits", "mnist", "fashion", "adult"),
        parts=_rare,
        shows=False,
    ),
    "a tiny dev set": Kind(("dev-set-too-small", "small-dev-set"), CLASSES, parts=_tiny_dev, shows=False),
    "a few targets far out": Kind(("target-outliers",), NUMBERS, parts=_outliers),
    "targets of 10,000s as they are": Kind(
        ("targets-not-normalized", "diverged", "exploding-gradients"),
        NUMBERS,
        settings=setting(target_normalization="none"),
        parts=_big_targets,
    ),
}
