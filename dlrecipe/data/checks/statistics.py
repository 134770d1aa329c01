"""Whether two samples differ, and by how much. Knows no splits and no findings.

Written in NumPy: `import scipy.stats` costs more than all checks at the start of a training.
"""

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from dlrecipe.data.checks.tables import Numbers

LEAST_EXPECTED = 5.0
"""Rows that a category must have in expectation for the chi-square law to hold; rarer ones are joined."""


@dataclass(frozen=True)
class Difference:
    """How far two samples lie apart, 0 to 1, and how often chance alone would put them as far."""

    distance: float
    p: float


def kolmogorov_smirnov(a: Numbers, b: Numbers) -> Difference:
    """Return the largest difference of the two distribution functions; missing values lie above all others.

    The asymptotic law is used; with ties it is on the safe side.
    Source: Smirnov 1939; the correction for small samples is Stephens 1970.
    """
    if len(a) == 0 or len(b) == 0:
        return Difference(0.0, 1.0)
    a, b = np.sort(a), np.sort(b)
    at = np.concatenate([a, b])
    below = [np.searchsorted(each, at, side="right") / len(each) for each in (a, b)]
    distance = float(np.abs(below[0] - below[1]).max())
    root = math.sqrt(len(a) * len(b) / (len(a) + len(b)))
    scaled = (root + 0.12 + 0.11 / root) * distance
    return Difference(distance, min(1.0, 2 * math.exp(-2 * scaled**2)))


def chi_square(a: NDArray[np.intp], b: NDArray[np.intp]) -> Difference:
    """Return the total variation distance of two counts (n_categories,), and chi-square's p.

    Source: Pearson 1900; the tail by Wilson and Hilferty 1931.
    """
    n_a, n_b = int(a.sum()), int(b.sum())
    if n_a == 0 or n_b == 0:
        return Difference(0.0, 1.0)
    distance = float(np.abs(a / n_a - b / n_b).sum()) / 2
    share = min(n_a, n_b) / (n_a + n_b)
    rare = (a + b) * share < LEAST_EXPECTED
    counts = np.array([np.append(each[~rare], each[rare].sum()) for each in (a, b)], dtype=np.float64)
    counts = counts[:, counts.sum(axis=0) > 0]
    n_free = counts.shape[1] - 1
    if n_free < 1:
        return Difference(distance, 1.0)
    expected = counts.sum(axis=1, keepdims=True) * counts.sum(axis=0) / counts.sum()
    statistic = float((np.square(counts - expected) / expected).sum())
    z = ((statistic / n_free) ** (1 / 3) - (1 - 2 / (9 * n_free))) / math.sqrt(2 / (9 * n_free))
    return Difference(distance, 0.5 * math.erfc(z / math.sqrt(2)))


@dataclass(frozen=True)
class Auc:
    """The chance that a row of the one sample scores above a row of the other, with its standard error."""

    value: float
    error: float

    def low(self, z: float) -> float:
        """Return the lower end of the interval of z standard errors."""
        return self.value - z * self.error

    def high(self, z: float) -> float:
        """Return its upper end."""
        return min(1.0, self.value + z * self.error)


def auc(above: Numbers, below: Numbers) -> Auc:
    """Return the area under the ROC curve of scores, ties counted half.

    Source: DeLong, DeLong and Clarke-Pearson 1988 for the standard error.
    """
    placed = [_placements(above, below), 1 - _placements(below, above)]
    value = float(placed[0].mean())
    variance = sum(float(each.var()) / len(each) for each in placed)
    return Auc(value, math.sqrt(variance))


def _placements(scores: Numbers, others: Numbers) -> Numbers:
    """Return the part of `others` that lies below each score."""
    ordered = np.sort(others)
    left, right = (np.searchsorted(ordered, scores, side=side) for side in ("left", "right"))
    return (left + right) / (2 * len(others))
