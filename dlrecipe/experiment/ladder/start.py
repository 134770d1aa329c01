"""The rungs before the first step: the loss of a guess, the penalty, the gradient, the initialization."""

import math
from dataclasses import replace

import numpy as np

from dlrecipe.diagnosis.chance import FAR_ABOVE
from dlrecipe.experiment.gradient_checks import CheckOptions, check_examples
from dlrecipe.experiment.ladder.rung import Bench, Rung, Verdict
from dlrecipe.gradcheck.result import Verdict as GradientVerdict
from dlrecipe.nn.specs import FileInit, RunInit
from dlrecipe.training.monitors import PROBE_ROWS, activation_figures

GRADIENT_EXAMPLES = 16
FADING, GONE = 0.1, 1e-3
"""Spread of the last hidden layer over that of the first from which the signal fades, and is gone; the other
way round it grows, and explodes."""
MOST_UNITS = 0.5
"""Part of a layer that may be dead or saturated."""


def initial_loss(bench: Bench) -> Rung:
    """Before the first step the network should know nothing: a loss near that of a guess.

    Source: Karpathy, A Recipe for Training Neural Networks (2019); CS231n, sanity checks.
    """
    objective, train = bench.objective(), bench.probe("train")
    outputs = objective.network.outputs(train.X)
    loss = objective.mean_loss(outputs, train.y)
    guess = np.zeros_like(outputs)
    n_classes = len(bench.prepared.fitted.target.classes)
    if bench.is_classification:
        name = f"ln {n_classes}" if objective.class_weights is None else "a guess, weighed,"
    else:
        guess += train.y.mean(axis=0)
        name = "the mean's loss"
    expected = objective.mean_loss(guess, train.y)
    ready = isinstance(bench.config.initialization, FileInit | RunInit)
    at_most = FAR_ABOVE["classification" if bench.is_classification else "regression"] * expected
    fine = math.isfinite(loss) and loss <= at_most
    return Rung(
        code="initial-loss",
        title="the loss starts where a guess would be",
        verdict="pass" if fine else "fail",
        evidence=f"{loss:.4g} at the start; {name} = {expected:.4g}" + (" (trained weights)" * ready),
        remedy="" if fine else "Set initialization: he for relu, xavier for tanh; normalization: standard.",
        numbers={"loss": loss, "guess": expected, "at_most": at_most},
    )


def penalty_raises_cost(bench: Bench) -> Rung:
    """J with the penalty is J without it plus λ/(2m) Σ‖W‖² + λ₁/m Σ|W|, worked out here once more.

    Where the config has no penalty, l2 = 1 is tried.
    """
    spec, tried = bench.config.regularization, ""
    if spec.l2 == spec.l1 == 0:
        spec, tried = replace(spec, l2=1.0), "the config has none; with l2 1 "
        bench = Bench(replace(bench.config, regularization=spec), bench.prepared, bench.read_weights)
    objective, train = bench.objective(), bench.probe("train")
    loss = objective.mean_loss(objective.network.outputs(train.X), train.y)
    cost = objective.cost(np.asarray(train.X), train.y)
    weights = [
        np.asarray(W, np.float64)
        for name, W in objective.network.parameters.values.items()
        if name.startswith("W")
    ]
    m = bench.prepared.n["train"]
    squares = sum(float(np.square(W).sum()) for W in weights)
    sizes = sum(float(np.abs(W).sum()) for W in weights)
    expected = spec.l2 / (2 * m) * squares + spec.l1 / m * sizes
    fine = math.isclose(cost - loss, expected, rel_tol=1e-3, abs_tol=1e-5 * max(abs(loss), 1e-30))
    rises = expected > 0
    verdict: Verdict = "fail" if not fine else "pass" if rises else "skip"
    return Rung(
        code="penalty-raises-cost",
        title="the penalty raises J",
        verdict=verdict,
        evidence=f"{tried}J rises from {loss:.4g} to {cost:.4g}, as it should by {expected:.3g}"
        if rises
        else "all weights are 0, and so is the penalty",
        remedy="" if fine else "The penalty is not what the config says; this is a fault of dlrecipe.",
        numbers={"loss": loss, "cost": cost, "penalty": expected},
    )


def gradient(bench: Bench) -> Rung:
    """The gradient agrees with two-sided differences of J on 16 examples, in float64."""
    result = check_examples(
        bench.objective(),
        bench.prepared.splits["train"],
        bench.config.name,
        bench.config.seed,
        CheckOptions(examples=GRADIENT_EXAMPLES),
    )
    verdicts: dict[GradientVerdict, Verdict] = {"pass": "pass", "look": "warn", "fail": "fail"}
    n_checked = f"{result.n_checked:,} of {result.n_components:,} components"
    wrong = [tensor.name for tensor in result.tensors if tensor.verdict != "pass"]
    return Rung(
        code="gradient",
        title="the gradient is that of J",
        verdict=verdicts[result.verdict],
        evidence=f"relative difference {result.relative_difference:.1e} over {n_checked}"
        + (f"; look at {', '.join(wrong[:5])}" if wrong else ""),
        remedy="dlrecipe gradcheck CONFIG says more." if wrong else "",
        numbers={"relative_difference": result.relative_difference, "n_checked": result.n_checked},
    )


def initialization_fits(bench: Bench) -> Rung:
    """The signal passes through the layers at the start: it neither fades nor explodes, and units are alive.

    Source: Glorot and Bengio 2010; He et al. 2015; Ng, course C2W1L10-11.
    """
    network = bench.objective().network
    network.outputs(bench.probe("train").X[:PROBE_ROWS])
    figures = activation_figures(network.activations())
    title, code = "the initialization fits the activations", "initialization-fits"
    if not figures:
        return Rung(code=code, title=title, verdict="skip", evidence="there are no hidden layers")
    spreads = [figure["std"] for figure in figures.values()]
    dead = max((figure.get("dead", 0.0) for figure in figures.values()), default=0.0)
    saturated = max((figure.get("saturated", 0.0) for figure in figures.values()), default=0.0)
    ratio = spreads[-1] / spreads[0] if spreads[0] > 0 else 0.0
    told = f"deviation {spreads[0]:.3g} in the first hidden layer, {spreads[-1]:.3g} in the last"
    told += f" of {len(spreads)}"
    problems = []
    if not all(np.any(W) for name, W in network.parameters.values.items() if name.startswith("W")):
        problems.append("weights are all 0, so that the units of a layer stay alike")
    if not math.isfinite(ratio) or not GONE <= ratio <= 1 / GONE:
        problems.append("the signal is gone" if ratio < 1 else "the signal explodes")
    if dead > MOST_UNITS:
        problems.append(f"{100 * dead:.0f}% of a layer's units are dead")
    if saturated > MOST_UNITS:
        problems.append(f"{100 * saturated:.0f}% of a layer is saturated")
    verdict: Verdict = "fail" if problems else "pass"
    if not problems and not FADING <= ratio <= 1 / FADING:
        problems, verdict = ["the signal fades" if ratio < 1 else "the signal grows"], "warn"
    return Rung(
        code=code,
        title=title,
        verdict=verdict,
        evidence="; ".join([told, *problems]),
        remedy="Set initialization: he for relu, xavier or orthogonal for tanh." if problems else "",
        numbers={"deviations": spreads, "dead": dead, "saturated": saturated},
    )
