"""All rules in one place, and their judgement of a run. Knows no particular rule's numbers."""

from collections.abc import Sequence
from dataclasses import dataclass

from dlrecipe.diagnosis.curve import EPOCHS_TO_TELL, falls_quickly, steps_per_epoch
from dlrecipe.diagnosis.evidence import DataFinding, Evidence
from dlrecipe.diagnosis.gaps import Gaps
from dlrecipe.diagnosis.rule import ORDER, Finding, NotJudged, Rule, fails
from dlrecipe.diagnosis.rules import (
    capacity,
    curves,
    data,
    extremes,
    optimization,
    results,
    search,
    setup,
    signals,
    steps,
)
from dlrecipe.diagnosis.rules.steps import FEW_STEPS
from dlrecipe.diagnosis.settings import RARE_CLASS
from dlrecipe.diagnosis.verdict import LEAKS

FAMILIES: dict[str, dict[str, Rule]] = {
    "setup": setup.RULES,
    "extremes": extremes.RULES,
    "capacity": capacity.RULES,
    "data": data.RULES,
    "steps": steps.RULES,
    "optimization": optimization.RULES,
    "signals": signals.RULES,
    "curves": curves.RULES,
    "results": results.RULES,
    "search": search.RULES,
}
"""Causes before the results they lead to: within one concern, findings come in this order."""

RULES: dict[str, Rule] = {code: rule for family in FAMILIES.values() for code, rule in family.items()}

SETTINGS = (
    "symmetry",
    "inputs-not-normalized",
    "target-outliers",
    "output-cannot-reach",
    "targets-not-normalized",
    "stacked-linear-layers",
    "deep-sigmoid",
    "dropout-too-strong",
    "label-smoothing-too-strong",
    "class-weights-extreme",
    "eps-too-large",
    "penalty-too-strong",
    "max-norm-too-tight",
    "initialization-too-small",
    "initial-loss",
    "batch-too-small",
    "learning-rate-too-high",
    "learning-rate-too-low",
    "learning-rate-decayed",
    "too-few-steps",
)
"""Findings that name a setting."""
SIGNALS = (
    "vanishing-gradients",
    "exploding-gradients",
    "dead-units",
    "saturated-units",
    "unsteady-cost",
)
"""What a wrong setting does to the layers."""
DRIFTS = ("drift-train-dev", "label-drift")
"""What makes dev data of another kind than train, whether or not the errors show it yet."""
ENOUGH_RECALL = 0.75
"""Recall above which a rare class is not told of: three of four of its examples are recognized."""
UNEXPLAINED = ("label-noise",)
"""What is read off the curves and errors of a training that went as it should, and off no other."""
LONG_STEPS = ("learning-rate-too-high", "batch-too-small", "diverged")
"""What says already why the cost goes up and down."""
CUT_SHORT = ("still-improving", "stopped-too-early")
"""What says that training ended before it had done what it could."""
BY_DEV = ("still-improving", "stopped-too-early", "label-noise", "dev-error-rising")
"""What a dev set too small to tell makes doubtful."""
STANDSTILL = ("loss-did-not-move", "no-better-than-chance")
"""What either of them ends in."""
TRAINING = (
    *SETTINGS,
    "diverged",
    "dev-at-chance",
    "weights-unchanged",
    "gradient-suspect",
    *SIGNALS,
    *STANDSTILL,
)
"""What is wrong with training itself, causes first."""


@dataclass(frozen=True, kw_only=True)
class Judgement:
    """What fired, most urgent first, and what could not be judged."""

    findings: tuple[Finding, ...]
    not_judged: tuple[NotJudged, ...]


def judge(run: Evidence, gaps: Gaps) -> Judgement:
    """Judge every rule whose evidence is known.

    In a broken run what is wrong with training comes first, causes before what they lead to. Then, and in
    every other run, the recipe's order: training, bias, variance, mismatch, dev set.
    """
    findings: list[Finding] = []
    not_judged: list[NotJudged] = []
    for code, rule in sorted(RULES.items(), key=lambda item: ORDER.index(item[1].concern)):
        if rule.task not in (None, run.task):
            continue
        missing = run.missing(rule.needs)
        if missing:
            not_judged.append(NotJudged(code=code, missing=missing))
        elif (evidence := rule.judge(run, gaps)) is not None:
            findings.append(
                Finding(
                    code=code,
                    title=rule.title,
                    evidence=evidence,
                    advice=rule.advice,
                    severity=rule.severity,
                )
            )
    findings = _in_order(findings, run, gaps)
    worse = tuple(finding for finding in run.data_findings if _matters(finding, run, gaps))
    return Judgement(findings=_with_data(worse, findings), not_judged=tuple(not_judged))


def _in_order(findings: list[Finding], run: Evidence, gaps: Gaps) -> list[Finding]:
    """Return the findings most urgent first, those left out that another one accounts for."""
    codes = {finding.code for finding in findings}
    if codes & set(TRAINING):
        findings = [finding for finding in findings if finding.code not in UNEXPLAINED]
    if codes & set(LONG_STEPS):
        findings = [finding for finding in findings if finding.code != "unsteady-cost"]
    cut_short = falls_quickly(run) or ("still-improving" in codes and _has_hardly_begun(run))
    # A bias that is not known to be high comes after a variance that is.
    known = gaps.variance is not None and gaps.variance.verdict == "high"
    suspected = known and gaps.bias is not None and gaps.bias.verdict != "high"

    def rank(finding: Finding) -> float:
        code = finding.code
        # Where the loss is in the midst of its fall, having learned nothing yet comes of stopping there.
        if cut_short and code in STANDSTILL:
            return len(RULES)
        if code in TRAINING:
            # Dead units cut the weights below them off: that these never changed is no news.
            cut_off = code == "weights-unchanged" and "dead-units" in codes
            return TRAINING.index("dead-units") + 0.5 if cut_off else TRAINING.index(code)
        return len(TRAINING) + (suspected and RULES[code].concern == "bias")

    findings = _after_cut_short(sorted(findings, key=rank), _was_cut_short(run))
    doubtful = [at for at, finding in enumerate(findings) if finding.code in BY_DEV]
    small = next((finding for finding in findings if finding.code == "dev-set-too-small"), None)
    if small is not None and doubtful:
        findings.remove(small)
        findings.insert(doubtful[0], small)
    return findings


def _was_cut_short(run: Evidence) -> bool:
    """Whether the loss fell fast to the end, or early stopping had too little patience to tell its end."""
    patience: int | None = run.setting("early_stopping.patience")
    impatient = run.status == "stopped_early" and patience is not None and patience < EPOCHS_TO_TELL
    return impatient or falls_quickly(run)


def _after_cut_short(findings: list[Finding], was_cut_short: bool) -> list[Finding]:
    """Return the findings with doubts of the labels behind what says that training ended too soon.

    Errors that more steps would still mend are of every kind alike, too. In a training that only creeps on,
    wrong labels are what keeps it from its end.
    """
    early = max((at for at, finding in enumerate(findings) if finding.code in CUT_SHORT), default=None)
    if early is None or not was_cut_short:
        return findings
    doubts = [finding for finding in findings[:early] if finding.code in UNEXPLAINED]
    others = [finding for finding in findings[: early + 1] if finding not in doubts]
    return [*others, *doubts, *findings[early + 1 :]]


def _has_hardly_begun(run: Evidence) -> bool:
    """Whether the whole training was so few steps that no network has learned anything by then."""
    steps = steps_per_epoch(run)
    return steps is not None and run.epochs_run is not None and run.epochs_run * steps < FEW_STEPS


def _matters(finding: DataFinding, run: Evidence, gaps: Gaps) -> bool:
    """Whether what a check found bears on this run's figures: errors always, warnings where a gap is high."""
    if finding.severity == "error":
        return True
    if finding.code == "class-imbalance" and _rare_class_is_missed(run):
        return True
    if finding.severity != "warning":
        return False
    if finding.code in (*LEAKS, *DRIFTS):
        return True
    return fails(run, gaps)


def _rare_class_is_missed(run: Evidence) -> bool:
    """Whether a class of a tenth of the largest or less is recognized in three cases of four or fewer."""
    fared = (run.by_class or {}).get("dev") or (run.by_class or {}).get("train") or {}
    largest = max((answers.n for answers in fared.values()), default=0)
    return any(
        answers.recall is not None and answers.recall <= ENOUGH_RECALL and answers.n <= RARE_CLASS * largest
        for answers in fared.values()
    )


def _with_data(worse: Sequence[DataFinding], findings: list[Finding]) -> tuple[Finding, ...]:
    """Return all findings: data whose figures mean nothing first, warnings behind what broke training."""
    told = {
        each.code: Finding(
            code=each.code, title=each.title, evidence=each.evidence, advice=each.remedy, severity="high"
        )
        for each in worse
    }
    # That what was learned holds nowhere on dev is no wonder where dev is of another kind.
    apart = any(finding.code == "dev-at-chance" for finding in findings)
    leading_codes = (*LEAKS, *DRIFTS) if apart else LEAKS
    first = [told[each.code] for each in worse if each.severity == "error" or each.code in leading_codes]
    others = [finding for finding in told.values() if finding not in first]
    leading = (*TRAINING, "dev-set-too-small")
    until = max((at for at, each in enumerate(findings, start=1) if each.code in leading), default=0)
    broken, rest = findings[:until], findings[until:]
    return (*first, *broken, *others, *rest)
