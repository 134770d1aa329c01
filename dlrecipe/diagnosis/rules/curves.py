"""What the curves of cost and error say: training ended too early, or went on too long.

Knows the cost and error by epoch; nothing of single layers.
"""

from statistics import median

from dlrecipe.diagnosis.evidence import Epoch, Evidence
from dlrecipe.diagnosis.gaps import Gaps
from dlrecipe.diagnosis.rule import Rule
from dlrecipe.diagnosis.wording import percent, points

LAST_PART = 5
"""The last 1/5 of the epochs is what "at the end" means."""
STEADY_FALL = 0.02
"""Relative fall of the cost over the last part that says it has not come to rest."""
EPOCHS_TO_TELL = 5
"""Epochs after the minimum that it takes to say that dev error rises; one says nothing."""


def still_improving(run: Evidence, gaps: Gaps) -> str | None:
    """The cost was still falling, and dev error at its best, when training ended.

    Judged only where bias is high: over the last fifth of the epochs the cost fell by 2% or more, and the
    best epoch lies in that fifth.

    Advice: Train longer, or raise the learning rate.

    Example: 5 epochs of a network that needs 50.

    Source: Ng, course C2W1L03 (train longer); Google's Deep Learning Tuning Playbook.
    """
    costs = [cost for epoch in run.history if (cost := epoch.cost.get("train")) is not None]
    last_part = max(1, len(costs) // LAST_PART)
    assert run.best_epoch is not None
    if len(costs) < 2 or costs[-1 - last_part] <= 0 or not gaps.underfits:
        return None
    fall = 1 - costs[-1] / costs[-1 - last_part]
    if fall < STEADY_FALL or run.best_epoch <= run.history[-1].epoch - last_part:
        return None
    return (
        f"best epoch {run.best_epoch} of {run.history[-1].epoch}; over the last {_epochs(last_part)} "
        f"the cost fell by {percent(fall)}"
    )


def dev_error_rising(run: Evidence, gaps: Gaps) -> str | None:
    """Dev error rose after its minimum while the cost on train went on falling.

    From there on the network learns its training examples by heart. Judged only where variance is high,
    from the median of at least five epochs after the minimum: one epoch says nothing.

    Advice: Regularize (L2, dropout) or get more data; stop early to save the epochs.

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
    if rise < gaps.allowance / 2 or not falls:
        return None
    return (
        f"dev error was {percent(_dev_error(best))} at epoch {best.epoch} and {points(rise)} points more "
        f"over the last {_epochs(len(late))}, while the cost on train fell"
    )


def _dev_error(epoch: Epoch) -> float:
    error = epoch.error["dev"]
    assert error is not None
    return error


def _train_cost(epoch: Epoch) -> float:
    cost = epoch.cost["train"]
    assert cost is not None
    return cost


def _epochs(n: int) -> str:
    return "epoch" if n == 1 else f"{n} epochs"


RULES = {
    "still-improving": Rule(
        title="Training ended while it still improved",
        concern="bias",
        severity="high",
        needs=("errors.train", "history", "best_epoch"),
        judge=still_improving,
    ),
    "dev-error-rising": Rule(
        title="Dev error rose after its minimum",
        concern="variance",
        severity="high",
        needs=("errors.train", "errors.dev", "history"),
        judge=dev_error_rising,
    ),
}
