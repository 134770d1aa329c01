"""What to try next: the recipe's order, changes that the config accepts, and what not to do."""

import json
from dataclasses import replace

import pytest

from dlrecipe.diagnosis.diagnose import diagnose
from dlrecipe.diagnosis.evidence import Epoch, Evidence, InputScale
from dlrecipe.diagnosis.variance_levers import starting_l2


def changes(run):
    return [dict(step.change) for step in diagnose(run).next]


def advice(run):
    return [step.advice for step in diagnose(run).next]


def test_high_bias_asks_for_a_bigger_network_first_then_longer_training(underfitting):
    first, second, *_ = diagnose(underfitting).next
    assert first.change == {"network.hidden": [256, 128]}
    # 64-256-128-10 against 64-64-32-10, weights and biases, counted by hand.
    assert first.cost == "50,826 parameters instead of 6,570"
    assert second.change == {"training.epochs": 300, "early_stopping.patience": 30}


def test_high_bias_says_not_to_collect_data_and_nowhere_to_collect_it(underfitting):
    diagnosis = diagnose(underfitting)
    assert "Do not collect more data" in diagnosis.avoid[0]
    assert not any("more training data" in step.advice for step in diagnosis.next)


def test_what_lowers_variance_is_taken_back_before_the_network_grows(underfitting, config_of):
    config = config_of({"regularization.dropout.keep_prob": 0.5, "regularization.l2": 30.0})
    steps = changes(replace(underfitting, config=config, history=()))
    assert steps[:3] == [
        {"regularization.dropout.keep_prob": 1.0},
        {"regularization.l2": 3.0},
        {"network.hidden": [256, 128]},
    ]


def test_a_penalty_that_hardly_weighs_is_left_alone(underfitting, config_of):
    config = config_of({"regularization.l2": 0.1})
    history = (Epoch(epoch=1, cost={"train": 1.0}, penalty=0.001),)
    assert {"regularization.l2": 0.01} not in changes(replace(underfitting, config=config, history=history))


def test_a_learning_rate_far_off_comes_before_a_bigger_network(underfitting, config_of):
    run = replace(underfitting, config=config_of({"optimizer": {"type": "adam", "learning_rate": 1e-5}}))
    assert changes(run)[0] == {"optimizer.learning_rate": 0.001}


def test_high_variance_asks_for_data_then_l2_then_dropout(overfitting):
    run = replace(overfitting, n={"train": 400, "dev": 10_000})
    assert advice(run)[:3] == ["Get more training data", "Regularize with L2", "Use dropout"]
    assert changes(run)[:3] == [
        {},
        {"regularization.l2": 4.0},
        {"regularization.dropout.keep_prob": 0.8},
    ]


def test_regularization_that_is_on_is_made_stronger(overfitting, config_of):
    config = config_of({"regularization.l2": 0.5, "regularization.dropout.keep_prob": [0.9, 0.8, 0.7]})
    steps = changes(replace(overfitting, config=config))
    assert {"regularization.l2": 5.0} in steps
    # What the list says of the input stays.
    assert {"regularization.dropout.keep_prob": [0.9, 0.5, 0.5]} in steps


def test_both_high_ask_for_less_bias_first(underfitting):
    run = replace(underfitting, errors={"train": 0.15, "dev": 0.30})
    steps = advice(run)
    assert steps[0] == "Use a bigger network"
    assert steps.index("Get more training data") > steps.index("Train longer")
    assert "Do not regularize more yet" in diagnose(run).avoid[1]


def test_what_is_broken_is_mended_and_nothing_else_is_advised(underfitting, config_of):
    config = config_of({"initialization": "zeros"})
    diagnosis = diagnose(replace(underfitting, config=config, errors={"train": 0.15, "dev": 0.5}))
    assert [dict(step.change) for step in diagnosis.next] == [{"initialization": "he"}]
    assert diagnosis.verdict == "broken"


def test_after_divergence_the_steps_are_shortened_to_where_the_optimizer_usually_works(well, config_of):
    for rate, new in [(3.0, 0.001), (0.005, 0.0005), (0.001, 0.0001)]:
        config = config_of({"optimizer": {"type": "adam", "learning_rate": rate}})
        run = replace(well, status="diverged", errors={}, config=config)
        assert changes(run)[0] == {"optimizer.learning_rate": new}


def test_after_divergence_wild_weights_are_mended_before_the_learning_rate(well, config_of):
    config = config_of({"initialization": {"type": "normal", "scale": 10}})
    run = replace(well, status="diverged", errors={}, config=config)
    assert changes(run)[0] == {"initialization": "he"}


def test_an_undecided_run_is_told_how_many_dev_examples_would_decide():
    run = Evidence(errors={"train": 0.0, "dev": 0.03}, n={"train": 10_000, "dev": 300})
    diagnosis = diagnose(run)
    needed = diagnosis.gaps.variance.n_to_decide
    assert diagnosis.verdict == "undecided"
    assert f"{needed:,} examples" in diagnosis.next[0].advice
    assert f"{needed:,} dev examples would decide" in diagnosis.reason


def test_only_a_train_error_asks_for_the_dev_error():
    diagnosis = diagnose(Evidence(errors={"train": 0.0}))
    assert (diagnosis.verdict, diagnosis.next[0].advice) == ("undecided", "Measure the dev error")


def test_without_a_run_the_recipe_is_given_in_words():
    for errors in [{"train": 0.15, "dev": 0.3}, {"train": 0.01, "dev": 0.11}]:
        steps = diagnose(Evidence(errors=errors)).next
        assert len(steps) >= 4
        assert all(step.change == {} for step in steps)


def test_a_bayes_error_nobody_gave_is_pointed_out(underfitting):
    assert "diagnosis.bayes_error" in diagnose(underfitting).remarks[0]
    assert diagnose(replace(underfitting, bayes_error=0.05)).remarks == ()


@pytest.mark.parametrize(
    ("n_train", "l2"), [(None, 1.0), (50, 1.0), (211, 2.0), (1078, 10.0), (10**6, 100.0)]
)
def test_the_first_l2_grows_with_the_examples_within_bounds(n_train, l2):
    assert starting_l2(n_train) == l2


CONFIGS = [
    {},
    {"network.hidden": ()},
    {
        "network.hidden": [64],
        "network.activation": ["tanh"],
        "initialization": {"type": "normal", "scale": 10},
    },
    {"network.hidden": [], "regularization.dropout.keep_prob": [0.8]},
    {"network.hidden": [4096] * 2, "regularization": {"l2": 1.0, "l1": 0.5, "max_norm": 3.0}},
    {"network.hidden": [16] * 50, "network.activation": "tanh", "normalization": "none"},
    {"network.hidden": [8] * 12, "regularization.dropout.keep_prob": [0.9] * 13},
    {"optimizer": {"type": "nesterov", "learning_rate": 5.0}, "early_stopping": None},
    {"optimizer": {"type": "sgd"}, "training.batch_size": "full", "network.hidden": [2, 1]},
    {"initialization": "zeros", "network.activation": "sigmoid"},
]
WRONG = [
    {"errors": {"train": 0.15, "dev": 0.16}},
    {"errors": {"train": 0.01, "dev": 0.11}},
    {"errors": {"train": 0.5, "dev": 0.9}, "baseline_error": 0.5, "n_classes": 2},
    {"errors": {"train": 0.15, "dev": 0.16}, "status": "diverged"},
    {
        "errors": {"train": 0.15, "dev": 0.3},
        "inputs": InputScale(largest_mean=50.0, smallest_std=0.1, largest_std=90.0),
        "history": tuple(
            Epoch.from_record(
                {
                    "epoch": i,
                    "cost": {"train": 0.9**i},
                    "layers": {"W1": {"gradient_norm": 1e-9}, "W2": {"gradient_norm": 90.0}},
                    "activations": {"A1": {"dead": 0.9, "saturated": 0.9}},
                }
            )
            for i in range(1, 11)
        ),
        "best_epoch": 10,
    },
]


@pytest.mark.parametrize("wrong", range(len(WRONG)))
@pytest.mark.parametrize("setting", CONFIGS, ids=str)
def test_every_change_gives_a_valid_config_that_differs(well, config_of, changed, setting, wrong):
    run = replace(well, config=config_of(setting), **WRONG[wrong])
    steps = diagnose(run).next
    assert steps
    for step in steps:
        json.dumps(dict(step.change), allow_nan=False)
        if step.change:
            assert changed(run.config, step.change) != run.config, step
