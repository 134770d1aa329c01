"""Trials on a Dask cluster: a scheduler that may go away, whose workers share the disk."""

import logging
import queue
import time
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import CancelledError
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, final

from dlrecipe.errors import InputError
from dlrecipe.studies.trial import KILLED, Place, Trial, TrialResult, Work

if TYPE_CHECKING:
    from distributed import Client, Future

CONNECT_S = 15.0
"""How long to wait for a scheduler's answer."""
TELL_S, GIVE_UP_S = 10.0, 600.0
"""After so long without any worker the user is told, and the study ends: there may be nobody to read it."""
_ANSWER_S = 5.0
_POLL_S = 0.1
_COUNT_EVERY_S = 1.0

_SETTINGS = {
    # A long step in C holds the interpreter's lock: that is work, and nothing to warn of.
    "distributed.admin.tick.limit": "1h",
    "distributed.comm.retry.count": 3,
}


@contextmanager
def open_cluster(address: str, work: Work, say: Callable[[str], None]) -> Iterator["ClusterWorkers"]:
    """Connect to a scheduler while the context is open.

    Args:
        say: told when there is no worker, and what to do about it.
    Raises:
        InputError: nobody answers at the address.
    """
    import dask
    import distributed  # noqa: F401  -- first: what it sets by default would go with our settings at the end

    with dask.config.set(_SETTINGS), _quiet(), _connected(address) as client:
        yield ClusterWorkers(client, address, work, say)


@contextmanager
def _connected(address: str) -> Iterator["Client"]:
    from distributed import Client

    try:
        client = Client(address, timeout=CONNECT_S, set_as_default=False)
    except (OSError, TimeoutError, ValueError, RuntimeError, ImportError) as error:
        raise InputError(
            f"no Dask scheduler answers there: {str(error).splitlines()[0] if str(error) else 'no answer'}",
            where=f"--scheduler {address}",
            remedy="Write it as tcp://host:8786, and start one there with: dask scheduler",
        ) from error
    with client:
        yield client


@final
@dataclass
class ClusterWorkers:
    """The workers of a scheduler. See `executor.Workers`."""

    client: "Client"
    address: str
    work: Work
    say: Callable[[str], None]

    def run(
        self, trials: Iterable[Trial], place: Place, *, stop: Callable[[], bool] = lambda: False
    ) -> Iterator[TrialResult]:
        """Yield the result of each trial as it comes."""
        dispatch = _Dispatch(self, iter(trials), place)
        try:
            yield from dispatch.results(stop)
        finally:
            dispatch.cancel()

    def n_threads(self) -> int:
        """Return how many trials can be run at once; 0 also where the scheduler does not answer."""
        try:
            ask: Any = self.client.scheduler
            return sum(self.client.sync(ask.ncores, callback_timeout=_ANSWER_S).values())
        except (OSError, TimeoutError, AttributeError):  # the connection is gone, or is being made anew
            return 0


@dataclass
class _Dispatch:
    """The trials of one call on their way: never more handed out than there are threads.

    Dask counts a death against every task that the worker was given, also those that only waited there; so
    none is to wait there. What was on a worker that died too often is tried once more, alone; but as long as
    a run gets on from one death to the next, its trial is not what kills them.
    """

    cluster: ClusterWorkers
    trials: Iterator[Trial]
    place: Place
    running: dict[str, tuple[Trial, "Future[TrialResult]"]] = field(default_factory=dict)
    ended: "queue.SimpleQueue[str]" = field(default_factory=queue.SimpleQueue)
    suspects: deque[Trial] = field(default_factory=deque)
    progress: dict[str, int] = field(default_factory=dict)
    attempts: int = 0
    more: bool = True
    slots: int = 1
    counted_at: float = float("-inf")
    last_seen: float = field(default_factory=time.monotonic)
    told: bool = False

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
            try:
                result = self._collect(*self.running.pop(key))
            except (CancelledError, OSError, RuntimeError) as error:
                # On the way here: what a trial itself may raise is in its result.
                raise _lost("the scheduler went away") from error
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
        future = self.cluster.client.submit(self.cluster.work, trial, self.place, key=key, pure=False)
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
        return TrialResult(trial.id, "killed", run_id, error=KILLED)

    def _count(self) -> None:
        """Note how many threads the cluster has, about once a second."""
        now = time.monotonic()
        if now - self.counted_at < _COUNT_EVERY_S:
            return
        self.counted_at = now
        threads = self.cluster.n_threads()
        self.slots = max(threads, 1)
        if threads:
            if self.told:
                self.cluster.say(f"{self.cluster.address} has a worker now; the study goes on.")
            self.last_seen, self.told = now, False

    def _require_cluster(self) -> None:
        """Say so when there is nobody to do the work, and leave off when that lasts.

        Raises:
            InputError: the scheduler is gone, or has had no worker for long.
        """
        if self.cluster.client.status != "running":
            raise _lost("the scheduler went away")
        missing_s = time.monotonic() - self.last_seen
        address = self.cluster.address
        if missing_s > GIVE_UP_S:
            raise _lost(f"{address} has had no worker for {GIVE_UP_S / 60:.0f} minutes")
        if missing_s > TELL_S and not self.told:
            self.told = True
            self.cluster.say(
                f"{address} has no worker; waiting for one, up to {GIVE_UP_S / 60:.0f} minutes. "
                f"Start one: dask worker {address} --nthreads 1"
            )


def _lost(what: str) -> InputError:
    return InputError(
        what,
        remedy="What was complete is kept. Start the scheduler and its workers, and give the same command "
        "with --resume.",
    )


@contextmanager
def _quiet() -> Iterator[None]:
    """Keep Dask's log to itself: what a user must know of lost workers and schedulers is told in words."""
    # Some of its parts have a level and a handler of their own.
    names = [name for name in logging.root.manager.loggerDict if name.partition(".")[0] == "distributed"]
    before = {name: logging.getLogger(name).level for name in names}
    for name in names:
        logging.getLogger(name).setLevel(logging.CRITICAL + 1)
    try:
        yield
    finally:
        for name, level in before.items():
            logging.getLogger(name).setLevel(level)
