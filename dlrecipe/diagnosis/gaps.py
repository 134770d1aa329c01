"""The four gaps of the ladder Bayes error → train → train_dev → dev → test, each with interval and verdict.

Knows only errors, their sample sizes and the target; nothing of how the network was trained.
"""

import math
from collections.abc import Mapping
from dataclasses import dataclass
from statistics import stdev
from typing import Any, Literal, TypeAlias

from dlrecipe.diagnosis.chance import gains_nothing
from dlrecipe.diagnosis.evidence import SPLITS, Evidence
from dlrecipe.diagnosis.intervals import Estimate, difference, exact, proportion, student_t

GapVerdict: TypeAlias = Literal["high", "low", "undecided"]
GapName: TypeAlias = Literal["bias", "variance", "mismatch", "dev_overfit"]

DEFAULT_ALLOWANCE = 0.02
"""What each gap may take without a target: 2 points."""
ROUNDING = 1e-9
"""Differences of decimal fractions are off by 1e-17 or so; no data set tells errors 1e-9 apart."""
WITHIN_REACH = 10
"""A split that many times the size may still be had; of a larger one nothing is said."""
TOO_COARSE = 5.0
"""Half-width of an interval, in allowances, from which an error or a gap tells next to nothing."""
FEWEST_SEEDS = 3
"""Runs from which their spread tells more than it hides: of two, Student's t makes it 13-fold."""
MAX_N = 1_000_000_000
"""A size above which no split is asked for."""


@dataclass(frozen=True, kw_only=True)
class Gap:
    """The distance between two errors of the ladder, in fractions.

    `split` is the upper one and `below` the lower (a split, or `bayes`). `n_to_decide` is the size of the
    upper split that would make an undecided gap high or low if the errors stayed as they are; None where
    no size would.
    """

    name: GapName
    value: float
    low: float | None
    high: float | None
    allowance: float
    verdict: GapVerdict
    split: str
    below: str
    n: int | None = None
    """Examples in the upper split."""
    n_to_decide: int | None = None
    most_allowed: float | None = None
    """What it may take at the most, where the other gap needs no more than the low end of its interval."""

    @property
    def decidable(self) -> bool:
        """Whether a split that might be had would decide. For bias none would: its split is train itself."""
        if self.split == "train" or self.n is None or self.n_to_decide is None:
            return False
        return self.n_to_decide <= WITHIN_REACH * self.n

    @property
    def tells_nothing(self) -> bool:
        """Whether the interval is so wide that the value says nothing, as on a handful of examples."""
        if self.low is None or self.high is None:
            return False
        # A strict target shrinks the allowance; it does not make an ordinary dev set worthless.
        return (self.high - self.low) / 2 > TOO_COARSE * max(self.allowance, DEFAULT_ALLOWANCE)

    @property
    def at_limit(self) -> bool:
        """Whether an undecided gap lies so near its allowance that no size within reach tells them apart.

        The half-width of an interval shrinks with the square root of the size.
        """
        if self.verdict != "undecided" or self.decidable or self.low is None or self.high is None:
            return False
        return not self.tells_nothing and abs(self.value - self.allowance) <= (
            self.high - self.low
        ) / 2 / math.sqrt(WITHIN_REACH)

    @property
    def looks_high(self) -> bool:
        """Whether the value alone, its interval aside, is above the allowance."""
        return self.value > self.allowance + ROUNDING

    def to_json(self) -> dict[str, Any]:
        """Return the gap as the contract of `diagnose --json` has it."""
        record: dict[str, Any] = {
            "value": self.value,
            "low": self.low,
            "high": self.high,
            "verdict": self.verdict,
        }
        if self.verdict == "undecided":
            record[f"n_{self.split}_to_decide"] = self.n_to_decide
        return record


@dataclass(frozen=True, kw_only=True)
class Gaps:
    """The four gaps; None where an error is not known.

    `allowance` is what each may take of itself; with a target, bias and variance share what both may take,
    and what one leaves is the other's (`Gap.allowance`). Where dev error is within the target that was set, a
    gap must be known to be high before symptoms are looked for: what is only by its value above the allowance
    is no failure there.
    """

    allowance: float
    bias: Gap | None = None
    variance: Gap | None = None
    mismatch: Gap | None = None
    dev_overfit: Gap | None = None
    target_is_met: bool = False
    at_chance: bool = False
    """Whether the network learned nothing of its training examples: it fails, however low its error is."""
    estimates: Mapping[str, Estimate]
    """The errors with their intervals, by split."""

    def by_name(self) -> dict[GapName, Gap | None]:
        """Return the gaps in the order of the ladder."""
        return {
            "bias": self.bias,
            "variance": self.variance,
            "mismatch": self.mismatch,
            "dev_overfit": self.dev_overfit,
        }

    @property
    def underfits(self) -> bool:
        """Whether the bias looks high: the gate of every symptom that shows as underfitting."""
        return self.at_chance or self._fails(self.bias)

    @property
    def overfits(self) -> bool:
        """Whether the variance looks high: the gate of every symptom that shows as overfitting."""
        return self._fails(self.variance)

    @property
    def fail(self) -> bool:
        """Whether bias or variance looks high."""
        return self.underfits or self.overfits

    def _fails(self, gap: Gap | None) -> bool:
        if gap is None or not gap.looks_high:
            return False
        return gap.verdict == "high" or not self.target_is_met


def measure_gaps(run: Evidence) -> Gaps:
    """Return the gaps that the evidence allows, with 95% intervals where sample sizes are known.

    bias = train - Bayes error; variance = train_dev - train where there is a train_dev split, else
    dev - train; mismatch = dev - train_dev; dev_overfit = test - dev.

    The interval of bias is for the error on endless training examples, that of variance for this network's
    error on endless unseen ones less its train error as it is; the other two are for two samples each.
    Source: course C2W1L02 and C3W2L05; Ng, Machine Learning Yearning, chapters 20-22 and 40.
    """
    allowance = gap_allowance(run)
    errors = {split: found for split in SPLITS if (found := _estimate(run, split)) is not None}
    beyond_train = "train_dev" if "train_dev" in errors else "dev"
    ladder = {**errors, "bayes": _bayes(run)}
    bias = _raw("bias", ladder, run, "train", "bayes")
    # Train error is what this network errs on all that it was shown: known, and no estimate. Only what it
    # errs on unseen examples has to be estimated.
    known = {**ladder, "train": exact(errors["train"].value)} if "train" in errors else ladder
    variance = _raw("variance", known, run, beyond_train, "train")
    return Gaps(
        allowance=allowance,
        target_is_met=_target_is_met(run),
        at_chance=gains_nothing(run),
        bias=_judged(bias, *_left_by(run, allowance, variance)),
        variance=_judged(variance, *_left_by(run, allowance, bias)),
        mismatch=_judged(_raw("mismatch", ladder, run, "dev", "train_dev"), allowance, allowance),
        dev_overfit=_judged(_raw("dev_overfit", ladder, run, "test", "dev"), allowance, allowance),
        estimates=errors,
    )


def variance_is_larger(gaps: Gaps) -> bool:
    """Whether variance is high, and larger than bias."""
    bias, variance = gaps.bias, gaps.variance
    if bias is None or variance is None or variance.verdict != "high":
        return False
    return variance.value > bias.value


def gap_allowance(run: Evidence) -> float:
    """Return what each gap may take: half of target_error - bayes_error, or 2 points without a target."""
    if run.target_error is None:
        return DEFAULT_ALLOWANCE
    return (run.target_error - run.bayes_error) / 2


def _target_is_met(run: Evidence) -> bool:
    dev = run.errors.get("dev")
    return run.target_error is not None and dev is not None and dev <= run.target_error


def _bayes(run: Evidence) -> Estimate:
    """Return the foot of the ladder: with an interval where people's errors were counted on so many examples.

    Labels that contradict one another bound it from below, and that bound is exact for train.
    """
    if run.bayes_examples is None or run.label_floor > run.bayes_error:
        return exact(run.lowest_error)
    return proportion(run.bayes_error, run.bayes_examples)


def _spread(run: Evidence, split: str, below: str) -> float:
    """Return half the width that other seeds add to a gap's interval; 0 for fewer than three runs.

    Student's t times the standard deviation of the gap over the runs: where a run of this config with
    another seed would lie. Of a mean over the runs, its standard error instead: where that of endless seeds
    would.
    """
    runs = [*([] if run.is_mean else [run.errors]), *run.seed_errors]
    gaps = [
        upper - (0.0 if below == "bayes" else lower)
        for errors in runs
        if (upper := errors.get(split)) is not None
        and (lower := 0.0 if below == "bayes" else errors.get(below)) is not None
    ]
    if len(gaps) < FEWEST_SEEDS:
        return 0.0
    return student_t(len(gaps) - 1) * stdev(gaps) / (math.sqrt(len(gaps)) if run.is_mean else 1.0)


def _estimate(run: Evidence, split: str) -> Estimate | None:
    error = run.errors.get(split)
    if error is None:
        return None
    n = run.n.get(split)
    if run.error_intervals is not None and split in run.error_intervals:
        low, high = run.error_intervals[split]
        return Estimate(value=error, low=low, high=high, n=n, binomial=False)
    if run.task == "regression" or n is None:
        return Estimate(value=error, n=n, binomial=False)
    return proportion(error, n)


@dataclass(frozen=True)
class _Raw:
    """A gap before it is judged: its two ends, and half the width that other seeds add to its interval."""

    name: GapName
    split: str
    below: str
    upper: Estimate
    lower: Estimate
    spread: float

    @property
    def value(self) -> float:
        return round(self.upper.value - self.lower.value, 12)

    def interval(self, n: int | None = None) -> tuple[float, float] | None:
        """Return the 95% interval, as if the upper split had `n` examples."""
        upper = self.upper if n is None else self.upper.at(n)
        return _widened(difference(upper, self.lower), self.value, self.spread)


def _raw(name: GapName, ladder: Mapping[str, Estimate], run: Evidence, split: str, below: str) -> _Raw | None:
    upper, lower = ladder.get(split), ladder.get(below)
    if upper is None or lower is None:
        return None
    return _Raw(name, split, below, upper, lower, _spread(run, split, below))


def _left_by(run: Evidence, allowance: float, other: _Raw | None) -> tuple[float, float]:
    """Return what bias or variance may take beside the other one: by the other's value, and at the most.

    A target is kept or missed by their sum: whoever needs less than half leaves the rest. Variance leaves at
    the most what the low end of its interval does; bias what train error does, which is known. Without a
    target there is no sum to keep to.
    """
    if run.target_error is None or other is None:
        return allowance, allowance
    both = run.target_error - run.lowest_error
    interval = other.interval() if other.name == "variance" else None
    least = other.value if interval is None else min(interval[0], other.value)
    by_value, at_most = (max(allowance, both - max(0.0, taken)) for taken in (other.value, least))
    return by_value, at_most


def _judged(raw: _Raw | None, allowance: float, most_allowed: float) -> Gap | None:
    if raw is None:
        return None
    interval = raw.interval()
    low, high = interval if interval is not None else (None, None)
    verdict = _verdict(raw.value, interval, allowance, most_allowed)
    return Gap(
        name=raw.name,
        value=raw.value,
        low=low,
        high=high,
        allowance=allowance,
        most_allowed=most_allowed,
        verdict=verdict,
        split=raw.split,
        below=raw.below,
        n=raw.upper.n,
        n_to_decide=_n_to_decide(raw, allowance, most_allowed) if verdict == "undecided" else None,
    )


def _verdict(
    value: float, interval: tuple[float, float] | None, allowance: float, most_allowed: float
) -> GapVerdict:
    """Return where the interval (or, without one, the value) lies; a gap of just the allowance is low."""
    low, high = interval if interval is not None else (value, value)
    # Without an interval the value must do, of this gap and of the other.
    if low > (allowance if interval is None else most_allowed) + ROUNDING:
        return "high"
    if high <= allowance + ROUNDING:
        return "low"
    return "undecided"


def _widened(interval: tuple[float, float] | None, value: float, spread: float) -> tuple[float, float] | None:
    """Return the interval with the spread over seeds added to each end, as independent of it."""
    if interval is None:
        return None
    low, high = interval
    return value - math.hypot(value - low, spread), value + math.hypot(high - value, spread)


def _n_to_decide(raw: _Raw, allowance: float, most_allowed: float) -> int | None:
    """Return the smallest size of the upper split that decides the gap, all else as it is."""
    if raw.upper.n is None:
        return None

    def decides(n: int) -> bool:
        return _verdict(raw.value, raw.interval(n), allowance, most_allowed) != "undecided"

    undecided, enough = raw.upper.n, raw.upper.n * 2
    while not decides(enough):
        undecided, enough = enough, enough * 2
        if enough > MAX_N:
            return None
    # The interval only shrinks as n grows, so halving the range finds the smallest.
    while enough - undecided > 1:
        middle = (enough + undecided) // 2
        undecided, enough = (undecided, middle) if decides(middle) else (middle, enough)
    return enough
