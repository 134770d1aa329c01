"""One word and one sentence for the whole run, from its gaps and findings. Gives no advice."""

from typing import Literal, TypeAlias

from dlrecipe.diagnosis.evidence import Evidence
from dlrecipe.diagnosis.gaps import FEWEST_SEEDS, Gap, Gaps
from dlrecipe.diagnosis.rule import Finding
from dlrecipe.diagnosis.wording import allowed_points, are_allowed, count, examples, percent, points

LEAKS = ("target-leak", "target-copied", "target-shifted", "target-combination", "duplicate-rows")
"""What the checks found in the data that makes errors look better than they are."""
HANDFUL = 100
"""Examples so few that their number is the reason."""
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
        return " ".join(_capital(f"{_distance(gap)}; {are_allowed(gap.allowance)}.") for gap in high)
    if verdict == "good":
        return f"Bias and variance are within the allowance of {allowed_points(gaps.allowance)} each."
    if undecided:
        return " ".join(_capital(f"{_distance(gap)}: {_doubt(gap)}.") for gap in undecided)
    unknown = "train" if gaps.bias is None else "dev"
    return f"The {unknown} error is not known, and without it there is nothing to compare."


def remarks(run: Evidence, gaps: Gaps, verdict: Verdict) -> tuple[str, ...]:
    """Return what the reader should bear in mind: an assumption, or a target that is met."""
    found: list[str] = []
    if verdict == "broken":
        return ()
    if _is(gaps.bias, "high") and run.bayes_error == 0:
        option = "--bayes-error" if run.config is None else "diagnosis.bayes_error"
        found.append(
            "The Bayes error is taken as 0. If people, or the best method known, err too, or some labels are "
            f"wrong, give it ({option}): only what lies above it is bias."
        )
    found += _ended_early(run) + _basis(run) + _leaks(run) + _doubts(run, gaps)
    if gaps.target_is_met:
        dev = run.errors["dev"]
        assert dev is not None
        assert run.target_error is not None
        found.append(f"Dev error {percent(dev)} is within the target of {percent(run.target_error)}.")
    return tuple(found)


def _basis(run: Evidence) -> list[str]:
    """Return what the gaps rest on beside the errors of this run."""
    found = []
    if run.label_floor > run.bayes_error:
        found.append(
            f"Equal inputs with different labels leave a train error of {percent(run.label_floor)} at best, "
            "and bias is what lies above it."
        )
    if run.is_mean:
        n = len(run.seed_errors)
        used = "their spread is in the intervals" if n >= FEWEST_SEEDS else "too few to tell their spread"
        found.append(f"Errors are means over {n} runs that differ in their seed alone; {used}.")
    elif run.seed_errors:
        n = len(run.seed_errors) + 1
        used = "whose spread is in the intervals" if n >= FEWEST_SEEDS else "too few to tell their spread"
        found.append(f"{n} runs of this config differ in their seed alone, {used}.")
    return found


def _ended_early(run: Evidence) -> list[str]:
    """Return that a run was interrupted: its figures are those of its way, not of its end."""
    if run.status != "interrupted":
        return []
    planned = "" if run.epochs_planned is None else f" of {count(run.epochs_planned)}"
    when = f"after epoch {count(run.epochs_run or 0)}{planned}"
    return [f"The run was interrupted {when}, and is judged as it was then."]


def _leaks(run: Evidence) -> list[str]:
    """Return that errors look better than they are, where the checks found what makes them so."""
    codes = [each.code for each in run.data_findings if each.code in LEAKS and each.severity != "note"]
    if not codes:
        return []
    return [
        "On new rows the error, and variance with it, is likely higher than dev says, by what the checks "
        f"found in the data ({', '.join(dict.fromkeys(codes))}): mend that before you go by them."
    ]


def _doubts(run: Evidence, gaps: Gaps) -> list[str]:
    """Return what the errors contradict: the Bayes error given, or that train and dev are of one kind."""
    found = []
    bayes, train = run.bayes_error, run.errors.get("train")
    unseen = [split for split in ("train_dev", "dev", "test") if _lies_below(gaps, split, bayes)]
    if unseen:
        name, error = unseen[0].replace("_", "-"), gaps.estimates[unseen[0]].value
        found.append(
            f"The Bayes error given, {percent(bayes)}, cannot be right: {name} error is {percent(error)}, "
            "and on unseen examples nothing does better than the Bayes error. Give less."
        )
    elif train is not None and gaps.bias is not None and _highest(gaps.bias) < 0:
        found.append(
            f"Train error {percent(train)} is below the Bayes error {percent(bayes)}: the network "
            "learned by heart, or the Bayes error is lower than given."
        )
    gap = gaps.variance
    if gap is not None and _highest(gap) < -gap.allowance:
        found.append(
            f"{_capital(_distance(gap))}, which fitting cannot bring about: the splits differ in difficulty "
            "or kind, or train error was measured with dropout or augmentation on."
        )
    return found


def _lies_below(gaps: Gaps, split: str, error: float) -> bool:
    known = gaps.estimates.get(split)
    return known is not None and (known.value if known.high is None else known.high) < error


def _is(gap: Gap | None, verdict: str) -> bool:
    return gap is not None and gap.verdict == verdict


def _highest(gap: Gap) -> float:
    return gap.value if gap.high is None else gap.high


def _distance(gap: Gap) -> str:
    below = "the Bayes error" if gap.below == "bayes" else f"{gap.below.replace('_', '-')} error"
    side, sign = ("above", 1) if gap.value >= 0 else ("below", -1)
    interval = ""
    if gap.low is not None and gap.high is not None:
        low, high = sorted((sign * gap.low, sign * gap.high))
        interval = f" (95%: {points(low)} to {points(high)})"
    distance = f"{points(sign * gap.value)} points{interval} {side}"
    return f"{gap.split.replace('_', '-')} error is {distance} {below}"


def _doubt(gap: Gap) -> str:
    limit = f"the {allowed_points(gap.allowance)} allowed"
    by_value = f"by its value it is {'above' if gap.looks_high else 'within'} them"
    if gap.tells_nothing and not gap.decidable:
        return f"that tells next to nothing{_of_so_few(gap)}{_size_out_of_reach(gap)}"
    if gap.at_limit:
        return f"near the limit of {limit}; {by_value}{_size_out_of_reach(gap)}"
    said = f"the interval reaches to both sides of {limit}"
    if gap.decidable and gap.n_to_decide is not None:
        size = f"about {count(gap.n_to_decide)} {gap.split.replace('_', '-')} examples"
        return f"{said}; {size} would decide if the errors stay as they are"
    return f"{said}; {by_value}"


def _size_out_of_reach(gap: Gap) -> str:
    """Return the size that would decide, though so many examples will hardly be had."""
    if gap.n_to_decide is None or gap.split == "train":
        return ""
    return f"; it would take about {count(gap.n_to_decide)} {gap.split.replace('_', '-')} examples to decide"


def _of_so_few(gap: Gap) -> str:
    if gap.n is None or gap.n >= HANDFUL:
        return ""
    return f", with {examples(gap.n, gap.split)}"


def _capital(sentence: str) -> str:
    # str.capitalize would write "Bayes" small.
    return sentence[0].upper() + sentence[1:]
