"""Which epoch is the best, and when patience is used up."""

import math

import pytest

from dlrecipe.training.early_stopping import BestEpoch
from dlrecipe.training.specs import EarlyStoppingSpec

NAN = math.nan


def watch(
    errors: list[float], spec: EarlyStoppingSpec | None, costs: list[float] | None = None
) -> tuple[BestEpoch, int | None]:
    """Feed epochs; return the best and the epoch at which patience was used up. Costs are 1 unless given."""
    best = BestEpoch()
    for epoch, error in enumerate(errors, start=1):
        best.update(epoch, error, costs[epoch - 1] if costs else 1.0, spec)
        if best.exhausted(spec):
            return best, epoch
    return best, None


def best_of(
    errors: list[float], spec: EarlyStoppingSpec | None, costs: list[float] | None = None
) -> BestEpoch:
    return watch(errors, spec, costs)[0]


def stopping_epoch(
    errors: list[float], spec: EarlyStoppingSpec, costs: list[float] | None = None
) -> int | None:
    return watch(errors, spec, costs)[1]


def test_the_lowest_dev_error_is_the_best() -> None:
    assert best_of([0.5, 0.3, 0.4, 0.2, 0.6], EarlyStoppingSpec()).epoch == 4


def test_without_early_stopping_the_best_epoch_is_known_all_the_same() -> None:
    best = best_of([0.5, 0.2, 0.4], None)
    assert (best.epoch, best.error) == (2, 0.2)
    assert not best.exhausted(None)


@pytest.mark.parametrize("patience", [1, 2, 5])
def test_it_stops_after_exactly_patience_epochs_without_improvement(patience: int) -> None:
    errors = [0.5, 0.4] + [0.45] * 10
    assert stopping_epoch(errors, EarlyStoppingSpec(patience=patience)) == 2 + patience


def test_an_improvement_in_the_last_epoch_of_patience_starts_the_count_anew() -> None:
    errors = [0.5, 0.6, 0.6, 0.4, 0.6, 0.6, 0.6]
    assert stopping_epoch(errors, EarlyStoppingSpec(patience=3)) == 7


def test_a_tie_in_error_goes_to_the_lower_cost() -> None:
    best = best_of([0.3, 0.3, 0.3], EarlyStoppingSpec(), costs=[0.7, 0.5, 0.6])
    assert (best.epoch, best.cost) == (2, 0.5)


def test_of_epochs_alike_in_both_the_first_is_kept() -> None:
    assert best_of([0.3, 0.3, 0.3], EarlyStoppingSpec()).epoch == 1


def test_a_tie_in_error_at_a_lower_cost_is_an_improvement_for_the_patience() -> None:
    costs = [1.0, 0.9, 0.8, 0.8, 0.8, 0.8, 0.8]
    assert stopping_epoch([0.3] * 7, EarlyStoppingSpec(patience=3), costs) == 6


def test_a_tie_in_error_is_no_improvement_where_a_min_delta_is_asked_for() -> None:
    costs = [1.0, 0.9, 0.8, 0.7, 0.6]
    assert stopping_epoch([0.3] * 5, EarlyStoppingSpec(patience=3, min_delta=0.01), costs) == 4


def test_the_lowest_cost_is_the_best_when_the_cost_is_watched() -> None:
    spec = EarlyStoppingSpec(monitor="dev_cost", patience=2)
    errors, costs = [0.1, 0.2, 0.3, 0.3], [0.9, 0.5, 0.6, 0.7]
    assert best_of(errors, spec, costs).epoch == 2
    assert stopping_epoch(errors, spec, costs) == 4


def test_less_than_min_delta_keeps_the_better_weights_but_uses_patience() -> None:
    spec = EarlyStoppingSpec(patience=2, min_delta=0.1)
    best = best_of([0.50, 0.45, 0.44], spec)
    assert best.epoch == 3
    assert best.exhausted(spec)


def test_many_small_gains_that_add_up_to_min_delta_are_an_improvement() -> None:
    # 0.006 an epoch: every second epoch is more than 0.01 below the last improvement.
    falling = [0.5 - 0.006 * epoch for epoch in range(30)]
    assert stopping_epoch(falling, EarlyStoppingSpec(patience=3, min_delta=0.01)) is None


@pytest.mark.parametrize("monitor", ["dev_error", "dev_cost"])
@pytest.mark.parametrize(("error", "cost"), [(NAN, 0.1), (0.1, NAN), (NAN, NAN)])
def test_a_nan_is_never_the_best(monitor: str, error: float, cost: float) -> None:
    spec = EarlyStoppingSpec(monitor=monitor)  # type: ignore[arg-type]
    best = best_of([0.5, error, 0.6], spec, costs=[1.0, cost, 1.1])
    assert (best.epoch, best.error, best.cost) == (1, 0.5, 1.0)


def test_a_nan_in_the_first_epoch_does_not_block_later_ones() -> None:
    assert best_of([NAN, 0.5], EarlyStoppingSpec(), costs=[NAN, 1.0]).epoch == 2


def test_nan_epochs_use_up_patience() -> None:
    assert stopping_epoch([0.5, NAN, NAN, NAN], EarlyStoppingSpec(patience=2)) == 3
