"""A signal at any time: while data are read, figures are measured and results written, and a second one."""

import json
import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

# One place takes long, the first time that it is come to.
PROGRAM = """
import os, signal, sys, time
place, name = sys.argv[1].split(":")
module = __import__(place, fromlist=["x"])
holder, _, attribute = name.rpartition(".")
target = getattr(module, holder) if holder else module
original, takes_s = getattr(target, attribute), float(sys.argv[2])

def slow(*arguments, **settings):
    setattr(target, attribute, original)
    os.write(1, b"here\\n")
    time.sleep(takes_s)
    return original(*arguments, **settings)

setattr(target, attribute, slow)
sys.argv = ["dlrecipe", *sys.argv[3:]]
from dlrecipe.cli.app import main
main()
"""
CONFIG = {"name": "iris", "data": {"source": "iris"}, "network": {"hidden": [4]}, "training": {"epochs": 3}}
CODES = {signal.SIGINT: 130, signal.SIGTERM: 143, signal.SIGHUP: 129}
READING = "dlrecipe.experiment.data_checks:prepare_data"
MEASURING = "dlrecipe.experiment.results:measure"
FINISHING = "dlrecipe.experiment.session:figures"
DIAGNOSING = "dlrecipe.experiment.diagnosing:diagnose_run"
STEPPING = "dlrecipe.training.loop:Trainer._step"


def stopped(
    folder: Path, place: str, *signals: signal.Signals, takes_s: float = 0.5
) -> tuple[int, str, Path | None]:
    """Train, send signals when the place is reached; return exit code, stderr and the run's directory."""
    (folder / "config.yaml").write_text(json.dumps(CONFIG))
    command = [sys.executable, "-c", PROGRAM, place, str(takes_s), "train", "config.yaml", "-v"]
    with subprocess.Popen(
        command, cwd=folder, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    ) as process:
        assert process.stdout is not None
        assert process.stderr is not None
        assert process.stdout.readline() == "here\n"
        said = ""
        for index, number in enumerate(signals):
            process.send_signal(number)
            if index < len(signals) - 1:
                while number.name not in said:
                    line = process.stderr.readline()
                    assert line, f"it ended without a word of {number.name}: {said}"
                    said += line
        said += process.communicate(timeout=60)[1]
    runs = list((folder / "runs").glob("iris-*"))
    return process.returncode, said, runs[0] if runs else None


@pytest.mark.parametrize("number", CODES)
@pytest.mark.parametrize("place", [READING, MEASURING])
def test_before_the_first_step_it_ends_at_once_and_leaves_nothing(tmp_path, place, number):
    code, err, run = stopped(tmp_path, place, number, takes_s=30)
    assert (code, run) == (CODES[number], None)
    assert err.endswith(f"{number.name}: stopped; what was complete before is kept\n")
    assert "Traceback" not in err


@pytest.mark.parametrize("number", CODES)
@pytest.mark.parametrize(("place", "status"), [(STEPPING, "interrupted"), (FINISHING, "finished")])
def test_during_a_run_it_is_said_at_once_and_the_state_is_saved(tmp_path, place, status, number):
    code, err, run = stopped(tmp_path, place, number)
    assert code == CODES[number]
    assert f"{number.name}: " in err
    assert "Ctrl-C again aborts at once" in err
    assert "Traceback" not in err
    assert run is not None
    record = json.loads((run / "run.json").read_text())
    assert record["status"] == status
    assert "weights.safetensors" in record["files"]
    assert list((run / "checkpoint").iterdir())


def test_a_finished_run_is_diagnosed_all_the_same(tmp_path):
    code, _, run = stopped(tmp_path, DIAGNOSING, signal.SIGINT)
    assert (code, run is not None and (run / "diagnosis.json").exists()) == (130, True)


@pytest.mark.parametrize("first", CODES)
def test_a_ctrl_c_after_the_first_signal_aborts(tmp_path, first):
    code, err, run = stopped(tmp_path, STEPPING, first, signal.SIGINT, takes_s=30)
    assert code == 130
    assert err.endswith("SIGINT: stopped; what was complete before is kept\n")
    assert "Traceback" not in err
    assert run is not None
    assert json.loads((run / "run.json").read_text())["status"] == "running"


def test_a_second_sigterm_changes_nothing(tmp_path):
    code, err, _ = stopped(tmp_path, STEPPING, signal.SIGTERM, signal.SIGTERM, takes_s=1)
    assert code == 143
    assert err.count("SIGTERM: ") == 1


def test_a_signal_that_is_ignored_stays_so(tmp_path):
    (tmp_path / "config.yaml").write_text(json.dumps(CONFIG))
    command = [sys.executable, "-c", PROGRAM, STEPPING, "0.3", "train", "config.yaml", "-q"]
    with subprocess.Popen(
        command,
        cwd=tmp_path,
        stdout=subprocess.PIPE,
        preexec_fn=lambda: signal.signal(signal.SIGHUP, signal.SIG_IGN),
    ) as process:
        assert process.stdout is not None
        process.stdout.readline()
        process.send_signal(signal.SIGHUP)
        process.communicate(timeout=120)
    assert process.returncode == 0


SWALLOWED = """
import ctypes, os, signal, sys, time
import dlrecipe.experiment.training_run as module

# An error that comes in a callback from C is printed and dropped.
callback = ctypes.CFUNCTYPE(None)(lambda: time.sleep(0.3))

def slow(*arguments, **settings):
    os.write(1, b"here\\n")
    callback()
    time.sleep(30)

module.prepare_checked = slow
sys.unraisablehook = lambda _: None
sys.argv = ["dlrecipe", "train", "config.yaml"]
from dlrecipe.cli.app import main
main()
"""


def test_a_signal_that_a_library_drops_is_not_lost(tmp_path):
    (tmp_path / "config.yaml").write_text(json.dumps(CONFIG))
    with subprocess.Popen(
        [sys.executable, "-c", SWALLOWED],
        cwd=tmp_path,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    ) as process:
        assert process.stdout is not None
        process.stdout.readline()
        process.send_signal(signal.SIGTERM)
        _, err = process.communicate(timeout=20)
    assert (process.returncode, err) == (143, "SIGTERM: stopped; what was complete before is kept\n")


def test_a_signal_during_the_imports_causes_no_traceback(tmp_path):
    hold = "import time; import os; os.write(1, b'here\\n'); time.sleep(30)"
    (tmp_path / "typer.py").write_text(hold)
    environment = os.environ | {"PYTHONPATH": str(tmp_path)}
    for number, code in CODES.items():
        with subprocess.Popen(
            [sys.executable, "-m", "dlrecipe", "runs"],
            env=environment,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        ) as process:
            assert process.stdout is not None
            process.stdout.readline()
            process.send_signal(number)
            _, err = process.communicate(timeout=20)
        assert (process.returncode, err) == (code, f"{number.name}: stopped\n")
