"""How far training went with its steps: their length, number, and whether they follow a gradient.

Knows the optimizer's settings, the loss by epoch and the sizes of updates; nothing of units or data.
"""

import math
from collections.abc import Mapping
from statistics import median

from dlrecipe.diagnosis.bias_levers import penalty_is_heavy
from dlrecipe.diagnosis.chance import loss_of_a_guess
from dlrecipe.diagnosis.curve import EPOCHS_TO_TELL, falls_evenly, jumps, overshoots, train_losses
from dlrecipe.diagnosis.evidence import Evidence, LayerStats
from dlrecipe.diagnosis.gaps import Gaps
from dlrecipe.diagnosis.rule import Rule
from dlrecipe.diagnosis.settings import (
    FAR_OFF,
    NEXT_OF_SEARCH,
    initialization_is_suited,
    learning_rate_of,
    normalization_of,
    usual_learning_rate,
)
from dlrecipe.diagnosis.wording import count, percent

FEW_STEPS = 300
"""Steps below which hardly any network has come to rest: the published recipes take thousands."""
LARGE_SHARE = 0.2
"""Part of the training examples from which a batch is what makes the steps few."""
LONGEST_UPDATE, SHORTEST_UPDATE = 0.1, 1e-5
"""‖update‖ / ‖weights‖ of a step; CS231n takes 1e-3 as usual, TheDeepChecker warns outside 1e-4 to 0.1."""
DECAYED = 0.01
"""Part of the highest learning rate below which steps no longer count."""
FEW_EXAMPLES = 8
"""Examples from which on a batch's gradient says something of the others."""
NO_GRADIENT = 1e-7
WRONG_SLOPE, RIGHT_SLOPE = 1e-3, 1e-7
"""Relative difference of gradient and slope from which it is a bug, and to which it is right, as in the
course; right ones were measured at 1e-11 to 2e-10."""
LEAST_FALL = 0.03
"""Part of its first value by which the loss falls, over a whole training, that follows its gradient."""


def learning_rate_too_high(run: Evidence, gaps: Gaps) -> str | None:
    """The learning rate is far above what this optimizer works at, and training fails.

    Steps jump across the minimum, or throw the weights so far that units die. Judged only in a run that
    diverged or whose bias is high: at ten times the optimizer's usual rate; from three times where J also
    turns up and down; above it where J jumps by half or a step changes the weights by more than a tenth.
    Where variance alone is high: at ten times the usual rate where J jumps up again and again, for what such
    a training ends in is left to chance.

    Advice: Divide the learning rate by ten; warm up, or clip the gradient, if it must be high.

    Example: Adam with 0.3 where 0.001 is usual: the loss swings around that of a guess.

    Source: Ng, course C2W2; CS231n, ratio of updates to weights; TheDeepChecker for the share of turns.
    """
    rate, usual = learning_rate_of(run), usual_learning_rate(run)
    assert rate is not None
    if rate <= usual:
        return None
    if not (gaps.underfits or run.status == "diverged"):
        wild = gaps.overfits and rate >= FAR_OFF * usual
        return f"{_unusual(run, rate, usual)}; {told}" if wild and (told := jumps(run)) else None
    update = _typical_update(run)
    wild = jumps(run) is not None or (update is not None and update > LONGEST_UPDATE)
    # Every training on batches turns up and down once it is near its end.
    wild = wild or (overshoots(run) and rate >= NEXT_OF_SEARCH * usual)
    # A loss that goes down evenly to the end is told by no rate to do otherwise.
    if not wild and jumps(run) is None and falls_evenly(run):
        return None
    # Steps that are somewhat long for inputs on one scale are no cause where the inputs are on none.
    if rate < FAR_OFF * usual and (not wild or normalization_of(run) == "none"):
        return None
    signs = [_unusual(run, rate, usual)]
    signs += ["the loss goes up and down"] if overshoots(run) else []
    signs += [f"a step changes weights by {percent(update)}"] if update and update > LONGEST_UPDATE else []
    return "; ".join(signs)


def learning_rate_too_low(run: Evidence, gaps: Gaps) -> str | None:
    """The learning rate is so low that the steps did not get the network anywhere in the epochs given.

    Judged only where bias is high and the loss went steadily down, or hardly moved: at less than a tenth of
    the optimizer's usual rate, or where a step changes the weights by less than 1 in 100,000.

    Advice: Raise the learning rate tenfold, and tenfold again while J falls smoothly.

    Example: Adam with 1e-5 on digits for 40 epochs: the loss falls evenly and is nowhere near its end.

    Source: Karpathy 2019; CS231n, ratio of updates to weights; TheDeepChecker for the lower bound.
    """
    rate, usual = learning_rate_of(run), usual_learning_rate(run)
    assert rate is not None
    if not gaps.underfits or rate >= usual or _swings(run):
        return None
    update = _typical_update(run)
    short = update is not None and update < SHORTEST_UPDATE
    if rate >= usual / FAR_OFF * (1 - 1e-9) and not short:
        return None
    moved = f"; a step changes weights by {update:.1e} of their size" if update is not None else ""
    return f"{_unusual(run, rate, usual)}{moved}"


def learning_rate_decayed(run: Evidence, gaps: Gaps) -> str | None:
    """The schedule brought the learning rate to next to nothing while the network had hardly learned.

    Judged only where bias is high: in more than half of the epochs the rate was below a hundredth of its
    highest. Half a cosine is there in the last 6% alone, and tenfold drops after each third never.

    Advice: Let it fall over the whole run: cosine, or an exponential factor nearer to 1.

    Example: an exponential schedule with factor 0.1, meant for each tenth epoch: after three epochs the
    network stands still.

    Source: Google's Deep Learning Tuning Playbook, learning rate decay; Ng, course C2W2L09.
    """
    rates = [epoch.learning_rate for epoch in run.history if epoch.learning_rate is not None]
    if not rates or not gaps.underfits or run.status == "diverged":
        return None
    highest = max(rates)
    n = sum(rate < DECAYED * highest for rate in rates)
    if 2 * n <= len(rates):
        return None
    kind = run.setting("optimizer.schedule.type")
    named = f"schedule {kind}: " if kind else ""
    return (
        f"{named}the learning rate was below {highest * DECAYED:.2g}, a hundredth of its highest, in "
        f"{count(n)} of {count(len(rates))} epochs"
    )


def too_few_steps(run: Evidence, gaps: Gaps) -> str | None:
    """The whole training was a few hundred steps, because each one takes a large part of the data.

    An epoch with full batches is one step, however many examples it reads. Judged only where bias is high
    and the loss did not swing: fewer than 300 steps in all, on batches of a fifth of the data or more.

    Advice: Use smaller batches (32 to 256), or as many more epochs.

    Example: batch_size full for 15 epochs: 15 steps.

    Source: Ng, course C2W2L01-02 (mini-batches); Masters and Luschi 2018 (arXiv:1804.07612).
    """
    n, epochs = run.n["train"], run.epochs_run or 0
    size = run.setting("training.batch_size")
    batch = n if size == "full" else min(int(size), n)
    steps = epochs * math.ceil(n / batch)
    if steps >= FEW_STEPS or batch < LARGE_SHARE * n or not gaps.underfits or _swings(run):
        return None
    if run.status == "diverged":
        return None
    return f"{count(steps)} steps in {count(epochs)} epochs, of {count(batch)} examples each"


def batch_too_small(run: Evidence, gaps: Gaps) -> str | None:
    """Batches of a few examples give a gradient that is mostly noise, at a rate made for larger ones.

    Judged only where bias is high and the loss swings instead of falling: batches of fewer than eight.

    Advice: Use batches of 32, or divide the learning rate by as much as the batch is smaller.

    Example: batch_size 1 with Adam at 0.01.

    Source: Ng, course C2W2L02; Masters and Luschi 2018 (arXiv:1804.07612).
    """
    size = run.setting("training.batch_size")
    small = isinstance(size, int) and size < FEW_EXAMPLES <= run.n["train"]
    if not small or not gaps.underfits or not overshoots(run):
        return None
    return f"batches of {size} examples, and the loss goes up and down"


def gradient_suspect(run: Evidence, gaps: Gaps) -> str | None:
    """The gradient is not the slope of J, or the loss did not follow it though nothing else explains that.

    At the first weights the gradient is held against the slope of J along a few directions, in float64: a
    relative difference of 1e-3 or more is a bug, whether or not the network learns all the same. Where it is
    right, or was not looked at, the loss itself is the witness: at an ordinary learning rate, from an
    initialization by layer size and on normalized inputs, one that rises does not follow its gradient; nor,
    where the slope is not known, one that stands still.

    Advice: Run `dlrecipe gradcheck --run RUN`, with the layers that are new or changed first.

    Example: a backward pass with the wrong sign: J climbs from the first epoch on.

    Source: Ng, course C2W1L12-14 (1e-3); Karpathy 2019.
    """
    difference = run.slope_difference
    if difference is not None and difference >= WRONG_SLOPE:
        return (
            "at the first weights the gradient's relative difference from the slope of J is "
            f"{difference:.2g}, where a right one has {RIGHT_SLOPE:g} or less"
        )
    losses, start = train_losses(run), run.initial_loss
    failed = gaps.underfits or run.status == "diverged"
    if not (failed and losses and _is_ordinary(run)) or start is None or not math.isfinite(start):
        return None
    update = _typical_update(run)
    if start <= 0 or (update is not None and update < SHORTEST_UPDATE) or penalty_is_heavy(run):
        return None
    rose = losses[-1] > 1.5 * start
    if not rose and (difference is not None or not _stands_still(run, losses, start)):
        return None
    verb = "rose" if losses[-1] > start else "went"
    rate = learning_rate_of(run)
    return f"the loss {verb} from {start:.4g} to {losses[-1]:.4g} at an ordinary learning rate, {rate:g}"


def _is_ordinary(run: Evidence) -> bool:
    """Whether learning rate, first weights and inputs are such that any network's loss falls."""
    rate, usual = learning_rate_of(run), usual_learning_rate(run)
    assert rate is not None
    ordinary = usual / FAR_OFF < rate < FAR_OFF * usual
    if run.setting("initialization.type") == "file":
        return False  # who knows what is in it
    return ordinary and initialization_is_suited(run) and normalization_of(run) != "none"


def _stands_still(run: Evidence, losses: list[float], start: float) -> bool:
    """Whether the loss fell by next to nothing: even labels that mean nothing are learned bit by bit."""
    guess = loss_of_a_guess(run)
    floor = start if guess is None else min(start, guess[0])
    if 1 - min(losses) / floor >= LEAST_FALL:
        return False
    return len(losses) >= EPOCHS_TO_TELL and losses[-1] >= (1 - LEAST_FALL) * losses[0]


def weights_unchanged(run: Evidence, gaps: Gaps) -> str | None:
    """A layer's weights do not change at all, or the penalty alone moves them: no gradient reaches them.

    They are cut off by dead or saturated units, or the backward pass forgets them.

    Advice: Run `dlrecipe gradcheck --run RUN`; then look for dead units above that layer.

    Example: a layer whose dW is never written.

    Source: TheDeepChecker (Ben Braiek and Khomh 2023), untrained parameters.
    """
    seen = run.layer_history
    names = [name for name in seen[-1].layers if name.startswith("W")]
    still = [name for name in names if all(_update(epoch.layers, name) == 0.0 for epoch in seen)]
    if not still and names and all(_has_no_gradient(epoch.layers, names) for epoch in seen):
        return f"no layer had a gradient in any of {count(len(seen))} epochs" if gaps.underfits else None
    if not still or not (gaps.underfits or run.status == "diverged"):
        return None
    return f"{', '.join(still)} did not change in any of {count(len(seen))} epochs looked at"


def _unusual(run: Evidence, rate: float, usual: float) -> str:
    return f"{rate:g} where {run.setting('optimizer.type')} usually takes {usual:g}"


def _update(layers: Mapping[str, LayerStats], name: str) -> float | None:
    stats = layers.get(name)
    return None if stats is None else stats.update_ratio


def _has_no_gradient(layers: Mapping[str, LayerStats], names: list[str]) -> bool:
    """Whether nothing but rounding reached any layer, the last included: 1e-7 of its weights or less."""
    return all(
        (stats := layers.get(name)) is not None
        and stats.gradient_norm is not None
        and stats.gradient_norm <= NO_GRADIENT * (stats.weight_norm or 0.0)
        for name in names
    )


def _typical_update(run: Evidence) -> float | None:
    """Return the median over layers and epochs of ‖update‖ / ‖weights‖; None where it is not recorded."""
    ratios = [
        stats.update_ratio
        for epoch in run.layer_history
        for stats in epoch.layers.values()
        if stats.update_ratio is not None and math.isfinite(stats.update_ratio)
    ]
    return median(ratios) if ratios else None


def _swings(run: Evidence) -> bool:
    """Whether the loss goes up and down by more than rounding does."""
    losses = train_losses(run)
    spread = max(losses) - min(losses) if losses else 0.0
    return overshoots(run) and spread > 0.01 * abs(losses[0])


RULES = {
    "weights-unchanged": Rule(
        title="A layer never changed",
        concern="training",
        severity="high",
        needs=("errors.train", "layer_history"),
        judge=weights_unchanged,
    ),
    "learning-rate-too-high": Rule(
        title="The learning rate is too high",
        concern="training",
        severity="high",
        needs=("errors.train", "history", "config.optimizer.learning_rate"),
        judge=learning_rate_too_high,
    ),
    "learning-rate-too-low": Rule(
        title="The learning rate is too low",
        concern="training",
        severity="high",
        needs=("errors.train", "history", "config.optimizer.learning_rate"),
        judge=learning_rate_too_low,
    ),
    "learning-rate-decayed": Rule(
        title="The learning rate fell to nothing too soon",
        concern="training",
        severity="high",
        needs=("errors.train", "history"),
        judge=learning_rate_decayed,
    ),
    "batch-too-small": Rule(
        title="Batches are too small for this learning rate",
        concern="training",
        severity="high",
        needs=("errors.train", "n.train", "history", "config.training.batch_size"),
        judge=batch_too_small,
    ),
    "gradient-suspect": Rule(
        title="The loss does not follow its gradient",
        concern="training",
        severity="high",
        needs=("errors.train", "history", "initial_cost.train", "config.optimizer.learning_rate"),
        judge=gradient_suspect,
    ),
    "too-few-steps": Rule(
        title="Too few steps, on too large batches",
        concern="bias",
        severity="high",
        needs=("errors.train", "n.train", "epochs_run", "history", "config.training.batch_size"),
        judge=too_few_steps,
    ),
}
