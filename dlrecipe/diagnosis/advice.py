"""From findings to what to do next, best first, and what not to do. Knows no config's schema.

Every finding has its levers; the steps come in the order of the findings, and bias comes before variance
there already.
"""

from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any

from dlrecipe.diagnosis import repairs, step_repairs
from dlrecipe.diagnosis.bias_levers import (
    bias_levers,
    bigger_network,
    check_labels,
    less_augmentation,
    less_dropout,
    less_penalty,
    other_architecture,
    steadier_schedule,
)
from dlrecipe.diagnosis.catalogue import DRIFTS, SETTINGS, SIGNALS, STANDSTILL, TRAINING
from dlrecipe.diagnosis.evidence import Evidence
from dlrecipe.diagnosis.expectation import with_expectation
from dlrecipe.diagnosis.gaps import GapName, Gaps, variance_is_larger
from dlrecipe.diagnosis.ranking import by_gain_for_cost
from dlrecipe.diagnosis.rule import Finding
from dlrecipe.diagnosis.settings import has_test
from dlrecipe.diagnosis.step import Step
from dlrecipe.diagnosis.variance_levers import (
    bigger_dev,
    bigger_split,
    dev_overfit_levers,
    early_stopping,
    mismatch_levers,
    repeat_by_seed,
    variance_levers,
    widen_search,
)
from dlrecipe.diagnosis.verdict import Verdict
from dlrecipe.diagnosis.wording import count, percent


def next_steps(
    run: Evidence, gaps: Gaps, findings: tuple[Finding, ...], verdict: Verdict
) -> tuple[Step, ...]:
    """Return what to try next, best first, each change once.

    What broke training is mended before anything else is judged.
    """
    against = {finding.code: _against(finding, run, gaps) for finding in findings}
    if verdict == "high_bias_and_variance":
        against = {code: _later(steps) if code in VARIANCE else steps for code, steps in against.items()}
    steps = [step for code in _to_be_mended(against, verdict) for step in against[code]]
    if verdict != "broken":
        steps = _with_large_gaps(run, gaps, steps)
        if run.status == "interrupted" and gaps.underfits:
            steps.insert(0, _go_on(run))
    if verdict == "undecided":
        steps += _when_undecided(run, gaps)
    if verdict == "good":
        steps.append(_when_good(run, "no gap is above its allowance"))
    steps = [changed for step in steps if (changed := _without_what_is_so(step, run)) is not None]
    fits = gaps.bias is not None and not gaps.bias.looks_high
    return tuple(with_expectation(step, run, fits=fits) for step in _without_contradictions(steps))


def _against(finding: Finding, run: Evidence, gaps: Gaps) -> list[Step]:
    """Return the steps against a finding; for what a check found in the data, its remedy."""
    if finding.code in LEVERS:
        return LEVERS[finding.code](run, gaps)
    if finding.code in DRIFTS and run.setting("data.target") is not None:
        return mismatch_levers(run)  # they differ on purpose: to split anew is no choice
    if finding.code == "class-imbalance" and not gaps.fail:
        return repairs.weigh_classes(run)[:-1]  # that the inputs tell the class its recall has shown
    return [Step(advice=finding.advice.rstrip("."), why=finding.evidence)]


def _without_what_is_so(step: Step, run: Evidence) -> Step | None:
    """Return a step without the settings that are so already; None where nothing is left to change."""
    left = {path: value for path, value in step.change.items() if not _is_so(path, value, run)}
    return replace(step, change=left) if left or not step.change else None


def _is_so(path: str, value: Any, run: Evidence) -> bool:
    if path == "initialization":
        plain = run.setting("initialization.scale") in (None, 1.0)
        return plain and run.setting("initialization.type") == value
    return bool(run.setting(path) == value)


def _go_on(run: Evidence) -> Step:
    """Train the epochs that were planned, before anything is changed against bias."""
    return Step(
        advice="Go on with the run: dlrecipe resume",
        why=f"it was interrupted after epoch {count(run.epochs_run or 0)}, and its own epochs are the "
        "cheapest that may lower bias",
    )


def _later(steps: list[Step]) -> list[Step]:
    """Return steps against variance as they are to be read where bias is high too."""
    return [replace(step, why=f"once bias is low: {step.why}") for step in steps]


def _to_be_mended(against: Mapping[str, list[Step]], verdict: Verdict) -> list[str]:
    """Return the findings' codes, those left out that another one explains.

    A setting that is wrong explains all the signals it brings about, and a signal that died or blew up
    explains a cost that did not move. One that nothing can be done about explains none.
    """
    codes = list(against)
    settings = [code for code in codes if code in SETTINGS and against[code]]
    signals = [code for code in codes if code in SIGNALS and against[code]]
    if settings:
        codes = [code for code in codes if code not in (*SIGNALS, *STANDSTILL)]
    elif signals:
        codes = [code for code in codes if code not in STANDSTILL]
    return [code for code in codes if code in TRAINING] if verdict == "broken" else codes


def _with_large_gaps(run: Evidence, gaps: Gaps, steps: list[Step]) -> list[Step]:
    """Return the steps with those against mismatch and dev overfitting where they will be read.

    Neither waits for bias or variance to be low: a dev set that misleads does so in every choice made on it.
    The largest gap of all has its steps first, another its first step second.
    """
    high = {name: gap for name, gap in gaps.by_name().items() if gap is not None and gap.verdict == "high"}
    for name in ("dev_overfit", "mismatch"):
        if name in high:
            levers = GAP_LEVERS[name](run, gaps)
            largest = high[name].value >= max(gap.value for gap in high.values())
            steps = [*levers, *steps] if largest else [*steps[:1], *levers[:1], *steps[1:]]
    return steps


def what_to_avoid(run: Evidence, gaps: Gaps, verdict: Verdict) -> tuple[str, ...]:
    """Return what not to do now, with the reason."""
    if verdict == "broken":
        return ("Do not read bias or variance from this run, nor collect data: mend training first.",)
    avoid = []
    if verdict in ("high_bias", "high_bias_and_variance"):
        train = run.errors["train"]
        assert train is not None
        avoid.append(
            "Do not collect more data before bias is low: the network errs on "
            f"{percent(train)} of what it was already shown."
            if run.task == "classification"
            else "Do not collect more data before bias is low: the network does not fit what it was shown."
        )
    if verdict == "high_bias_and_variance":
        avoid.append("Do not regularize more before bias is low: it raises bias, and bias comes first.")
    if verdict == "high_variance" and gaps.bias is not None and gaps.bias.verdict == "low":
        avoid.append("Do not train longer or lower the cost further: train error is low enough already.")
    if verdict == "mismatch":
        avoid.append("Do not regularize against the dev error: unseen data of train's kind does well.")
    if verdict == "undecided":
        avoid.append("Do not choose between runs by differences smaller than these intervals.")
    return tuple(avoid)


def _when_undecided(run: Evidence, gaps: Gaps) -> list[Step]:
    """More examples where a number within reach would decide, and the levers of what the values point to.

    Bias goes by its value alone: train examples are not collected to measure on, but to learn from.
    """
    if gaps.bias is None or gaps.variance is None:
        return [_what_is_missing(gaps)]
    undecided = {
        name: gap for name, gap in gaps.by_name().items() if gap is not None and gap.verdict == "undecided"
    }
    looks_high = any(gap.looks_high for gap in undecided.values())
    pressing = [
        name for name, gap in undecided.items() if gap.looks_high or (gap.at_limit and not gaps.target_is_met)
    ]
    steps = GAP_LEVERS["bias"](run, gaps) if "bias" in pressing else []
    steps += [step for gap in undecided.values() for step in bigger_split(run, gap)]
    steps += [step for name in pressing if name != "bias" for step in GAP_LEVERS[name](run, gaps)]
    if not looks_high and not any(gap.tells_nothing for gap in undecided.values()):
        steps.append(_when_good(run, "by their values, no gap is above its allowance"))
    return steps


def _what_is_missing(gaps: Gaps) -> Step:
    if gaps.bias is None:
        return Step(advice="Measure the train error", why="without it bias and variance cannot be told apart")
    return Step(advice="Measure the dev error", why="variance needs an error on unseen data")


def _when_good(run: Evidence, why: str) -> Step:
    if run.errors.get("test") is not None or not has_test(run):
        return Step(advice="Use it", why=f"{why}; for less error set a lower diagnosis.target_error")
    return Step(advice="Evaluate once on the test split", why=f"{why}; test says what to expect of new data")


def _without_contradictions(steps: list[Step]) -> tuple[Step, ...]:
    """Return each change once, and for each number or list of widths the first, most urgent, value alone.

    "Raise it" and "lower it" cannot both be right, nor can a bigger network and a smaller one.
    """
    kept: dict[str, Step] = {}
    for step in steps:
        path, value = next(iter(step.change.items()), (step.advice, None))
        named = isinstance(value, str | Mapping)
        kept.setdefault(repr((path, value)) if named else path, step)
    return tuple(kept.values())


def _on_run(levers: Callable[[Evidence], list[Step]]) -> Callable[[Evidence, Gaps], list[Step]]:
    return lambda run, gaps: levers(run)


VARIANCE = ("dev-error-rising", "high-variance")
"""Findings whose steps are against variance."""


def _against_bias(run: Evidence, gaps: Gaps) -> list[Step]:
    """Return the levers of bias; those that lift regularization last where variance is the larger gap.

    What was added against that variance would be taken away again, and the next run ask for it anew; a bigger
    network lowers bias with the regularization in place.
    """
    steps = by_gain_for_cost(bias_levers(run), run)
    return sorted(steps, key=_lifts_regularization) if variance_is_larger(gaps) else steps


def _lifts_regularization(step: Step) -> bool:
    return any(path.partition(".")[0] in ("regularization", "augmentation") for path in step.change)


GAP_LEVERS: dict[GapName, Callable[[Evidence, Gaps], list[Step]]] = {
    "bias": _against_bias,
    "variance": lambda run, gaps: by_gain_for_cost(variance_levers(run), run),
    "mismatch": _on_run(mismatch_levers),
    "dev_overfit": _on_run(dev_overfit_levers),
}

LEVERS: dict[str, Callable[[Evidence, Gaps], list[Step]]] = {
    "target-outliers": _on_run(repairs.tame_targets),
    "stacked-linear-layers": _on_run(other_architecture),
    "deep-sigmoid": _on_run(repairs.level_signals),
    "dropout-too-strong": _on_run(less_dropout),
    "label-smoothing-too-strong": _on_run(repairs.less_smoothing),
    "class-weights-extreme": _on_run(repairs.milder_weights),
    "eps-too-large": _on_run(repairs.usual_eps),
    "class-ignored": _on_run(repairs.weigh_classes),
    "inputs-not-normalized": _on_run(repairs.normalize),
    "initialization-too-small": _on_run(repairs.better_initialization),
    "output-cannot-reach": _on_run(repairs.linear_output),
    "targets-not-normalized": _on_run(repairs.normalize_targets),
    "penalty-too-strong": _on_run(less_penalty),
    "max-norm-too-tight": _on_run(less_penalty),
    "too-little-capacity": _on_run(bigger_network),
    "dev-at-chance": _on_run(repairs.check_rows),
    "label-noise": _on_run(check_labels),
    "weights-unchanged": _on_run(repairs.gradients_to_let_through),
    "gradient-suspect": lambda run, gaps: [repairs.check_gradients()],
    "learning-rate-too-high": _on_run(step_repairs.shorter_steps),
    "learning-rate-too-low": _on_run(repairs.unmoved),
    "batch-too-small": _on_run(step_repairs.ordinary_batches),
    "too-few-steps": _on_run(step_repairs.more_steps),
    "initial-loss": _on_run(repairs.after_wild_start),
    "dropout-while-underfitting": _on_run(less_dropout),
    "dropout-disturbs": _on_run(less_dropout),
    "augmentation-underfitting": _on_run(less_augmentation),
    "learning-rate-decayed": _on_run(steadier_schedule),
    "unsteady-cost": _on_run(step_repairs.steadier_steps),
    "loss-at-rest": GAP_LEVERS["bias"],
    "diverged": _on_run(repairs.after_divergence),
    "symmetry": _on_run(repairs.better_initialization),
    "loss-did-not-move": _on_run(repairs.unmoved),
    "no-better-than-chance": _on_run(repairs.learned_nothing),
    "vanishing-gradients": _on_run(repairs.level_signals),
    "exploding-gradients": _on_run(repairs.after_explosion),
    "dead-units": _on_run(repairs.revive_units),
    "saturated-units": _on_run(repairs.after_saturation),
    "still-improving": _on_run(repairs.train_on),
    "stopped-too-early": _on_run(repairs.train_on),
    # Early stopping first, since the curve shows what it gains; then what lowers variance for good.
    "dev-error-rising": lambda run, gaps: [*early_stopping(run), *GAP_LEVERS["variance"](run, gaps)],
    "high-bias": GAP_LEVERS["bias"],
    "high-variance": GAP_LEVERS["variance"],
    "mismatch": GAP_LEVERS["mismatch"],
    "dev-overfit": GAP_LEVERS["dev_overfit"],
    "dev-set-too-small": bigger_dev,
    "edge-of-search": _on_run(widen_search),
    "gain-within-noise": _on_run(repeat_by_seed),
    "many-looks-at-dev": _on_run(dev_overfit_levers),
}
"""The steps against each finding, by its code."""
