"""What a guess reaches, in error and in loss: the first thing that a run is held against. Knows no rules."""

import math
from statistics import mean

from dlrecipe.data.specs import Task
from dlrecipe.diagnosis.evidence import Evidence

LEAST_GAIN = 0.1
"""The part of the baseline's error that a network which learned anything takes away."""
FAR_ABOVE: dict[Task, float] = {"classification": 4.0, "regression": 12.0}
"""How many times a guess's loss the first one may be.

Healthy starts of classifiers were measured at 1.0 to 2.2 times. In regression He's weights make the outputs'
variance twice that of the target, so that 3 times is what is expected; both limits are four times the usual.
"""


def gains_nothing(run: Evidence) -> bool:
    """Whether train error takes less than a tenth of the way from the baseline's to the Bayes error.

    Weighted classes trade error for recall on purpose: there the mean of the classes' own errors is compared
    with that of one answer. False where it is not known.
    """
    error, baseline, reachable = run.errors.get("train"), run.baseline_error, run.bayes_error
    if error is None or baseline is None:
        return False
    if run.weighs_classes:
        fared = (run.by_class or {}).get("train", {})
        recalls = [recall for answers in fared.values() if (recall := answers.recall) is not None]
        if len(recalls) < 2:
            return False
        error, baseline, reachable = 1 - mean(recalls), 1 - 1 / len(recalls), 0.0
    return baseline > reachable and error - reachable >= (1 - LEAST_GAIN) * (baseline - reachable)


def loss_of_a_guess(run: Evidence) -> tuple[float, str] | None:
    """Return the loss of small outputs, and how it comes about; None where it is not known."""
    loss = run.setting("loss.type")
    if run.task == "classification" and loss in ("auto", "cross_entropy") and run.n_classes:
        return math.log(run.n_classes), f"ln {run.n_classes}"
    scaled = run.setting("target_normalization") in ("auto", "standard")
    if run.task == "regression" and loss in ("auto", "mse") and scaled and run.n_targets:
        return run.n_targets / 2, "half the target's variance"
    return None
