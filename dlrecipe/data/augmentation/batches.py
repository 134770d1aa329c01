"""Batches of changed examples: what training sees in place of the examples as they are.

All that is random in a batch comes from a stream of its own, named by the seed, the epoch and the batch. So
nothing need be kept for resume, and it does not matter which thread makes a batch, or when. Where a step is
cut in two, so is the making: each part of the batch has its stream, and each process makes its own.
"""

from collections.abc import Callable, Sequence
from types import TracebackType
from typing import Any, Self, final

import numpy as np
from numpy.random import Generator
from numpy.typing import NDArray

from dlrecipe.arrays import Batch, Indices, halves
from dlrecipe.data.augmentation.ahead import Ahead, Place, Slot
from dlrecipe.data.augmentation.images import RawImages, normalizer
from dlrecipe.data.augmentation.mixup import mix_up
from dlrecipe.data.augmentation.noise import Noise
from dlrecipe.data.augmentation.specs import Augmentation, MixupSpec, NoiseSpec, mixes_targets
from dlrecipe.data.batches import EVERYTHING, BatchRows
from dlrecipe.data.examples import Split
from dlrecipe.data.fitted import Fitted
from dlrecipe.rng import stream

WORKERS = 1
"""Threads that make batches. One suffices: making a batch takes less than a step."""
SLOTS = 3
"""Batches under way or ready: a step that takes longer than usual does not hold up the one after it."""


@final
class AugmentedBatches:
    """A batch source that changes the examples of each batch.

    Args:
        train: the training examples as they are, normalized; never written to.
        images: the raw ones, where pixels are changed; else None.
        fitted: normalizes what was changed; its target tells how many classes there are.
        n_parts: into how many parts a batch is cut, 1 or 2. Examples are mixed with others of their part.
    """

    whole = None

    def __init__(
        self,
        augmentation: Sequence[Augmentation],
        train: Split,
        images: RawImages | None,
        fitted: Fitted,
        *,
        seed: int,
        size: int,
        n_parts: int = 1,
        workers: int = WORKERS,
    ) -> None:
        self._train, self._images, self._seed, self._workers = train, images, seed, workers
        self.fills_in_parts = n_parts == 2
        self._rows = BatchRows(seed, train.n_examples, size)
        features, dtype = train.X.shape[1], train.X.dtype
        self._noises = [Noise(spec, features, dtype) for spec in augmentation if isinstance(spec, NoiseSpec)]
        self._mixups = [spec for spec in augmentation if isinstance(spec, MixupSpec)]
        self._normalize = normalizer(fitted.preprocessor, dtype)
        n_classes = len(fitted.target.classes)
        self.mixes_labels = n_classes > 0 and mixes_targets(tuple(augmentation))
        self.y_like = np.empty((0, n_classes), dtype) if self.mixes_labels else train.y[:0]
        self._ahead: Ahead | None = None

    def __enter__(self) -> Self:
        """Let threads make batches ahead."""
        slots = [
            Slot(
                np.empty((self._rows.size, self._train.X.shape[1]), self._train.X.dtype),
                np.empty((self._rows.size, *self.y_like.shape[1:]), self.y_like.dtype),
            )
            for _ in range(SLOTS - 1 + self._workers)
        ]
        self._ahead = Ahead(self._start, slots, self._rows.n_batches, self._workers)
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """End the threads."""
        assert self._ahead is not None
        self._ahead.close()
        self._ahead = None

    def must_read(self, epoch: int, batch: int) -> bool:
        """Return False: batches are made of examples in memory."""
        return False

    def fill(self, X: Batch, y: NDArray[Any], epoch: int, batch: int, part: slice = EVERYTHING) -> None:
        """Write a batch, X (n, features) and y (n, …), or one of its parts.

        Outside the context it is made here and now, to the same values.
        """
        if self._ahead is not None and part == EVERYTHING:
            self._ahead.take(X, y, (epoch, batch))
        else:
            self._make(self._rows.of(epoch, batch), (epoch, batch), X, y, part)

    def _start(self, place: Place, slot: Slot) -> Callable[[], None]:
        rows = self._rows.of(*place)
        return lambda: self._make(rows, place, slot.X[: len(rows)], slot.y[: len(rows)], EVERYTHING)

    def _make(self, rows: Indices, place: Place, X: Batch, y: NDArray[Any], part: slice) -> None:
        """Write a batch's changed examples, or those of one of its parts."""
        parts = halves(len(rows)) if self.fills_in_parts and len(rows) > 1 else (EVERYTHING,)
        for index, each in enumerate(parts):
            if part in (each, EVERYTHING):
                # The first part's stream goes by the place alone, as that of a batch in one part.
                rng = stream(self._seed, "augmentation", *place, *([index] if index else []))
                self._make_part(rows[each], rng, X[each], y[each])

    def _make_part(self, rows: Indices, rng: Generator, X: Batch, y: NDArray[Any]) -> None:
        """Write the changed examples of some rows."""
        if self._images is None:
            np.take(self._train.X, rows, axis=0, out=X, mode="clip")
        else:
            self._images.make(rows, rng, X)
            self._normalize(X)
        if self.mixes_labels:
            y[...] = 0
            y[np.arange(len(rows)), self._train.y[rows]] = 1
        else:
            np.take(self._train.y, rows, axis=0, out=y, mode="clip")
        for noise in self._noises:
            noise.add(rng, X)
        for spec in self._mixups:
            mix_up(spec, rng, X, y)
