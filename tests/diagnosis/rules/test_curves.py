"""Training that ended too early or went on too long: when the curves say so."""

from dataclasses import replace

from dlrecipe.diagnosis.diagnose import diagnose
from dlrecipe.diagnosis.evidence import Epoch


def falling(n):
    """The cost falls by 5 % an epoch."""
    return tuple(Epoch(epoch=i, cost={"train": 0.95**i}) for i in range(1, n + 1))


def curves(dev_errors):
    """Dev errors by epoch, while the cost on train falls steadily."""
    return tuple(
        Epoch(epoch=i, cost={"train": 1 / i}, error={"dev": error})
        for i, error in enumerate(dev_errors, start=1)
    )


DOWN = [0.30, 0.20, 0.15, 0.10]


def test_a_cost_still_falling_at_the_best_epoch_asks_for_more_epochs(underfitting, found):
    run = replace(underfitting, history=falling(20), best_epoch=20, epochs_run=20)
    finding = found(run, "still-improving")
    # Four epochs of 5 %: 1 - 0.95⁴ = 18.5 %.
    assert "over the last 4 epochs the loss on train fell by 18.5%" in finding.evidence


def test_a_best_epoch_long_past_means_that_training_was_long_enough(underfitting, found):
    run = replace(underfitting, history=falling(20), best_epoch=10, epochs_run=20)
    assert found(run, "still-improving") is None


def test_a_cost_at_rest_is_not_improving(underfitting, found):
    # The fixture's cost has stood at 0.03 for its last epochs.
    assert found(replace(underfitting, best_epoch=10), "still-improving") is None


def test_a_falling_cost_in_a_run_that_does_well_raises_no_alarm(well, found):
    assert found(replace(well, history=falling(20), best_epoch=20), "still-improving") is None


def test_still_improving_needs_the_best_epoch(underfitting, missing):
    assert missing(replace(underfitting, best_epoch=None), "still-improving") == ("best_epoch",)


def test_a_penalty_that_shrinks_is_no_improvement(underfitting, found):
    history = tuple(Epoch(epoch=i, cost={"train": 2 + 0.5**i}, penalty=0.5**i) for i in range(1, 21))
    assert found(replace(underfitting, history=history, best_epoch=20), "still-improving") is None


def test_a_run_stopped_while_its_loss_fell_is_named(underfitting, found):
    # The config's patience is 10, and ten epochs of 5 % are 1 - 0.95¹⁰ = 40.1 %.
    run = replace(underfitting, history=falling(20), status="stopped_early", best_epoch=10)
    evidence = found(run, "stopped-too-early").evidence
    assert "stopped after epoch 20" in evidence
    assert "fell by 40.1%" in evidence


def test_a_run_stopped_when_its_loss_had_come_to_rest_was_stopped_in_time(underfitting, found, config_of):
    run = replace(underfitting, status="stopped_early", config=config_of({"early_stopping.patience": 3}))
    assert found(run, "stopped-too-early") is None  # the fixture's loss stood still for its last four epochs


def test_a_run_that_overfits_was_stopped_in_time(overfitting, found):
    run = replace(overfitting, history=falling(20), status="stopped_early", best_epoch=10)
    assert found(run, "stopped-too-early") is None


def test_a_run_that_finished_was_not_stopped(underfitting, found):
    assert found(replace(underfitting, history=falling(20)), "stopped-too-early") is None


def test_stopped_too_early_needs_the_status(underfitting, missing):
    assert missing(replace(underfitting, status=None), "stopped-too-early") == ("status",)


def test_two_more_wrong_of_36_are_no_rise(overfitting, found):
    history = curves([*DOWN, *[0.16] * 6])
    assert found(replace(overfitting, history=history), "dev-error-rising") is not None
    few = replace(overfitting, history=history, n={"train": 100, "dev": 36})
    assert found(few, "dev-error-rising") is None


def test_dev_error_that_rises_while_the_cost_falls_is_named(overfitting, found):
    run = replace(overfitting, history=curves([*DOWN, 0.11, 0.12, 0.12, 0.13, 0.13]))
    assert "10.0% at epoch 4 and 2.00 points more" in found(run, "dev-error-rising").evidence


def test_dev_error_that_rises_in_a_run_that_does_well_raises_no_alarm(well, found):
    assert found(replace(well, history=curves([*DOWN, *[0.13] * 6])), "dev-error-rising") is None


def test_one_bad_epoch_is_no_rise(overfitting, found):
    run = replace(overfitting, history=curves([*DOWN, 0.10, 0.10, 0.18, 0.10, 0.10]))
    assert found(run, "dev-error-rising") is None


def test_four_epochs_after_the_minimum_are_too_few_to_tell(overfitting, found):
    assert (
        found(replace(overfitting, history=curves([*DOWN, 0.2, 0.2, 0.2, 0.2])), "dev-error-rising") is None
    )


def test_a_cost_that_rises_too_is_not_overfitting(overfitting, found):
    history = tuple(
        replace(epoch, cost={"train": float(epoch.epoch)}) for epoch in curves([*DOWN, *[0.15] * 6])
    )
    assert found(replace(overfitting, history=history), "dev-error-rising") is None


def test_dev_error_rising_needs_the_dev_error(overfitting, missing):
    run = replace(overfitting, errors={"train": 0.01})
    assert missing(run, "dev-error-rising") == ("errors.dev",)


def costs(*values):
    """The cost on train by epoch."""
    return tuple(Epoch(epoch=i, cost={"train": value}) for i, value in enumerate(values, start=1))


JUMPY = costs(1.2, 0.5, 0.9, 0.4, 0.7, 0.3, 0.6, 0.28, 0.5, 0.27)


def test_a_cost_that_jumps_up_again_and_again_is_named(underfitting, found):
    run = replace(underfitting, history=JUMPY)
    assert "jumped up by half or more after 4 of 9 epochs" in found(run, "unsteady-cost").evidence


def test_jumps_of_a_loss_that_is_next_to_nothing_are_none(overfitting, found):
    small = costs(*(cost["train"] / 50 for cost in (epoch.cost for epoch in JUMPY)))
    assert found(replace(overfitting, history=small), "unsteady-cost") is None


def test_a_cost_that_jumps_in_a_run_that_does_well_raises_no_alarm(well, found):
    assert found(replace(well, history=JUMPY), "unsteady-cost") is None


def test_gradient_descent_on_whole_batches_must_fall_at_every_step(underfitting, found, config_of):
    whole = {"training.batch_size": "full", "optimizer": {"type": "sgd", "learning_rate": 0.1}}
    run = replace(underfitting, config=config_of(whole), history=costs(2.0, 1.5, 1.6, 1.2, 1.0, 0.9))
    assert "J rose at 1 of 5 steps" in found(run, "unsteady-cost").evidence
    assert found(replace(run, history=costs(2.0, 1.5, 1.4, 1.2)), "unsteady-cost") is None
    # With momentum, Adam, batches or dropout it may rise.
    for change in ({"optimizer": "adam"}, {"training.batch_size": 64}):
        assert found(replace(run, config=config_of(whole | change)), "unsteady-cost") is None
    dropping = config_of(whole | {"regularization.dropout.keep_prob": 0.8})
    assert found(replace(run, config=dropping), "unsteady-cost") is None


def test_a_loss_at_rest_too_high_asks_for_no_more_epochs(underfitting, found, config_of):
    config = config_of({"training": {"epochs": 20, "batch_size": 64}})
    rested = costs(*(0.5 + 0.5**i for i in range(1, 21)))
    run = replace(underfitting, config=config, history=rested, n={"train": 1000, "dev": 500})
    assert "over the last 4 epochs the loss on train went from 0.5" in found(run, "loss-at-rest").evidence
    assert "training.epochs" not in {path for step in diagnose(run).next for path in step.change}
    assert found(replace(run, history=falling(20)), "loss-at-rest") is None


def test_a_loss_at_rest_in_a_run_that_does_well_raises_no_alarm(well, found):
    assert found(well, "loss-at-rest") is None


def test_unsteady_cost_and_loss_at_rest_need_the_history(underfitting, missing):
    bare = replace(underfitting, history=())
    assert missing(bare, "unsteady-cost") == ("history",)
    assert missing(bare, "loss-at-rest") == ("history",)
