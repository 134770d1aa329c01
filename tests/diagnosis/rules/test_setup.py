"""Inputs left unnormalized, targets far out, linear and sigmoid stacks, dropout: when they speak up."""

from dataclasses import replace

import pytest

from dlrecipe.diagnosis.diagnose import diagnose
from dlrecipe.diagnosis.evidence import InputScale

UNLIKE = InputScale(largest_mean=500.0, smallest_std=0.3, largest_std=290.0)


def test_unlike_scales_without_normalization_are_named(underfitting, found, config_of):
    run = replace(underfitting, inputs=UNLIKE, config=config_of({"normalization": "none"}))
    assert "from 0.3 to 290" in found(run, "inputs-not-normalized").evidence


def test_centred_inputs_of_unlike_scales_are_named_too(underfitting, found, config_of):
    inputs = InputScale(largest_mean=0.0, smallest_std=0.1, largest_std=1.1)
    run = replace(underfitting, inputs=inputs, config=config_of({"normalization": "center"}))
    assert found(run, "inputs-not-normalized") is not None


def test_inputs_of_like_scale_need_no_normalization(underfitting, found, config_of):
    inputs = InputScale(largest_mean=0.5, smallest_std=0.1, largest_std=0.9)
    run = replace(underfitting, inputs=inputs, config=config_of({"normalization": "none"}))
    assert found(run, "inputs-not-normalized") is None


def test_unlike_scales_in_a_run_that_does_well_raise_no_alarm(well, found, config_of):
    run = replace(well, inputs=UNLIKE, config=config_of({"normalization": "none"}))
    assert found(run, "inputs-not-normalized") is None


def test_inputs_not_normalized_needs_their_scale(underfitting, missing):
    assert missing(replace(underfitting, inputs=None), "inputs-not-normalized") == ("inputs",)


@pytest.mark.parametrize("keep_prob", [0.5, [1.0, 0.5, 1.0]])
def test_dropout_on_a_network_that_underfits_is_named(underfitting, found, config_of, keep_prob):
    config = config_of({"regularization.dropout.keep_prob": keep_prob})
    assert (
        "keep_prob 0.5" in found(replace(underfitting, config=config), "dropout-while-underfitting").evidence
    )


def test_dropout_on_a_network_that_overfits_is_right(overfitting, found, config_of):
    config = config_of({"regularization.dropout.keep_prob": 0.5})
    assert found(replace(overfitting, config=config), "dropout-while-underfitting") is None


def test_dropout_while_underfitting_needs_the_config(underfitting, missing):
    run = replace(underfitting, config=None)
    assert "config.regularization.dropout.keep_prob" in missing(run, "dropout-while-underfitting")


def test_a_keep_prob_below_a_half_is_too_strong_and_named_once(underfitting, found, config_of):
    run = replace(underfitting, config=config_of({"regularization.dropout.keep_prob": 0.1}))
    assert "keep_prob 0.1" in found(run, "dropout-too-strong").evidence
    assert found(run, "dropout-while-underfitting") is None


def test_a_keep_prob_of_a_half_is_not_too_strong(underfitting, found, config_of):
    run = replace(underfitting, config=config_of({"regularization.dropout.keep_prob": 0.5}))
    assert found(run, "dropout-too-strong") is None


def test_strong_dropout_in_a_run_that_does_well_raises_no_alarm(well, found, config_of):
    run = replace(well, config=config_of({"regularization.dropout.keep_prob": 0.3}))
    assert found(run, "dropout-too-strong") is None


def test_dropout_too_strong_needs_the_config(underfitting, missing):
    run = replace(underfitting, config=None)
    assert "config.regularization.dropout.keep_prob" in missing(run, "dropout-too-strong")


def test_hidden_layers_without_a_bend_are_named(underfitting, found, config_of):
    run = replace(underfitting, config=config_of({"network.activation": "identity"}))
    assert "identity in 2 hidden layers" in found(run, "stacked-linear-layers").evidence


def test_one_layer_with_a_bend_is_enough(underfitting, found, config_of):
    run = replace(underfitting, config=config_of({"network.activation": ["identity", "relu"]}))
    assert found(run, "stacked-linear-layers") is None


def test_linear_layers_that_fit_a_linear_problem_are_right(well, found, config_of):
    run = replace(well, config=config_of({"network.activation": "identity"}))
    assert found(run, "stacked-linear-layers") is None


def test_logistic_regression_has_no_stack(underfitting, found, config_of):
    config = config_of({"network.activation": "identity", "network.hidden": []})
    codes = {finding.code for finding in diagnose(replace(underfitting, config=config)).findings}
    assert "stacked-linear-layers" not in codes


def test_stacked_linear_layers_needs_the_config(underfitting, missing):
    run = replace(underfitting, config=None)
    assert "config.network.activation" in missing(run, "stacked-linear-layers")


@pytest.mark.parametrize(("depth", "fires"), [(6, True), (4, True), (3, False)])
def test_sigmoid_is_named_from_four_hidden_layers_on(underfitting, found, config_of, depth, fires):
    config = config_of({"network.hidden": [64] * depth, "network.activation": "sigmoid"})
    finding = found(replace(underfitting, config=config), "deep-sigmoid")
    assert (finding is not None) == fires
    if depth == 4:
        assert "0.0039 at best" in finding.evidence  # 1/4⁴ = 1/256


def test_deep_sigmoid_that_fits_raises_no_alarm(well, found, config_of):
    config = config_of({"network.hidden": [64] * 6, "network.activation": "sigmoid"})
    assert found(replace(well, config=config), "deep-sigmoid") is None


def test_deep_sigmoid_needs_the_config(underfitting, missing):
    assert "config.network.hidden" in missing(replace(underfitting, config=None), "deep-sigmoid")


def test_targets_far_out_are_named(well, found):
    run = replace(well, task="regression", errors={"train": 0.9, "dev": 2e8}, target_reach=1e6)
    assert "1,000,000 robust standard deviations" in found(run, "target-outliers").evidence


def test_a_normal_targets_tails_are_no_outliers(well, found):
    run = replace(well, task="regression", errors={"train": 0.9, "dev": 0.9}, target_reach=4.5)
    assert found(run, "target-outliers") is None


def test_outliers_that_a_run_copes_with_raise_no_alarm(well, found):
    run = replace(well, task="regression", errors={"train": 0.01, "dev": 0.02}, target_reach=100.0)
    assert found(run, "target-outliers") is None


def test_target_outliers_needs_their_reach(well, missing):
    run = replace(well, task="regression", errors={"train": 0.9, "dev": 0.9})
    assert missing(run, "target-outliers") == ("target_reach",)


def test_dropout_that_half_as_much_again_is_lost_to_is_named(underfitting, found):
    run = replace(underfitting, dropout_costs={"with": 1.9, "without": 1.0})
    assert "1.9 with dropout and 1 without" in found(run, "dropout-disturbs").evidence
    mild = replace(underfitting, dropout_costs={"with": 1.4, "without": 1.0})
    assert found(mild, "dropout-disturbs") is None


def test_dropout_may_outweigh_a_loss_that_is_next_to_nothing(well, found):
    run = replace(well, dropout_costs={"with": 0.05, "without": 0.001})
    assert found(run, "dropout-disturbs") is None


def test_dropout_disturbs_needs_both_losses(underfitting, missing):
    assert missing(replace(underfitting, dropout_costs=None), "dropout-disturbs") == ("dropout_costs",)


def test_augmentation_on_a_network_that_underfits_is_named(underfitting, overfitting, found, config_of):
    config = config_of({"augmentation": [{"type": "noise", "std": 5.0}]})
    run = replace(underfitting, config=config)
    assert "augmentation noise" in found(run, "augmentation-underfitting").evidence
    assert found(underfitting, "augmentation-underfitting") is None
    assert found(replace(overfitting, config=config), "augmentation-underfitting") is None


def test_augmentation_needs_the_config(underfitting, missing):
    assert "config" in missing(replace(underfitting, config=None), "augmentation-underfitting")
