"""Measured counterfactuals: what a change did to dev error over a few seeds, with its interval.

Errors are paired by seed: run and change share split, first weights and batches as far as they can, so that
the difference varies less from seed to seed than either error does.
"""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from statistics import mean, stdev
from typing import Any, Literal, TypeAlias

from dlrecipe.diagnosis.intervals import student_t
from dlrecipe.diagnosis.step import Step
from dlrecipe.diagnosis.wording import percent, points

Verdict: TypeAlias = Literal["better", "worse", "within noise"]

MOST_SEEDS = 10
"""More would take long, and tell hardly more of noise."""


@dataclass(frozen=True, kw_only=True)
class Candidate:
    """A change to try: `share` is the part of the training examples to learn from."""

    advice: str
    change: Mapping[str, Any]
    why: str = ""
    share: float = 1.0


@dataclass(frozen=True, kw_only=True)
class Measured:
    """A candidate and what it did.

    `train` and `dev`: its errors by seed, fractions; fewer than the run's where it was given up. `fell`: the
    mean fall of dev error, paired by seed; `interval`: its 95% interval by Student's t, None for one seed.
    """

    candidate: Candidate
    train: tuple[float, ...]
    dev: tuple[float, ...]
    fell: float
    interval: tuple[float, float] | None
    status: str
    wall_s: float

    @property
    def verdict(self) -> Verdict:
        """Whether dev error fell or rose beyond noise; what was given up after a seed is worse."""
        if self.interval is None:
            return "worse" if self.fell < 0 else "within noise"
        return "better" if self.interval[0] > 0 else "worse" if self.interval[1] < 0 else "within noise"

    def to_json(self) -> dict[str, Any]:
        """Return it as `diagnose --json` has it."""
        return {
            "advice": self.candidate.advice,
            "change": dict(self.candidate.change),
            "share": self.candidate.share,
            "train": list(self.train),
            "dev": list(self.dev),
            "fell": self.fell,
            "interval": None if self.interval is None else list(self.interval),
            "verdict": self.verdict,
            "status": self.status,
            "wall_s": round(self.wall_s, 3),
        }


def fall(before: Sequence[float], after: Sequence[float]) -> tuple[float, tuple[float, float] | None]:
    """Return the mean of before - after over the seeds that both have, and its 95% interval.

    A difference that is the same for every seed is known no better than to nothing at all: its interval has
    no width.

    Raises:
        ValueError: no seed in common, or more than MOST_SEEDS.
    """
    falls = [old - new for old, new in zip(before, after, strict=False)]
    if not 1 <= len(falls) <= MOST_SEEDS:
        raise ValueError(f"{len(falls)} seeds; there must be 1 to {MOST_SEEDS}")
    middle = mean(falls)
    if len(falls) == 1:
        return middle, None
    half = student_t(len(falls) - 1) * stdev(falls) / math.sqrt(len(falls))
    return middle, (middle - half, middle + half)


@dataclass(frozen=True, kw_only=True)
class Confirmation:
    """The run over the seeds, and every candidate beside it, the largest fall of dev error first.

    `scale`: the part of the planned epochs that all of them were given. `epochs_run`: how far the run had
    come that this belongs to.
    """

    seeds: tuple[int, ...]
    scale: float
    train: tuple[float, ...]
    dev: tuple[float, ...]
    changes: tuple[Measured, ...]
    epochs_run: int | None
    wall_s: float

    def to_json(self) -> dict[str, Any]:
        """Return the value of `confirmation` in `diagnose --json`."""
        return {
            "seeds": list(self.seeds),
            "scale": self.scale,
            "train": list(self.train),
            "dev": list(self.dev),
            "changes": [change.to_json() for change in self.changes],
            "epochs_run": self.epochs_run,
            "wall_s": round(self.wall_s, 3),
        }


def confirmed_first(
    steps: tuple[Step, ...], confirmation: Mapping[str, Any], errors: Mapping[str, float | None]
) -> tuple[Step, ...]:
    """Return the advice with what was measured to help at its head, and what was measured to harm left out.

    Args:
        steps: by the rules alone.
        confirmation: `Confirmation.to_json()`, as it is kept.
        errors: those of the run, by split.
    """
    whole = [change for change in confirmation["changes"] if change["share"] == 1 and change["change"]]
    helped = [
        _measured_step(change, steps, _expected(change, confirmation, errors))
        for change in whole
        if change["verdict"] == "better"
    ]
    decided = [change["change"] for change in whole if change["verdict"] != "within noise"]
    return (*helped, *(step for step in steps if not step.change or dict(step.change) not in decided))


def _expected(
    change: Mapping[str, Any], confirmation: Mapping[str, Any], errors: Mapping[str, float | None]
) -> dict[str, float]:
    """Return the errors to expect of a whole run: its own, lower by the factor by which they fell.

    The trials may have had a part of the epochs only, so that their errors are not those of whole runs.
    """
    expected = {}
    for split in ("train", "dev"):
        error, before = errors.get(split), mean(confirmation[split])
        if error is not None:
            factor = mean(change[split]) / before if before > 0 else 1.0
            expected[split] = float(f"{error * factor:.2e}")
    return expected


def _measured_step(change: Mapping[str, Any], steps: Sequence[Step], expects: Mapping[str, float]) -> Step:
    low, high = change["interval"]
    why = (
        f"tried on {len(change['dev'])} seeds, it took dev error to {percent(mean(change['dev']))} on "
        f"average, {points(change['fell'])} points lower (95%: {points(low)} to {points(high)})"
    )
    known = next((step for step in steps if dict(step.change) == change["change"]), None)
    step = known or Step(advice=change["advice"], change=change["change"], why=why)
    return replace(step, why=why, expects=expects, basis="by the factor that it fell in the trials")
