"""How the loss on train moved, as rules and levers both read it. Judges nothing and gives no advice.

The loss is J without its penalty: a penalty that shrinks the weights lets J fall while nothing is learned.
"""

import math
from itertools import pairwise
from statistics import median

from dlrecipe.diagnosis.chance import loss_of_a_guess
from dlrecipe.diagnosis.evidence import Epoch, Evidence
from dlrecipe.diagnosis.wording import count, percent

LAST_PART = 5
"""The last 1/5 of the epochs is what "at the end" means."""
QUICK_FALL = 0.1
"""A fall over the last part from which three times the epochs leave at most a third (0.9¹⁰ = 0.35)."""

EPOCHS_TO_TELL = 5
"""Epochs after a minimum that it takes to say that an error rises or rests; one says nothing."""
FAR_FROM_FITTED = 0.1
"""Train error above the Bayes error from which a network has hardly begun to learn by heart."""
CLEARLY_APART = 0.05
"""Distance of dev from train error that few dev sets show by chance."""
JUMP, WORTH_A_LOOK, OFTEN = 0.5, 0.05, 0.2
"""A rise by a half from epoch to epoch, to a twentieth of a guess's loss or more, and after one epoch in
five: an Adam a hundred times too fast shows it in a quarter of them, one at its usual rate in none."""
FEWEST_TO_REST = 3
AT_REST, SLOWEST = 0.02, 1e-3
"""A change over the last part, and a fall in ten steps, below which the loss has come to rest."""
LEAST_PROGRESS = 0.1
"""The part of train error that must go for the fit to have gone on."""


def train_losses(run: Evidence) -> list[float]:
    """Return the mean loss on train by epoch, epochs without a finite one left out."""
    losses = (_loss(epoch) for epoch in run.history)
    return [loss for loss in losses if loss is not None and math.isfinite(loss)]


def _loss(epoch: Epoch) -> float | None:
    cost = epoch.cost.get("train")
    return None if cost is None else cost - (epoch.penalty or 0.0)


def last_part(n_epochs: int) -> int:
    """Return how many epochs are the end of so many."""
    return max(1, n_epochs // LAST_PART)


def resting_part(n_epochs: int) -> int:
    """Return over how many epochs a loss must not have fallen to be at rest: one or two tell nothing."""
    return max(FEWEST_TO_REST, last_part(n_epochs))


def fall_over_last(run: Evidence, n_epochs: int) -> float | None:
    """Return by which part of it the loss fell over the last epochs; None where that is not known.

    Of a run as short as that, from before the first step.
    """
    losses, start = train_losses(run), run.initial_loss
    if len(losses) == n_epochs and start is not None and math.isfinite(start):
        losses = [start, *losses]
    if len(losses) <= n_epochs or losses[-1 - n_epochs] <= 0:
        return None
    return 1 - losses[-1] / losses[-1 - n_epochs]


def is_at_rest(run: Evidence) -> bool:
    """Whether the loss no longer fell at the end: by less than 0.1% in ten steps, and by less than 2% in all.

    Over the last fifth of the epochs, three or more, after five or more, and without jumping up and down.
    Source: TheDeepChecker (Ben Braiek and Khomh 2023), slow loss decrease, for the 0.1%.
    """
    n, losses = steps_per_epoch(run), train_losses(run)
    end = resting_part(len(losses))
    fall = fall_over_last(run, end)
    if n is None or fall is None or len(losses) < EPOCHS_TO_TELL or jumps(run) is not None:
        return False
    part_a_step = 1 - (1 - fall) ** (10 / (end * n)) if fall > 0 else 0.0
    return -AT_REST <= fall < AT_REST and part_a_step < SLOWEST


def steps_per_epoch(run: Evidence) -> int | None:
    """Return how many steps an epoch takes; None where that is not known."""
    n, size = run.n.get("train"), run.setting("training.batch_size")
    if n is None or size is None:
        return None
    return math.ceil(n / (n if size == "full" else min(int(size), n)))


def falls_quickly(run: Evidence) -> bool:
    """Whether the loss still fell so fast at the end that more epochs are what it takes."""
    fall = fall_over_last(run, last_part(len(train_losses(run))))
    return fall is not None and fall >= QUICK_FALL


def falls_well(run: Evidence) -> bool:
    """Whether the loss fell at the end, of five epochs or more, half as much as `falls_quickly` asks."""
    n_epochs = len(train_losses(run))
    fall = fall_over_last(run, last_part(n_epochs))
    return n_epochs >= EPOCHS_TO_TELL and fall is not None and fall >= QUICK_FALL / 2


def falls_evenly(run: Evidence) -> bool:
    """Whether the loss went down from every epoch to the next, the first from before the first step."""
    losses, start = train_losses(run), run.initial_loss
    if start is not None and math.isfinite(start):
        losses = [start, *losses]
    return len(losses) > 2 and all(after < before for before, after in pairwise(losses))


def stopped_paying_off(run: Evidence) -> str | None:
    """Return how train error fell on after dev error's best epoch, though it was still high there.

    At that epoch train error must have been 10% or more and dev error 5 points above it; then train error
    loses a tenth over five epochs or more, while the median of dev's errors stays above its best.
    """
    known = [
        (dev, epoch.epoch, train)
        for epoch in run.history
        if (dev := epoch.error.get("dev")) is not None and (train := epoch.error.get("train")) is not None
    ]
    if not known:
        return None
    best, when, fitted = min(known)
    after = [(dev, train) for dev, epoch, train in known if epoch > when]
    apart = best - fitted >= CLEARLY_APART
    if len(after) < EPOCHS_TO_TELL or fitted - run.bayes_error < FAR_FROM_FITTED or not apart:
        return None
    late = after[-1][1]
    if late > (1 - LEAST_PROGRESS) * fitted or median(dev for dev, _ in after) <= best:
        return None
    return (
        f"after epoch {when} train error fell from {percent(fitted)} to {percent(late)}, and dev error never "
        f"again below {percent(best)}"
    )


def learned_by_heart(run: Evidence) -> str | None:
    """Return how the loss on train fell on while that on dev rose, though both errors were still high.

    At dev's best epoch both errors must lie 5 points above the Bayes error and within 10 points of one
    another; over the five epochs or more after it the loss on train fell by a tenth and dev's cost rose.
    """
    known = [
        (dev, epoch)
        for epoch in run.history
        if (dev := epoch.error.get("dev")) is not None and epoch.cost.get("dev") is not None
    ]
    if not known:
        return None
    best, epoch = min(known, key=lambda each: each[0])
    fitted, after = epoch.error.get("train"), [each for _, each in known if each.epoch > epoch.epoch]
    if fitted is None or len(after) < EPOCHS_TO_TELL or best - fitted > 2 * CLEARLY_APART:
        return None
    before, late = _loss(epoch), _loss(after[-1])
    dev_before, dev_late = epoch.cost["dev"], after[-1].cost["dev"]
    if before is None or late is None or dev_before is None or dev_late is None:
        return None
    high = min(best, fitted) - run.bayes_error >= CLEARLY_APART
    if not high or late > (1 - LEAST_PROGRESS) * before or dev_late <= dev_before:
        return None
    return (
        f"after epoch {epoch.epoch} the loss on train fell from {before:.3g} to {late:.3g} and "
        f"that on dev rose from {dev_before:.3g} to {dev_late:.3g}, with train error at {percent(fitted)}"
    )


def overshoots(run: Evidence) -> bool:
    """Whether the loss ended above its first value, or over the last half turned more often than it went on.

    Not where it got on for all that, by a tenth from the third quarter of the epochs to the last: steps on
    batches turn up and down on every way down, and shorter ones would only take longer for it.

    Source: TheDeepChecker (Ben Braiek and Khomh 2023) for the share of turns.
    """
    losses = train_losses(run)
    if len(losses) < 2:
        return False
    changes = [after - before for before, after in pairwise(losses[len(losses) // 2 :])]
    turns = sum(before * after < 0 for before, after in pairwise(changes))
    if losses[-1] > losses[0]:
        return True
    return 2 * turns > max(len(changes) - 1, 1) and not _gets_on(losses)


def _gets_on(losses: list[float]) -> bool:
    """Whether the loss of the last quarter of the epochs lies a tenth below that of the quarter before."""
    quarter = len(losses) // 4
    if quarter < 1:
        return False
    before, late = losses[-2 * quarter : -quarter], losses[-quarter:]
    return median(late) <= (1 - QUICK_FALL) * median(before)


def least_loss(run: Evidence) -> float:
    """Return the loss on train below which its ups and downs do not matter."""
    guess = loss_of_a_guess(run)
    return WORTH_A_LOOK * (train_losses(run)[0] if guess is None else guess[0])


def jumps(run: Evidence) -> str | None:
    """Return how often the loss on train jumped up by half or more, if after a fifth of the epochs.

    To a height that matters: below a twentieth of a guess's loss, doubling is nothing.
    """
    losses = train_losses(run)
    if len(losses) < EPOCHS_TO_TELL:
        return None
    height = least_loss(run)
    n = sum(after >= (1 + JUMP) * before and after >= height for before, after in pairwise(losses))
    if n < OFTEN * (len(losses) - 1):
        return None
    return f"the loss on train jumped up by half or more after {count(n)} of {count(len(losses) - 1)} epochs"
