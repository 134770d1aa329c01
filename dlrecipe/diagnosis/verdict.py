"""One word and one sentence for the whole run, from its gaps and findings. Gives no advice."""

from typing import Literal, TypeAlias

from dlrecipe.diagnosis.evidence import Evidence
from dlrecipe.diagnosis.gaps import Gap, Gaps
from dlrecipe.diagnosis.rule import Finding
from dlrecipe.diagnosis.wording import count, percent, points

Verdict: TypeAlias = Literal[
    "good",
    "high_bias",
    "high_variance",
    "high_bias_and_variance",
    "mismatch",
    "dev_overfit",
    "undecided",
    "broken",
]


def overall(gaps: Gaps, findings: tuple[Finding, ...]) -> Verdict:
    """Return what holds the run back, in the recipe's order.

    A gap known to be high is named even where another is undecided. `good` needs bias and variance known
    and low, and no gap high. An undecided dev_overfit does not stand against it: it is a question about the
    dev set, and hardly any test set is large enough to answer it.
    """
    if any(finding.severity == "broken" for finding in findings):
        return "broken"
    bias, variance = _is(gaps.bias, "high"), _is(gaps.variance, "high")
    if bias or variance:
        return "high_bias_and_variance" if bias and variance else "high_bias" if bias else "high_variance"
    if _is(gaps.mismatch, "high"):
        return "mismatch"
    if _is(gaps.dev_overfit, "high"):
        return "dev_overfit"
    settled = _is(gaps.bias, "low") and _is(gaps.variance, "low") and not _is(gaps.mismatch, "undecided")
    return "good" if settled else "undecided"


def reason(gaps: Gaps, verdict: Verdict, findings: tuple[Finding, ...]) -> str:
    """Return the verdict's reason in a sentence or two, with the numbers it rests on."""
    if verdict == "broken":
        return f"{findings[0].title}. The errors say nothing of bias and variance yet."
    high = [gap for gap in gaps.by_name().values() if gap is not None and gap.verdict == "high"]
    undecided = [gap for gap in gaps.by_name().values() if gap is not None and gap.verdict == "undecided"]
    if high:
        return " ".join(_capital(f"{_distance(gap)}; {points(gap.allowance)} are allowed.") for gap in high)
    if verdict == "good":
        return f"Bias and variance are within the allowance of {points(gaps.allowance)} points each."
    if undecided:
        return " ".join(_capital(f"{_distance(gap)}: {_doubt(gap)}.") for gap in undecided)
    unknown = "train" if gaps.bias is None else "dev"
    return f"The {unknown} error is not known, and without it there is nothing to compare."


def remarks(run: Evidence, gaps: Gaps, verdict: Verdict) -> tuple[str, ...]:
    """Return what the reader should bear in mind: an assumption, or a target that is met."""
    found: list[str] = []
    if verdict == "broken":
        return ()
    train, dev = run.errors.get("train"), run.errors.get("dev")
    if _is(gaps.bias, "high") and run.bayes_error == 0:
        found.append(
            "The Bayes error is taken as 0. If people, or the best method known, err too, set "
            "diagnosis.bayes_error: only what lies above it is bias."
        )
    if train is not None and gaps.bias is not None and _highest(gaps.bias) < 0:
        found.append(
            f"Train error {percent(train)} is below the Bayes error {percent(run.bayes_error)}: the network "
            "learned by heart, or the Bayes error is lower than given."
        )
    if run.target_error is not None and dev is not None and dev <= run.target_error:
        found.append(f"Dev error {percent(dev)} is within the target of {percent(run.target_error)}.")
    return tuple(found)


def _is(gap: Gap | None, verdict: str) -> bool:
    return gap is not None and gap.verdict == verdict


def _highest(gap: Gap) -> float:
    return gap.value if gap.high is None else gap.high


def _distance(gap: Gap) -> str:
    below = "the Bayes error" if gap.below == "bayes" else f"{gap.below} error"
    interval = (
        "" if gap.low is None or gap.high is None else f" (95%: {points(gap.low)} to {points(gap.high)})"
    )
    return f"{gap.split} error is {points(gap.value)} points{interval} above {below}"


def _doubt(gap: Gap) -> str:
    said = f"the allowance of {points(gap.allowance)} lies within the interval"
    if gap.n_to_decide is None:
        return said
    return f"{said}; about {count(gap.n_to_decide)} {gap.split} examples would decide"


def _capital(sentence: str) -> str:
    # str.capitalize would write "Bayes" small.
    return sentence[0].upper() + sentence[1:]
