"""Dask: worker processes of this machine, or the client of a cluster elsewhere. Knows nothing of trials."""

import logging
import multiprocessing
import os
import time
from collections.abc import Iterator
from contextlib import contextmanager
from multiprocessing import forkserver
from typing import TYPE_CHECKING, Any

from dlrecipe.errors import InputError

if TYPE_CHECKING:
    from distributed import Client

CONNECT_S = 5.0
"""How long to wait for a scheduler's answer."""
JOIN_S = 20.0
"""How long to wait for a scheduler's first worker."""
_ANSWER_S = 5.0

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


@contextmanager
def cluster_client(n: int, scheduler: str | None) -> Iterator["Client"]:
    """Give a client of `n` processes of this machine, or of the cluster at an address.

    Raises:
        InputError: nobody answers at the address, or no worker joins.
    """
    if scheduler is None:
        _start_fork_server()
    import dask
    import distributed  # noqa: F401  -- first: what it sets by default would go with our settings at the end

    cluster = _local(n) if scheduler is None else _remote(scheduler)
    with dask.config.set(_SETTINGS), _quiet(), cluster as client:
        yield client


def n_threads(client: "Client") -> int:
    """Return how many trials the cluster can run at once; 0 also where the scheduler does not answer."""
    try:
        ask: Any = client.scheduler
        return sum(client.sync(ask.ncores, callback_timeout=_ANSWER_S).values())
    except (OSError, TimeoutError, AttributeError):  # the connection is gone, or is just being made anew
        return 0


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
def _local(n: int) -> Iterator["Client"]:
    from distributed import Client, LocalCluster

    cluster = LocalCluster(
        n_workers=n,
        threads_per_worker=1,
        processes=True,
        host="127.0.0.1",
        dashboard_address=None,
        silence_logs=logging.CRITICAL,
        preload="dlrecipe.studies.worker_setup",
    )
    with cluster, Client(cluster, set_as_default=False) as client:
        yield client


@contextmanager
def _remote(address: str) -> Iterator["Client"]:
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
        until = time.monotonic() + JOIN_S
        while not n_threads(client):
            if time.monotonic() > until:
                raise InputError(
                    f"the scheduler has had no worker for {JOIN_S:.0f} s",
                    where=f"--scheduler {address}",
                    remedy=f"Start one: dask worker {address} --nthreads 1",
                )
            time.sleep(0.1)
        yield client


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
