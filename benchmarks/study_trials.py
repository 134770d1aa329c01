"""What workers do in the benchmarks and tests of studies, beside training. Importable by workers."""

import mmap
import os
import signal
import time

from dlrecipe.studies.trial import Place, Trial, TrialResult
from dlrecipe.studies.work import run_trial

POISON = "p0003-s0"
"""The id of the trial that always kills its worker."""


def sleeping(trial: Trial, place: Place) -> TrialResult:
    """Take a second, and no processor."""
    time.sleep(1)
    return TrialResult(trial.id, "done")


def poisoned(trial: Trial, place: Place) -> TrialResult:
    """Train, but let one trial kill the process that it is in."""
    if trial.id == POISON:
        os.kill(os.getpid(), signal.SIGKILL)
    return run_trial(trial, place)


def dying_twice(trial: Trial, place: Place) -> TrialResult:
    """Kill the process at the first two attempts at a trial whose id begins with `unlucky`."""
    note = place.notes / f"{trial.id}.attempts"
    attempts = note.read_text() if note.exists() else ""
    note.write_text(attempts + "x")
    if trial.id.startswith("unlucky") and len(attempts) < 2:
        os.kill(os.getpid(), signal.SIGKILL)
    return TrialResult(trial.id, "done")


def hungry(trial: Trial, place: Place) -> TrialResult:
    """Take 400 MB for good where the id says so; or as much of a file, mapped, for half a second."""
    if trial.id.startswith("hungry"):
        taken = bytearray(b"x") * 400_000_000
        time.sleep(600)
        return TrialResult(trial.id, "done", error=str(len(taken)))
    path = place.notes / f"{trial.id}.large"
    path.touch()
    os.truncate(path, 400_000_000)
    with path.open("rb") as file, mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ) as mapped:
        mapped.find(b"x")
        time.sleep(0.5)
    path.unlink()
    return TrialResult(trial.id, "done")


def faulty(trial: Trial, place: Place) -> TrialResult:
    """Fail in a way that nobody thought of."""
    raise LookupError("nobody thought of this")


def slow(trial: Trial, place: Place) -> TrialResult:
    """Take longer than anyone waits, deaf to being told to end."""
    signal.signal(signal.SIGTERM, signal.SIG_IGN)
    time.sleep(600)
    return TrialResult(trial.id, "done")
