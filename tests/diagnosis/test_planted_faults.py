"""Runs with one fault planted: what mends it is advised first, and its effects are not taken for causes."""

from dataclasses import replace

import pytest

from dlrecipe.diagnosis.diagnose import diagnose
from dlrecipe.diagnosis.evidence import ActivationStats, ClassAnswers, Epoch, Evidence

RARE = {
    "errors": {"train": 0.0117, "dev": 0.0118},
    "baseline_error": 0.0117,
    "n_classes": 2,
    "class_counts": {"train": {"honest": 17_789, "fraud": 211}},
    "by_class": {
        "train": {
            "honest": ClassAnswers(n=17_789, right=17_789, predicted=18_000),
            "fraud": ClassAnswers(n=211, right=0, predicted=0),
        }
    },
}


def changes(run):
    return [dict(step.change) for step in diagnose(run).next]


def advice(run):
    return [step.advice for step in diagnose(run).next]


def test_a_majority_class_predictor_is_told_to_weigh_the_classes(well):
    diagnosis = diagnose(replace(well, **RARE))
    assert diagnosis.verdict == "broken"
    assert {"no-better-than-chance", "class-ignored"} <= {finding.code for finding in diagnosis.findings}
    first, *others = diagnosis.next
    assert dict(first.change) == {"loss": {"type": "cross_entropy", "class_weights": "balanced"}}
    assert any("recall" in step.advice for step in others)
    assert any("inputs say anything" in step.advice for step in others)
    assert not any("learning_rate" in str(step.change) for step in others)


def test_classes_that_are_weighed_already_are_not_weighed_again(well, config_of):
    config = config_of({"loss": {"type": "cross_entropy", "class_weights": "balanced"}})
    run = replace(well, config=config, **RARE)
    assert "class-ignored" in {finding.code for finding in diagnose(run).findings}
    assert not any("loss" in change for change in changes(run))


def test_an_ignored_class_of_a_run_that_is_good_otherwise_has_advice(well):
    answers = {
        "a": ClassAnswers(n=500, right=500, predicted=510),
        "b": ClassAnswers(n=490, right=490, predicted=490),
        "c": ClassAnswers(n=10, right=0, predicted=0),
    }
    diagnosis = diagnose(replace(well, by_class={"train": answers}))
    assert diagnosis.verdict == "good"
    assert "class_weights" in str(diagnosis.next[0].change)


def test_dead_units_under_strong_dropout_ask_for_less_dropout_alone(underfitting, config_of):
    config = config_of({"regularization.dropout.keep_prob": 0.1})
    dead = (Epoch(epoch=1, cost={"train": 2.0}, activations={"A1": ActivationStats(dead=0.62)}),)
    run = replace(underfitting, config=config, history=dead)
    assert "dead-units" in {finding.code for finding in diagnose(run).findings}
    assert changes(run)[0] == {"regularization.dropout.keep_prob": 1.0}
    assert {"network.activation": "leaky_relu"} not in changes(run)


def test_a_learning_rate_far_too_low_is_raised_before_the_penalty_is_lowered(underfitting, config_of):
    config = config_of({"optimizer": {"type": "adam", "learning_rate": 1e-6}, "regularization.l2": 1.0})
    history = tuple(Epoch(epoch=i, cost={"train": 2.8}, penalty=0.4) for i in range(1, 21))
    run = replace(
        underfitting, errors={"train": 0.9, "dev": 0.9}, config=config, history=history, initial_cost={}
    )
    assert diagnose(run).verdict == "broken"
    assert changes(run)[:2] == [{"optimizer.learning_rate": 0.001}, {"regularization.l2": 0.1}]


@pytest.mark.parametrize("train", [0.44, 0.5])
def test_linear_layers_ask_for_relu_first_whether_or_not_they_are_at_chance(underfitting, config_of, train):
    run = replace(
        underfitting,
        errors={"train": train, "dev": train},
        baseline_error=0.5,
        config=config_of({"network.activation": "identity"}),
        history=tuple(Epoch(epoch=i, cost={"train": 0.9}) for i in range(1, 13)),
    )
    assert changes(run)[0] == {"network.activation": "relu"}
    assert "collapse to a single one" in diagnose(run).next[0].why


def test_a_deep_sigmoid_at_chance_asks_for_relu_before_gradients_or_labels_are_doubted(
    underfitting, config_of
):
    config = config_of({"network.hidden": [64] * 6, "network.activation": "sigmoid"})
    history = tuple(Epoch(epoch=i, cost={"train": 2.303}) for i in range(1, 31))
    run = replace(
        underfitting, errors={"train": 0.898, "dev": 0.9}, config=config, history=history, initial_cost={}
    )
    diagnosis = diagnose(run)
    assert diagnosis.reason.startswith("Sigmoid in a deep network.")
    assert changes(run)[0] == {"network.activation": "relu"}


OUTLIERS = {"task": "regression", "errors": {"train": 0.9, "dev": 2e8}, "baseline_error": 1.0}


def test_targets_far_out_are_to_be_checked_and_another_loss_tried(well, config_of):
    config = config_of({"data": {"source": "diabetes"}})
    run = replace(well, **OUTLIERS, target_reach=1e6, config=config, n_targets=1)
    assert "largest and smallest targets" in advice(run)[0]
    assert changes(run)[1] == {"loss": "mae"}
    robust = replace(run, config=config_of({"data": {"source": "diabetes"}, "loss": "huber"}))
    assert not any("loss" in change for change in changes(robust))


def test_a_wild_start_that_nothing_can_be_done_about_does_not_silence_the_rest(well, config_of):
    config = config_of({"data": {"source": "diabetes"}})
    run = replace(well, **OUTLIERS, config=config, n_targets=1, initial_cost={"train": 6.6})
    diagnosis = diagnose(run)
    assert diagnosis.findings[0].code == "initial-loss"
    assert diagnosis.next


def test_l1_and_l2_share_the_penalty_that_is_known_only_as_a_sum(underfitting, config_of):
    config = config_of({"regularization.l2": 50.0, "regularization.l1": 50.0})
    history = (Epoch(epoch=1, cost={"train": 1.0}, penalty=0.441),)
    steps = diagnose(replace(underfitting, config=config, history=history)).next
    quoting = [step.why for step in steps if "44.1%" in step.why]
    assert quoting == [
        "L2 keeps the weights small, and the network cannot fit; L2 and L1 together make up 44.1% of J"
    ]


def noisy(dev_later, dev_best=0.31):
    """The curve of labels partly wrong: at epoch 4 dev is at its best, and train error falls on."""
    train = [0.5, 0.3, 0.25, 0.21, 0.20, 0.19, 0.18, 0.18, 0.17]
    dev = [0.5, 0.4, 0.35, dev_best, *[dev_later] * 5]
    return tuple(
        Epoch(epoch=i, cost={"train": 0.95**i}, error={"train": a, "dev": b})
        for i, (a, b) in enumerate(zip(train, dev, strict=True), start=1)
    )


def test_wrong_labels_are_a_candidate_where_fitting_on_no_longer_pays_on_dev(underfitting):
    run = replace(underfitting, errors={"train": 0.21, "dev": 0.31}, n={"train": 360, "dev": 120})
    for status in ("finished", "stopped_early"):
        steps = advice(replace(run, history=noisy(0.32), status=status, best_epoch=4))
        assert steps[0] == "Look through the 76 train errors by hand for wrong labels"
    still_falling = replace(run, history=noisy(0.28), best_epoch=9)
    assert not any("wrong labels" in step for step in advice(still_falling))


def test_a_dev_error_near_the_train_error_does_not_point_to_labels(underfitting):
    # 3 points apart at dev's best epoch, which a dev set of 120 examples shows by chance.
    history = noisy(0.25, dev_best=0.24)
    run = replace(underfitting, errors={"train": 0.21, "dev": 0.24}, history=history, best_epoch=4)
    assert not any("wrong labels" in step for step in advice(run))


TOLD_TWICE = Evidence(
    errors={"train": 0.01, "dev": 0.03, "test": 0.2},
    n={"train": 1000, "dev": 200, "test": 500},
    target_error=0.001,
)


@pytest.mark.parametrize("run", [TOLD_TWICE, Evidence(errors={"train": 0.01, "dev": 0.11, "test": 0.3})])
def test_a_dev_overfit_that_is_the_largest_gap_comes_first(run):
    diagnosis = diagnose(run)
    assert diagnosis.next[0].advice.startswith("Get a new, bigger dev set")
    assert "Test error is 1" in diagnosis.reason


def test_a_smaller_mismatch_comes_second(well):
    errors = {"train": 0.30, "train_dev": 0.31, "dev": 0.41}
    steps = advice(Evidence(errors=errors))
    assert steps[0] == "Use a bigger network"
    assert steps[1].startswith("Look through 100 dev errors")


def test_a_dev_error_below_the_bayes_error_refutes_it():
    for n in ({}, {"train": 10_000, "dev": 10_000}):
        diagnosis = diagnose(Evidence(errors={"train": 0.01, "dev": 0.11}, bayes_error=0.15, n=n))
        assert any("The Bayes error given, 15.0%, cannot be right" in text for text in diagnosis.remarks)
    by_chance = Evidence(errors={"train": 0.15, "dev": 0.14}, bayes_error=0.15, n={"train": 100, "dev": 100})
    assert not any("cannot be right" in text for text in diagnose(by_chance).remarks)


def test_a_dev_error_far_below_the_train_error_is_remarked_on():
    n = {"train": 100, "dev": 100}
    remarks = diagnose(Evidence(errors={"train": 0.3, "dev": 0.1}, n=n)).remarks
    assert any("20.0 points" in text and "below train error" in text for text in remarks)
    near = diagnose(Evidence(errors={"train": 0.3, "dev": 0.27}, n=n)).remarks
    assert not any("below train error" in text for text in near)


def test_one_dev_example_is_said_to_tell_nothing_and_not_to_be_at_a_limit():
    diagnosis = diagnose(Evidence(errors={"train": 0.0, "dev": 0.0}, n={"train": 10_000, "dev": 1}))
    # Wilson's upper end at 0 errors is z²/(n + z²): 2% at n = 3.8416 · 49, or 188.2.
    told = "that tells next to nothing, with 1 dev example; it would take about 189 dev examples to decide."
    assert told in diagnosis.reason
    assert "limit" not in diagnosis.reason
    assert [step.advice for step in diagnosis.next] == ["Give dev more examples"]
