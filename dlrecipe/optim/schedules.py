"""Learning-rate schedules: the factor on the learning rate at a point of the training."""

import math

from dlrecipe.optim.specs import CosineSchedule, ExponentialSchedule, Schedule, StepSchedule


def factor_at(schedule: Schedule, step: int, steps_per_epoch: int, epochs: int) -> float:
    """Return what the learning rate is multiplied by in this step.

    During the warm-up the factor rises linearly and reaches its full value in the warm-up's last step; it
    multiplies the schedule's own factor, whose clock starts with the training.

    Args:
        step: counts from 0.
        epochs: the length of the whole training, which only the cosine needs.
    """
    epoch = step / steps_per_epoch
    factor: float
    match schedule:
        case StepSchedule():
            factor = schedule.factor ** (epoch // schedule.every)
        case ExponentialSchedule():
            factor = schedule.factor**epoch
        case CosineSchedule():
            cosine = (1 + math.cos(math.pi * min(1.0, epoch / epochs))) / 2
            factor = schedule.final_fraction + (1 - schedule.final_fraction) * cosine
        case _:
            factor = 1.0
    warmup_steps = schedule.warmup_epochs * steps_per_epoch
    return factor * min(1.0, (step + 1) / warmup_steps) if warmup_steps else factor
