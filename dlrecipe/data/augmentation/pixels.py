"""All that changes pixels, one after the other, on raw images. Knows no normalization and no targets."""

import threading
from collections.abc import Sequence
from itertools import groupby
from typing import Any, Protocol

from numpy.random import Generator
from numpy.typing import NDArray

from dlrecipe.arrays import DType, Floats
from dlrecipe.data.augmentation.canvas import Canvas
from dlrecipe.data.augmentation.cutout import Cutout
from dlrecipe.data.augmentation.maps import ImageShape
from dlrecipe.data.augmentation.specs import CutoutSpec, PixelSpec
from dlrecipe.data.augmentation.warp import Warp

CHUNK_PIXELS = 1 << 16
"""The most pixels changed at a time, half a batch of MNIST: few enough for the caches, many enough for the
overhead of a call to be small. With 16 images it takes a quarter longer, with 128 half."""


class PixelChange(Protocol):
    """One change. `draw` decides what happens to n examples; `apply` does it to those on a canvas."""

    def draw(self, rng: Generator, n: int) -> Any:
        """Return what was drawn; its `of(slice)` is that of some of the examples."""

    def memory(self, n: int) -> Any:
        """Return scratch for up to n images and one thread."""

    def apply(self, canvas: Canvas, drawn: Any, memory: Any, out: Floats) -> None:
        """Write the canvas's images, changed, to `out` (channels, n, height, width), or its own memory."""


class PixelChanges:
    """A list of changes to images of one shape. May be used by several threads at once."""

    def __init__(
        self, specs: Sequence[PixelSpec], shape: ImageShape, background: Floats, dtype: DType
    ) -> None:
        self.shape, self.dtype = shape, dtype
        self.background = background
        self.changes: list[PixelChange] = []
        for covers, group in groupby(specs, lambda spec: isinstance(spec, CutoutSpec)):
            if covers:
                self.changes += [Cutout(spec, shape) for spec in group if isinstance(spec, CutoutSpec)]
            else:
                moving = [spec for spec in group if not isinstance(spec, CutoutSpec)]
                self.changes.append(Warp(moving, shape, dtype))
        self.chunk = max(1, CHUNK_PIXELS // (shape[0] * shape[1]))
        self._memory = threading.local()

    def draw(self, rng: Generator, n: int) -> list[Any]:
        """Draw what happens to n examples, all of it before the first is changed."""
        return [change.draw(rng, n) for change in self.changes]

    def apply(
        self,
        raw: NDArray[Any],  # (n, features)  numbers of any dtype; read only
        drawn: Sequence[Any],  # as `draw` returned it for n examples
        out: Floats,  # (n, features)  overwritten
    ) -> None:
        """Write the changed images, in the order of the raw ones."""
        canvas, memories = self._scratch()
        height, width, channels = self.shape
        n_chunks = -(-len(raw) // self.chunk)
        bounds = [len(raw) * chunk // n_chunks for chunk in range(n_chunks + 1)]
        for rows in map(slice, bounds, bounds[1:]):
            part = canvas.first(rows.stop - rows.start)
            part.put(raw[rows])
            images = out[rows].reshape(-1, height, width, channels).transpose(3, 0, 1, 2)
            for change, each, memory in zip(self.changes, drawn, memories, strict=True):
                # The last one's work need not go by way of the canvas.
                change.apply(
                    part, each.of(rows), memory, images if change is self.changes[-1] else part.inner
                )

    def _scratch(self) -> tuple[Canvas, list[Any]]:
        """Return this thread's own memory."""
        if not hasattr(self._memory, "canvas"):
            self._memory.canvas = Canvas.empty(self.chunk, self.shape, self.background, self.dtype)
            self._memory.scratch = [change.memory(self.chunk) for change in self.changes]
        return self._memory.canvas, self._memory.scratch
