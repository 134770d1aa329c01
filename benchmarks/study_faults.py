"""Sweeps whose workers are killed, that hold a poison trial, and whose scheduler goes away."""

import math
import os
import random
import signal
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from typing import Any

from benchmarks.study_trials import POISON, poisoned
from dlrecipe.config.loading import load_config_text
from dlrecipe.errors import InputError
from dlrecipe.reports.sweep_display import SweepDisplay
from dlrecipe.reports.terminal import open_terminal
from dlrecipe.studies.executor import open_workers
from dlrecipe.studies.sweep import Plan, Request, make_plan, sweep

ROOT = Path(__file__).parent.parent
CONFIG = """\
name: moons
data: {source: {type: synthetic, generator: moons, n: 2000, noise: 0.2}}
network: {hidden: [64, 64]}
training: {epochs: 60, batch_size: 32}
early_stopping: null
"""


def faults() -> None:
    """Run 60 trials on two workers, one of which is killed every 5 s, with a poison trial among them."""
    with tempfile.TemporaryDirectory() as name:
        began = time.perf_counter()
        with killing_workers(os.getpid(), every_s=5.0) as killed:
            document = run_sweep(_plan(60), Path(name), n_workers=2)
        _tell("kills", document, f"{len(killed)} workers killed", time.perf_counter() - began)
    with tempfile.TemporaryDirectory() as name:
        _scheduler_stopped(Path(name))


def run_sweep(plan: Plan, runs_dir: Path, n_workers: int, **how: Any) -> dict[str, Any]:
    """Run a sweep whose trial `POISON` kills its worker."""
    display = SweepDisplay(open_terminal(quiet=True))
    scheduler = how.pop("scheduler", None)
    pool = partial(open_workers, n_workers, scheduler=scheduler, work=poisoned)
    return sweep(plan, runs_dir, pool, display, **how)


@contextmanager
def killing_workers(parent: int, *, every_s: float, at_most: float = math.inf) -> Iterator[list[int]]:
    """Send SIGKILL to one of the worker processes below `parent`, again and again, while open.

    Args:
        at_most: kills. On a slow machine workers live no longer than `every_s`, and nothing would be done.
    """
    killed: list[int] = []
    over = threading.Event()
    choice = random.Random(0)

    def kill() -> None:
        while len(killed) < at_most and not over.wait(every_s):
            workers = worker_processes(parent)
            if workers:
                killed.append(choice.choice(workers))
                os.kill(killed[-1], signal.SIGKILL)

    thread = threading.Thread(target=kill)
    thread.start()
    try:
        yield killed
    finally:
        over.set()
        thread.join()


def worker_processes(parent: int) -> list[int]:
    """Return the processes that were forked below `parent` from the one that has the imports."""
    import psutil

    servers = psutil.Process(parent).children()
    forked = [child for server in servers if _is_fork_server(server) for child in server.children()]
    return [child.pid for child in forked if child.status() != psutil.STATUS_ZOMBIE]


def _is_fork_server(process: Any) -> bool:
    return any("multiprocessing.forkserver" in part for part in process.cmdline())


@contextmanager
def dask_process(*arguments: str) -> Iterator["subprocess.Popen[bytes]"]:
    """Have `dask scheduler` or `dask worker` running while open."""
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}
    command = [sys.executable, "-m", "dask", *arguments]
    process = subprocess.Popen(
        command, env=environment, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, start_new_session=True
    )
    try:
        yield process
    finally:
        process.terminate()
        try:
            process.wait(10)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()


def scheduler_arguments(port: int) -> list[str]:
    """Return the arguments of a scheduler on loopback."""
    return ["scheduler", "--host", "127.0.0.1", "--port", str(port), "--no-dashboard", "--no-show"]


def worker_arguments(port: int, scratch: Path, n: int = 1) -> list[str]:
    """Return the arguments of `n` worker processes of that scheduler."""
    local = ["--local-directory", str(scratch), "--no-dashboard"]
    return ["worker", f"tcp://127.0.0.1:{port}", "--nthreads", "1", "--nworkers", str(n), *local]


def free_port() -> int:
    """Return a port of loopback that nobody listens on."""
    import socket

    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


def _scheduler_stopped(folder: Path) -> None:
    """Kill the scheduler in the midst of a sweep, start another one, and go on with --resume."""
    plan, port = _plan(60), free_port()
    scheduler = f"tcp://127.0.0.1:{port}"
    began = time.perf_counter()
    try:
        workers = dask_process(*worker_arguments(port, folder, 2))
        with dask_process(*scheduler_arguments(port)) as process, workers:
            threading.Timer(12, process.kill).start()
            run_sweep(plan, folder / "runs", 2, scheduler=scheduler)
    except InputError as error:
        print(f"faults, scheduler killed: told after {time.perf_counter() - began:.0f} s: {error.what}")
    with dask_process(*scheduler_arguments(port)), dask_process(*worker_arguments(port, folder, 2)):
        document = run_sweep(plan, folder / "runs", 2, scheduler=scheduler, resume=True)
    _tell("scheduler", document, "started again, with --resume", time.perf_counter() - began)


def _plan(n: int) -> Plan:
    loaded = load_config_text(CONFIG)
    return make_plan(Request(loaded, (f"regularization.l2=log:1e-3..10/{n}",), trials=n))


def _tell(name: str, document: Mapping[str, Any], what: str, took_s: float) -> None:
    poison = next(trial for trial in document["trials"] if trial["trial"] == POISON)
    print(
        f"faults, {name}: {document['status']}, {what}, {document['n_trials']}; "
        f"the poison trial is {poison['outcome']}; {took_s:.0f} s"
    )
