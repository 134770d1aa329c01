"""What holds of every rule: a healthy run yields none, each has words and levers, order is the recipe's."""

from dataclasses import fields, replace

import pytest

from dlrecipe.diagnosis.advice import LEVERS
from dlrecipe.diagnosis.catalogue import RULES
from dlrecipe.diagnosis.diagnose import diagnose
from dlrecipe.diagnosis.evidence import ActivationStats, Epoch, Evidence, InputScale, LayerStats


def test_a_healthy_run_with_all_its_evidence_yields_no_finding(well):
    diagnosis = diagnose(well)
    assert diagnosis.not_judged == ()
    assert diagnosis.findings == ()
    assert diagnosis.verdict == "good"


def test_a_rule_lacks_exactly_what_it_needs_when_nothing_is_known():
    lacking = {rule.code: rule.missing for rule in diagnose(Evidence()).not_judged}
    assert lacking == {code: rule.needs for code, rule in RULES.items() if rule.task != "regression"}


def test_a_rule_of_the_other_task_is_neither_judged_nor_missed():
    for task, code in [("classification", "target-outliers"), ("regression", "class-ignored")]:
        assert code not in {rule.code for rule in diagnose(Evidence(task=task)).not_judged}


@pytest.mark.parametrize("code", RULES)
def test_a_rule_says_what_it_means_what_to_do_an_example_and_its_source(code):
    text = RULES[code].guidance
    assert text.meaning.endswith(".")
    assert all(text.labelled(label) for label in ("Advice:", "Example:", "Source:"))
    assert "Advice:" not in text.why


@pytest.mark.parametrize("code", RULES)
def test_a_rule_needs_only_what_evidence_can_hold(code):
    names = {field.name for field in fields(Evidence)} | {"layer_history", "activation_history"}
    assert {need.partition(".")[0] for need in RULES[code].needs} <= names


def test_every_rule_has_levers_and_no_lever_is_left_over():
    assert set(LEVERS) == set(RULES)


def test_findings_come_broken_first_then_bias_before_variance(well, config_of):
    late = tuple(
        Epoch(epoch=i, cost={"train": 1 / i}, error={"dev": e})
        for i, e in enumerate([0.4, 0.3, 0.5, 0.5, 0.5, 0.5, 0.5], start=1)
    )
    run = replace(
        well,
        errors={"train": 0.15, "dev": 0.28},
        history=late,
        best_epoch=2,
        config=config_of({"regularization.dropout.keep_prob": 0.5, "initialization": "zeros"}),
    )
    codes = [finding.code for finding in diagnose(run).findings]
    assert codes == [
        "symmetry",
        "dropout-while-underfitting",
        "high-bias",
        "dev-error-rising",
        "high-variance",
    ]


def test_what_broke_training_comes_before_what_slowed_it(underfitting, config_of):
    run = replace(
        underfitting,
        inputs=InputScale(largest_mean=500.0, smallest_std=0.3, largest_std=290.0),
        config=config_of({"normalization": "none", "initialization": "zeros"}),
    )
    codes = [finding.code for finding in diagnose(run).findings]
    assert codes[:2] == ["symmetry", "inputs-not-normalized"]


def test_the_journals_records_are_read_as_they_are_written():
    epoch = Epoch.from_record(
        {
            "epoch": 3,
            "cost": {"train": None, "dev": 0.5},
            "error": {"train": 0.1, "dev": 0.2},
            "penalty": 0.01,
            "learning_rate": 0.001,
            "layers": {"W1": {"weight_norm": 2.0, "gradient_norm": 0.1, "update_ratio": 1e-3}},
            "activations": {"A1": {"mean": 0.1, "std": 1.0, "dead": 0.2, "saturated": None}},
            "nonfinite": ["cost.train"],
        }
    )
    assert epoch.cost == {"train": None, "dev": 0.5}
    assert epoch.layers["W1"].gradient_norm == 0.1
    assert epoch.activations["A1"].dead == 0.2
    assert Epoch.from_record({"epoch": 1}).layers == {}


def codes_of(run):
    return [finding.code for finding in diagnose(run).findings]


# Errors of every kind alike: 20 on each pair of five classes.
ALIKE = {"train": [[500 if i == j else 20 for j in range(5)] for i in range(5)]}


@pytest.mark.parametrize(("end", "first"), [(0.5, "still-improving"), (0.95, "label-noise")])
def test_labels_are_doubted_first_unless_the_loss_still_falls_fast(underfitting, end, first):
    costs = [1.0, 0.9, 0.8, 0.7, 0.6, 0.55, 0.52, 0.51, 0.5, 0.5 * end]
    history = tuple(Epoch(epoch=i, cost={"train": cost}) for i, cost in enumerate(costs, start=1))
    run = replace(
        underfitting, history=history, best_epoch=10, confusion=ALIKE, n_classes=5, baseline_error=0.8
    )
    codes = codes_of(run)
    assert codes[0] == first
    assert set(codes[:2]) == {"still-improving", "label-noise"}


def test_weights_that_never_changed_come_behind_the_dead_units_that_cut_them_off(underfitting):
    still = tuple(
        replace(
            epoch,
            layers={"W1": LayerStats(update_ratio=0.0, gradient_norm=0.0, weight_norm=1.0)},
            activations={"A1": ActivationStats(dead=1.0)},
        )
        for epoch in underfitting.history
    )
    codes = codes_of(replace(underfitting, history=still))
    assert codes.index("dead-units") < codes.index("weights-unchanged")
