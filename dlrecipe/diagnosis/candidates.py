"""Every single change of the catalogue that a run's config allows, ranked by nothing. Judges no run.

What the levers choose from by the evidence of a run is listed here without it: for `diagnose --confirm`,
which tries the likeliest, and for measuring what the best single change would have brought.
"""

from collections.abc import Iterator
from typing import Any

from dlrecipe.diagnosis.evidence import Evidence
from dlrecipe.diagnosis.settings import (
    USUAL_BATCH,
    activations_of,
    hidden_of,
    initialization_is_suited,
    keep_probs,
    learning_rate_of,
    longer,
    narrower,
    normalization_of,
    resized,
    rounded,
    starting_l2,
    suited_initialization,
    usual_learning_rate,
    wider,
)
from dlrecipe.diagnosis.step import Step, to_learning_rate

RATES = (0.01, 0.1, 1 / 3, 3.0, 10.0, 100.0)
"""Factors of the learning rate that are worth a try."""
LEAST_PENALTY = 1e-3
"""A penalty that no longer holds back anything: a tenth of it would do as little."""
HIGHEST_RATE = 100.0
"""Times the usual learning rate: beyond, every run diverges."""


def every_change(run: Evidence) -> tuple[Step, ...]:
    """Return all single changes of the catalogue for this run's config, each with its name for advice.

    Empty where no config is known. Their `why` says what the change is for, not why this run needs it.
    """
    if run.config is None:
        return ()
    found = [
        *_rates(run),
        *_sizes(run),
        *_lengths(run),
        *_penalties(run),
        *_dropouts(run),
        *_starts(run),
        *_optimizers(run),
    ]
    kept: dict[str, Step] = {}
    for step in found:
        if any(run.setting(path) != value for path, value in step.change.items()):
            kept.setdefault(repr(sorted(step.change.items(), key=str)), step)
    return tuple(kept.values())


def _step(advice: str, change: dict[str, Any], why: str) -> Step:
    return Step(advice=advice, change=change, why=why)


def _rates(run: Evidence) -> Iterator[Step]:
    rate, usual = learning_rate_of(run), usual_learning_rate(run)
    if rate is None:
        return
    for new in dict.fromkeys([usual, *(rounded(factor * rate) for factor in RATES)]):
        if new <= HIGHEST_RATE * usual and new != rate:
            why = "longer steps get further" if new > rate else "shorter steps do not overshoot"
            yield to_learning_rate(new, rate, why)


def _sizes(run: Evidence) -> Iterator[Step]:
    hidden = hidden_of(run)
    if hidden is None:
        return
    if wider(hidden) != hidden:
        yield _step("Use a bigger network", resized(run, wider(hidden)), "more units fit better")
    if narrower(hidden) != hidden:
        yield _step("Use a smaller network", resized(run, narrower(hidden)), "fewer learn less by heart")
    if len(hidden) > 2:
        yield _step(
            "Use 2 hidden layers", resized(run, hidden[:2]), "every layer multiplies the gradient once more"
        )
    elif hidden:
        deeper = [*hidden, hidden[-1]]
        yield _step(
            "Add a hidden layer", resized(run, deeper), "another layer can combine what the last found"
        )
    if hidden and set(activations_of(run)) != {"relu"}:
        change = {"network.activation": "relu", "initialization": "he"}
        yield _step("Use ReLU with he initialization", change, "its slope is 1 wherever it is active")


def _lengths(run: Evidence) -> Iterator[Step]:
    yield _step("Train longer", longer(run), "with more steps the cost can fall further")
    n, size = run.n.get("train", 0), run.setting("training.batch_size")
    number = n if size == "full" else size
    for new in dict.fromkeys([USUAL_BATCH, max(8, number // 4), 4 * number]):
        if new != number and new <= max(n, 1):
            verb = "smaller" if new < number else "larger"
            yield _step(
                f"Use {verb} batches, of {new}",
                {"training.batch_size": new},
                "more steps an epoch" if new < number else "steadier steps",
            )
    if run.setting("early_stopping") is None:
        stop = {"early_stopping": {"monitor": "dev_error", "patience": 10}}
        yield _step("Stop early, and keep the best weights", stop, "the weights are still small there")


def _penalties(run: Evidence) -> Iterator[Step]:
    l2, start = run.setting("regularization.l2") or 0.0, starting_l2(run.n.get("train"))
    why = "L2 keeps the weights small and the function smooth"
    for new in dict.fromkeys([start, rounded(10 * (l2 or start))]):
        if new > l2:
            yield _step(f"Raise L2 to {new:g}", {"regularization.l2": new}, why)
    for path, name in (("regularization.l2", "L2"), ("regularization.l1", "L1")):
        strength = run.setting(path)
        if strength:
            lower = "the penalty holds the fit back"
            if strength > LEAST_PENALTY:
                yield _step(f"Lower {name} tenfold", {path: rounded(strength / 10)}, lower)
            yield _step(f"Do without {name}", {path: 0.0}, lower)


def _dropouts(run: Evidence) -> Iterator[Step]:
    keeps = keep_probs(run)
    if not keeps or not hidden_of(run):
        return
    path, lowest = "regularization.dropout.keep_prob", min(keeps)
    if lowest < 1:
        yield _step("Turn dropout off", {path: 1.0}, "dropout raises bias")
    for new in (0.8, 0.5):
        if new != lowest:
            yield _step(f"Use dropout, keep_prob {new:g}", {path: new}, "units cannot rely on each other")


def _starts(run: Evidence) -> Iterator[Step]:
    if normalization_of(run) != "standard":
        yield _step("Normalize the inputs", {"normalization": "standard"}, "on one scale J is rounder")
    if not initialization_is_suited(run):
        kind = suited_initialization(run)
        yield _step(f"Initialize with {kind}", {"initialization": kind}, "by layer size signals stay level")


def _optimizers(run: Evidence) -> Iterator[Step]:
    if run.setting("optimizer.type") not in ("adam", "adamw"):
        yield _step("Use Adam", {"optimizer": "adam"}, "each parameter gets a step size of its own")
    if run.setting("optimizer.clip.norm") is None:
        yield _step("Clip the gradient", {"optimizer.clip.norm": 1.0}, "no single gradient throws all away")
