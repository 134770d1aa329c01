"""The order of several steps against one gap: by what they are expected to bring for what they cost."""

import math
from collections.abc import Sequence

from dlrecipe.diagnosis.evidence import Evidence
from dlrecipe.diagnosis.expectation import AGAINST_BIAS, AGAINST_VARIANCE, kind_of
from dlrecipe.diagnosis.settings import hidden_of, n_params
from dlrecipe.diagnosis.step import Step

FREE_PARAMETERS = 20_000
"""Below so many a step's time goes into calls, and a wider network costs nothing (benchmarks.speed)."""


def by_gain_for_cost(steps: Sequence[Step], run: Evidence) -> list[Step]:
    """Return the steps with the one first that closes most of the gap for its time.

    The part of the gap that changes of this kind closed, over the square root of how many times as long the
    run takes: a gain counts in full, time at half its weight. Steps that nothing was measured of stay in
    their places in the recipe's order; the measured ones change places among themselves.
    """
    worth = [_worth(step, run) for step in steps]
    measured = [at for at, value in enumerate(worth) if value is not None]
    best_first = sorted(measured, key=lambda at: -(worth[at] or 0.0))
    ordered = list(steps)
    for place, at in zip(measured, best_first, strict=True):
        ordered[place] = steps[at]
    return ordered


def _worth(step: Step, run: Evidence) -> float | None:
    kind = kind_of(step, run)
    closing = None if kind is None else (AGAINST_BIAS | AGAINST_VARIANCE).get(kind)
    return None if closing is None else closing.part / math.sqrt(max(1.0, _times_as_long(step, run)))


def _times_as_long(step: Step, run: Evidence) -> float:
    """Return how many times as long the changed run takes, roughly: by its epochs, parameters and batches."""
    times = 1.0
    for path, value in step.change.items():
        before = run.setting(path)
        if path == "training.epochs" and before:
            times *= value / before
        elif path == "network.hidden":
            now, then = n_params(run, list(value)), n_params(run, hidden_of(run) or [])
            if now and then:
                times *= max(now, FREE_PARAMETERS) / max(then, FREE_PARAMETERS)
        elif path == "early_stopping.patience" and run.epochs_run and run.epochs_planned:
            times *= max(1.0, run.epochs_planned / run.epochs_run)
    return times
