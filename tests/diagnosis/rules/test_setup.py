"""Inputs left unnormalized, dropout while underfitting: when they speak up."""

from dataclasses import replace

import pytest

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
    assert missing(run, "dropout-while-underfitting") == ("config.regularization.dropout.keep_prob",)
