"""Causes in the data: too few, on the wrong scale, mislabelled, leaking, repeated, of another kind."""

from collections.abc import Callable
from dataclasses import replace
from typing import TypeAlias

import numpy as np
from numpy.random import Generator

from benchmarks.planted.kind import CLASSES, RAW, Kind, setting
from benchmarks.planted.worlds import Examples, Parts

NUMBERS = ("housing",)
Spoiling: TypeAlias = Callable[[Parts, Generator, int], Parts]
"""Changes the data of an instance."""


def few(*sizes: int) -> Spoiling:
    """Keep so many rows of train, the instances in turn."""

    def spoil(parts: Parts, rng: Generator, instance: int) -> Parts:
        rows = np.arange(sizes[instance % len(sizes)])
        if parts.task == "classification":  # a class that train lacks is refused before training
            rows = np.union1d(rows, np.unique(parts.train.y, return_index=True)[1])
        return replace(parts, train=parts.train.take(rows))

    return spoil


def unscaled(lowest: float, highest: float) -> Spoiling:
    """Multiply each feature by a power of ten between these exponents."""

    def spoil(parts: Parts, rng: Generator, instance: int) -> Parts:
        scales = 10 ** rng.uniform(lowest, highest, parts.train.X.shape[1]).astype(np.float32)
        train, dev = (Examples(part.X * scales, part.y) for part in (parts.train, parts.dev))
        return replace(parts, train=train, dev=dev)

    return spoil


def _relabelled(y: np.ndarray, share: float, rng: Generator) -> np.ndarray:  # type: ignore[type-arg]
    turned = (y + rng.integers(1, y.max() + 1, len(y))) % (y.max() + 1)
    return np.where(rng.random(len(y)) < share, turned, y)


def relabelled(*shares: float) -> Spoiling:
    """Give such a share of the rows of train and dev another label."""

    def spoil(parts: Parts, rng: Generator, instance: int) -> Parts:
        share = shares[instance % len(shares)]
        train, dev = (Examples(p.X, _relabelled(p.y, share, rng)) for p in (parts.train, parts.dev))
        return replace(parts, train=train, dev=dev)

    return spoil


def leak(*noises: float) -> Spoiling:
    """Put the target before the features, with noise of such a deviation."""

    def spoil(parts: Parts, rng: Generator, instance: int) -> Parts:
        noise = noises[instance % len(noises)]

        def leaking(part: Examples) -> Examples:
            column = part.y + noise * rng.normal(size=part.n)
            return Examples(np.column_stack([column.astype(np.float32), part.X]), part.y)

        return replace(parts, train=leaking(parts.train), dev=leaking(parts.dev))

    return spoil


def repeated(*shares: float) -> Spoiling:
    """Replace such a share of dev by rows of train."""

    def spoil(parts: Parts, rng: Generator, instance: int) -> Parts:
        n = int(shares[instance % len(shares)] * parts.dev.n)
        again = parts.train.take(rng.permutation(parts.train.n)[:n])
        X, y = (np.concatenate(pair) for pair in ((again.X, parts.dev.X[n:]), (again.y, parts.dev.y[n:])))
        return replace(parts, dev=Examples(X, y))

    return spoil


def elsewhere(one_in: int, stretch: float) -> Spoiling:
    """Measure dev with another device: one feature in so many is stretched, and moved by as much."""

    def spoil(parts: Parts, rng: Generator, instance: int) -> Parts:
        X = parts.dev.X.copy()
        varying = np.flatnonzero(parts.train.X.std(axis=0) > 0)
        moved = rng.choice(varying, max(1, len(varying) // one_in), replace=False)
        X[:, moved] = X[:, moved] * stretch + stretch * parts.train.X[:, moved].std(axis=0)
        return replace(parts, dev=Examples(X, parts.dev.y))

    return spoil


def _shuffled(parts: Parts, rng: Generator, instance: int) -> Parts:
    """The labels of train, or of both, no longer belong to their rows."""
    parts = parts.with_train(y=rng.permutation(parts.train.y))
    if instance % 2:
        parts = replace(parts, dev=Examples(parts.dev.X, rng.permutation(parts.dev.y)))
    return parts


def _dev_misread(parts: Parts, rng: Generator, instance: int) -> Parts:
    """The labels of dev alone belong to other rows, as from a file sorted otherwise."""
    return replace(parts, dev=Examples(parts.dev.X, rng.permutation(parts.dev.y)))


def rare(which: int, one_in: int) -> Spoiling:
    """Leave of one class a row for so many of the others, which become one."""

    def spoil(parts: Parts, rng: Generator, instance: int) -> Parts:
        def thinned(part: Examples) -> Examples:
            binary = (part.y == min(which, part.y.max())).astype(part.y.dtype)
            ones, others = np.flatnonzero(binary), np.flatnonzero(binary == 0)
            rows = np.concatenate([ones[: max(3, len(others) // one_in)], others])
            return Examples(part.X, binary).take(rng.permutation(rows))

        return replace(parts, train=thinned(parts.train), dev=thinned(parts.dev))

    return spoil


def tiny_dev(*sizes: int) -> Spoiling:
    """Keep so few rows of dev."""

    def spoil(parts: Parts, rng: Generator, instance: int) -> Parts:
        return replace(parts, dev=parts.dev.take(np.arange(sizes[instance % len(sizes)])))

    return spoil


def _noise_inputs(parts: Parts, rng: Generator, instance: int) -> Parts:
    """Inputs that say nothing, as from a column read wrongly."""
    train, dev = (
        Examples(rng.normal(size=p.X.shape).astype(np.float32), p.y) for p in (parts.train, parts.dev)
    )
    return replace(parts, train=train, dev=dev)


def outliers(n: int, *factors: float) -> Spoiling:
    """Multiply so many of train's targets."""

    def spoil(parts: Parts, rng: Generator, instance: int) -> Parts:
        y = parts.train.y.copy()
        y[rng.choice(len(y), n, replace=False)] *= factors[instance % len(factors)]
        return parts.with_train(y=y)

    return spoil


def big_targets(*factors: float) -> Spoiling:
    """Multiply all targets."""

    def spoil(parts: Parts, rng: Generator, instance: int) -> Parts:
        factor = factors[instance % len(factors)]
        train, dev = (Examples(p.X, p.y * factor) for p in (parts.train, parts.dev))
        return replace(parts, train=train, dev=dev)

    return spoil


UNRELATED = ("no-better-than-chance", "dev-at-chance")

DATA_CAUSES: dict[str, Kind] = {
    "a hundred rows of train": Kind(
        ("high-variance",),
        ("digits", "mnist", "fashion", "housing"),
        # What suits thousands of rows would be a second cause on a hundred.
        settings=setting(regularization__l2=0.1, training__batch_size=16, training__epochs=60),
        parts=few(60, 100),
    ),
    "inputs of unlike scales": Kind(
        ("inputs-not-normalized",),
        CLASSES,
        settings=setting(normalization="none"),
        parts=unscaled(-1, 3),
    ),
    "raw inputs": Kind(("inputs-not-normalized",), RAW, settings=setting(normalization="none")),
    "wrong labels": Kind(
        ("label-noise", "suspect-labels", "conflicting-labels"),
        ("digits", "mnist", "breast_cancer"),
        parts=relabelled(0.1, 0.2, 0.3),
    ),
    "a leaking column": Kind(("target-leak", "target-copied"), parts=leak(0.0, 0.05), shows=False),
    "train's rows in dev": Kind(("duplicate-rows",), parts=repeated(0.3, 0.6), shows=False),
    "dev from another device": Kind(("drift-train-dev", "mismatch"), parts=elsewhere(3, 1.5), shows=False),
    "labels shuffled": Kind(UNRELATED, parts=_shuffled),
    "dev's labels shuffled": Kind(UNRELATED, ("digits", "mnist", "fashion", "housing"), parts=_dev_misread),
    "inputs that say nothing": Kind(UNRELATED, parts=_noise_inputs),
    "a class in a hundred": Kind(
        ("class-imbalance", "class-ignored"),
        ("digits", "mnist", "fashion", "adult"),
        parts=rare(6, 120),
        shows=False,
    ),
    "a tiny dev set": Kind(
        ("dev-set-too-small", "small-dev-set"), CLASSES, parts=tiny_dev(8, 12), shows=False
    ),
    "a few targets far out": Kind(("target-outliers",), NUMBERS, parts=outliers(8, 1e3, 1e4)),
    "targets of 10,000s as they are": Kind(
        ("targets-not-normalized", "diverged", "exploding-gradients"),
        NUMBERS,
        settings=setting(target_normalization="none"),
        parts=big_targets(1e4, 1e5),
    ),
}
