"""What terminal and page say alike of a diagnosis. Knows the diagnosis; nothing of rich, nor of HTML."""

from collections.abc import Mapping
from typing import Any

from dlrecipe.diagnosis.diagnose import Diagnosis
from dlrecipe.diagnosis.step import Step
from dlrecipe.diagnosis.wording import allowed, allowed_points, expected, points
from dlrecipe.reports.wording import value_text

LONG_LIST = 12
"""Layers beyond which a network is not spelled out."""
VERDICTS = {
    "good": "good, nothing holds this run back",
    "high_bias": "high bias",
    "high_variance": "high variance",
    "high_bias_and_variance": "high bias and high variance",
    "mismatch": "train and dev are data of different kinds",
    "dev_overfit": "the dev set is overfitted",
    "undecided": "undecided",
    "broken": "training is broken",
}


def verdict_words(diagnosis: Diagnosis) -> str:
    """Return the verdict in words, with the other gaps that are high, which it does not contain."""
    if diagnosis.verdict == "good" and diagnosis.findings:
        return "good by its errors; see the findings"
    words = [VERDICTS[diagnosis.verdict]]
    if diagnosis.verdict != "broken":
        high = {name for name, gap in diagnosis.gaps.by_name().items() if gap and gap.verdict == "high"}
        words += [
            VERDICTS[name] for name in ("mismatch", "dev_overfit") if name in high - {diagnosis.verdict}
        ]
    return "; ".join(words)


def allowance_words(diagnosis: Diagnosis) -> str:
    """Return what each gap may take, that bias and variance share a target, and what the errors are of."""
    target, run = diagnosis.run.target_error, diagnosis.run
    shared = (
        ""
        if target is None
        else f", bias and variance what the other leaves of {allowed(target - run.lowest_error)}"
    )
    words = f"Each gap may take {allowed_points(diagnosis.gaps.allowance)}{shared}."
    if run.task == "regression":
        words += " Error is 1 - R², the part of the variance left unexplained."
    return words


def interval_words(low: float | None, high: float | None) -> str:
    """Return the interval of a gap in points, `0.95 to 3.96`; nothing where it is not known."""
    return "" if low is None or high is None else f"{points(low)} to {points(high)}"


def change_words(step: Step, diagnosis: Diagnosis) -> list[str]:
    """Return a line for each setting that a step changes, with what it is now: `optimizer: sgd → adam`."""
    return [f"{path}: {_before(path, diagnosis)} → {_brief(new)}" for path, new in step.change.items()]


def why_words(step: Step, diagnosis: Diagnosis) -> str:
    """Return the reason of a step as a sentence; of a finding's evidence, told already, its code."""
    code = next((finding.code for finding in diagnosis.findings if finding.evidence == step.why), None)
    return f"See the finding {code}." if code else f"{step.why[0].upper()}{step.why[1:].rstrip('.')}."


def expectation_words(step: Step) -> str:
    """Return what dev error is expected to become; nothing where nothing was measured of such a change."""
    return f"Expected: dev error about {expected(step.expects['dev'])}." if "dev" in step.expects else ""


def _before(path: str, diagnosis: Diagnosis) -> str:
    value: Any = diagnosis.run.setting(path)
    if isinstance(value, Mapping) and "type" in value:
        value = value["type"]
    return _brief(value)


def _brief(value: Any) -> str:
    if isinstance(value, list | tuple) and len(value) > LONG_LIST:
        return f"[{', '.join(value_text(item) for item in value[:3])}, … {len(value)} in all]"
    return value_text(value)
