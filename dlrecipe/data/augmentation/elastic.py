"""Elastic distortions: smooth random fields of displacements.

A field is white noise smoothed by a Gaussian, and the noise goes on beyond the image's border, so that
pixels at the border move as much as others. Smoothing multiplies the noise N by a matrix on either side,
G N H'. That is the same in distribution as A Z B', Z independent normal numbers, where A A' = G G' and
B B' = H H'. A's columns are eigenvectors of G G', and a Gaussian leaves so little to most of them that for a
sigma of 4 seven of 28 carry 99.9 % of the variance: 49 random numbers make a field of 784 displacements.
(Simard's noise is uniform; sums of hundreds of terms of either kind are normal.)
"""

import math
from dataclasses import dataclass

import numpy as np
from numpy.random import Generator
from numpy.typing import NDArray

from dlrecipe.arrays import DType, Floats
from dlrecipe.data.augmentation.maps import ImageShape
from dlrecipe.data.augmentation.pool import normal_numbers
from dlrecipe.data.augmentation.specs import ElasticSpec

NOISE_VARIANCE = 1 / 3
"""That of uniform(-1, 1)."""
LOST_VARIANCE = 1e-3
"""Share of the displacements' variance along a side that the left-out eigenvectors would carry."""
TRUNCATE = 4.0
"""Standard deviations at which the Gaussian ends."""


@dataclass(frozen=True, eq=False)
class ElasticFields:
    """Smooth fields for images of one shape: `rows` (height, r), `columns` (s, width), both fixed.

    A field of displacements along one axis is rows @ Z @ columns, Z (r, s) independent standard normal.
    """

    rows: Floats
    columns: Floats

    @classmethod
    def of(cls, spec: ElasticSpec, shape: ImageShape, dtype: DType) -> "ElasticFields":
        """Return the fields of a spec."""
        scale = spec.alpha * np.sqrt(NOISE_VARIANCE)
        rows = scale * factor_of(smoothed_covariance(shape[0], spec.sigma))
        columns = factor_of(smoothed_covariance(shape[1], spec.sigma)).T
        return cls(np.ascontiguousarray(rows, dtype), np.ascontiguousarray(columns, dtype))

    def draw(self, rng: Generator, n: int) -> Floats:
        """Return (2, r, n, s) standard normal numbers: those of n examples, down and to the right."""
        size = (2, self.rows.shape[1], n, self.columns.shape[0])
        return normal_numbers(rng, math.prod(size), self.rows.dtype).reshape(size)


def smoothed_covariance(length: int, sigma: float) -> NDArray[np.float64]:
    """Return (length, length) covariances of white noise of variance 1 after smoothing by a Gaussian."""
    reach = int(TRUNCATE * sigma + 0.5)
    kernel = np.exp(-0.5 * (np.arange(-reach, reach + 1) / sigma) ** 2)
    kernel /= kernel.sum()
    by_distance = np.zeros(max(length, 2 * reach + 1))
    by_distance[: 2 * reach + 1] = np.correlate(kernel, kernel, "full")[2 * reach :]
    places = np.arange(length)
    covariance: NDArray[np.float64] = by_distance[np.abs(places[:, None] - places)]
    return covariance


def factor_of(covariance: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return A (n, r) with A A' equal to the covariance but for LOST_VARIANCE of its trace."""
    values, vectors = np.linalg.eigh(covariance)
    values, vectors = np.maximum(values[::-1], 0), vectors[:, ::-1]
    carried = np.cumsum(values) / values.sum()
    rank = int(np.count_nonzero(carried < 1 - LOST_VARIANCE)) + 1
    factor: NDArray[np.float64] = vectors[:, :rank] * np.sqrt(values[:rank])
    return factor
