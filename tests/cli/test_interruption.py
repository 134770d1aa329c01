"""Signals while a run goes on, and that resuming ends where the uninterrupted run does, bit for bit."""

import json
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import pytest

COMMAND = [sys.executable, "-c", "from dlrecipe.cli.app import main; main()"]
# Long enough to be interrupted in the middle, with all that a checkpoint has to carry: moments, dropout's
# stream, the batch order, the best weights so far.
CONFIG: dict[str, Any] = {
    "name": "moons",
    "data": {"source": {"type": "synthetic", "generator": "moons", "n": 400, "noise": 0.3}},
    "network": {"hidden": [16, 8]},
    "regularization": {"l2": 0.1, "dropout": {"keep_prob": 0.9}},
    "training": {"epochs": 600, "batch_size": 16, "threads": 1},
    "early_stopping": {"monitor": "dev_cost", "patience": 600},
}


def start_training(folder: Path) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [*COMMAND, "train", "config.yaml", "--json"],
        cwd=folder,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


def wait_for_epochs(folder: Path, n: int) -> None:
    """Wait until the journal of the only run has n lines."""
    until = time.monotonic() + 60
    while time.monotonic() < until:
        journals = list(folder.glob("runs/moons-*/metrics.jsonl"))
        if journals and journals[0].read_bytes().count(b"\n") >= n:
            return
        time.sleep(0.01)
    raise AssertionError("the run did not get going")


def interrupt(
    folder: Path, number: signal.Signals, *, after_epochs: int = 40
) -> subprocess.CompletedProcess[str]:
    """Start a run, send it a signal, and wait for its end."""
    process = start_training(folder)
    try:
        wait_for_epochs(folder, after_epochs)
        process.send_signal(number)
        out, err = process.communicate(timeout=30)
    finally:
        process.kill()
        process.communicate()
    return subprocess.CompletedProcess(process.args, process.returncode, out, err)


def results(folder: Path) -> dict[str, bytes]:
    (run,) = (folder / "runs").glob("moons-*")
    return {name: (run / name).read_bytes() for name in ("weights.safetensors", "metrics.jsonl")}


@pytest.fixture(scope="module")
def uninterrupted(tmp_path_factory: pytest.TempPathFactory) -> dict[str, bytes]:
    """What the run leaves when nobody disturbs it, in a process of its own as the others are."""
    folder = tmp_path_factory.mktemp("uninterrupted")
    (folder / "config.yaml").write_text(json.dumps(CONFIG))
    done = subprocess.run([*COMMAND, "train", "config.yaml", "-q"], cwd=folder, capture_output=True)
    assert done.returncode == 0, done.stderr
    return results(folder)


@pytest.mark.parametrize(
    ("number", "code"), [(signal.SIGINT, 130), (signal.SIGTERM, 143)], ids=["SIGINT", "SIGTERM"]
)
def test_a_signal_saves_and_stops_and_the_run_can_be_resumed_exactly(cli, uninterrupted, number, code):
    cli.write(CONFIG)
    process = interrupt(cli.folder, number)
    assert process.returncode == code, process.stderr
    assert json.loads(process.stdout)["status"] == "interrupted"
    assert json.loads(process.stdout)["epochs_run"] < CONFIG["training"]["epochs"]
    assert number.name in process.stderr
    assert "Traceback" not in process.stderr
    assert cli("resume", "latest", "--epochs", 2).code == 2
    resumed = cli.document_of_resume()
    assert resumed["status"] == "finished"
    assert results(cli.folder) == uninterrupted


def test_a_killed_run_is_resumed_exactly(cli, uninterrupted):
    cli.write(CONFIG)
    process = interrupt(cli.folder, signal.SIGKILL)
    assert process.returncode == -signal.SIGKILL
    assert cli.document("runs")["runs"][0]["status"] == "interrupted"
    assert cli.document_of_resume()["status"] == "finished"
    assert results(cli.folder) == uninterrupted


def test_a_run_that_was_killed_before_any_result_says_so(cli):
    cli.write(CONFIG)
    interrupt(cli.folder, signal.SIGKILL, after_epochs=1)
    for command in (["diagnose", "latest"], ["evaluate", "latest"]):
        outcome = cli(*command)
        assert (outcome.code, outcome.out) == (2, "")
        assert "dlrecipe resume moons-" in outcome.err
    assert cli("show", "latest").code == 0


def test_more_epochs_end_where_a_longer_run_does(cli, iris):
    iris["early_stopping"] = None
    short = cli.train(iris)["run_id"]
    resumed = cli.document_of_resume(short, "--epochs", 7)
    whole = cli.train(iris, "--set", "training.epochs=7")
    assert (resumed["run_id"], resumed["epochs_run"]) == (short, 7)
    assert resumed["cost"] == whole["cost"]
    first, second = (cli.runs / run / "weights.safetensors" for run in (short, whole["run_id"]))
    assert first.read_bytes() == second.read_bytes()
