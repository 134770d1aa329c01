"""From findings to what to do next, best first, and what not to do. Knows no config's schema.

Every finding has its levers; the steps come in the order of the findings, and bias comes before variance
there already.
"""

from collections.abc import Callable

from dlrecipe.diagnosis import repairs
from dlrecipe.diagnosis.bias_levers import bias_levers, less_dropout
from dlrecipe.diagnosis.evidence import Evidence
from dlrecipe.diagnosis.gaps import Gap, GapName, Gaps
from dlrecipe.diagnosis.rule import Finding
from dlrecipe.diagnosis.step import Step
from dlrecipe.diagnosis.variance_levers import (
    bigger_dev,
    bigger_split,
    dev_overfit_levers,
    mismatch_levers,
    variance_levers,
)
from dlrecipe.diagnosis.verdict import Verdict
from dlrecipe.diagnosis.wording import percent


def next_steps(
    run: Evidence, gaps: Gaps, findings: tuple[Finding, ...], verdict: Verdict
) -> tuple[Step, ...]:
    """Return what to try next, best first, each change once.

    What broke training is mended before anything else is judged. An undecided gap asks for more examples
    first, then gets the levers of what its value points to.
    """
    broken = [finding for finding in findings if finding.severity == "broken"]
    steps: list[Step] = []
    if verdict == "undecided":
        steps += [step for gap in _undecided(gaps) for step in bigger_split(run, gap)]
    for finding in broken or findings:
        steps += LEVERS[finding.code](run, gaps)
    if verdict == "undecided":
        for name, gap in gaps.by_name().items():
            if gap is not None and gap.verdict == "undecided" and gap.looks_high:
                steps += GAP_LEVERS[name](run, gaps)
        if not steps:
            steps.append(_what_is_missing(run, gaps))
    if verdict == "good":
        steps.append(_when_good(run))
    return _each_once(steps)


def what_to_avoid(run: Evidence, gaps: Gaps, verdict: Verdict) -> tuple[str, ...]:
    """Return what not to do now, with the reason."""
    if verdict == "broken":
        return ("Do not read bias or variance from this run, nor collect data: mend training first.",)
    avoid = []
    if verdict in ("high_bias", "high_bias_and_variance"):
        train = run.errors["train"]
        assert train is not None
        avoid.append(
            "Do not collect more data yet: the network errs on "
            f"{percent(train)} of what it was already shown."
            if run.task == "classification"
            else "Do not collect more data yet: the network does not fit what it was already shown."
        )
    if verdict == "high_bias_and_variance":
        avoid.append("Do not regularize more yet: it raises bias, and bias comes first.")
    if verdict == "high_variance" and gaps.bias is not None and gaps.bias.verdict == "low":
        avoid.append("Do not train longer or lower the cost further: train error is low enough already.")
    if verdict == "mismatch":
        avoid.append("Do not regularize against the dev error: unseen data of train's kind does well.")
    if verdict == "undecided":
        avoid.append("Do not choose between runs by differences smaller than these intervals.")
    return tuple(avoid)


def _undecided(gaps: Gaps) -> list[Gap]:
    return [gap for gap in gaps.by_name().values() if gap is not None and gap.verdict == "undecided"]


def _what_is_missing(run: Evidence, gaps: Gaps) -> Step:
    if gaps.bias is None:
        return Step(advice="Measure the train error", why="without it bias and variance cannot be told apart")
    if gaps.variance is None:
        return Step(advice="Measure the dev error", why="bias is low; variance needs an error on unseen data")
    return Step(
        advice="Measure both errors on more examples", why="the gaps are too close to the allowance to tell"
    )


def _when_good(run: Evidence) -> Step:
    if run.errors.get("test") is not None:
        return Step(advice="Use it", why="no gap is above its allowance; for less error set a lower target")
    return Step(
        advice="Evaluate once on the test split",
        why="no gap is above its allowance; test says what to expect of new data",
    )


def _each_once(steps: list[Step]) -> tuple[Step, ...]:
    kept: dict[str, Step] = {}
    for step in steps:
        # Two findings may ask for one change in different words: the first, most urgent, reason is kept.
        key = repr(sorted(step.change.items())) if step.change else step.advice
        kept.setdefault(key, step)
    return tuple(kept.values())


def _on_run(levers: Callable[[Evidence], list[Step]]) -> Callable[[Evidence, Gaps], list[Step]]:
    return lambda run, gaps: levers(run)


GAP_LEVERS: dict[GapName, Callable[[Evidence, Gaps], list[Step]]] = {
    "bias": _on_run(bias_levers),
    "variance": _on_run(variance_levers),
    "mismatch": _on_run(mismatch_levers),
    "dev_overfit": _on_run(dev_overfit_levers),
}

LEVERS: dict[str, Callable[[Evidence, Gaps], list[Step]]] = {
    "inputs-not-normalized": _on_run(repairs.normalize),
    "dropout-while-underfitting": _on_run(less_dropout),
    "diverged": _on_run(repairs.after_divergence),
    "symmetry": _on_run(repairs.better_initialization),
    "loss-did-not-move": _on_run(repairs.unmoved),
    "no-better-than-chance": _on_run(repairs.learned_nothing),
    "vanishing-gradients": _on_run(repairs.level_signals),
    "exploding-gradients": _on_run(repairs.after_explosion),
    "dead-units": _on_run(repairs.revive_units),
    "saturated-units": _on_run(repairs.after_saturation),
    "still-improving": _on_run(repairs.train_on),
    "dev-error-rising": _on_run(variance_levers),
    "high-bias": GAP_LEVERS["bias"],
    "high-variance": GAP_LEVERS["variance"],
    "mismatch": GAP_LEVERS["mismatch"],
    "dev-overfit": GAP_LEVERS["dev_overfit"],
    "dev-set-too-small": bigger_dev,
}
"""The steps against each finding, by its code."""
