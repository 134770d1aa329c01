"""Squares of background over the images."""

from dataclasses import dataclass

import numpy as np
from numpy.random import Generator
from numpy.typing import NDArray

from dlrecipe.arrays import Floats
from dlrecipe.data.augmentation.canvas import Canvas
from dlrecipe.data.augmentation.maps import ImageShape
from dlrecipe.data.augmentation.specs import CutoutSpec


@dataclass(frozen=True, eq=False)
class Squares:
    """The first row and the first column of n squares, (n, 2); beyond the image where there is none."""

    corners: NDArray[np.int64]

    def of(self, rows: slice) -> "Squares":
        """Return those of some of the examples."""
        return Squares(self.corners[rows])


class Cutout:
    """Covers a square of each image of one shape."""

    def __init__(self, spec: CutoutSpec, shape: ImageShape) -> None:
        self.spec, self.shape = spec, shape

    def draw(self, rng: Generator, n: int) -> Squares:
        """Draw the squares of n examples: their middle is any pixel of the image."""
        chosen = rng.random(n) < self.spec.probability
        corners = rng.integers(0, self.shape[:2], (n, 2)) - self.spec.size // 2
        corners[~chosen] = max(self.shape)
        return Squares(corners)

    def memory(self, n: int) -> None:
        """Return the scratch that `apply` needs: none."""

    def apply(self, canvas: Canvas, drawn: Squares, memory: None, out: Floats) -> None:
        """Write a canvas's images, (channels, n, height, width), with their squares covered."""
        down, right = (self._covered(drawn.corners[:, axis], self.shape[axis]) for axis in (0, 1))
        covered = down[:, :, None] & right[:, None, :]
        for plane, background, images in zip(canvas.inner, canvas.background, out, strict=True):
            np.copyto(images, plane)
            np.copyto(images, background, where=covered)

    def _covered(self, first: NDArray[np.int64], length: int) -> NDArray[np.bool_]:
        """Return (n, length): whether a row, or column, is one of the square's."""
        from_first = np.arange(length) - first[:, None]
        inside: NDArray[np.bool_] = (from_first >= 0) & (from_first < self.spec.size)
        return inside
