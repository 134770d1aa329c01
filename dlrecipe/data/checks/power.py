"""How well one column alone gives the target: the skill of a small predictor on rows it has not seen.

The rows of train and dev are halved at random; the predictor is fitted on one half and judged on the other,
and the other way round. Knows no findings.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from dlrecipe.arrays import Indices
from dlrecipe.data.checks.tables import Feature, Numbers, Tables
from dlrecipe.rng import stream

MOST_NUMBERS = 2_000_000
"""Numbers of a split that predictive power is measured on: of wide data, every few rows."""
MOST_BINS = 64
ROWS_A_BIN = 8
Z = 1.96


@dataclass(frozen=True)
class Skill:
    """0: no better than the majority class or the mean; 1: the target. `low` is the end of its 95% interval.

    For classes (mean recall - 1/K) / (1 - 1/K), which a rare class cannot hide in; for numbers R².
    """

    value: float
    low: float
    n: int


def skill_of(feature: Feature, target: NDArray[np.generic], tables: Tables) -> Skill:
    """Return the skill of one input; `target` as from `pooled_target`."""
    values = pooled_values(feature, tables)
    return skill(values, target, len(tables.classes), is_category=feature.kind == "categorical")


def pooled(tables: Tables) -> tuple[str, ...]:
    """Return the splits that predictive power is judged on: train and dev."""
    return tuple(name for name in ("train", "dev") if name in tables.parts)


def pooled_values(feature: Feature, tables: Tables) -> Numbers:
    """Return (n,) the values of one input in the sampled rows of train and dev."""
    return np.concatenate([feature.values[name][:: _step(tables, name)] for name in pooled(tables)])


def pooled_target(tables: Tables) -> NDArray[np.generic]:
    """Return (n,) classes, or the first number to predict, of the same rows."""
    y: NDArray[np.generic] = np.concatenate(
        [tables.sample[name].y[:: _step(tables, name)] for name in pooled(tables)]
    )
    return y if y.ndim == 1 else y[:, 0].astype(np.float64)


def _step(tables: Tables, name: str) -> int:
    return max(1, tables.sample[name].n * tables.n_features // MOST_NUMBERS)


def skill(values: Numbers, target: NDArray[np.generic], n_classes: int, *, is_category: bool) -> Skill:
    """Return how well `values` (n,), NaN where missing, give `target` (n,) on unseen rows."""
    n = len(values)
    order = stream(0, "halves").permutation(n)
    halves = (order[: n // 2], order[n // 2 :])
    predicted = np.zeros(n)
    for fitted, judged in (halves, halves[::-1]):
        bins = _bins(values, target, fitted, is_category=is_category, n_classes=n_classes)
        if n_classes:
            predicted[judged] = _best_class(bins, target, fitted, n_classes)[bins[judged]]
        else:
            predicted[judged] = _mean(bins, target, fitted)[bins[judged]]
    if n_classes:
        return _skill_of_classes(predicted.astype(np.intp), target.astype(np.intp), n_classes)
    binned = _explained(predicted, target.astype(np.float64))
    straight = 0.0 if is_category else correlation(values, target.astype(np.float64)) ** 2
    value = max(binned, straight, 0.0)
    # Fisher's z of a correlation of √value; its lower end, squared again.
    edge = np.tanh(np.arctanh(min(np.sqrt(value), 1 - 1e-12)) - Z / np.sqrt(max(n - 3, 1)))
    return Skill(value, max(float(edge), 0.0) ** 2, n)


def correlation(a: Numbers, b: Numbers) -> float:
    """Return Pearson's correlation over the rows where both are known; 0 where one does not vary."""
    known = ~(np.isnan(a) | np.isnan(b))
    if known.sum() < 3:
        return 0.0
    a, b = a[known] - a[known].mean(), b[known] - b[known].mean()
    size = float(np.sqrt((a @ a) * (b @ b)))
    return float(a @ b) / size if size > 0 and np.isfinite(size) else 0.0


def _bins(
    values: Numbers, target: NDArray[np.generic], fitted: Indices, *, is_category: bool, n_classes: int
) -> Indices:
    """Return each value's bin, from 1; 0 where it is missing. The fitted rows alone make the edges."""
    missing = np.isnan(values)
    known = values[fitted][~missing[fitted]]
    distinct = np.unique(known)
    if is_category or len(distinct) <= MOST_BINS:
        edges = distinct if is_category else (distinct[1:] + distinct[:-1]) / 2
    else:
        edges = _edges(known, target[fitted][~missing[fitted]], n_classes)
    bins = np.searchsorted(edges, np.where(missing, 0.0, values), side="right") + 1
    if is_category:
        bins[~np.isin(values, distinct)] = 0  # a category that is new is as good as missing
    bins[missing] = 0
    return np.asarray(bins, np.intp)


def _edges(known: Numbers, target: NDArray[np.generic], n_classes: int) -> Numbers:
    """Return quantiles, or the places where the class changes along the values if these are few."""
    if n_classes:
        order = np.argsort(known, kind="stable")
        ordered, along = known[order], target[order]
        changes = np.flatnonzero((along[1:] != along[:-1]) & (ordered[1:] > ordered[:-1]))
        if 0 < len(changes) <= MOST_BINS:
            return np.asarray((ordered[changes] + ordered[changes + 1]) / 2)
    n_bins = int(np.clip(len(known) // ROWS_A_BIN, 2, MOST_BINS))
    return np.unique(np.quantile(known, np.linspace(0, 1, n_bins + 1)[1:-1]))


def _best_class(bins: Indices, target: NDArray[np.generic], fitted: Indices, n_classes: int) -> Indices:
    """Return for each bin the class most common there, every class weighed alike."""
    n_bins = int(bins.max()) + 1
    flat = bins[fitted] * n_classes + target[fitted].astype(np.intp)
    counts = np.bincount(flat, minlength=n_bins * n_classes).reshape(n_bins, n_classes)
    best: Indices = (counts / np.maximum(counts.sum(axis=0), 1)).argmax(axis=1)
    return best


def _mean(bins: Indices, target: NDArray[np.generic], fitted: Indices) -> Numbers:
    n_bins = int(bins.max()) + 1
    numbers = target[fitted].astype(np.float64)
    counts = np.bincount(bins[fitted], minlength=n_bins)
    sums = np.bincount(bins[fitted], weights=numbers, minlength=n_bins)
    return np.where(counts > 0, sums / np.maximum(counts, 1), numbers.mean())


def _skill_of_classes(predicted: Indices, target: Indices, n_classes: int) -> Skill:
    counts = np.bincount(target, minlength=n_classes)
    there = counts > 0
    right = np.bincount(target[predicted == target], minlength=n_classes)[there]
    recalls, sizes = right / counts[there], counts[there]
    chance = 1 / max(int(there.sum()), 2)
    # Agresti and Coull's two successes and two failures keep the variance above 0 at recalls of 0 and 1.
    eased = (right + 2) / (sizes + 4)
    spread = float(np.sqrt((eased * (1 - eased) / (sizes + 4)).sum())) / len(recalls)
    recall = float(recalls.mean())
    scale = 1 / (1 - chance)
    return Skill(
        max((recall - chance) * scale, 0.0), max((recall - Z * spread - chance) * scale, 0.0), len(target)
    )


def _explained(predicted: Numbers, target: Numbers) -> float:
    spread = float(np.square(target - target.mean()).sum())
    return 1 - float(np.square(predicted - target).sum()) / spread if spread > 0 else 0.0
