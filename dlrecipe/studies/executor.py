"""Trials run in parallel, on processes of this machine or on a Dask cluster whose workers share the disk.

    with open_workers(2) as workers:
        for result in workers.run(trials, place):
            ...

Results come as they are complete, in no order: what is drawn from them must not depend on it. A trial that
fails, diverges or kills its worker is a result like any other, and the rest go on. Knows nothing of what the
trials are for.
"""

import queue
import time
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, TypeAlias, final

from dlrecipe.errors import InputError
from dlrecipe.studies.cluster import Cluster, open_cluster
from dlrecipe.studies.trial import Trial, TrialResult

if TYPE_CHECKING:
    from distributed import Future

    from dlrecipe.studies.work import Place

Work: TypeAlias = "Callable[[Trial, Place], TrialResult]"
ALONE_S = 60.0
"""How long to wait for a worker when there is none: one that died is replaced within seconds."""
MISSING_S = 15.0
"""After so long a worker of this machine that has not come back is replaced, whatever its state is."""
_POLL_S = 0.1
_COUNT_EVERY_S = 1.0


@contextmanager
def open_workers(
    n: int = 2, *, scheduler: str | None = None, work: "Work | None" = None
) -> Iterator["Workers"]:
    """Have workers ready while the context is open.

    Args:
        n: processes of this machine, one BLAS thread each.
        work: what a worker does with a trial; None trains it. Workers must be able to import it.
        scheduler: `tcp://host:port` of a cluster to use in their stead; its workers are left as they are.
    Raises:
        InputError: there is no such scheduler, or it has no workers.
    """
    with open_cluster(n, scheduler) as cluster:
        yield Workers(cluster, work)


@final
@dataclass
class Workers:
    """A cluster to run trials on."""

    cluster: Cluster
    work: "Work | None" = None

    def run(
        self, trials: Iterable[Trial], place: "Place", *, stop: Callable[[], bool] = lambda: False
    ) -> Iterator[TrialResult]:
        """Yield the result of each trial as it comes.

        Args:
            trials: drawn one by one, when a worker is free: they may depend on results that came before.
            place: where they are kept.
            stop: asked about ten times a second; when it says so, what is running is left as it is, to be
                resumed later, and the iteration ends.
        Raises:
            InputError: the cluster was lost.
        """
        # Imported here: whoever only reads a config, or its mistakes, does without the engine.
        from dlrecipe.studies.work import run_trial

        dispatch = _Dispatch(self.cluster, self.work or run_trial, iter(trials), place)
        try:
            yield from dispatch.results(stop)
        finally:
            dispatch.cancel()


@dataclass
class _Dispatch:
    """The trials of one call on their way: never more handed out than there are threads.

    Dask counts a death against every task that the worker was given, also those that only waited there; so
    none is to wait there. What was on a worker that died too often is tried once more, alone; but as long as
    a run gets on from one death to the next, its trial is not what kills them.
    """

    cluster: Cluster
    work: "Work"
    trials: Iterator[Trial]
    place: "Place"
    running: dict[str, tuple[Trial, "Future[TrialResult]"]] = field(default_factory=dict)
    ended: "queue.SimpleQueue[str]" = field(default_factory=queue.SimpleQueue)
    suspects: deque[Trial] = field(default_factory=deque)
    progress: dict[str, int] = field(default_factory=dict)
    attempts: int = 0
    more: bool = True
    slots: int = 1
    counted_at: float = float("-inf")
    last_seen: float = field(default_factory=time.monotonic)
    last_whole: float = field(default_factory=time.monotonic)

    def results(self, stop: Callable[[], bool]) -> Iterator[TrialResult]:
        """Yield results until there is nothing left to run, or `stop` says so."""
        while not stop():
            self._hand_out()
            if not self.running:
                return
            self._require_cluster()
            try:
                key = self.ended.get(timeout=_POLL_S)
            except queue.Empty:
                continue
            result = self._collect(*self.running.pop(key))
            if result is not None:
                yield result

    def cancel(self) -> None:
        """Take back what is still handed out."""
        futures = [future for _, future in self.running.values()]
        if futures and self.cluster.client.status == "running":
            self.cluster.client.cancel(futures, force=True)

    def _hand_out(self) -> None:
        self._count()
        while self.more and len(self.running) < self.slots:
            trial = next(self.trials, None)
            if trial is None:
                self.more = False
            else:
                self._submit(trial)
        if not self.more and not self.running and self.suspects:
            self._submit(self.suspects.popleft())

    def _submit(self, trial: Trial) -> None:
        self.attempts += 1
        key = f"{self.place.study}-{trial.id}-{self.attempts}"
        future = self.cluster.client.submit(self.work, trial, self.place, key=key, pure=False)
        self.running[key] = trial, future
        future.add_done_callback(lambda done: self.ended.put(done.key))

    def _collect(self, trial: Trial, future: "Future[TrialResult]") -> TrialResult | None:
        """Return a trial's result; None where it is to be tried again."""
        from distributed.scheduler import KilledWorker

        if future.status == "finished":
            return future.result()
        if future.status != "error":
            raise _lost("the scheduler went away")
        error = future.exception()
        if not isinstance(error, KilledWorker):
            return TrialResult(trial.id, "failed", error=f"{type(error).__name__}: {error}")
        from dlrecipe.studies.work import epochs_begun

        run_id, n_epochs = epochs_begun(self.place, trial.id)
        if n_epochs > self.progress.get(trial.id, -1):
            self.progress[trial.id] = n_epochs
            self.suspects.append(trial)
            return None
        return TrialResult(trial.id, "killed", run_id, error=_KILLED)

    def _count(self) -> None:
        """Note how many threads the cluster has, about once a second."""
        now = time.monotonic()
        if now - self.counted_at < _COUNT_EVERY_S:
            return
        self.counted_at = now
        threads = self.cluster.n_threads()
        self.slots = max(threads, 1)
        if threads:
            self.last_seen = now
        if threads >= self.cluster.n_processes:
            self.last_whole = now
        else:
            self.cluster.replace_dead(now - self.last_whole > MISSING_S)

    def _require_cluster(self) -> None:
        if self.cluster.client.status != "running":
            raise _lost("the scheduler went away")
        if time.monotonic() - self.last_seen > ALONE_S:
            raise _lost(f"there has been no worker for {ALONE_S:.0f} s")


def _lost(what: str) -> InputError:
    return InputError(
        what,
        remedy="What was complete is kept. Start the scheduler and its workers, and give the same command "
        "with --resume.",
    )


_KILLED = "each worker process that trained it died: out of memory, or a crash"
