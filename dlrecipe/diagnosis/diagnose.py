"""The diagnosis of a run, or of errors alone: gaps, findings, verdict, what to try next. Prints nothing."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from statistics import mean
from typing import Any

from dlrecipe.diagnosis.advice import next_steps, what_to_avoid
from dlrecipe.diagnosis.catalogue import Judgement, judge
from dlrecipe.diagnosis.confirmation import confirmed_first
from dlrecipe.diagnosis.evidence import SPLITS, Evidence
from dlrecipe.diagnosis.gaps import Gaps, measure_gaps
from dlrecipe.diagnosis.rule import Finding, NotJudged
from dlrecipe.diagnosis.step import Step
from dlrecipe.diagnosis.verdict import Verdict, overall, reason, remarks

SCHEMA_VERSION = 1


@dataclass(frozen=True, kw_only=True)
class Diagnosis:
    """What holds a run back, with evidence and error bars, and what to try next, best first.

    `avoid` says what not to do now, `remarks` what to bear in mind, `not_judged` which rules lacked their
    evidence.
    """

    run: Evidence
    gaps: Gaps
    verdict: Verdict
    reason: str
    findings: tuple[Finding, ...]
    next: tuple[Step, ...]
    avoid: tuple[str, ...]
    remarks: tuple[str, ...]
    not_judged: tuple[NotJudged, ...]
    confirmation: Mapping[str, Any] | None = None
    """What `diagnose --confirm` measured of this run, as JSON; None where it was not asked to."""

    @property
    def recall(self) -> dict[str, dict[str, float | None]]:
        """The part of each class's examples that was recognized, by split; empty where it is not known."""
        return {
            split: {name: answers.recall for name, answers in fared.items()}
            for split, fared in (self.run.by_class or {}).items()
        }

    def to_json(self) -> dict[str, Any]:
        """Return the document of `diagnose --json`: plain data, no NaN; null where evidence is missing."""
        run, known = self.run, self.gaps.estimates
        return {
            "schema_version": SCHEMA_VERSION,
            "task": run.task,
            "errors": {split: known[split].value for split in SPLITS if split in known},
            "intervals": {
                split: [known[split].low, known[split].high]
                for split in SPLITS
                if split in known and known[split].low is not None
            },
            "n": dict(run.n),
            "bayes_error": run.bayes_error,
            "bayes_examples": run.bayes_examples,
            "label_floor": run.label_floor,
            "seeds": len(run.seed_errors) + (not run.is_mean),
            "target_error": run.target_error,
            "allowance": self.gaps.allowance,
            "gaps": {
                name: None if gap is None else gap.to_json() for name, gap in self.gaps.by_name().items()
            },
            "recall": self.recall,
            "verdict": self.verdict,
            "reason": self.reason,
            "findings": [finding.to_json() for finding in self.findings],
            "next": [step.to_json() for step in self.next],
            "avoid": list(self.avoid),
            "remarks": list(self.remarks),
            "not_judged": [rule.to_json() for rule in self.not_judged],
        } | ({} if self.confirmation is None else {"confirmation": dict(self.confirmation)})

    def confirmed_by(self, confirmation: Mapping[str, Any]) -> "Diagnosis":
        """Return the diagnosis with its advice ranked by what was measured, where that decides."""
        steps = confirmed_first(self.next, confirmation, self.run.errors)
        return replace(self, next=steps, confirmation=confirmation)


def diagnose(run: Evidence) -> Diagnosis:
    """Return the diagnosis of the evidence; it depends on nothing else."""
    gaps = measure_gaps(run)
    return _concluded(run, gaps, judge(run, gaps))


def diagnose_together(runs: Sequence[Evidence]) -> Diagnosis:
    """Return the diagnosis of runs of one config with several seeds, by the means of their errors.

    A finding is one that half of the runs show, each by its own curves and all by the gaps of the means. What
    else is told of a single run (figures in the findings, the config) is that of the run in the middle by dev
    error.
    """
    by_dev = sorted(runs, key=lambda run: run.errors.get("dev") or 0.0)
    middle = by_dev[(len(by_dev) - 1) // 2]
    every = tuple(run.errors for run in runs)
    means = {
        split: mean(known)
        for split in SPLITS
        if len(known := [e for errors in every if (e := errors.get(split)) is not None]) == len(runs)
    }
    pooled = replace(middle, errors=means, seed_errors=every, is_mean=True)
    gaps = measure_gaps(pooled)
    found = [
        judge(replace(run, errors=means, seed_errors=every, is_mean=True), gaps).findings for run in runs
    ]
    shown = Counter(finding.code for findings in found for finding in findings)
    judgement = judge(pooled, gaps)
    kept = tuple(
        replace(finding, evidence=f"{finding.evidence} (in {shown[finding.code]} of {len(runs)} runs)")
        for finding in judgement.findings
        if 2 * shown[finding.code] >= len(runs)
    )
    return _concluded(pooled, gaps, replace(judgement, findings=kept))


def _concluded(run: Evidence, gaps: Gaps, judgement: Judgement) -> Diagnosis:
    verdict = overall(gaps, judgement.findings)
    return Diagnosis(
        run=run,
        gaps=gaps,
        verdict=verdict,
        reason=reason(gaps, verdict, judgement.findings),
        findings=judgement.findings,
        next=next_steps(run, gaps, judgement.findings, verdict),
        avoid=what_to_avoid(run, gaps, verdict),
        remarks=remarks(run, gaps, verdict),
        not_judged=judgement.not_judged,
    )
