"""Batches made ahead of the training loop, in threads. Knows nothing of what makes them."""

from collections import deque
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from dlrecipe.arrays import Batch

Place = tuple[int, int]
"""Epoch, counted from 1, and batch, counted from 0."""


@dataclass(frozen=True, eq=False)
class Slot:
    """Memory for one batch: X (size, features), y (size, …)."""

    X: Batch
    y: NDArray[Any]


@dataclass(frozen=True, eq=False)
class Job:
    """A batch that is being made, or lies ready."""

    place: Place
    slot: Slot
    ready: Future[None]


class Ahead:
    """A bounded number of batches under way: as many as there are slots, one after the other.

    Args:
        start: begins to make a batch of the epoch and batch given: called in the loop's thread, it returns a
            function that a worker calls, which fills the slot. An error of that function is raised by `take`.
        n_batches: of an epoch.
    """

    def __init__(
        self,
        start: Callable[[Place, Slot], Callable[[], None]],
        slots: list[Slot],
        n_batches: int,
        workers: int,
    ) -> None:
        self._start, self._slots, self._n_batches = start, slots, n_batches
        self._jobs: deque[Job] = deque()
        self._pool = ThreadPoolExecutor(workers, thread_name_prefix="augmentation")

    def take(self, X: Batch, y: NDArray[Any], place: Place) -> None:
        """Copy a batch into X (n, features) and y (n, …), once it is ready, and begin another one.

        Asked for in their order batches lie ready; out of order, as at the start, the waiting begins anew.
        """
        if not self._jobs or self._jobs[0].place != place:
            self._begin_at(place)
        job = self._jobs.popleft()
        job.ready.result()
        np.copyto(X, job.slot.X[: len(X)])
        np.copyto(y, job.slot.y[: len(y)])
        last = self._jobs[-1].place if self._jobs else place
        self._submit(self._after(last), job.slot)

    def close(self) -> None:
        """End the threads; what they had begun is finished first, a batch each at the most."""
        self._pool.shutdown(wait=True, cancel_futures=True)
        self._jobs.clear()

    def _begin_at(self, place: Place) -> None:
        for job in self._jobs:
            if not job.ready.cancel():
                job.ready.exception()  # The slot is free once its maker has ended, however it has.
        self._jobs.clear()
        for slot in self._slots:
            self._submit(place, slot)
            place = self._after(place)

    def _submit(self, place: Place, slot: Slot) -> None:
        self._jobs.append(Job(place, slot, self._pool.submit(self._start(place, slot))))

    def _after(self, place: Place) -> Place:
        epoch, batch = place
        return (epoch, batch + 1) if batch + 1 < self._n_batches else (epoch + 1, 0)
