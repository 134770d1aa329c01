"""What mends the steps of a training: their length, their number and the batches behind them.

Each returns steps to try, best first; in general words where no config is known.
"""

import math

from dlrecipe.diagnosis.bias_levers import FEW_STEPS
from dlrecipe.diagnosis.curve import steps_per_epoch
from dlrecipe.diagnosis.evidence import Evidence
from dlrecipe.diagnosis.settings import (
    NEXT_OF_SEARCH,
    USUAL_BATCH,
    learning_rate_of,
    longer,
    rounded,
    usual_learning_rate,
)
from dlrecipe.diagnosis.step import Step, to_learning_rate
from dlrecipe.diagnosis.wording import count, plural

MANY_BATCHES = 10
"""Ordinary batches an epoch from which a few dozen epochs are enough steps."""
TINY_BATCH = 8
"""Examples below which a batch's gradient is mostly noise."""


def shorter_steps(run: Evidence) -> list[Step]:
    """Divide the learning rate by ten, or bring it down to its usual value if that is lower still.

    Not by more than a hundred where training did not diverge: the best rate is rarely that far off, and the
    usual one would be too slow for the epochs there are (benchmarks.advice). And not from above the usual
    one to below it: of a rate three times as high a tenth left twice the error.
    """
    rate = learning_rate_of(run)
    why = "steps that overshoot make J grow instead of fall"
    if rate is None:
        return [Step(advice="Lower the learning rate tenfold", why=why)]
    usual = usual_learning_rate(run)
    new = min(rate / 10, usual) if rate > usual else rate / 10
    if run.status != "diverged":
        new = max(new, rate / 100, min(usual, rate / NEXT_OF_SEARCH) if rate > usual else 0.0)
    return [to_learning_rate(rounded(new), rate, why)]


def steadier_steps(run: Evidence) -> list[Step]:
    """Divide the learning rate by ten where it is high, else by three; larger batches where they are tiny."""
    rate = learning_rate_of(run)
    if rate is None or rate >= NEXT_OF_SEARCH * usual_learning_rate(run):
        return shorter_steps(run)
    calmer = to_learning_rate(rounded(rate / 3), rate, "J goes up and down: shorter steps follow it down")
    size = run.setting("training.batch_size")
    return [*(ordinary_batches(run) if isinstance(size, int) and size < TINY_BATCH else []), calmer]


def ordinary_batches(run: Evidence) -> list[Step]:
    """Take batches of the size that suits most data."""
    if run.setting("training.batch_size") == USUAL_BATCH:
        return []
    return [
        Step(
            advice=f"Use batches of {USUAL_BATCH} examples",
            change={"training.batch_size": USUAL_BATCH} if run.config is not None else {},
            why="larger ones take few steps an epoch, smaller ones steps that are mostly noise",
        )
    ]


def more_steps(run: Evidence) -> list[Step]:
    """Take ordinary batches; where the examples are too few to make many of them, as many more epochs."""
    n, an_epoch, epochs = run.n.get("train"), steps_per_epoch(run), run.setting("training.epochs")
    if n is None or an_epoch is None or epochs is None:
        return ordinary_batches(run)
    batches = ordinary_batches(run)
    if batches and n >= MANY_BATCHES * USUAL_BATCH:
        return batches
    patience = run.setting("early_stopping.patience")
    many = max(longer(run)["training.epochs"], math.ceil(FEW_STEPS / an_epoch))
    change = {"training.epochs": many}
    if patience is not None:
        change["early_stopping.patience"] = max(3 * patience, many // 10)
    return [
        Step(
            advice="Train longer",
            change=change,
            why=f"an epoch on {count(n)} examples is {plural(an_epoch, 'step')}, and a network takes "
            f"{count(FEW_STEPS)} or more to learn what there is",
            cost="as much more time, which is little on so few examples",
        )
    ]
