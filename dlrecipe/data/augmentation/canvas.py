"""Images in the memory that their pixels are moved in: planes with a border of background. Knows no specs."""

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from dlrecipe.arrays import DType, Floats
from dlrecipe.data.augmentation.maps import ImageShape

BACKGROUND_IMAGES = 1_000
"""Images whose borders the background is found from."""


@dataclass(frozen=True, eq=False)
class Canvas:
    """n images, a plane a channel, each with a border of background: a pixel before it and two behind.

    With two, a place on the border still has a pixel on its other side. `planes`: (channels, n, height + 3,
    width + 3), each plane contiguous. `background`: (channels,).
    """

    planes: Floats
    background: Floats

    @classmethod
    def empty(cls, n: int, shape: ImageShape, background: Floats, dtype: DType) -> "Canvas":
        """Return a canvas for up to n images; nothing but background is on it."""
        height, width, channels = shape
        planes = np.empty((channels, n, height + 3, width + 3), dtype)
        planes[...] = background[:, None, None, None]
        return cls(planes, background.astype(dtype))

    @property
    def inner(self) -> Floats:
        """(channels, n, height, width): the images, without the border; a view."""
        return self.planes[:, :, 1:-2, 1:-2]

    def first(self, n: int) -> "Canvas":
        """Return the canvas of the first n images; each plane's are contiguous."""
        return self if n == self.planes.shape[1] else Canvas(self.planes[:, :n], self.background)

    def put(self, rows: NDArray[Any]) -> None:
        """Take images, (n, height · width · channels) raw numbers, each pixel's channels side by side."""
        channels, n, height, width = self.inner.shape
        np.copyto(
            self.inner, rows.reshape(n, height, width, channels).transpose(3, 0, 1, 2), casting="same_kind"
        )


def background_of(images: NDArray[Any], shape: ImageShape) -> Floats:
    """Return (channels,) float64: the median of the pixels along the images' borders, channel by channel.

    0 for white digits on black and 255 for black ones on white, whatever the units.

    Args:
        images: (n, height · width · channels), n ≥ 1; up to BACKGROUND_IMAGES are read, evenly spaced.
    """
    step = -(-len(images) // BACKGROUND_IMAGES)
    sample = np.asarray(images[::step]).reshape(-1, *shape)
    sides = (sample[:, 0], sample[:, -1], sample[:, :, 0], sample[:, :, -1])
    border = np.concatenate([side.reshape(-1, shape[2]) for side in sides])
    middle: Floats = np.median(border.astype(np.float64), axis=0)
    return middle
