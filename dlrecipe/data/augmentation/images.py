"""The raw training images: changed, and then normalized as a test image is."""

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
from numpy.random import Generator
from numpy.typing import NDArray

from dlrecipe.arrays import Batch, DType, Indices
from dlrecipe.data.augmentation.canvas import background_of
from dlrecipe.data.augmentation.maps import ImageShape
from dlrecipe.data.augmentation.pixels import PixelChanges
from dlrecipe.data.augmentation.specs import (
    Augmentation,
    CutoutSpec,
    PixelSpec,
    ShiftSpec,
)
from dlrecipe.data.examples import Examples
from dlrecipe.data.preprocessing import Preprocessor
from dlrecipe.data.specs import Normalization
from dlrecipe.errors import ConfigError, Problem
from dlrecipe.rng import stream

SAMPLE_IMAGES = 10_000
SAMPLE_NUMBERS = 1 << 25
"""The most changed images, and about the most numbers in them, that a normalization is fitted to."""
MOST_CHANNELS = 4


class RawImages:
    """The training images as their source has them, and the changes to them.

    Args:
        raw: (n, height · width · channels) numbers of any dtype, which may lie in a file.
    """

    def __init__(self, raw: NDArray[Any], changes: PixelChanges) -> None:
        self._raw, self._changes = raw, changes

    @classmethod
    def of(cls, train: Examples, augmentation: Sequence[Augmentation], dtype: DType) -> "RawImages | None":
        """Return the images with the changes to their pixels; None where none are asked for.

        Raises:
            ConfigError: the examples are no images, or too small for a change.
        """
        specs = [spec for spec in augmentation if isinstance(spec, PixelSpec)]
        if not specs:
            return None
        shape = _image_shape(train, augmentation)
        assert train.matrix is not None
        raw = np.asarray(train.matrix).reshape(train.n_examples, -1)
        return cls(raw, PixelChanges(specs, shape, background_of(raw, shape), dtype))

    @property
    def n_examples(self) -> int:
        """Number of training images."""
        return len(self._raw)

    @property
    def shape(self) -> ImageShape:
        """Height, width, channels."""
        return self._changes.shape

    def as_they_are(self, rows: Indices) -> NDArray[Any]:
        """Return (n, features) raw images."""
        raw: NDArray[Any] = np.take(self._raw, rows, axis=0)
        return raw

    def make(
        self,
        rows: Indices,  # (n,)  of train
        rng: Generator,
        X: Batch,  # (n, features)  overwritten
    ) -> None:
        """Write changed images, not normalized."""
        drawn = self._changes.draw(rng, len(rows))
        self._changes.apply(np.take(self._raw, rows, axis=0), drawn, X)

    def sample(self, seed: int) -> Batch:
        """Return changed images (n_sampled, features), not normalized: what a normalization is fitted to.

        Where digits never have ink, a pixel's spread is 0 or tiny; shifted digits would be hundreds of
        standard deviations off there, or be lost. So the spread is that of the images that training sees.
        """
        n, features = self._raw.shape
        n_sampled = min(SAMPLE_IMAGES, max(n, SAMPLE_NUMBERS // features))
        rows = np.linspace(0, n, n_sampled, endpoint=False).astype(np.intp)
        sample = np.empty((n_sampled, features), self._changes.dtype)
        self.make(rows, stream(seed, "augmentation"), sample)
        return sample


def normalizer(preprocessor: Preprocessor, dtype: DType) -> Callable[[Batch], None]:
    """Return a function that normalizes raw features, (n, features), in place, as `transform` does."""
    if preprocessor.normalization in LINEAR and not preprocessor.per_image:
        shift, factor = (
            each.astype(dtype) for each in (preprocessor.scaling.shift, preprocessor.scaling.factor)
        )

        shifts = bool(shift.any())

        def scale(X: Batch) -> None:
            # In the training's precision: pixels are small numbers, and lose nothing by it.
            if shifts:
                np.subtract(X, shift, out=X)
            np.multiply(X, factor, out=X)

        return scale

    def transform(X: Batch) -> None:
        np.copyto(X, preprocessor.transform(Examples(origin="augmentation", matrix=X), dtype))

    return transform


def _image_shape(train: Examples, augmentation: Sequence[Augmentation]) -> ImageShape:
    """Return height, width and channels, once all changes are known to fit them."""
    shape = train.feature_shape
    problems: list[Problem] = []
    for index, spec in enumerate(augmentation):
        if isinstance(spec, PixelSpec):
            misfit = _misfit(spec, train)
            problems += [Problem("", f"augmentation.{index}", *misfit)] if misfit else []
    if problems:
        raise ConfigError(problems)
    return shape[0], shape[1], shape[2] if len(shape) == 3 else 1


def _misfit(spec: PixelSpec, train: Examples) -> tuple[str, str] | None:
    """Return what keeps a change from these examples, and the remedy; None where it fits."""
    shape = train.feature_shape
    if train.matrix is None or len(shape) not in (2, 3):
        return (
            f"{spec.type} works on images, and {train.origin} has "
            + (f"examples of shape {shape}" if shape else "rows of numbers without an image's shape"),
            "Remove it (noise and mixup work on any data), or give images: a source of type images, or an "
            "npz whose x is (n, height, width) or (n, height, width, channels).",
        )
    if len(shape) == 3 and shape[2] > MOST_CHANNELS:
        return (
            f"{spec.type} needs images whose last axis is the channels, up to {MOST_CHANNELS}; those of "
            f"{train.origin} have the shape {shape}",
            "If the channels come first, save x.transpose(0, 2, 3, 1).",
        )
    side = min(shape[:2])
    far = {"pixels": spec.pixels} if isinstance(spec, ShiftSpec) else {}
    far |= {"size": spec.size} if isinstance(spec, CutoutSpec) else {}
    for key, value in far.items():
        if value >= side:
            return (
                f"{key} {value} leaves nothing of images of {shape[0]}×{shape[1]} pixels",
                f"Set {key} well below {side}.",
            )
    return None


LINEAR: tuple[Normalization, ...] = ("none", "center", "standard", "minmax", "robust")
"""The normalizations that are (x - shift) · factor, where they are not per image."""
