"""Training itself went wrong: it began far off, diverged, never moved, or ended no better than a guess.

Knows the cost and error by epoch and the errors kept; nothing of single layers.
"""

import math

from dlrecipe.diagnosis.chance import FAR_ABOVE, LEAST_GAIN, gains_nothing, loss_of_a_guess
from dlrecipe.diagnosis.curve import train_losses
from dlrecipe.diagnosis.evidence import Evidence
from dlrecipe.diagnosis.gaps import Gaps
from dlrecipe.diagnosis.rule import Rule, fails, train_error
from dlrecipe.diagnosis.wording import count, percent

BLOW_UP = 1e3
"""How many times its first value the cost may reach before training counts as diverged."""
LEAST_FALL = 0.01
"""The part of its first value by which a cost falls that moves at all."""


def initial_loss(run: Evidence, gaps: Gaps) -> str | None:
    """Before the first step the loss was far above what a guess gives: the network was sure and wrong.

    Small outputs give ln(n_classes), or half the target's variance. Beyond four times that (for numbers,
    where He's weights give three times, beyond twelve) the first weights are too large, or the inputs are,
    and the steps are spent on undoing them. The penalty is taken out. Judged only in a run that diverged or
    has a high gap.

    Advice: Initialize by layer size (he for ReLU, xavier for tanh), and normalize the inputs.

    Example: the circles data with weights drawn from N(0, 1) times 10: J starts above 1,000 instead of ln 2.

    Source: Karpathy, A Recipe for Training Neural Networks (2019); CS231n, sanity checks.
    """
    guess = loss_of_a_guess(run)
    loss = run.initial_loss
    assert loss is not None
    if guess is None or not fails(run, gaps) or loss <= FAR_ABOVE[run.task] * guess[0]:
        return None
    return f"the loss was {loss:.4g} before the first step, where a guess gives {guess[1]} = {guess[0]:.4g}"


def diverged(run: Evidence, gaps: Gaps) -> str | None:
    """The cost became infinite or not a number, or grew past 1,000 times its first value.

    Each step overshoots the minimum by more than the one before. Nothing can be read from the errors.

    Advice: Lower the learning rate tenfold; then look at the scale of the initialization and of the inputs,
    and clip the gradient.

    Example: N(0, 1) times 10 as initialization with learning rate 1 on inputs of scale 1,000.

    Source: Ng, course C2W1L10-11; TheDeepChecker (Ben Braiek and Khomh 2023) for the factor 1,000.
    """
    costs = train_losses(run)
    course = f"; the cost went from {costs[0]:.4g} to {costs[-1]:.4g}" if costs else ""
    if run.status == "diverged":
        return f"training ended as diverged after epoch {run.epochs_run or 0}{course}"
    if costs and costs[0] > 0 and costs[-1] >= BLOW_UP * costs[0]:
        return f"the cost grew {costs[-1] / costs[0]:,.0f}-fold: from {costs[0]:.4g} to {costs[-1]:.4g}"
    return None


def symmetry(run: Evidence, gaps: Gaps) -> str | None:
    """All weights start at zero, so that the units of a hidden layer never become different.

    Units with equal weights get equal gradients: each hidden layer acts as a single unit, and with ReLU
    nothing but the last bias moves. Without hidden layers zeros are a fine start.

    Advice: Start from random weights: he for ReLU, xavier for tanh and sigmoid.

    Example: the circles data with initialization zeros: error 50% and J = ln 2 throughout.

    Source: Ng, course C2W1L11 and its initialization assignment.
    """
    hidden = run.setting("network.hidden") or run.setting("network.layers")
    if run.setting("initialization.type") != "zeros" or not hidden or not gaps.underfits:
        return None
    return f"initialization zeros with {len(hidden)} hidden layers; {train_error(run)}"


def loss_did_not_move(run: Evidence, gaps: Gaps) -> str | None:
    """The cost stayed where a guess puts it, from the first epoch to the last.

    A step is far too small to matter or so large that it undoes the last one; or the gradient does not
    reach the weights.

    Advice: Change the learning rate by factors of ten, and run `dlrecipe gradcheck`.

    Example: Adam with learning rate 1e-7 on digits for 20 epochs.

    Source: Karpathy, A Recipe for Training Neural Networks (2019); TheDeepChecker.
    """
    costs = train_losses(run)
    if len(costs) < 2 or not gaps.underfits or not _at_chance(run, costs[-1]):
        return None
    # The lowest cost, not the last: a cost that fell and came back did move.
    fall = (costs[0] - min(costs)) / abs(costs[0]) if costs[0] else 0.0
    if fall >= LEAST_FALL:
        return None
    course = f"{costs[0]:.4g} after the first epoch, {costs[-1]:.4g} after {count(len(costs))}"
    return f"the loss fell by {percent(fall)}: {course}" if fall > 0 else f"the loss never fell: {course}"


def no_better_than_chance(run: Evidence, gaps: Gaps) -> str | None:
    """The network is hardly better, on the examples it was trained on, than always giving one answer.

    It learned nothing from the inputs, or the inputs say nothing of the target. However low the error is:
    where 1.2% are of the rare class, never naming it errs on 1.2%. It must take a tenth of the way from the
    baseline's error to the Bayes error. Where the loss weighs classes, the mean error of the classes counts.

    Advice: Check that inputs and labels belong together and that the inputs vary; run `dlrecipe gradcheck`;
    then change the learning rate by factors of ten. With a rare class: weigh the classes, judge by recall.

    Example: labels shuffled before training, with a network too small to learn them by heart.

    Source: deepchecks' simple model comparison (a gain below 10%); Karpathy 2019.
    """
    baseline = run.baseline_error
    assert baseline is not None
    if not gains_nothing(run):
        return None
    guess = "the mean" if run.task == "regression" else "always the commonest class"
    return f"{train_error(run)}; {guess} makes {percent(baseline)}"


def _at_chance(run: Evidence, cost: float) -> bool:
    """Whether error or cross-entropy is what a guess gives; the cost alone where classes are known."""
    error = run.errors["train"]
    assert error is not None
    if run.baseline_error is not None and error >= (1 - LEAST_GAIN) * run.baseline_error:
        return True
    cross_entropy = run.setting("loss.type") in ("auto", "cross_entropy") and run.task == "classification"
    return cross_entropy and run.n_classes is not None and cost >= 0.95 * math.log(run.n_classes)


RULES = {
    "initial-loss": Rule(
        title="The loss began far above a guess",
        concern="training",
        severity="high",
        needs=("errors.train", "initial_cost.train", "initial_penalty", "config.loss.type"),
        judge=initial_loss,
    ),
    "diverged": Rule(
        title="Training diverged",
        concern="training",
        severity="broken",
        needs=("status",),
        judge=diverged,
    ),
    "symmetry": Rule(
        title="Zero weights: the units never become different",
        concern="training",
        severity="broken",
        needs=("errors.train", "config.initialization.type", "config.network.hidden"),
        judge=symmetry,
    ),
    "loss-did-not-move": Rule(
        title="The cost did not move",
        concern="training",
        severity="broken",
        needs=("errors.train", "history"),
        judge=loss_did_not_move,
    ),
    "no-better-than-chance": Rule(
        title="No better than chance on its own training data",
        concern="training",
        severity="broken",
        needs=("errors.train", "baseline_error"),
        judge=no_better_than_chance,
    ),
}
