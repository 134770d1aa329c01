"""Signals that die or blow up on their way through the layers, forward and backward.

Knows gradient norms and activation statistics by layer and epoch. Each symptom is judged only in a run that
underfits: a network that has fitted its data has small gradients and saturated units by right.
"""

import re
from collections.abc import Callable, Mapping

from dlrecipe.diagnosis.curve import falls_well
from dlrecipe.diagnosis.evidence import ActivationStats, Epoch, Evidence
from dlrecipe.diagnosis.gaps import Gaps
from dlrecipe.diagnosis.rule import Rule
from dlrecipe.diagnosis.settings import hidden_of
from dlrecipe.diagnosis.wording import percent

VANISHED_NORM, VANISHED_RATIO = 1e-4, 1e-3
"""Norm of the first layer's gradient, and that over the last layer's, below which it has vanished."""
EXPLODED_NORM = 70.0
MOST_DEAD, MOST_SATURATED = 0.5, 0.5
"""Part of a layer's units, or activations, above which that is a symptom."""


def vanishing_gradients(run: Evidence, gaps: Gaps) -> str | None:
    """The gradient shrinks so much on its way back that the first layers hardly learn.

    Judged at the epochs that recorded it: in at least half of them the first layer's gradient norm is below
    1e-4 and below 1/1,000 of the last layer's.

    Advice: Use ReLU with he initialization (xavier for tanh), fewer layers, inputs normalized.

    Example: 50 layers of sigmoid units; each shrinks the gradient at least fourfold.

    Source: Ng, course C2W1L10; thresholds from AutoTrainer (Zhang et al. 2021).
    """

    def vanished(epoch: Epoch) -> bool:
        norms = _gradient_norms(epoch)
        first, last = norms[0], norms[-1]
        return len(norms) > 1 and first < VANISHED_NORM and first < VANISHED_RATIO * last

    shown = _persistent(run.layer_history, vanished)
    if shown is None or not gaps.underfits:
        return None
    norms = _gradient_norms(shown)
    return (
        f"at epoch {shown.epoch} the gradient's norm is {norms[0]:.2g} in the first layer and "
        f"{norms[-1]:.2g} in the last of {len(norms)}"
    )


def exploding_gradients(run: Evidence, gaps: Gaps) -> str | None:
    """The gradient of some layer is so large that no ordinary learning rate is safe.

    Judged at the epochs that recorded it: a norm above 70 in at least half of them, or in the last one
    of a run that diverged.

    Advice: Initialize by layer size (he, xavier), normalize the inputs, clip the gradient's norm to 1.

    Example: weights drawn from N(0, 1) times 10.

    Source: Ng, course C2W1L10; the threshold from AutoTrainer (Zhang et al. 2021).
    """

    def exploded(epoch: Epoch) -> bool:
        return max(_gradient_norms(epoch)) > EXPLODED_NORM

    records = run.layer_history[-1:] if run.status == "diverged" else run.layer_history
    shown = _persistent(records, exploded)
    if shown is None or not (gaps.underfits or run.status == "diverged"):
        return None
    return f"at epoch {shown.epoch} a layer's gradient has norm {max(_gradient_norms(shown)):.3g}"


def dead_units(run: Evidence, gaps: Gaps) -> str | None:
    """More than half of a hidden layer's units are zero on every example, and get no gradient any more.

    The share of zeros is no sign of it: a healthy ReLU is zero on half of the examples. Nor are dead units a
    cause while the loss falls fast: those left are enough then.

    Advice: Lower the learning rate tenfold and use he initialization; leaky_relu keeps a gradient.

    Example: ReLU with a learning rate so high that one step pushes the biases far below zero.

    Source: CS231n, notes on activation functions; SageMaker Debugger's rule for the half.
    """
    found = _worst_layer(run, run.activation_history[-1], lambda stats: stats.dead)
    if found is None or found[1] <= MOST_DEAD or not gaps.underfits or falls_well(run):
        return None
    return f"{percent(found[1])} of the units of {found[0]} are zero on every example at the last measurement"


def saturated_units(run: Evidence, gaps: Gaps) -> str | None:
    """More than half of a hidden layer's activations lie on the flat part of tanh or sigmoid (|z| ≥ 5).

    The slope there is below 0.007 for sigmoid and 0.0002 for tanh: hardly any gradient passes.

    Advice: Use xavier initialization and normalized inputs, or ReLU with he.

    Example: tanh units fed with inputs of scale 1,000.

    Source: Glorot and Bengio 2010, section 3; TheDeepChecker for the threshold.
    """

    def share(stats: ActivationStats) -> float | None:
        return stats.saturated

    def saturated(epoch: Epoch) -> bool:
        found = _worst_layer(run, epoch, share)
        return found is not None and found[1] > MOST_SATURATED

    shown = _persistent(run.activation_history, saturated)
    if shown is None or not gaps.underfits:
        return None
    found = _worst_layer(run, shown, share)
    assert found is not None
    return f"at epoch {shown.epoch}, {percent(found[1])} of the activations of {found[0]} have |z| ≥ 5"


def _persistent(records: tuple[Epoch, ...], symptom: Callable[[Epoch], bool]) -> Epoch | None:
    """Return the last epoch with the symptom if at least half of the records have it."""
    shown = [epoch for epoch in records if symptom(epoch)]
    return shown[-1] if shown and 2 * len(shown) >= len(records) else None


def _gradient_norms(epoch: Epoch) -> list[float]:
    """Return the norms of dW1, dW2, … in the order of the layers; [0.0] where none is known."""
    layers = sorted((_number(name), name) for name in epoch.layers if re.fullmatch(r"W\d+", name))
    norms = (epoch.layers[name].gradient_norm for _, name in layers)
    return [norm for norm in norms if norm is not None] or [0.0]


def _worst_layer(
    run: Evidence, epoch: Epoch, share: Callable[[ActivationStats], float | None]
) -> tuple[str, float] | None:
    """Return the hidden layer with the largest share and that share."""
    hidden = hidden_of(run)
    shares = {
        name: value
        for name, stats in _hidden(epoch.activations, None if hidden is None else len(hidden)).items()
        if (value := share(stats)) is not None
    }
    return max(shares.items(), key=lambda item: item[1]) if shares else None


def _hidden(activations: Mapping[str, ActivationStats], n_hidden: int | None) -> dict[str, ActivationStats]:
    # The output layer is left out: a sure sigmoid or softmax is saturated by right.
    return {
        name: stats for name, stats in activations.items() if n_hidden is None or _number(name) <= n_hidden
    }


def _number(name: str) -> int:
    digits = re.search(r"\d+", name)
    return int(digits.group()) if digits else 0


RULES = {
    "vanishing-gradients": Rule(
        title="Gradients vanish towards the first layers",
        concern="training",
        severity="high",
        needs=("errors.train", "layer_history"),
        judge=vanishing_gradients,
    ),
    "exploding-gradients": Rule(
        title="Gradients explode",
        concern="training",
        severity="high",
        needs=("layer_history",),
        judge=exploding_gradients,
    ),
    "dead-units": Rule(
        title="Most units of a layer are dead",
        concern="training",
        severity="high",
        needs=("errors.train", "activation_history"),
        judge=dead_units,
    ),
    "saturated-units": Rule(
        title="Units are saturated",
        concern="training",
        severity="high",
        needs=("errors.train", "activation_history"),
        judge=saturated_units,
    ),
}
