"""Learning-rate schedules: the factor on the learning rate at a point of the training."""

import math

from dlrecipe.optim.specs import CosineSchedule, ExponentialSchedule, Schedule, StepSchedule


def factor_at(schedule: Schedule, step: int, steps_per_epoch: int, epochs: int) -> float:
    """Return what the learning rate is multiplied by in this step.

    During the warm-up the factor rises linearly and is 1 in the warm-up's last step; the schedule's own clock
    starts after it.

    Args:
        step: counts from 0.
        epochs: the length of the whole training, which only the cosine needs.
    """
    warmup_steps = schedule.warmup_epochs * steps_per_epoch
    if step < warmup_steps:
        return min(1.0, (step + 1) / warmup_steps)
    epoch = (step - warmup_steps) / steps_per_epoch
    match schedule:
        case StepSchedule():
            factor: float = schedule.factor ** (epoch // schedule.every)
        case ExponentialSchedule():
            factor = schedule.factor**epoch
        case CosineSchedule():
            progress = min(1.0, epoch / max(epochs - schedule.warmup_epochs, 1e-9))
            cosine = (1 + math.cos(math.pi * progress)) / 2
            factor = schedule.final_fraction + (1 - schedule.final_fraction) * cosine
        case _:
            factor = 1.0
    return factor
