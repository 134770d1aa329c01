"""What workers do in the benchmarks and tests of studies, beside training. Importable by workers."""

import os
import signal
import time

from dlrecipe.studies.trial import Trial, TrialResult
from dlrecipe.studies.work import Place, run_trial

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
