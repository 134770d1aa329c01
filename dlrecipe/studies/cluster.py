"""Dask: worker processes of this machine, or the client of a cluster elsewhere. Knows nothing of trials."""

import logging
import multiprocessing
import os
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial
from multiprocessing import forkserver
from typing import TYPE_CHECKING, Any

from dlrecipe.errors import InputError

if TYPE_CHECKING:
    from distributed import Client, LocalCluster

CONNECT_S = 5.0
"""How long to wait for a scheduler's answer."""
JOIN_S = 20.0
"""How long to wait for a scheduler's first worker."""
_ANSWER_S = 5.0
_POLL_S = 0.05

_SETTINGS = {
    "distributed.worker.multiprocessing-method": "forkserver",
    # Two deaths are no accident any more. On other people's schedulers it is what they have set.
    "distributed.scheduler.allowed-failures": 1,
    # A worker that is short of memory is to be replaced: one that pauses would wait for ever, since what
    # fills it is the trial itself and not results that could be moved elsewhere.
    "distributed.worker.memory.target": False,
    "distributed.worker.memory.spill": False,
    "distributed.worker.memory.pause": False,
    "distributed.worker.memory.terminate": 0.95,
    # A long step in C holds the interpreter's lock: that is work, and nothing to warn of.
    "distributed.admin.tick.limit": "1h",
    "distributed.comm.retry.count": 3,
}


@dataclass(frozen=True)
class Cluster:
    """A client, and what can be done about workers that are missing.

    `replace_dead` is to be called while there are fewer workers than there should be, `n_processes`; for a
    cluster elsewhere it does nothing. With True it also replaces those that seem to be there and do not
    answer.
    """

    client: "Client"
    n_processes: int = 0
    replace_dead: Callable[[bool], None] = lambda thoroughly: None

    def n_threads(self) -> int:
        """Return how many trials can be run at once; 0 also where the scheduler does not answer."""
        try:
            ask: Any = self.client.scheduler
            return sum(self.client.sync(ask.ncores, callback_timeout=_ANSWER_S).values())
        except (OSError, TimeoutError, AttributeError):  # the connection is gone, or is being made anew
            return 0


@contextmanager
def open_cluster(n: int, scheduler: str | None) -> Iterator[Cluster]:
    """Give `n` processes of this machine, or the cluster at an address.

    Raises:
        InputError: nobody answers at the address, or no worker joins.
    """
    if scheduler is None:
        _start_fork_server()
    import dask
    import distributed  # noqa: F401  -- first: what it sets by default would go with our settings at the end

    cluster = _local(n) if scheduler is None else _remote(scheduler)
    with dask.config.set(_SETTINGS), _quiet(), cluster as opened:
        yield opened


_LOADED_ONCE = ["dlrecipe.studies.work", "dlrecipe.experiment.diagnosing", "sklearn.datasets", "distributed"]
"""What each trial needs. It takes seconds to import; workers are forked from a process that has it, so that
the first ones, and those that replace the dead, are ready in a tenth of a second (benchmarks/studies.py)."""
_ONE_THREAD = ("OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS", "OMP_NUM_THREADS", "VECLIB_MAXIMUM_THREADS")


def _start_fork_server() -> None:
    """Start the process that workers are forked from, with one BLAS thread; it ends with this one.

    It gets ready while this process imports Dask itself.
    """
    before = {name: os.environ.get(name) for name in _ONE_THREAD}
    os.environ.update(dict.fromkeys(_ONE_THREAD, "1"))
    try:
        multiprocessing.get_context("forkserver").set_forkserver_preload(_LOADED_ONCE)
        forkserver.ensure_running()
    finally:
        for name, value in before.items():
            if value is None:
                del os.environ[name]
            else:
                os.environ[name] = value


@contextmanager
def _local(n: int) -> Iterator[Cluster]:
    from distributed import Client, LocalCluster

    # None at first: one that dies while it starts would take the others with it.
    cluster = LocalCluster(
        n_workers=0,
        threads_per_worker=1,
        processes=True,
        host="127.0.0.1",
        dashboard_address="127.0.0.1:0",  # any port: its usual one may be taken, which it would tell
        silence_logs=logging.CRITICAL,
        preload="dlrecipe.studies.worker_setup",
    )
    with cluster, Client(cluster, set_as_default=False) as client:
        opened = Cluster(client, n, partial(_replace_dead, cluster, n))
        cluster.scale(n)
        _wait_for_worker(opened)
        yield opened


def _replace_dead(cluster: "LocalCluster", n: int, thoroughly: bool) -> None:
    """Start workers anew whose supervisors have given up: such as were killed while they started."""
    from distributed import Status

    scheduler: Any = cluster.scheduler
    loop: Any = cluster.loop

    def replace() -> None:
        alive = {worker.address for worker in scheduler.workers.values()}
        for name, nanny in list(cluster.workers.items()):
            over = nanny.status in (Status.failed, Status.closed)
            if over or (thoroughly and nanny.worker_address not in alive):
                del cluster.workers[name]
                if not over:
                    loop.add_callback(nanny.close)
        cluster.scale(n)

    loop.add_callback(replace)


def _wait_for_worker(cluster: Cluster) -> bool:
    """Wait for the first worker; return whether one has come."""
    until = time.monotonic() + JOIN_S
    while not cluster.n_threads():
        if time.monotonic() > until:
            return False
        time.sleep(_POLL_S)
        if time.monotonic() > until - JOIN_S / 2:
            cluster.replace_dead(False)
    return True


@contextmanager
def _remote(address: str) -> Iterator[Cluster]:
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
        if not _wait_for_worker(Cluster(client)):
            raise InputError(
                f"the scheduler has had no worker for {JOIN_S:.0f} s",
                where=f"--scheduler {address}",
                remedy=f"Start one: dask worker {address} --nthreads 1",
            )
        yield Cluster(client)


@contextmanager
def _quiet() -> Iterator[None]:
    """Keep Dask's log to itself: what a user must know of lost workers and schedulers is told in words."""
    log = logging.getLogger("distributed")
    before = log.level
    log.setLevel(logging.CRITICAL + 1)
    try:
        yield
    finally:
        log.setLevel(before)
