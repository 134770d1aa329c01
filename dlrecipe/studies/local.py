"""Trials on worker processes of this machine: who is given which, and what if the worker dies."""

from collections import deque
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from multiprocessing.connection import wait
from typing import Any, final

from dlrecipe.studies import memory
from dlrecipe.studies.processes import WorkerProcess, end
from dlrecipe.studies.trial import KILLED, Place, Trial, TrialResult, Work

ALONE_AFTER, KILLED_AFTER = 2, 3
"""Deaths in a row without a new epoch after which a trial is tried alone, and is given up."""
TOO_LARGE = "it was stopped, as the machine had no memory left: it held {gigabytes:.2g} GB"
"""What is told of a trial that took too much memory."""
_POLL_S = 0.1


@contextmanager
def open_local(n: int, work: Work) -> Iterator["LocalWorkers"]:
    """Have `n` processes ready while the context is open, one BLAS thread each."""
    workers = LocalWorkers(n, work)
    try:
        yield workers
    finally:
        workers.close()


@final
class LocalWorkers:
    """Processes of this machine. See `executor.Workers`."""

    def __init__(self, n: int, work: Work) -> None:
        self._n, self._work = n, work
        self._idle = [WorkerProcess(work) for _ in range(n)]
        self._busy: dict[Any, tuple[WorkerProcess, Trial]] = {}

    def run(
        self, trials: Iterable[Trial], place: Place, *, stop: Callable[[], bool] = lambda: False
    ) -> Iterator[TrialResult]:
        """Yield the result of each trial as it comes."""
        left = _Left(iter(trials), place)
        # Those of a sequence do not depend on results: the worker need not wait until one has been noted.
        ahead = isinstance(trials, Sequence)
        try:
            while not stop():
                self._hand_out(left)
                if not self._busy:
                    return
                self._keep_memory_free(left)
                for connection in wait(list(self._busy), _POLL_S)[:1]:
                    result = self._collect(connection, left)
                    if ahead and not stop():
                        self._hand_out(left)
                    if result is not None:
                        yield result
        finally:
            self._leave_off()

    def close(self) -> None:
        """End the processes."""
        self._leave_off()
        end(self._idle)

    def _hand_out(self, left: "_Left") -> None:
        while len(self._busy) < self._n:
            trial = left.next(len(self._busy))
            if trial is None:
                return
            worker = self._idle.pop() if self._idle else WorkerProcess(self._work)
            while not worker.give(trial, left.place):  # it died while it had nothing to do
                end([worker])
                worker = WorkerProcess(self._work)
            self._busy[worker.connection] = worker, trial

    def _collect(self, connection: Any, left: "_Left") -> TrialResult | None:
        """Return a trial's result; None where it is to be tried again."""
        worker, trial = self._busy.pop(connection)
        result = worker.take()
        if result is not None:
            self._idle.append(worker)
            return result
        end([worker])
        return left.died(trial)

    def _keep_memory_free(self, left: "_Left") -> None:
        """End the worker that holds most where the machine is about to run out of memory."""
        trials = {worker.pid: (worker, trial) for worker, trial in self._busy.values()}
        found = memory.one_too_many(trials)
        if found is not None:
            worker, trial = trials[found[0]]
            left.reasons[trial.id] = TOO_LARGE.format(gigabytes=found[1] / 1e9)
            worker.kill()

    def _leave_off(self) -> None:
        """End the processes that are at work; others take their places when there is something to do."""
        busy = [worker for worker, _ in self._busy.values()]
        self._busy.clear()
        end(busy)


@dataclass
class _Left:
    """What is left to be done: trials that were not begun, and those whose worker died.

    A death may be chance: the trial goes on from where it was. After two in a row in which it did not get on
    by an epoch, it waits until it can have the machine for itself, since it may be memory that was short;
    after a third it is given up.
    """

    fresh: Iterator[Trial]
    place: Place
    again: deque[Trial] = field(default_factory=deque)
    alone: deque[Trial] = field(default_factory=deque)
    deaths: dict[str, int] = field(default_factory=dict)
    epochs: dict[str, int] = field(default_factory=dict)
    reasons: dict[str, str] = field(default_factory=dict)

    def next(self, n_busy: int) -> Trial | None:
        """Return the trial whose turn it is, if any is while `n_busy` others are at work."""
        if self.again:
            return self.again.popleft()
        trial = next(self.fresh, None)
        if trial is None and self.alone and not n_busy:
            return self.alone.popleft()
        return trial

    def died(self, trial: Trial) -> TrialResult | None:
        """Take back a trial whose worker died; return a result where it is given up."""
        from dlrecipe.studies.work import epochs_begun

        run_id, n_epochs = epochs_begun(self.place, trial.id)
        before = self.epochs.get(trial.id, 0)
        self.epochs[trial.id] = n_epochs
        deaths = 1 if n_epochs > before else self.deaths.get(trial.id, 0) + 1
        self.deaths[trial.id] = deaths
        if deaths >= KILLED_AFTER:
            return TrialResult(trial.id, "killed", run_id, error=self.reasons.get(trial.id, KILLED))
        (self.alone if deaths >= ALONE_AFTER else self.again).append(trial)
        return None
