import pytest

from dlrecipe.reports.summary import training_summary


def result(status="finished", **changes):
    document = {
        "schema_version": 1,
        "run_id": "digits-20250101-120000-abcdef",
        "status": status,
        "path": "runs/digits-20250101-120000-abcdef",
        "task": "classification",
        "epochs_run": 31,
        "epochs_planned": 100,
        "best_epoch": 21,
        "kept_epoch": 21,
        "patience": 10,
        "n": {"train": 1078, "dev": 359, "test": 360},
        "errors": {"train": 0.0, "dev": 7 / 359},
        "cost": {"train": 0.0123, "dev": 0.0815},
        "wall_s": 1.234,
        "examples_per_s": 89312.3,
    }
    return {**document, **changes}


def words(text):
    return " ".join(text.split())


def test_an_early_stop_is_told_with_its_reason_and_the_weights_that_are_kept(printed):
    text = words(printed(training_summary(result("stopped_early"))))
    assert "Stopped early at epoch 31: dev error had not improved for 10 epochs." in text
    assert "The weights of epoch 21, the best by dev error, are kept" in text


def test_an_early_stop_on_the_cost_names_the_cost(printed):
    text = words(printed(training_summary(result("stopped_early", monitor="dev_cost"))))
    assert "J on dev had not improved for 10 epochs" in text


def test_a_best_epoch_within_the_patience_is_explained_by_a_tie(printed):
    text = words(printed(training_summary(result("stopped_early", best_epoch=30, kept_epoch=30))))
    assert "epoch 30, the best by dev error (of equal ones, the lowest J), are kept" in text


def test_a_best_epoch_as_long_ago_as_the_patience_needs_no_tie(printed):
    assert "equal" not in printed(training_summary(result("stopped_early")))


def test_a_finished_run_that_keeps_its_last_weights_says_that_an_earlier_epoch_was_better(printed):
    text = words(printed(training_summary(result(epochs_run=100, kept_epoch=100))))
    assert "Finished: 100 epochs, as planned." in text
    assert "The weights of epoch 100 are kept; dev error was lowest at epoch 21." in text


def test_a_single_epoch_is_no_epochs(printed):
    text = words(printed(training_summary(result(epochs_run=1))))
    assert "Finished: 1 epoch, as planned." in text


def test_a_diverged_run_says_what_happened_what_is_kept_and_what_to_try(printed):
    diverged = result("diverged", epochs_run=3, kept_epoch=0, best_epoch=0, learning_rate=1.0)
    text = words(printed(training_summary(diverged)))
    assert "Diverged in epoch 3: J or a weight was no longer a finite number." in text
    assert "The initial weights are kept" in text
    assert "--set optimizer.learning_rate=0.1" in text
    assert "dlrecipe diagnose digits-20250101-120000-abcdef" in text


def test_an_interrupted_run_says_how_to_go_on(printed):
    text = words(printed(training_summary(result("interrupted"))))
    assert "Interrupted after epoch 31 of 100; a checkpoint is saved." in text
    assert "Next: dlrecipe resume digits-20250101-120000-abcdef" in text


def test_a_failed_run_gives_the_reason_without_figures(printed):
    text = words(printed(training_summary(result("failed", reason="the disk is full", errors={}, cost={}))))
    assert "Failed: the disk is full." in text


@pytest.mark.parametrize("width", [40, 60, 200])
def test_the_figures_stand_in_columns_by_split_at_any_width(printed, width):
    lines = printed(training_summary(result()), width).splitlines()
    assert ["train", "dev", "test"] in [line.split() for line in lines]
    assert ["error", "0.00%", "1.95%", "unseen"] in [line.split() for line in lines]
    assert ["J", "0.01230", "0.08150"] in [line.split() for line in lines]
    assert ["examples", "1,078", "359", "360"] in [line.split() for line in lines]


def test_time_speed_place_and_next_command_are_named(printed):
    text = words(printed(training_summary(result())))
    assert "1.2 s 89,312 examples/s runs/digits-20250101-120000-abcdef" in text
    assert text.endswith("Next: dlrecipe diagnose digits-20250101-120000-abcdef")


def test_regression_shows_one_minus_r2_rmse_and_mae(printed):
    metrics = {
        "train": {"n": 1078, "rmse": 43.1234, "mae": 35.2, "error": 0.4},
        "dev": {"n": 359, "rmse": 55.12, "mae": 44.9, "error": 0.5},
    }
    shown = training_summary(result(task="regression", errors={"train": 0.4, "dev": 0.5}, metrics=metrics))
    lines = [line.split() for line in printed(shown).splitlines()]
    assert ["1-R²", "0.400", "0.500", "unseen"] in lines
    assert ["RMSE", "43.12", "55.12"] in lines
    assert ["MAE", "35.2", "44.9"] in lines


def test_a_confusion_matrix_among_the_metrics_is_left_to_others(printed):
    text = printed(training_summary(result(metrics={"dev": {"confusion": [[1, 0], [0, 1]], "n": 2}})))
    assert "CONFUSION" not in text.upper()


def test_a_train_dev_split_has_its_column_between_train_and_dev(printed):
    shown = training_summary(result(errors={"train": 0.1, "train_dev": 0.11, "dev": 0.2}))
    assert ["error", "10.0%", "11.0%", "20.0%", "unseen"] in [
        line.split() for line in printed(shown).splitlines()
    ]


def test_averaged_weights_are_called_so(printed):
    text = words(printed(training_summary(result(kept_epoch=21, averaged=True))))
    assert "The averaged weights of epoch 21" in text
