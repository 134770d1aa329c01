"""What a change is expected to bring: the errors that `dlrecipe next` promises. Chooses no advice.

A change closes a part of the distance between an error and what it can fall to: the Bayes error where it is
against bias, train error where it is against variance. How large a part was measured, by kind of change, on
planted runs (benchmarks/advice.py and, against variance, benchmarks/variance_advice.py; the half of them for
tuning). What lowers bias is promised to leave variance as it is: dev error falls by as many points as train
error does.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Literal, TypeAlias

from dlrecipe.diagnosis.bias_levers import penalty_is_heavy
from dlrecipe.diagnosis.evidence import Evidence
from dlrecipe.diagnosis.settings import learning_rate_is_far_off
from dlrecipe.diagnosis.step import Step

Kind: TypeAlias = Literal[
    "initialization",
    "normalization",
    "activation",
    "optimizer",
    "learning rate that was far off",
    "learning rate",
    "clipping",
    "bigger network",
    "smaller network",
    "longer training",
    "patience",
    "smaller batches",
    "less penalty",
    "less dropout",
    "more L2",
    "more dropout",
    "early stopping",
]


@dataclass(frozen=True)
class Closing:
    """The median part of a distance that a kind of change closed, over how many planted runs."""

    part: float
    runs: int


def with_expectation(step: Step, run: Evidence, *, fits: bool) -> Step:
    """Return a step with the errors it should lead to, where its kind was measured and errors are known.

    Args:
        fits: whether train error is low enough: what lowers bias was measured where it is not, and promises
            nothing there.
    """
    kind, train, dev = kind_of(step, run), run.errors.get("train"), run.errors.get("dev")
    closing = None if kind is None else (AGAINST_BIAS | AGAINST_VARIANCE).get(kind)
    if closing is not None and (closing.part < LEAST_PROMISE or closing.runs < FEWEST_RUNS):
        return step
    if step.expects or closing is None or train is None or dev is None or (fits and kind in AGAINST_BIAS):
        return step
    # Labels that contradict one another leave an error that no change takes away.
    floor, lowers_bias = run.lowest_error, kind in AGAINST_BIAS
    if dev <= (floor if lowers_bias else max(train, floor)):
        return step
    if lowers_bias:
        now = _fallen(train, floor, closing.part)
        # Where dev error is far above train error, a part of all of it would be a promise against variance.
        fitted = min(train, dev)
        expects = {"dev": _rounded(dev - (fitted - _fallen(fitted, floor, closing.part))), "train": now}
    else:
        expects = {"dev": _fallen(dev, max(train, floor), closing.part)}
    above = "the Bayes error" if lowers_bias else "train error"
    basis = (
        f"changes of this kind ({kind}) took away {closing.part:.0%} of what dev error was above {above}, "
        f"the median of {closing.runs} planted runs"
        + ("; variance is taken to stay as it is" if lowers_bias and dev > train else "")
    )
    return replace(step, expects=expects, basis=basis)


def _fallen(error: float, floor: float, part: float) -> float:
    if error <= floor:
        return error
    return _rounded(error - part * (error - floor))


def _rounded(error: float) -> float:
    return float(f"{error:.2e}")


def kind_of(step: Step, run: Evidence) -> Kind | None:
    """Return what kind of change a step is; None where it is none of the config, or of no kind measured."""
    if not step.change:
        return None
    path, value = next(iter(step.change.items()))
    if path in BY_PATH:
        return BY_PATH[path]
    if path == "optimizer.learning_rate":
        return "learning rate that was far off" if learning_rate_is_far_off(run) else "learning rate"
    if path == "network.hidden":
        before: list[int] = run.setting(path) or []
        return "bigger network" if sum(value) > sum(before) else "smaller network"
    if path == "regularization.dropout.keep_prob":
        return "less dropout" if value == 1 else "more dropout"
    if path in ("regularization.l2", "regularization.l1", "regularization.max_norm"):
        if value is None or value < (run.setting(path) or 0.0):
            # Measured where the penalty was heavy; to lower a light one brings next to nothing.
            return "less penalty" if penalty_is_heavy(run) else None
        return "more L2"
    if path == "training.batch_size":
        size = run.setting(path)
        return "smaller batches" if size == "full" or value < size else None
    return None


BY_PATH: Mapping[str, Kind] = {
    "initialization": "initialization",
    "normalization": "normalization",
    "network.activation": "activation",
    "optimizer": "optimizer",
    "optimizer.clip.norm": "clipping",
    "training.epochs": "longer training",
    "early_stopping.patience": "patience",
    "early_stopping": "early stopping",
}
AGAINST_BIAS: dict[Kind, Closing] = {
    "initialization": Closing(0.94, 5),
    "normalization": Closing(0.80, 2),
    "learning rate that was far off": Closing(0.76, 3),
    "learning rate": Closing(0.10, 8),
    "bigger network": Closing(0.44, 10),
    "longer training": Closing(0.28, 6),
    "smaller batches": Closing(0.78, 2),
    "less penalty": Closing(0.93, 1),
    "less dropout": Closing(0.58, 2),
}
"""Measured where the change was among the first three that were advised."""
AGAINST_VARIANCE: dict[Kind, Closing] = {
    "more dropout": Closing(0.08, 14),
    "early stopping": Closing(0.06, 6),
    "more L2": Closing(0.03, 14),
    "smaller network": Closing(-0.02, 14),
}
"""Of what dev error was above train error (benchmarks/variance_advice.py, the half for tuning)."""
FEWEST_RUNS = 3
"""Planted runs from which their median tells what the next one will do; a lone one may have been lucky."""
LEAST_PROMISE = 0.05
"""Part below which a change is not told from none, and nothing is promised of it."""
