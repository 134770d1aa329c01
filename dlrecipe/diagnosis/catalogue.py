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


@dataclass(frozen=True, kw_only=True)
class Judgement:
    """What fired, most urgent first, and what could not be judged."""

    findings: tuple[Finding, ...]
    not_judged: tuple[NotJudged, ...]


def judge(run: Evidence, gaps: Gaps) -> Judgement:
    """Judge every rule whose evidence is known.

    Findings that mean broken training come first, then the recipe's order: training, bias, variance,
    mismatch, dev set; within each, causes before results.
    """
    findings: list[Finding] = []
    not_judged: list[NotJudged] = []
    for code, rule in sorted(RULES.items(), key=lambda item: _urgency(item[1])):
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
    return Judgement(findings=tuple(findings), not_judged=tuple(not_judged))


def _urgency(rule: Rule) -> tuple[bool, int]:
    return rule.severity != "broken", ORDER.index(rule.concern)
