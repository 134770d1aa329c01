"""Worker processes of this machine, each of which does one trial at a time. Knows not whose turn it is.

They are forked from a process that has the engine, so that the first ones, and those that replace the dead,
are ready in a hundredth of a second where importing it takes most of one (docs/decisions/0012).
"""

import multiprocessing
import os
import signal
import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from multiprocessing import forkserver
from multiprocessing.connection import Connection
from typing import Any, final

from dlrecipe.studies.memory import offer_to_kernel
from dlrecipe.studies.trial import Place, Trial, TrialResult, Work

GRACE_S = 5.0
"""How long a worker that is told to end may take to finish its batch and save."""

_LOADED_ONCE = ["dlrecipe.studies.work", "dlrecipe.experiment.diagnosing"]
_ONE_THREAD = ("OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS", "OMP_NUM_THREADS", "VECLIB_MAXIMUM_THREADS")


def get_ready() -> None:
    """Start the process that workers are forked from, with one BLAS thread; it ends with this one.

    It imports the engine while this process goes on with something else. A second call does nothing.
    """
    with _environment(dict.fromkeys(_ONE_THREAD, "1")):
        multiprocessing.get_context("forkserver").set_forkserver_preload(_LOADED_ONCE)
        forkserver.ensure_running()


@contextmanager
def _environment(settings: dict[str, str]) -> Iterator[None]:
    before = {name: os.environ.get(name) for name in settings}
    os.environ.update(settings)
    try:
        yield
    finally:
        for name, value in before.items():
            if value is None:
                del os.environ[name]
            else:
                os.environ[name] = value


@final
class WorkerProcess:
    """A process that is there for trials; `connection` can be read when it has a result, or has died."""

    def __init__(self, work: Work) -> None:
        get_ready()
        context = multiprocessing.get_context("forkserver")
        self.connection, theirs = context.Pipe()
        with theirs:
            self._process = context.Process(target=serve, args=(theirs, work), daemon=True)
            self._process.start()

    def give(self, trial: Trial, place: Place) -> bool:
        """Have it do a trial; return False where it is dead."""
        try:
            self.connection.send((trial, place))
        except OSError:
            return False
        return True

    def take(self) -> TrialResult | None:
        """Return the result that has come; None where the process died instead."""
        try:
            result: TrialResult = self.connection.recv()
        except (EOFError, OSError):
            return None
        return result

    @property
    def pid(self) -> int:
        """The system's number of the process."""
        assert self._process.pid is not None
        return self._process.pid

    def kill(self) -> None:
        """End it at once; the trial that it is at stays as far as it has been saved."""
        self._process.kill()

    def ask_to_end(self) -> None:
        """Have it save what it is at, and end."""
        self.connection.close()
        self._process.terminate()

    def see_it_end(self) -> None:
        """Wait until it has ended, and kill it where that takes too long."""
        self._process.join(GRACE_S)
        if self._process.is_alive():
            self._process.kill()
        self._process.join()


def end(workers: Sequence[WorkerProcess]) -> None:
    """End workers; what they are at is left as it is after the present batch."""
    for worker in workers:
        worker.ask_to_end()
    for worker in workers:
        worker.see_it_end()


def serve(connection: "Connection[TrialResult, Any]", work: Work) -> None:
    """Do trials until there are no more; what a worker process runs.

    It is deaf to Ctrl-C, which a terminal sends to every process of a group: whether the trials go on is for
    the process that handed them out to decide. If that is gone, the worker saves what it is at, and ends.
    """
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    offer_to_kernel()
    threading.Thread(target=_end_with_parent, daemon=True).start()
    with suppress(EOFError, OSError):
        while True:
            trial, place = connection.recv()
            result = _done(work, trial, place)
            if result.document.get("status") == "interrupted":
                return  # told to end: the trial is for another worker to resume
            connection.send(result)


def _done(work: Work, trial: Trial, place: Place) -> TrialResult:
    try:
        return work(trial, place)
    except Exception as error:  # a fault of one trial, whatever it is, must not end the others
        return TrialResult(trial.id, "failed", error=f"{type(error).__name__}: {error}")


def _end_with_parent() -> None:
    parent = multiprocessing.parent_process()
    if parent is not None:
        parent.join()
        os.kill(os.getpid(), signal.SIGTERM)
