"""Networks that cannot fit by their make, and data that cannot be fitted."""

from dataclasses import replace

import pytest

from dlrecipe.diagnosis.diagnose import diagnose
from dlrecipe.diagnosis.evidence import DataFinding, Epoch

LEAK = DataFinding(
    code="target-leak", title="A column gives the target away", severity="warning", evidence="x", remedy="y"
)


def test_two_units_for_ten_digits_are_too_few_and_sixty_four_are_not(underfitting, found, config_of):
    small = replace(underfitting, config=config_of({"network.hidden": [2]}))
    assert found(small, "too-little-capacity").evidence.startswith("a hidden layer of 2 units for 10 classes")
    assert found(replace(small, config=config_of({"network.hidden": [64]})), "too-little-capacity") is None


def test_a_small_network_under_dropout_is_not_yet_known_to_be_too_small(underfitting, found, config_of):
    config = config_of({"network.hidden": [2], "regularization.dropout.keep_prob": 0.5})
    assert found(replace(underfitting, config=config), "too-little-capacity") is None


@pytest.mark.parametrize("penalty", [{"regularization.l2": 10_000.0}, {"regularization.l1": 1_000.0}])
def test_a_penalty_of_a_large_part_of_m_is_too_strong(underfitting, well, found, config_of, penalty):
    config = config_of(penalty)
    assert found(replace(underfitting, config=config), "penalty-too-strong")
    assert found(replace(well, config=config), "penalty-too-strong") is None


@pytest.mark.parametrize(("fall", "is_named"), [(0.01, True), (0.06, False)])
def test_a_penalty_that_is_most_of_j_is_no_cause_while_the_loss_falls_fast(
    underfitting, found, config_of, fall, is_named
):
    # Over the last fifth, two epochs of ten, the loss falls by 2% and by 12%.
    history = tuple(
        Epoch(epoch=at, cost={"train": (1 - fall) ** at + 1.0}, penalty=1.0) for at in range(1, 11)
    )
    config = config_of({"regularization.l2": 1000.0})
    run = replace(underfitting, config=config, history=history)
    assert (found(run, "penalty-too-strong") is not None) == is_named


def test_a_weight_decay_a_hundred_times_the_usual_is_too_strong(underfitting, found, config_of):
    def decayed(decay):
        config = config_of({"optimizer": {"type": "adamw", "learning_rate": 0.001, "weight_decay": decay}})
        return replace(underfitting, config=config)

    evidence = found(decayed(50.0), "penalty-too-strong").evidence
    assert evidence.startswith("weight_decay 50, where adamw usually takes 0.01")
    assert {"optimizer.weight_decay": 0.01} in [dict(step.change) for step in diagnose(decayed(50.0)).next]
    assert found(decayed(0.3), "penalty-too-strong") is None


def test_no_hidden_layer_is_too_little_where_it_underfits(underfitting, well, found, config_of):
    config = config_of({"network.hidden": []})
    evidence = found(replace(underfitting, config=config), "too-little-capacity").evidence
    assert evidence.startswith("no hidden layer: logistic regression; train error 15.0%")
    assert found(replace(well, config=config), "too-little-capacity") is None


def test_a_tight_bound_on_the_weights_is_named(underfitting, found, config_of):
    config = config_of({"regularization.max_norm": 0.05})
    assert found(replace(underfitting, config=config), "max-norm-too-tight")


def test_small_normal_weights_in_eight_layers_lose_the_signal_and_in_one_do_not(
    underfitting, found, config_of
):
    weights = {"initialization": {"type": "normal", "scale": 0.01}}
    deep = config_of({**weights, "network.hidden": [32] * 8})
    assert "of the signal passes 8 hidden layers" in (
        found(replace(underfitting, config=deep), "initialization-too-small").evidence
    )
    shallow = config_of({**weights, "network.hidden": [32]})
    assert found(replace(underfitting, config=shallow), "initialization-too-small") is None


def test_dev_at_the_level_of_a_guess_beside_a_fitted_train_set_points_to_the_rows(overfitting, found):
    run = replace(overfitting, errors={"train": 0.1, "dev": 0.88})
    assert "makes 90" in found(run, "dev-at-chance").evidence
    assert diagnose(run).findings[0].code == "dev-at-chance"
    assert found(replace(run, n={"train": 100, "dev": 10}), "dev-at-chance") is None


def test_labels_look_wrong_where_the_loss_on_dev_rises_while_both_errors_are_high(underfitting, found):
    errors = [0.4, 0.2, 0.21, 0.21, 0.22, 0.22, 0.23]
    history = tuple(
        Epoch(
            epoch=i,
            cost={"train": 1.0 / i, "dev": 1.0 + (i > 2) * i / 10},
            error={"train": 0.18, "dev": error},
        )
        for i, error in enumerate(errors, start=1)
    )
    run = replace(underfitting, errors={"train": 0.18, "dev": 0.2}, history=history)
    assert "after epoch 2 the loss on train fell" in found(run, "label-noise").evidence


NOISY = {
    "errors": {"train": 0.20, "dev": 0.22},
    "n": {"train": 1000, "dev": 500},
    "baseline_error": 0.9,
}


def test_labels_look_wrong_where_the_network_errs_as_often_when_it_is_sure(underfitting, found):
    sure = {"train": 0.16, "dev": 0.18}
    assert (
        "surest of it errs on 16.7%"
        in found(replace(underfitting, **NOISY, confident_errors=sure), "label-noise").evidence
    )
    unsure = {"train": 0.05, "dev": 0.08}
    assert found(replace(underfitting, **NOISY, confident_errors=unsure), "label-noise") is None
    # One that is hardly better than a guess is not sure of anything.
    lost = replace(
        underfitting,
        **{**NOISY, "errors": {"train": 0.6, "dev": 0.6}},
        confident_errors={"train": 0.58, "dev": 0.58},
    )
    assert found(lost, "label-noise") is None


def test_labels_are_not_doubted_on_a_dev_set_of_a_dozen_nor_where_dev_is_at_chance(underfitting, found):
    sure = {"train": 0.16, "dev": 0.18}
    few = replace(underfitting, **{**NOISY, "n": {"train": 1000, "dev": 12}}, confident_errors=sure)
    assert found(few, "label-noise") is None
    at_chance = replace(
        underfitting, **{**NOISY, "errors": {"train": 0.2, "dev": 0.89}}, confident_errors=sure
    )
    assert {"label-noise", "dev-at-chance"} & {f.code for f in diagnose(at_chance).findings} == {
        "dev-at-chance"
    }


def test_labels_are_not_doubted_where_training_itself_went_wrong(underfitting, config_of):
    sure = {"train": 0.16, "dev": 0.18}
    run = replace(underfitting, **NOISY, confident_errors=sure)
    slow = replace(run, config=config_of({"optimizer": {"type": "adam", "learning_rate": 1e-6}}))
    assert "label-noise" in {f.code for f in diagnose(run).findings}
    assert "label-noise" not in {f.code for f in diagnose(slow).findings}


def test_a_network_that_began_to_learn_by_heart_is_judged_by_dev_alone(overfitting, found):
    # Between "no better than chance" (a tenth of the way) and learned, there is no gap.
    run = replace(overfitting, errors={"train": 0.76, "dev": 0.886}, baseline_error=0.887)
    assert found(run, "dev-at-chance") is not None


def test_a_leak_that_the_checks_saw_comes_first_even_where_all_looks_well(well):
    diagnosis = diagnose(replace(well, data_findings=(LEAK,)))
    assert [finding.code for finding in diagnosis.findings] == ["target-leak"]
    assert diagnosis.next[0].advice == "y"


def test_notes_on_the_data_are_no_findings_of_a_run(underfitting):
    note = replace(LEAK, severity="note")
    assert "target-leak" not in {
        f.code for f in diagnose(replace(underfitting, data_findings=(note,))).findings
    }


def test_labels_are_not_doubted_by_the_errors_of_a_network_too_small_to_fit_any(
    underfitting, found, config_of
):
    # A line through classes that no line parts errs on 33.1% of the half it is surest of, on 32.4% of all.
    sure = {"train": 0.16, "dev": 0.18}
    run = replace(underfitting, **NOISY, confident_errors=sure)
    assert found(run, "label-noise")
    for hidden in ([], [2]):
        small = replace(run, config=config_of({"network.hidden": hidden}))
        assert found(small, "too-little-capacity")
        assert found(small, "label-noise") is None


def test_thirty_numbers_do_not_tell_that_dev_is_no_better_than_a_guess(overfitting, found):
    run = replace(
        overfitting,
        task="regression",
        errors={"train": 0.0, "dev": 0.96},
        n={"train": 90, "dev": 30},
        baseline_error=1.0,
        error_intervals={"dev": (0.62, 1.55)},
    )
    assert found(run, "dev-at-chance") is None
    assert found(replace(run, error_intervals={"dev": (0.85, 1.1)}), "dev-at-chance")


def test_dev_at_chance_says_nothing_of_the_rows_where_train_is_hardly_learned(overfitting, found):
    saturated = replace(overfitting, errors={"train": 0.74, "dev": 0.84}, baseline_error=0.89)
    assert found(saturated, "dev-at-chance") is None
    assert found(replace(saturated, errors={"train": 0.3, "dev": 0.84}), "dev-at-chance")
