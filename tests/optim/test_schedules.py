"""Learning-rate schedules against their closed forms."""

import math
from itertools import pairwise

import pytest

from dlrecipe.optim.schedules import factor_at
from dlrecipe.optim.specs import ConstantSchedule, CosineSchedule, ExponentialSchedule, Schedule, StepSchedule

STEPS_PER_EPOCH = 7
EPOCHS = 100


def at_epoch(schedule: Schedule, epoch: int) -> float:
    """Return the factor of the first step after `epoch` finished epochs."""
    return factor_at(schedule, epoch * STEPS_PER_EPOCH, STEPS_PER_EPOCH, EPOCHS)


def factors(schedule: Schedule) -> list[float]:
    return [factor_at(schedule, step, STEPS_PER_EPOCH, EPOCHS) for step in range(EPOCHS * STEPS_PER_EPOCH)]


@pytest.mark.parametrize(
    ("schedule", "expected"),
    [
        (ConstantSchedule(), {0: 1, 50: 1, 99: 1}),
        (StepSchedule(every=30, factor=0.1), {0: 1, 29: 1, 30: 0.1, 59: 0.1, 60: 0.01, 99: 0.001}),
        (ExponentialSchedule(factor=0.95), {0: 1, 1: 0.95, 2: 0.9025, 10: 0.95**10}),
        (CosineSchedule(), {0: 1, 25: (1 + math.sqrt(0.5)) / 2, 50: 0.5, 75: (1 - math.sqrt(0.5)) / 2}),
        (CosineSchedule(final_fraction=0.2), {0: 1, 50: 0.6, 100: 0.2}),
    ],
)
def test_factors_at_chosen_epochs(schedule: Schedule, expected: dict[int, float]) -> None:
    for epoch, factor in expected.items():
        assert at_epoch(schedule, epoch) == pytest.approx(factor, rel=1e-12)


def test_starts_at_the_full_learning_rate(schedule_class: type) -> None:
    assert at_epoch(schedule_class(), 0) == 1.0


def test_never_rises_without_a_warm_up(schedule_class: type) -> None:
    series = factors(schedule_class())
    assert series == sorted(series, reverse=True)
    assert 0 < series[-1] <= 1


def test_step_drops_at_an_epochs_first_step_and_not_one_earlier() -> None:
    schedule = StepSchedule(every=3, factor=0.5)
    drop = 3 * STEPS_PER_EPOCH
    assert [factor_at(schedule, step, STEPS_PER_EPOCH, EPOCHS) for step in (drop - 1, drop)] == [1.0, 0.5]


def test_exponential_falls_in_equal_ratios_from_step_to_step() -> None:
    series = factors(ExponentialSchedule(factor=0.5))
    ratios = [after / before for before, after in pairwise(series)]
    assert ratios == pytest.approx([0.5 ** (1 / STEPS_PER_EPOCH)] * len(ratios), rel=1e-12)


@pytest.mark.parametrize("final_fraction", [0.0, 0.1, 1.0])
def test_cosine_ends_at_the_final_fraction_and_stays_there(final_fraction: float) -> None:
    schedule = CosineSchedule(final_fraction=final_fraction)
    assert at_epoch(schedule, EPOCHS) == pytest.approx(final_fraction, abs=1e-15)
    assert at_epoch(schedule, EPOCHS + 5) == pytest.approx(final_fraction, abs=1e-15)


def test_cosine_never_reaches_a_learning_rate_of_zero_while_training() -> None:
    assert min(factors(CosineSchedule())) > 0


def test_warm_up_rises_in_equal_steps_to_the_full_value_whatever_the_schedule(schedule_class: type) -> None:
    warm_up_steps = 5 * STEPS_PER_EPOCH
    warmed = factors(schedule_class(warmup_epochs=5))
    rise = [(i + 1) / warm_up_steps for i in range(warm_up_steps)]
    assert warmed[:warm_up_steps] == pytest.approx(rise)
    assert warmed[warm_up_steps - 1] == 1


def test_the_schedule_runs_its_whole_course_after_the_warm_up(schedule_class: type) -> None:
    warm_up_steps = 20 * STEPS_PER_EPOCH
    warmed = factors(schedule_class(warmup_epochs=20))
    alone = [factor_at(schedule_class(), step, STEPS_PER_EPOCH, EPOCHS - 20) for step in range(80 * 7)]
    assert warmed[warm_up_steps:] == pytest.approx(alone, rel=1e-12)


def test_warm_up_may_last_part_of_an_epoch() -> None:
    # Half an epoch of 8 steps is 4 steps: ¼, ½, ¾, 1.
    schedule = ConstantSchedule(warmup_epochs=0.5)
    assert [factor_at(schedule, step, 8, EPOCHS) for step in range(6)] == [0.25, 0.5, 0.75, 1, 1, 1]
