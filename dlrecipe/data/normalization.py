"""Scaling of numeric features with statistics of the training examples. Knows no tables and no files.

A normalization is fitted to statistics of each feature and applied as (x - shift) · factor; for whitening
these are turned by a matrix, and for quantile the share of training values below x is looked up and its
normal quantile returned.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, cast

import numpy as np
from numpy.typing import NDArray

from dlrecipe.arrays import Rows
from dlrecipe.data.specs import Normalization, NormalizationName, NormalizationSpec
from dlrecipe.data.whitening import whitening_matrix

MAX_QUANTILES = 1_000
CHUNK_NUMBERS = 1 << 20
NOISE_ULPS = 16
"""A spread of at most so many units in the last place of the feature's size is rounding noise, which scaling
would blow up: 3.6e-15 of it for float64 and integers, 1.9e-6 for values stored as float32."""
MAX_SHIFT_UNITS = 16
"""A shift of at most so many units of the result may be subtracted in the precision of the data."""
QUANTILE_BOUND = 1e-7
"""The lowest and highest share that quantile looks up, so that no result leaves ±5.2."""


@dataclass(frozen=True, eq=False)
class Scaling:
    """A fitted normalization of `n` features.

    `shift` and `factor` are (n,) float64. `quantiles` is (n_quantiles, n) float64 for quantile, else None;
    `rotation` is (n, n) float64 for whitening, else None. A constant feature has factor 0: it becomes 0
    everywhere.
    """

    shift: NDArray[np.float64]
    factor: NDArray[np.float64]
    quantiles: NDArray[np.float64] | None = None
    rotation: NDArray[np.float64] | None = None

    def apply(
        self,
        values: Rows,  # (n_examples, n)  any numbers; read only
        out: NDArray[Any],  # (n_examples, n)  float32 or float64, overwritten
    ) -> None:
        """Write the scaled values, a block of rows at a time: no float64 copy of the whole is made.

        Raises:
            FloatingPointError: a scaled value is beyond the range of `out`.
        """
        precision = out.dtype if self._may_be_subtracted_in(out.dtype, values.dtype) else np.float64
        for rows in blocks(*values.shape):
            if self.rotation is not None:
                self._apply_rotation(values[rows], out[rows])
            elif self.quantiles is None:
                block = np.subtract(values[rows], self.shift.astype(precision), dtype=precision)
                with np.errstate(over="raise"):
                    np.multiply(block, self.factor.astype(precision), out=out[rows], casting="same_kind")
            else:
                out[rows] = _normal_scores(values[rows].astype(np.float64), self.quantiles, self.factor)

    def _apply_rotation(self, values: NDArray[Any], out: NDArray[Any]) -> None:
        assert self.rotation is not None
        centred = (np.subtract(values, self.shift, dtype=np.float64) * self.factor).astype(out.dtype)
        with np.errstate(over="raise"):
            np.matmul(centred, self.rotation.astype(out.dtype), out=out)

    def _may_be_subtracted_in(self, precision: np.dtype[Any], stored: np.dtype[Any]) -> bool:
        """Say whether `precision` loses nothing of x - shift: not so in float32 for x near 1e9.

        For float32 the shift's own rounding then is at most 16 · 6e-8 of a unit of the result.
        """
        if stored.kind in "ub" and stored.itemsize == 1:
            return True
        return stored == precision and bool(np.all(np.abs(self.shift * self.factor) <= MAX_SHIFT_UNITS))


def fit_scaling(values: Rows, normalization: Normalization) -> Scaling:
    """Fit a normalization to training values.

    Args:
        values: (n_examples, n) finite numbers of any dtype, n_examples ≥ 1.
        normalization: per feature; what is done per image is fitted to nothing.
    Raises:
        FloatingPointError: the squares of the values are beyond the range of float64.
    """
    spec = NormalizationSpec(type=normalization) if isinstance(normalization, str) else normalization
    with np.errstate(over="raise"):
        return (
            _whitening(values[:], spec)
            if spec.type == "whitening"
            else FITS[spec.type](cast(NDArray[Any], values))
        )


def blocks(n_rows: int, n_columns: int) -> list[slice]:
    """Return slices over the rows that hold about a million numbers each."""
    step = max(1, CHUNK_NUMBERS // max(n_columns, 1))
    return [slice(start, min(start + step, n_rows)) for start in range(0, n_rows, step)]


def mean_and_variance(values: Rows) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Return each column's mean and variance (divided by n) in float64, without a copy of the whole.

    Source: Chan, Golub and LeVeque 1979, which joins the blocks' moments without cancellation.
    """
    n_features = values.shape[1]
    count, mean, squares = 0, np.zeros(n_features), np.zeros(n_features)
    for rows in blocks(*values.shape):
        block = values[rows].astype(np.float64)
        own_mean = block.mean(axis=0)
        block -= own_mean
        delta, total = own_mean - mean, count + len(block)
        squares += np.einsum("ij,ij->j", block, block) + delta**2 * (count * len(block) / total)
        mean += delta * (len(block) / total)
        count = total
    if not np.isfinite(squares).all():  # einsum overflows without a word
        raise FloatingPointError("the squares of the values are beyond the range of float64")
    return mean, squares / max(count, 1)


def noise_of(values: Rows, size: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return the spread that rounding alone gives to features of this size, by the precision stored."""
    stored = values.dtype if values.dtype.kind == "f" else np.dtype(np.float64)
    return NOISE_ULPS * float(np.finfo(stored).eps) * np.abs(size)


def inverse_of(spread: NDArray[np.float64], noise: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return 1 / spread, or 0 where the spread is not above the noise."""
    constant = spread <= noise
    return np.where(constant, 0.0, 1.0 / np.where(constant, 1.0, spread))


def _none(values: NDArray[Any]) -> Scaling:
    n_features = values.shape[1]
    return Scaling(np.zeros(n_features), np.ones(n_features))


def _center(values: NDArray[Any]) -> Scaling:
    mean, _ = mean_and_variance(values)
    return Scaling(mean, np.ones(values.shape[1]))


def _standard(values: NDArray[Any]) -> Scaling:
    mean, variance = mean_and_variance(values)
    return Scaling(mean, inverse_of(np.sqrt(variance), noise_of(values, mean)))


def _minmax(values: NDArray[Any]) -> Scaling:
    extremes = [
        (block.min(axis=0), block.max(axis=0)) for block in map(values.__getitem__, blocks(*values.shape))
    ]
    low = np.min([least for least, _ in extremes], axis=0).astype(np.float64)
    high = np.max([most for _, most in extremes], axis=0).astype(np.float64)
    return Scaling(low, inverse_of(high - low, noise_of(values, np.maximum(np.abs(low), np.abs(high)))))


def _robust(values: NDArray[Any]) -> Scaling:
    """Median and interquartile range; where that range is 0 the standard deviation takes its place.

    A feature that is 0 for three rows in four would otherwise be left unscaled (its range is no scale) or be
    thrown away (it is not constant).
    """
    quartiles = _column_quantiles(values, np.array([0.25, 0.5, 0.75]))
    low, median, high = quartiles
    mean, variance = mean_and_variance(values)
    spread = np.where(high - low > noise_of(values, median), high - low, np.sqrt(variance))
    return Scaling(median, inverse_of(spread, noise_of(values, np.maximum(np.abs(median), np.abs(mean)))))


def _quantile(values: NDArray[Any]) -> Scaling:
    n_quantiles = min(MAX_QUANTILES, len(values))
    quantiles = _column_quantiles(values, np.linspace(0, 1, n_quantiles))
    size = np.maximum(np.abs(quantiles[0]), np.abs(quantiles[-1]))
    spread = quantiles[-1] - quantiles[0]
    varies = (spread > noise_of(values, size)).astype(np.float64)
    return Scaling(np.zeros(values.shape[1]), varies, quantiles)


def _column_quantiles(values: NDArray[Any], shares: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return (n_shares, n) quantiles, a column at a time so that only one is ever copied."""
    columns = [np.quantile(values[:, i].astype(np.float64), shares) for i in range(values.shape[1])]
    return np.column_stack(columns) if columns else np.empty((len(shares), 0))


def _normal_scores(
    values: NDArray[np.float64], quantiles: NDArray[np.float64], varies: NDArray[np.float64]
) -> NDArray[np.float64]:
    """Return the normal quantile of each value's share among the training quantiles.

    A value that many training rows have in common gets the middle of the shares it spans. scikit-learn does
    the same except at the lowest and highest value, which it puts at ±5.2 however many rows share them: a
    feature that is 0 in nine rows of ten would be far from 0 nearly everywhere.
    """
    from scipy.special import ndtri

    shares = np.linspace(0, 1, len(quantiles))
    scores = np.empty_like(values)
    for i in range(values.shape[1]):
        column, known = values[:, i], quantiles[:, i]
        upper = np.interp(column, known, shares)
        lower = -np.interp(-column, -known[::-1], -shares[::-1])
        scores[:, i] = 0.5 * (upper + lower)
    return np.asarray(ndtri(np.clip(scores, QUANTILE_BOUND, 1 - QUANTILE_BOUND)) * varies)


def _whitening(values: NDArray[Any], spec: NormalizationSpec) -> Scaling:
    """Standardize, then turn so that all directions have variance 1 and no two go together."""
    standard = _standard(values)
    rotation = whitening_matrix(
        _correlations(values, standard), ridge=spec.ridge, turned_back=spec.rotation == "zca"
    )
    return Scaling(standard.shift, standard.factor, rotation=rotation)


def _correlations(values: NDArray[Any], standard: Scaling) -> NDArray[np.float64]:
    """Return the (n, n) correlation matrix, 0 for constant features, without a copy of the whole."""
    total = np.zeros((values.shape[1], values.shape[1]))
    for rows in blocks(*values.shape):
        block = (values[rows].astype(np.float64) - standard.shift) * standard.factor
        total += block.T @ block
    return total / max(len(values), 1)


FITS: dict[NormalizationName, Callable[[NDArray[Any]], Scaling]] = {
    "none": _none,
    "center": _center,
    "standard": _standard,
    "minmax": _minmax,
    "robust": _robust,
    "quantile": _quantile,
}
