"""Early stopping: which epoch's weights are kept, and when there is no more point in going on.

It stops when the dev error has not improved for `patience` epochs and keeps the weights of the lowest one.
The course's caution: it is not orthogonal. It makes J worse in order to make the variance better, so the two
can no longer be tuned apart; with `early_stopping: null` and an L2 penalty they can.
"""

import math
from dataclasses import dataclass

from dlrecipe.training.specs import EarlyStoppingSpec


@dataclass
class BestEpoch:
    """The best epoch so far and the number of epochs since the last real improvement.

    `to_beat` is the monitored figure at that improvement. It is not always the best one: below it the
    figure may creep by less than min_delta an epoch, and what it gains counts once the sum is large enough.
    """

    epoch: int = 0
    error: float = math.inf
    cost: float = math.inf
    epochs_without_improvement: int = 0
    to_beat: float = math.inf

    def update(self, epoch: int, error: float, cost: float, spec: EarlyStoppingSpec | None) -> bool:
        """Take in an epoch's dev error and cost; return whether it is the best so far.

        A tie of the monitored figure goes to the lower other one, and counts as an improvement unless there
        is a min_delta: on a small dev set the error moves in steps, and between two of them the cost tells
        that training still gets somewhere. A NaN is never the best.
        """
        by_cost = spec is not None and spec.monitor == "dev_cost"
        new, old = (
            ((cost, error), (self.cost, self.error)) if by_cost else ((error, cost), (self.error, self.cost))
        )
        min_delta = spec.min_delta if spec is not None else 0.0
        is_best = new < old and not any(math.isnan(figure) for figure in new)
        if is_best and (min_delta == 0 or new[0] < self.to_beat - min_delta):
            self.to_beat = new[0]
            self.epochs_without_improvement = 0
        else:
            self.epochs_without_improvement += 1
        if is_best:
            self.epoch, self.error, self.cost = epoch, error, cost
        return is_best

    def exhausted(self, spec: EarlyStoppingSpec | None) -> bool:
        """Return whether the patience is used up."""
        return spec is not None and self.epochs_without_improvement >= spec.patience
