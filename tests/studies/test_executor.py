"""Trials on real worker processes, of this machine and of a scheduler on loopback, which die in between."""

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from concurrent.futures import CancelledError
from pathlib import Path

import pytest

from benchmarks.study_faults import (
    dask_process,
    free_port,
    killing_workers,
    run_sweep,
    scheduler_arguments,
    worker_arguments,
)
from benchmarks.study_trials import POISON
from dlrecipe.config.loading import load_config_text
from dlrecipe.errors import InputError
from dlrecipe.store.listing import list_runs
from dlrecipe.studies.cluster import ClusterWorkers
from dlrecipe.studies.sweep import Plan, Request, make_plan
from dlrecipe.studies.trial import Place, Trial
from dlrecipe.studies.work import run_trial

CONFIG = """\
name: tiny
data: {source: {type: synthetic, generator: moons, n: 60, noise: 0.3}}
network: {hidden: [4]}
training: {epochs: 3, batch_size: 16}
early_stopping: null
"""

# A library's own threads and sockets, closed when the collector comes to them.
pytestmark = [
    pytest.mark.filterwarnings("ignore::ResourceWarning"),
    pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning"),
    pytest.mark.filterwarnings("ignore::DeprecationWarning"),
]


def planned(n: int, config: str = CONFIG) -> Plan:
    return make_plan(Request(load_config_text(config), (f"regularization.l2=log:0.01..10/{n}",), trials=n))


def outcomes(document) -> dict[str, str]:
    return {trial["trial"]: trial["outcome"] for trial in document["trials"]}


def test_the_poison_trial_is_marked_and_all_others_are_done_while_workers_are_killed(tmp_path):
    with killing_workers(os.getpid(), every_s=2.0, at_most=3):
        document = run_sweep(planned(8), tmp_path, n_workers=2)
    found = outcomes(document)
    assert document["status"] == "finished"
    assert found.pop(POISON) == "killed"
    assert set(found.values()) == {"done"}


class LostResult:
    """A trial's result that was there, and cannot be fetched any more."""

    status = "finished"

    def __init__(self, key: str, error: Exception) -> None:
        self.key, self.error = key, error

    def add_done_callback(self, told: Callable[["LostResult"], None]) -> None:
        told(self)

    def result(self) -> None:
        raise self.error


class LosingClient:
    """A client whose connection is lost on the way of the first result."""

    status, scheduler = "running", None

    def __init__(self, error: Exception) -> None:
        self.error = error

    def submit(self, *arguments: object, key: str, pure: bool) -> LostResult:
        return LostResult(key, self.error)


@pytest.mark.parametrize("error", [RuntimeError("ConnectionPool is closed"), OSError(), CancelledError()])
def test_a_scheduler_that_goes_away_while_a_result_is_fetched_is_told_too(tmp_path, error: Exception):
    workers = ClusterWorkers(LosingClient(error), "tcp://gone:8786", run_trial, print)
    trial = Trial("t0", load_config_text(CONFIG))
    with pytest.raises(InputError, match="the scheduler went away"):
        list(workers.run([trial], Place("study", tmp_path, tmp_path)))


def test_a_scheduler_that_goes_away_is_told_and_another_one_goes_on_with_what_is_left(tmp_path):
    slow = CONFIG.replace("epochs: 3", "epochs: 1500")
    plan, port = planned(3, slow), free_port()
    address = f"tcp://127.0.0.1:{port}"
    workers = worker_arguments(port, tmp_path, 2)
    with dask_process(*scheduler_arguments(port)) as scheduler, dask_process(*workers):

        def stop() -> bool:
            """End the scheduler when a trial has been noted, and do not stop by itself."""
            if any(tmp_path.glob("runs/studies/*/trials.jsonl")) and _noted(tmp_path) >= 1:
                scheduler.kill()
            return False

        with pytest.raises(InputError, match="the scheduler went away") as caught:
            run_sweep(plan, tmp_path / "runs", 2, scheduler=address, stop=stop)
    assert "--resume" in caught.value.remedy
    before = _noted(tmp_path)
    assert 1 <= before < 3
    with dask_process(*scheduler_arguments(port)), dask_process(*workers):
        document = run_sweep(plan, tmp_path / "runs", 2, scheduler=address, resume=True)
    assert list(outcomes(document).values()) == ["done"] * 3


def _noted(folder: Path) -> int:
    return sum(path.read_bytes().count(b"\n") for path in folder.glob("runs/studies/*/trials.jsonl"))


def test_ctrl_c_keeps_what_is_done_and_resume_does_the_rest(tmp_path):
    (tmp_path / "config.yaml").write_text(CONFIG.replace("epochs: 3", "epochs: 400"))
    vary = "regularization.l2=log:0.01..10/6"
    command = [sys.executable, "-m", "dlrecipe", "sweep", "config.yaml", "--vary", vary, "--json"]
    process = subprocess.Popen(
        command, cwd=tmp_path, stdout=subprocess.PIPE, stderr=subprocess.PIPE, start_new_session=True
    )
    until = time.monotonic() + 120
    while _noted(tmp_path) < 1 and time.monotonic() < until:
        time.sleep(0.02)
    # To the whole group, as a terminal does.
    os.killpg(process.pid, signal.SIGINT)
    out, err = process.communicate(timeout=60)
    stopped = json.loads(out)
    assert (process.returncode, err) == (130, b"")
    assert stopped["status"] == "interrupted"
    done = subprocess.run([*command, "--resume"], cwd=tmp_path, capture_output=True, timeout=300, check=True)
    document = json.loads(done.stdout)
    assert (document["status"], document["n_trials"]["done"]) == ("finished", 6)
    assert document["study_id"] == stopped["study_id"]
    # What was being trained was gone on with: no run more than there are trials.
    assert len(list_runs(tmp_path / "runs")) == 6
