"""What the curves of cost and error say: training ended too early, or went on too long.

Knows loss, cost and error by epoch; nothing of single layers.
"""

import math
from itertools import pairwise
from statistics import median

from dlrecipe.diagnosis.curve import (
    EPOCHS_TO_TELL,
    fall_over_last,
    falls_evenly,
    is_at_rest,
    jumps,
    last_part,
    least_loss,
    overshoots,
    resting_part,
    train_losses,
)
from dlrecipe.diagnosis.evidence import Epoch, Evidence
from dlrecipe.diagnosis.gaps import Gaps
from dlrecipe.diagnosis.rule import Rule, fails
from dlrecipe.diagnosis.settings import FAR_OFF, keep_probs, learning_rate_of, usual_learning_rate
from dlrecipe.diagnosis.wording import count, percent, points

STEADY_FALL = 0.02
"""Relative fall of the loss at the end that says it has not come to rest."""
SLOW_FALL = 0.001
"""The same where early stopping had hardly any patience: a creeping loss is then what it cut off."""
FEWEST_EPOCHS = 3
LEAST_SWING = 0.05
"""Change from epoch to epoch that is no mere noise of batches."""
ROUNDING = 1e-5
"""Part by which J may rise by rounding in float32."""
MORE_WRONG = 5
"""Dev examples by which dev error must rise. That all of five turn wrong by chance: 3% (sign test)."""


def still_improving(run: Evidence, gaps: Gaps) -> str | None:
    """The loss on train was still falling, and dev error at its best, when training ended.

    Judged only where bias is high: over the last fifth of the epochs it fell by 2% or more, and the
    best epoch lies in that fifth.

    Advice: Train longer where it falls fast; where it creeps, raise the learning rate or use a bigger
    network.

    Example: 5 epochs of a network that needs 50.

    Source: Ng, course C2W1L03 (train longer); Google's Deep Learning Tuning Playbook.
    """
    end = last_part(len(train_losses(run)))
    fall = fall_over_last(run, end)
    assert run.best_epoch is not None
    if fall is None or fall < STEADY_FALL or not gaps.underfits or run.status == "stopped_early":
        return None
    if run.best_epoch <= run.history[-1].epoch - end:
        return None
    return (
        f"best epoch {run.best_epoch} of {run.history[-1].epoch}; over the last {_epochs(end)} "
        f"the loss on train fell by {percent(fall)}"
    )


def stopped_too_early(run: Evidence, gaps: Gaps) -> str | None:
    """Early stopping ended the run while the loss on train was still falling.

    Judged only where bias is high: over the epochs of the patience (three at least), without progress on dev,
    the loss fell by 2% or more (0.1% with a patience below five), and the cost on dev did not rise, as in
    learning by heart. Early stopping ties fitting and regularizing together: it ended both at once.

    Advice: Give early stopping more patience, or let it monitor dev_cost, which moves in finer steps; raise
    the learning rate.

    Example: patience 1 on a dev set of 100 examples, whose error often stands still for an epoch.

    Source: Ng, course C2W1L08; Prechelt 1998, Early Stopping - But When?
    """
    patience: int | None = run.setting("early_stopping.patience")
    if run.status != "stopped_early" or patience is None or not gaps.underfits:
        return None
    n_epochs = min(max(patience, FEWEST_EPOCHS), len(train_losses(run)) - 1)
    fall = fall_over_last(run, n_epochs)
    least = STEADY_FALL if patience >= EPOCHS_TO_TELL else SLOW_FALL
    if fall is None or fall < least or _dev_cost_rose(run, patience):
        return None
    planned = "" if run.epochs_planned is None else f" of {run.epochs_planned}"
    return (
        f"stopped after epoch {run.history[-1].epoch}{planned}, {_epochs(patience)} after the best for dev, "
        f"while the loss on train fell by {percent(fall)}"
    )


def dev_error_rising(run: Evidence, gaps: Gaps) -> str | None:
    """Dev error rose after its minimum while the cost on train went on falling.

    From there on the network learns its training examples by heart. Judged only where variance is high,
    from the median of at least five epochs after the minimum, and by five examples or more: one epoch, or
    one example, says nothing.

    Advice: Regularize (L2, dropout) or get more data; or stop early, which keeps the weights of the lowest
    dev error. Without it those of the last epoch are kept.

    Example: two layers of 512 units on 200 noisy examples for 500 epochs.

    Source: Ng, course C2W1L08; Prechelt 1998, Early Stopping - But When?
    """
    known = [e for e in run.history if e.error.get("dev") is not None and e.cost.get("train") is not None]
    if not known or not gaps.overfits:
        return None
    best = min(known, key=_dev_error)
    after = [epoch for epoch in known if epoch.epoch > best.epoch]
    if len(after) < EPOCHS_TO_TELL:
        return None
    # The last half of what came after, so that a slow rise is measured where it led to.
    late = after[-max(EPOCHS_TO_TELL, len(after) // 2) :]
    rise = median(_dev_error(epoch) for epoch in late) - _dev_error(best)
    falls = median(_train_cost(epoch) for epoch in late) < _train_cost(best)
    shows = rise >= gaps.allowance / 2 and rise * run.n.get("dev", math.inf) >= MORE_WRONG - 0.5
    if not shows or not falls:
        return None
    return (
        f"dev error was {percent(_dev_error(best))} at epoch {best.epoch} and {points(rise)} points more "
        f"over the last {_epochs(len(late))}, while the cost on train fell"
    )


def unsteady_cost(run: Evidence, gaps: Gaps) -> str | None:
    """J on train goes up and down instead of falling.

    Judged only in a run that diverged or has a high gap: J jumps up by half or more after one epoch in five;
    or turns in most of the epochs of the last half, by 5% and more. With whole batches, plain gradient
    descent and no dropout J must fall at every step, and a single rise is a sign.

    Advice: Divide the learning rate by three to ten; with batches of a few examples take larger ones.

    Example: gradient descent on whole batches with a rate just beyond what the steepest direction bears.

    Source: Ng, course C2W1L05 and L07 (J must fall with each iteration); TheDeepChecker (Ben Braiek and Khomh
    2023) for the share of turns.
    """
    if not fails(run, gaps):
        return None
    return jumps(run) or _rises_of_whole_batches(run) or _turns(run)


def loss_at_rest(run: Evidence, gaps: Gaps) -> str | None:
    """The loss on train has come to rest, though train error is still too high.

    Judged only where bias is high: over the last fifth of the epochs, three or more, it fell by less than
    0.1% in ten steps and by less than 2% in all. More of the same epochs bring nothing. Not judged where the
    learning rate is far below the usual one and the loss went down at every epoch: it creeps, and does not
    rest.

    Advice: A bigger network, less of a penalty or dropout, or another learning rate. Not longer training.

    Example: two units for ten digits: after 60 epochs train error rests at 48%.

    Source: TheDeepChecker (Ben Braiek and Khomh 2023), slow loss decrease; Ng, course C2W1L03.
    """
    if not gaps.underfits or run.status == "diverged" or not is_at_rest(run):
        return None
    rate = learning_rate_of(run) or math.inf
    if rate <= usual_learning_rate(run) / FAR_OFF and falls_evenly(run):
        return None
    losses = train_losses(run)
    end = resting_part(len(losses))
    return (
        f"over the last {_epochs(end)} the loss on train went from {losses[-1 - end]:.4g} to {losses[-1]:.4g}"
    )


def _rises_of_whole_batches(run: Evidence) -> str | None:
    """Return how often J rose, where each epoch is one step of plain gradient descent on everything."""
    plain = run.setting("optimizer.type") == "sgd" and not run.setting("augmentation")
    whole = run.setting("training.batch_size") == "full"
    if not (plain and whole) or min(keep_probs(run), default=1.0) < 1:
        return None
    costs = [cost for epoch in run.history if (cost := epoch.cost.get("train")) is not None]
    n = sum(after > (1 + ROUNDING) * before for before, after in pairwise(costs))
    if not n:
        return None
    return f"J rose at {count(n)} of {count(len(costs) - 1)} steps of gradient descent on whole batches"


def _turns(run: Evidence) -> str | None:
    losses = train_losses(run)
    late = losses[len(losses) // 2 :]
    if len(late) < EPOCHS_TO_TELL or not overshoots(run):
        return None
    swing = median(abs(after - before) / before for before, after in pairwise(late) if before > 0)
    if swing < LEAST_SWING or median(late) < least_loss(run):
        return None
    return f"over the last {_epochs(len(late))} the loss on train turned in most of them, by {percent(swing)}"


def _dev_cost_rose(run: Evidence, n_epochs: int) -> bool:
    """Whether the cost on dev rose over the last epochs; False where it is not known, or they are few."""
    costs = [cost for epoch in run.history if (cost := epoch.cost.get("dev")) is not None]
    if n_epochs < EPOCHS_TO_TELL or len(costs) <= n_epochs:
        return False
    return costs[-1] >= costs[-1 - n_epochs]


def _dev_error(epoch: Epoch) -> float:
    error = epoch.error["dev"]
    assert error is not None
    return error


def _train_cost(epoch: Epoch) -> float:
    cost = epoch.cost["train"]
    assert cost is not None
    return cost


def _epochs(n: int) -> str:
    return "1 epoch" if n == 1 else f"{count(n)} epochs"


RULES = {
    "unsteady-cost": Rule(
        title="The cost goes up and down",
        concern="training",
        severity="high",
        needs=("errors.train", "history", "config.optimizer.type"),
        judge=unsteady_cost,
    ),
    "loss-at-rest": Rule(
        title="The loss has come to rest too high",
        concern="bias",
        severity="high",
        needs=("errors.train", "history", "n.train", "config.training.batch_size"),
        judge=loss_at_rest,
    ),
    "still-improving": Rule(
        title="Training ended while it still improved",
        concern="bias",
        severity="high",
        needs=("errors.train", "history", "best_epoch"),
        judge=still_improving,
    ),
    "stopped-too-early": Rule(
        title="Training stopped early while the loss still fell",
        concern="bias",
        severity="high",
        needs=("errors.train", "history", "status", "config"),
        judge=stopped_too_early,
    ),
    "dev-error-rising": Rule(
        title="Dev error rose after its minimum",
        concern="variance",
        severity="high",
        needs=("errors.train", "errors.dev", "history"),
        judge=dev_error_rising,
    ),
}
