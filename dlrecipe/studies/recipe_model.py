"""A Gaussian process through the dev errors measured so far: what configs not yet tried may bring.

Knows points and figures; nothing of configs or runs.
"""

import math
from dataclasses import dataclass
from itertools import product
from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

Array: TypeAlias = NDArray[np.float64]

REACHES = (1.5, 3.0, 6.0)
"""Distances over which errors are alike, in the units of the points; the likeliest is taken."""
NOISES = (0.03, 0.1, 0.3, 1.0)
"""Variances of what is chance, as parts of the other; the likeliest is taken."""
SAME = 0.4
"""Distance over which even chance is alike: a step too small to change anything brings no new draw."""
JITTER = 1e-4
"""Added to variances, to keep their inverse well behaved."""
CLIPPED = 3.0
"""Times the distance from the best to the median beyond which a bad figure says no more than `bad`."""


@dataclass(frozen=True)
class Model:
    """What was fitted to the logarithms of errors; `lowest` is the best of them."""

    points: Array
    apart: Array
    factor: Array
    weights: Array
    reach: float
    noise: float
    scale: float
    mean: float
    lowest: float

    def outlook(self, points: Array) -> "Outlook":
        """Return what runs at points (n, d) promise."""
        cross = self.covariance(points, self.points)
        halves = np.linalg.solve(self.factor, cross.T).astype(np.float64, copy=False)
        left = 1 + self.noise + JITTER - np.square(halves).sum(axis=0)
        return Outlook(self, points, self.mean + cross @ self.weights, halves, left)

    def covariance(self, one: Array, other: Array) -> Array:
        """Return the covariances of errors at two sets of points, as parts of the scale."""
        return _alike(one, other, self.reach) + self.noise * _chance(one, other, self.apart)


@dataclass
class Outlook:
    """What is expected at points (n, d) not yet tried: errors' logarithms (n,), and how unsure they are.

    `halves` (known, n) are the covariances with what is known, solved by its factor; `left` (n,) the
    variances that remain, noise included, as parts of the scale.
    """

    model: Model
    points: Array
    expected: Array
    halves: Array
    left: Array

    def gain(self) -> Array:
        """Return by how much runs are expected to get below the lowest error, in its logarithm.

        What counts is the error that would be measured, its noise included.
        Source: Jones, Schonlau & Welch 1998, Efficient Global Optimization, equation 15.
        """
        spread = np.sqrt(self.model.scale * np.maximum(self.left, JITTER))
        z = (self.model.lowest - self.expected) / spread
        below = np.array([0.5 * math.erfc(-each / math.sqrt(2)) for each in z])
        density = np.exp(-z * z / 2) / math.sqrt(2 * math.pi)
        found: Array = spread * (z * below + density)
        return found

    def take(self, index: int) -> None:
        """Go on as if a run at one of the points had come out as expected, which only makes less unsure."""
        point = self.points[index : index + 1]
        shared = self.model.covariance(self.points, point)[:, 0] - self.halves.T @ self.halves[:, index]
        half = shared / math.sqrt(max(float(self.left[index]), JITTER))
        self.halves = np.vstack([self.halves, half])
        self.left = self.left - np.square(half)


def fitted(points: Array, errors: Array, apart: Array, least: float) -> Model:
    """Fit a model to the errors (n,) that were measured at points (n, d).

    Args:
        apart: (d,) factors on the points' distances where it is asked whether chance is alike: where any
            other value draws anew, a large one.
        least: added to the errors before their logarithm is taken: what one wrong example amounts to.
    Source: Rasmussen & Williams 2006, algorithm 2.1 and section 5.4.1; Matérn's covariance for ν = 5/2.
    """
    logs = np.log(np.maximum(errors, 0) + least)
    lowest, middle = float(logs.min()), float(np.median(logs))
    logs = np.minimum(logs, middle + CLIPPED * max(middle - lowest, 0.1))
    mean = float(logs.mean())
    chance = _chance(points, points, apart)
    alike = {reach: _alike(points, points, reach) for reach in REACHES}
    tried = [
        (*_factored(alike[reach] + noise * chance, logs - mean), reach, noise)
        for reach, noise in product(REACHES, NOISES)
    ]
    factor, half, scale, _, reach, noise = max(tried, key=lambda each: each[3])
    weights = np.linalg.solve(factor.T, half).astype(np.float64, copy=False)
    return Model(points, apart, factor, weights, reach, noise, scale, mean, lowest)


def _factored(covariance: Array, logs: Array) -> tuple[Array, Array, float, float]:
    """Return a covariance's factor, the logs solved by it, their scale, and the likelihood.

    That is its logarithm, but for a constant.
    """
    n = len(logs)
    # The last row of a larger matrix's factor is the logs solved: as good as free beside a solution.
    bordered = np.empty((n + 1, n + 1))
    bordered[:n, :n] = covariance + JITTER * np.eye(n)
    bordered[n, :n] = bordered[:n, n] = logs
    bordered[n, n] = 1 + 2 * float(logs @ logs) / JITTER
    factor = np.linalg.cholesky(bordered).astype(np.float64, copy=False)
    factor, half = factor[:n, :n], factor[n, :n]
    scale = max(float(half @ half) / n, 1e-6)
    return factor, half, scale, -0.5 * n * math.log(scale) - float(np.log(np.diag(factor)).sum())


def _chance(one: Array, other: Array, apart: Array) -> Array:
    """Return how alike chance is at two sets of points."""
    return _alike(one * apart, other * apart, SAME)


def _alike(one: Array, other: Array, reach: float) -> Array:
    """Return how alike errors are at two sets of points, 1 where they are the same."""
    squared = np.square(one).sum(1)[:, None] + np.square(other).sum(1) - 2 * one @ other.T
    far = np.sqrt(5 * np.maximum(squared, 0)) / reach
    found: Array = (1 + far + far * far / 3) * np.exp(-far)
    return found
