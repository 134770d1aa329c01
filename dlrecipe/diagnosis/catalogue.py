"""All rules in one place, and their judgement of a run. Knows no particular rule's numbers."""

from dataclasses import dataclass

from dlrecipe.diagnosis.evidence import Evidence
from dlrecipe.diagnosis.gaps import Gaps
from dlrecipe.diagnosis.rule import ORDER, Finding, NotJudged, Rule
from dlrecipe.diagnosis.rules import curves, optimization, results, setup, signals

FAMILIES: dict[str, dict[str, Rule]] = {
    "setup": setup.RULES,
    "optimization": optimization.RULES,
    "signals": signals.RULES,
    "curves": curves.RULES,
    "results": results.RULES,
}
"""Causes before the results they lead to: within one concern, findings come in this order."""

RULES: dict[str, Rule] = {code: rule for family in FAMILIES.values() for code, rule in family.items()}

SETTINGS = (
    "symmetry",
    "inputs-not-normalized",
    "target-outliers",
    "stacked-linear-layers",
    "deep-sigmoid",
    "dropout-too-strong",
    "initial-loss",
)
"""Findings that name a setting."""
SIGNALS = ("vanishing-gradients", "exploding-gradients", "dead-units", "saturated-units")
"""What a wrong setting does to the layers."""
STANDSTILL = ("loss-did-not-move", "no-better-than-chance")
"""What either of them ends in."""
TRAINING = (*SETTINGS, "diverged", *SIGNALS, *STANDSTILL)
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
    if any(finding.severity == "broken" for finding in findings):
        findings.sort(key=lambda finding: _rank(finding.code))
    return Judgement(findings=tuple(findings), not_judged=tuple(not_judged))


def _rank(code: str) -> int:
    return TRAINING.index(code) if code in TRAINING else len(TRAINING)
