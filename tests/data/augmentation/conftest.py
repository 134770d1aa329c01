"""Images to change, and the changing of them in one call."""

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from dlrecipe.data.augmentation.pixels import PixelChanges
from dlrecipe.rng import stream


def change(
    specs: list[Any], images: np.ndarray, *, background: float = 0.0, seed: int = 0, dtype: str = "float64"
) -> tuple[np.ndarray, list[Any]]:
    """Return images (n, height, width[, channels]) changed, and what was drawn for each of the changes."""
    shape = (*images.shape[1:3], images.shape[3] if images.ndim == 4 else 1)
    changes = PixelChanges(specs, shape, np.full(shape[2], background), np.dtype(dtype))
    drawn = changes.draw(stream(seed, "augmentation"), len(images))
    out = np.empty((len(images), np.prod(shape)), dtype)
    changes.apply(images.reshape(len(images), -1), drawn, out)
    return out.reshape(images.shape), drawn


@pytest.fixture(name="change")
def change_fixture() -> Callable[..., Any]:
    return change


@pytest.fixture
def images() -> np.ndarray:
    """Return 150 images of bytes, 12 by 9: not square, and in more than one chunk's number."""
    return np.random.default_rng(3).integers(0, 256, (150, 12, 9)).astype(np.uint8)
