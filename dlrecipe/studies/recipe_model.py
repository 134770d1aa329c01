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
    logs: Array
    factor: Array
    weights: Array
    reach: float
    noise: float
    scale: float
    mean: float
    lowest: float

    def expected(self, points: Array) -> Array:
        """Return the errors' logarithms that are expected at points (n, d)."""
        found: Array = self.mean + self._with_known(points) @ self.weights
        return found

    def with_expected(self, point: Array) -> "Model":
        """Return the model as if a run at one point (d,) had come out as expected."""
        logs = np.append(self.logs, self.expected(point[None]))
        points = np.vstack([self.points, point])
        return _fitted(points, self.apart, logs, self.lowest, self.reach, self.noise)[0]

    def _with_known(self, points: Array) -> Array:
        return _covariance(points, self.points, self.apart, self.reach, self.noise)

    def gain(self, points: Array) -> Array:
        """Return by how much runs at points (n, d) are expected to get below the lowest error, in its log.

        What counts is the error that would be measured, its noise included.
        Source: Jones, Schonlau & Welch 1998, Efficient Global Optimization, equation 15.
        """
        cross = self._with_known(points)
        expected = self.mean + cross @ self.weights
        left = 1 + self.noise - np.square(np.linalg.solve(self.factor, cross.T)).sum(axis=0)
        spread = np.sqrt(self.scale * np.maximum(left, JITTER))
        z = (self.lowest - expected) / spread
        below = np.array([0.5 * math.erfc(-each / math.sqrt(2)) for each in z])
        density = np.exp(-z * z / 2) / math.sqrt(2 * math.pi)
        found: Array = spread * (z * below + density)
        return found


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
    tried = [_fitted(points, apart, logs, lowest, *pair) for pair in product(REACHES, NOISES)]
    return max(tried, key=lambda each: each[1])[0]


def _fitted(
    points: Array, apart: Array, logs: Array, lowest: float, reach: float, noise: float
) -> tuple[Model, float]:
    """Return the model with a reach and a noise, and the logarithm of its likelihood but for a constant."""
    n, mean = len(points), float(logs.mean())
    covariance = _covariance(points, points, apart, reach, noise) + JITTER * np.eye(n)
    factor = np.linalg.cholesky(covariance).astype(np.float64, copy=False)
    half = np.linalg.solve(factor, logs - mean)
    scale = max(float(half @ half) / n, 1e-6)
    likelihood = -0.5 * n * math.log(scale) - float(np.log(np.diag(factor)).sum())
    weights = np.linalg.solve(factor.T, half).astype(np.float64, copy=False)
    return Model(points, apart, logs, factor, weights, reach, noise, scale, mean, lowest), likelihood


def _covariance(one: Array, other: Array, apart: Array, reach: float, noise: float) -> Array:
    return _alike(one, other, reach) + noise * _alike(one * apart, other * apart, SAME)


def _alike(one: Array, other: Array, reach: float) -> Array:
    """Return how alike errors are at two sets of points, 1 where they are the same."""
    squared = np.square(one).sum(1)[:, None] + np.square(other).sum(1) - 2 * one @ other.T
    far = np.sqrt(5 * np.maximum(squared, 0)) / reach
    found: Array = (1 + far + far * far / 3) * np.exp(-far)
    return found
