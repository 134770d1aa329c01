"""Training that went wrong: diverged, symmetric, unmoved, no better than chance."""

import math
from dataclasses import replace

import pytest

from dlrecipe.diagnosis.diagnose import diagnose
from dlrecipe.diagnosis.evidence import ClassAnswers, Epoch


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
    assert "0.6931 after the first epoch, 0.6931 after 20" in found(run, "loss-did-not-move").evidence


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


def test_never_naming_a_rare_class_is_not_good_however_low_the_error(well):
    # 1.2% of fraud, and a network that never says fraud: no gap is above its 2 points.
    run = replace(well, errors={"train": 0.0117, "dev": 0.0118}, baseline_error=0.0117)
    diagnosis = diagnose(run)
    assert (diagnosis.gaps.bias.verdict, diagnosis.gaps.variance.verdict) == ("low", "low")
    assert diagnosis.verdict == "broken"
    assert diagnosis.findings[0].code == "no-better-than-chance"


def test_a_network_that_finds_some_of_a_rare_class_gains_enough(well, found):
    run = replace(well, errors={"train": 0.0100, "dev": 0.0101}, baseline_error=0.0117)
    assert found(run, "no-better-than-chance") is None


def test_at_the_bayes_error_there_is_nothing_to_gain(well, found):
    run = replace(well, errors={"train": 0.15, "dev": 0.16}, baseline_error=0.16, bayes_error=0.15)
    assert found(run, "no-better-than-chance") is None


@pytest.mark.parametrize(("rare_right", "fires"), [(80, False), (12, True)])
def test_with_weighted_classes_recall_counts_and_not_the_error(well, found, config_of, rare_right, fires):
    # 100 rare among 10,000: error above the baseline's 1% by intention.
    loss = {"type": "cross_entropy", "class_weights": "balanced"}
    answers = {
        "honest": ClassAnswers(n=9900, right=9000, predicted=9000),
        "fraud": ClassAnswers(n=100, right=rare_right, predicted=1000),
    }
    run = replace(
        well,
        errors={"train": 0.09, "dev": 0.09},
        baseline_error=0.01,
        by_class={"train": answers},
        config=config_of({"loss": loss}),
    )
    assert (found(run, "no-better-than-chance") is not None) == fires


def test_no_better_than_chance_needs_the_baseline(underfitting, missing):
    run = replace(underfitting, baseline_error=None)
    assert missing(run, "no-better-than-chance") == ("baseline_error",)


WILD = {"initial_cost": {"train": 2321.0}, "n_classes": 2}


def test_a_first_loss_in_the_thousands_is_named_beside_that_of_a_guess(underfitting, found):
    # ln 2 = 0.6931: what two classes cost a network that has no opinion.
    evidence = found(replace(underfitting, **WILD), "initial-loss").evidence
    assert "2321" in evidence
    assert "ln 2 = 0.6931" in evidence


def test_a_first_loss_of_twice_a_guess_is_ordinary(underfitting, found):
    assert found(replace(underfitting, initial_cost={"train": 2 * math.log(10)}), "initial-loss") is None


def test_a_penalty_in_the_first_cost_is_no_loss(underfitting, found):
    run = replace(underfitting, initial_cost={"train": 402.4}, initial_penalty=400.0)
    assert found(run, "initial-loss") is None


def test_a_wild_start_that_ended_well_raises_no_alarm(well, found):
    assert found(replace(well, **WILD), "initial-loss") is None


def test_in_regression_the_guess_is_half_the_variance_of_each_target(underfitting, found, config_of):
    numbers = replace(
        underfitting,
        task="regression",
        config=config_of({"task": "regression", "loss": "mse"}),
        n_classes=None,
        n_targets=2,
    )
    # He's weights give outputs of twice the target's variance: a loss of three guesses is what they start at.
    assert found(replace(numbers, initial_cost={"train": 11.9}), "initial-loss") is None
    assert found(replace(numbers, initial_cost={"train": 12.1}), "initial-loss") is not None


def test_where_the_targets_scale_is_not_known_the_first_loss_says_nothing(underfitting, found, config_of):
    config = config_of({"task": "regression", "loss": "mse", "target_normalization": "none"})
    run = replace(underfitting, task="regression", config=config, n_targets=1, initial_cost={"train": 5000.0})
    assert found(run, "initial-loss") is None


def test_initial_loss_needs_the_cost_before_the_first_step(underfitting, missing):
    run = replace(underfitting, initial_cost={}, initial_penalty=None)
    assert missing(run, "initial-loss") == ("initial_cost.train", "initial_penalty")
