"""Which single changes to try next, in what order: the diagnosis's advice, then a catalogue by verdict.

Knows no runs: it is handed a diagnosis and what has been tried.
"""

import json
import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from dlrecipe.diagnosis.candidates import every_change
from dlrecipe.diagnosis.diagnose import Diagnosis
from dlrecipe.diagnosis.evidence import setting_at
from dlrecipe.diagnosis.step import Step
from dlrecipe.diagnosis.verdict import Verdict

BIAS = (
    "rate_up",
    "bigger",
    "rate_leap",
    "optimizer",
    "less_penalty",
    "less_dropout",
    "normalize",
    "batch_down",
    "longer",
    "rate_down",
    "deeper",
    "start",
    "activation",
    "shallower",
    "batch_up",
    "clip",
    "stop",
    "more_penalty",
    "dropout",
    "smaller",
)
VARIANCE = (
    "more_penalty",
    "dropout",
    "bigger",
    "batch_down",
    "rate_up",
    "rate_leap",
    "rate_down",
    "stop",
    "normalize",
    "smaller",
    "deeper",
    "optimizer",
    "batch_up",
    "less_penalty",
    "shallower",
    "longer",
    "activation",
    "start",
    "less_dropout",
    "clip",
)
BROKEN = (
    "rate_down",
    "normalize",
    "start",
    "activation",
    "clip",
    "optimizer",
    "shallower",
    "rate_up",
    "less_dropout",
    "less_penalty",
    "batch_up",
    "longer",
    "batch_down",
    "bigger",
    "deeper",
)
"""Kinds of change in the order in which they are tried: bias first, then variance; the rest comes after.
Before training works, what helps against variance is of no use: a broken run's order does without it."""
_ORDERS: Mapping[Verdict, Sequence[str]] = {
    "broken": BROKEN,
    "high_bias": BIAS,
    "high_bias_and_variance": BIAS,
    "high_variance": VARIANCE,
}
COST = 2.0
"""Places in that order which a change loses for each doubling of a run's time."""
SETBACK = 6.0
"""Places which it loses for each failure of its kind."""
LEAP = 8.0
"""Factor of the learning rate from which a rise is of its own kind: it may help where three times do not."""
TOO_FAR = 30.0
"""Factor of the learning rate beyond which a change is no single step."""


@dataclass(frozen=True)
class Idea:
    """A change to try: what it is for, and the errors it promises by split, where the advice says so.

    `cost` is the doublings of a run's time that it brings, roughly.
    """

    advice: str
    change: Mapping[str, Any]
    why: str
    kind: str
    expects: Mapping[str, float]
    cost: float = 0.0

    @property
    def key(self) -> str:
        """The change as text, to tell ideas apart."""
        return json.dumps(self.change, sort_keys=True)


def ideas(diagnosis: Diagnosis, failed: Mapping[str, float]) -> Iterator[Idea]:
    """Yield what to try from the run that was diagnosed, likeliest first.

    The first two pieces of advice come first. What follows is sorted by the kinds that suit the verdict, and
    kinds that have failed before come later, once for each failure.

    Args:
        failed: how often a change of each kind was tried and did not help.
    """
    advised = [_idea(diagnosis, step) for step in diagnosis.next if step.change]
    catalogue = [_idea(diagnosis, step) for step in every_change(diagnosis.run)]
    # A gap that no one can call is read by its size: what is larger is worked on.
    order = _ORDERS.get(diagnosis.verdict) or _by_size(diagnosis)
    place = {kind: index for index, kind in enumerate(order)}

    def rank(idea: Idea) -> tuple[float, float]:
        setback = SETBACK * failed.get(idea.kind, 0) + COST * max(0.0, idea.cost)
        if idea.kind == "longer" and diagnosis.run.status == "stopped_early":
            # It had time left, and did not use it.
            setback += SETBACK
        return place.get(idea.kind, len(order)) + setback, _distance(diagnosis, idea)

    fresh = [idea for idea in advised[:2] if not failed.get(idea.kind)]
    rest = sorted([*advised, *catalogue], key=rank)
    seen: set[str] = set()
    # Two of one kind at once would tell little more than one.
    for spread in (True, False):
        kinds: set[str] = set()
        for idea in [*fresh, *rest]:
            if idea.key not in seen and not (spread and idea.kind in kinds):
                seen.add(idea.key)
                kinds.add(idea.kind)
                yield idea


def _by_size(diagnosis: Diagnosis) -> Sequence[str]:
    bias, variance = diagnosis.gaps.bias, diagnosis.gaps.variance
    if bias is None or variance is None:
        return BIAS
    return BIAS if bias.value >= variance.value else VARIANCE


def _idea(diagnosis: Diagnosis, step: Step) -> Idea:
    config = diagnosis.run.config or {}
    kind, cost = kind_of(step.change, config), doublings(step.change, config)
    return Idea(step.advice, dict(step.change), step.why, kind, dict(step.expects), cost)


def doublings(change: Mapping[str, Any], config: Mapping[str, Any]) -> float:
    """Return how many times a change doubles the time of a run, roughly; below 0 where it halves it.

    Steps count in full, and a network's size by its root: small products take as long as smaller ones.
    """
    ratio = 1.0
    for path, value in change.items():
        old = setting_at(config, path)
        if path == "training.epochs" and old:
            ratio *= value / old
        elif path == "training.batch_size" and value != "full" and isinstance(old, int):
            ratio *= old / value
        elif path == "network.hidden" and old:
            ratio *= math.sqrt(sum(value) / sum(old))
    return math.log2(ratio)


def _distance(diagnosis: Diagnosis, idea: Idea) -> float:
    """Return how far a change of the learning rate goes beyond the usual threefold; 0 for others."""
    new, old = idea.change.get("optimizer.learning_rate"), diagnosis.run.setting("optimizer.learning_rate")
    if not new or not old:
        return 0.0
    ratio = max(new / old, old / new)
    return abs(ratio / 3 - 1) if ratio < TOO_FAR else TOO_FAR


def kind_of(change: Mapping[str, Any], config: Mapping[str, Any]) -> str:
    """Return what sort of change it is: its setting, and the direction."""
    path, value = next(iter(change.items()))
    old = setting_at(config, path)
    if path == "optimizer.learning_rate":
        if old is not None and value >= LEAP * old:
            return "rate_leap"
        return "rate_up" if old is None or value > old else "rate_down"
    if path in ("regularization.l2", "regularization.l1"):
        return "more_penalty" if value > (old or 0) else "less_penalty"
    if path == "training.batch_size":
        return "batch_down" if old == "full" or (value != "full" and value < old) else "batch_up"
    if path.startswith("regularization.dropout"):
        return "dropout" if _least(value) < _least(old) else "less_dropout"
    if path.startswith("network.hidden"):
        return _size_kind(list(value), list(old or []))
    return _KINDS.get(path, path)


def _size_kind(new: list[int], old: list[int]) -> str:
    if len(new) != len(old):
        return "deeper" if len(new) > len(old) else "shallower"
    return "bigger" if sum(new) > sum(old) else "smaller"


_KINDS = {
    "training.epochs": "longer",
    "normalization": "normalize",
    "initialization": "start",
    "optimizer": "optimizer",
    "optimizer.clip.norm": "clip",
    "early_stopping": "stop",
    "network.activation": "activation",
}


def _least(keep_prob: Any) -> float:
    if isinstance(keep_prob, list | tuple):
        return min(keep_prob, default=1.0)
    return 1.0 if keep_prob is None else float(keep_prob)
