"""Label smoothing, class weights and eps far outside of what anyone uses: when they speak up."""

from dataclasses import replace

import pytest

from dlrecipe.diagnosis.diagnose import diagnose
from dlrecipe.diagnosis.evidence import Evidence

CODES = ("label-smoothing-too-strong", "class-weights-extreme", "eps-too-large")


def with_loss(config_of, **options):
    return config_of({"loss": {"type": "cross_entropy", **options}})


def first_change(run: Evidence):
    return dict(diagnose(run).next[0].change)


@pytest.mark.parametrize(("smoothing", "fires"), [(0.95, True), (0.5, True), (0.49, False), (0.1, False)])
def test_smoothing_is_too_strong_from_a_half_on(underfitting, found, config_of, smoothing, fires):
    run = replace(underfitting, config=with_loss(config_of, label_smoothing=smoothing))
    finding = found(run, "label-smoothing-too-strong")
    assert (finding is not None) == fires
    if fires:
        assert f"label_smoothing {smoothing:g} with train error 15.0%" in finding.evidence
        assert first_change(run) == {"loss.label_smoothing": 0.1}


@pytest.mark.parametrize(
    ("weights", "fires"),
    [({"3": 100}, True), ({"3": 0.005}, True), ({"3": 99}, False), ({"3": 10, "4": 0.2}, False)],
)
def test_a_class_that_weighs_a_hundred_times_another_is_named(underfitting, found, config_of, weights, fires):
    run = replace(underfitting, config=with_loss(config_of, class_weights=weights))
    finding = found(run, "class-weights-extreme")
    assert (finding is not None) == fires
    if fires and "3" in weights and weights["3"] == 100:
        assert "100 for 3 and 1 for the lightest class" in finding.evidence


def test_all_classes_with_a_weight_of_a_thousand_are_named(underfitting, found, config_of):
    weights = {str(digit): 1_000 for digit in range(10)}
    run = replace(underfitting, config=with_loss(config_of, class_weights=weights))
    assert found(run, "class-weights-extreme") is not None


def test_weights_that_make_up_for_the_sizes_of_the_classes_are_not_extreme(underfitting, found, config_of):
    config = with_loss(config_of, class_weights={"fraud": 500})
    run = replace(underfitting, n_classes=2, config=config)
    fits = replace(run, class_counts={"train": {"fraud": 20, "ok": 9_980}})
    assert found(fits, "class-weights-extreme") is None
    alike = replace(run, class_counts={"train": {"fraud": 5_000, "ok": 5_000}})
    assert found(alike, "class-weights-extreme") is not None
    assert first_change(alike) == {"loss.class_weights": "none"}
    rare = replace(run, class_counts={"train": {"fraud": 900, "ok": 9_100}})
    assert first_change(rare) == {"loss.class_weights": "balanced"}


@pytest.mark.parametrize("optimizer", ["adam", "adamw", "rmsprop"])
@pytest.mark.parametrize(("eps", "fires"), [(0.1, True), (1.0, True), (0.01, False)])
def test_eps_is_too_large_from_a_tenth_on(underfitting, found, config_of, optimizer, eps, fires):
    run = replace(underfitting, config=config_of({"optimizer": {"type": optimizer, "eps": eps}}))
    finding = found(run, "eps-too-large")
    assert (finding is not None) == fires
    if fires:
        assert f"eps {eps:g} with {optimizer}" in finding.evidence
        assert first_change(run) == {"optimizer.eps": 1e-8}


def test_an_optimizer_without_eps_and_a_loss_of_numbers_raise_no_alarm(underfitting, found, config_of):
    assert found(replace(underfitting, config=config_of({"optimizer.type": "sgd"})), "eps-too-large") is None
    assert all(
        found(replace(underfitting, config=config_of({"loss": "auto"})), code) is None for code in CODES
    )


def test_extreme_settings_of_a_run_that_does_well_raise_no_alarm(well, found, config_of):
    loss = {"type": "cross_entropy", "label_smoothing": 0.9, "class_weights": {"3": 1_000}}
    run = replace(well, config=config_of({"loss": loss, "optimizer": {"type": "adam", "eps": 1.0}}))
    assert [code for code in CODES if found(run, code)] == []


def test_they_need_the_config(underfitting, missing):
    run = replace(underfitting, config=None)
    assert all(any(each.startswith("config") for each in missing(run, code)) for code in CODES)
