"""Trials with errors of the test's choosing."""

import math

from dlrecipe.studies.search import Proposal
from dlrecipe.studies.sweep import Plan
from dlrecipe.studies.sweep_results import Scored
from dlrecipe.studies.trial import TrialResult


def scored(plan: Plan, proposal: Proposal, seed: int, dev_error: float) -> Scored:
    """A trial that was done with this dev error of 100 examples; an infinite one was killed."""
    trial = plan.trial(proposal, seed)
    if math.isinf(dev_error):
        return Scored.of(TrialResult(trial.id, "killed"), plan, proposal, seed)
    document = {
        "errors": {"train": dev_error / 2, "dev": dev_error},
        "n": {"train": 300, "dev": 100},
        "task": "classification",
        "epochs_run": 3,
    }
    return Scored.of(TrialResult(trial.id, "done", "run", document), plan, proposal, seed)
