"""Training that went wrong: diverged, symmetric, unmoved, no better than chance."""

import math
from dataclasses import replace

from dlrecipe.diagnosis.diagnose import diagnose
from dlrecipe.diagnosis.evidence import Epoch


def history(*costs, penalty=0.0):
    return tuple(
        Epoch(epoch=i, cost={"train": cost}, penalty=penalty) for i, cost in enumerate(costs, start=1)
    )


def test_a_run_that_ended_as_diverged_is_broken(underfitting):
    run = replace(underfitting, status="diverged", epochs_run=3, history=history(0.7, 90.0, None))
    diagnosis = diagnose(run)
    assert diagnosis.verdict == "broken"
    assert diagnosis.findings[0].code == "diverged"
    assert "0.7 to 90" in diagnosis.findings[0].evidence


def test_a_cost_that_grew_a_thousandfold_is_diverged_whatever_the_status_says(underfitting, found):
    assert found(replace(underfitting, history=history(0.7, 701.0)), "diverged") is not None


def test_a_cost_that_grew_a_hundredfold_is_not_diverged(underfitting, found):
    assert found(replace(underfitting, history=history(0.7, 70.0)), "diverged") is None


def test_diverged_needs_the_status(underfitting, missing):
    assert missing(replace(underfitting, status=None), "diverged") == ("status",)


def test_zeros_with_hidden_layers_are_symmetric(underfitting, found, config_of):
    run = replace(underfitting, config=config_of({"initialization": "zeros"}))
    assert "2 hidden layers" in found(run, "symmetry").evidence


def test_zeros_without_hidden_layers_are_a_fine_start(underfitting, found, config_of):
    run = replace(underfitting, config=config_of({"initialization": "zeros", "network.hidden": ()}))
    # Without hidden layers the rule has nothing to say, and its evidence is all there.
    assert "symmetry" not in {finding.code for finding in diagnose(run).findings}


def test_zeros_in_a_run_that_does_well_raise_no_alarm(well, found, config_of):
    assert found(replace(well, config=config_of({"initialization": "zeros"})), "symmetry") is None


def test_symmetry_needs_the_config(underfitting, missing):
    assert "config.initialization.type" in missing(replace(underfitting, config=None), "symmetry")


def test_a_cost_of_ln_2_throughout_did_not_move(underfitting, found):
    # The course's zeros example: error 50 %, J = ln 2.
    run = replace(
        underfitting, errors={"train": 0.5}, baseline_error=0.5, history=history(*[math.log(2)] * 20)
    )
    assert "0.6931 to 0.6931" in found(run, "loss-did-not-move").evidence


def test_a_growing_penalty_does_not_hide_that_the_loss_stands_still(underfitting, found):
    run = replace(
        underfitting,
        errors={"train": 0.5},
        baseline_error=0.5,
        history=tuple(
            Epoch(epoch=i, cost={"train": 0.69 + penalty}, penalty=penalty)
            for i, penalty in enumerate([0.5, 0.4, 0.2], start=1)
        ),
    )
    assert found(run, "loss-did-not-move") is not None


def test_a_loss_at_rest_well_below_chance_is_no_standstill(underfitting, found):
    # A linear model that has learned all it can in its first epoch.
    run = replace(underfitting, errors={"train": 0.3}, baseline_error=0.5, n_classes=2)
    assert found(replace(run, history=history(0.55, 0.55, 0.55)), "loss-did-not-move") is None


def test_loss_did_not_move_needs_the_history(underfitting, missing):
    assert missing(replace(underfitting, history=()), "loss-did-not-move") == ("history",)


def test_a_train_error_near_the_majoritys_is_chance(underfitting, found):
    run = replace(underfitting, errors={"train": 0.36}, baseline_error=0.37)
    assert "always the commonest class makes 37.0%" in found(run, "no-better-than-chance").evidence


def test_an_eighth_less_error_than_the_majority_is_better_than_chance(underfitting, found):
    run = replace(underfitting, errors={"train": 0.32}, baseline_error=0.37)
    assert found(run, "no-better-than-chance") is None


def test_rare_classes_within_the_allowance_raise_no_alarm(well, found):
    # 1 % of fraud, and a network that never says fraud: nothing is above the 2 points it may take.
    run = replace(well, errors={"train": 0.01, "dev": 0.01}, baseline_error=0.01)
    assert found(run, "no-better-than-chance") is None


def test_no_better_than_chance_needs_the_baseline(underfitting, missing):
    run = replace(underfitting, baseline_error=None)
    assert missing(run, "no-better-than-chance") == ("baseline_error",)
