"""Normalization of each example by its own values: images taken in different light. Fitted to nothing."""

from collections.abc import Callable
from typing import Any

import numpy as np
from numpy.typing import NDArray

from dlrecipe.data.normalization import blocks, inverse_of, noise_of
from dlrecipe.data.specs import NormalizationName

Block = NDArray[np.float64]


def normalize_images(
    values: NDArray[Any],  # (n_examples, n_pixels)  any numbers; read only
    out: NDArray[Any],  # (n_examples, n_pixels)  float32 or float64, overwritten
    kind: NormalizationName,
) -> None:
    """Write each row less its own middle, over its own spread; a row of equal values becomes 0.

    center: the mean, and no spread; standard: mean and standard deviation; minmax: smallest value and range;
    robust: median and interquartile range.

    Raises:
        FloatingPointError: a value is beyond the range of `out`, or its square beyond that of float64.
    """
    middle_and_spread = KINDS[kind]
    for rows in blocks(*values.shape):
        block = values[rows].astype(np.float64)
        with np.errstate(over="raise"):
            middle, spread = middle_and_spread(block)
            size = np.abs(block).max(axis=1) if block.shape[1] else np.zeros(len(block))
            factor = inverse_of(spread, noise_of(values[rows], size))
            np.multiply(block - middle[:, None], factor[:, None], out=out[rows], casting="same_kind")


def _center(block: Block) -> tuple[Block, Block]:
    return block.mean(axis=1), np.ones(len(block))


def _standard(block: Block) -> tuple[Block, Block]:
    return block.mean(axis=1), block.std(axis=1)


def _minmax(block: Block) -> tuple[Block, Block]:
    low = block.min(axis=1)
    return low, block.max(axis=1) - low


def _robust(block: Block) -> tuple[Block, Block]:
    low, median, high = np.quantile(block, [0.25, 0.5, 0.75], axis=1)
    # As for features: an image that is black for three pixels in four is not without contrast.
    return median, np.where(high > low, high - low, block.std(axis=1))


KINDS: dict[NormalizationName, Callable[[Block], tuple[Block, Block]]] = {
    "center": _center,
    "standard": _standard,
    "minmax": _minmax,
    "robust": _robust,
}
