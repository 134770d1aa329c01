"""Comparisons: what is listed, and when a dev error is called better.

The intervals' own numbers are checked in tests/diagnosis; here it matters that they are used.
"""

import pytest

from dlrecipe.reports.comparison import above_lowest, compare_table

# Newcombe 1998, Statistics in Medicine 17:873, table II, method 10: 56/70 - 48/80 is 0.20 (0.0524, 0.3339).
NEWCOMBE = ((56, 70), (48, 80), (0.0524, 0.3339))


def run(number, error, n=359, **changes):
    values = {
        "run_id": f"digits-2025030{number}-120000-abcdef",
        "status": "finished",
        "task": "classification",
        "errors": {"train": 0.001, "dev": error},
        "cost": {"train": 0.0123, "dev": 0.0815},
        "n": {"train": 1078, "dev": n},
        "n_params": 6570,
        "epochs_run": 31,
        "kept_epoch": 21,
        "wall_s": 1.2,
    }
    return {**values, **changes}


def compared(*runs, **settings):
    return compare_table({"runs": list(runs), "settings": settings})


def cells(text, label):
    line = next(line for line in text.splitlines() if line.startswith(label))
    return line.removeprefix(label).split()


def test_the_gap_between_two_runs_has_newcombes_interval():
    (a, n_a), (b, n_b), (low, high) = NEWCOMBE
    worse, best = above_lowest([run(1, a / n_a, n_a), run(2, b / n_b, n_b)])
    assert worse.value == pytest.approx(0.2)
    assert worse.interval == pytest.approx((low, high), abs=5e-5)
    assert worse.is_real
    assert best.value == 0
    assert not best.is_real


def test_a_difference_within_noise_marks_nobody(printed):
    text = printed(compared(run(1, 7 / 359), run(2, 9 / 359)))
    assert cells(text, "dev error") == ["1.95%", "2.51%"]
    assert "No difference in dev error is beyond noise" in text


def test_the_same_errors_on_a_larger_dev_set_are_told_apart(printed):
    text = printed(compared(run(1, 0.0195, 50_000), run(2, 0.0251, 50_000)))
    assert cells(text, "dev error") == ["*1.95%", "2.51%"]


def test_the_lowest_is_marked_with_all_that_cannot_be_told_from_it(printed):
    text = printed(compared(run(1, 0.02), run(2, 0.11), run(3, 0.025)))
    assert cells(text, "dev error") == ["*2.00%", "11.0%", "*2.50%"]
    assert cells(text, "above lowest") == ["+9.00", "+0.50"]


def test_regression_is_judged_by_bootstrap_intervals(printed):
    def fitted(number, error, interval):
        return run(
            number, error, task="regression", metrics={"dev": {"rmse": 1.0, "error_interval": interval}}
        )

    apart = printed(compared(fitted(1, 0.3, [0.28, 0.32]), fitted(2, 0.5, [0.45, 0.55])))
    assert cells(apart, "dev 1-R²") == ["*0.300", "0.500"]
    close = printed(compared(fitted(1, 0.3, [0.2, 0.4]), fitted(2, 0.35, [0.25, 0.45])))
    assert cells(close, "dev 1-R²") == ["0.300", "0.350"]


def test_without_intervals_nobody_is_marked(printed):
    text = printed(compared(run(1, 0.3, task="regression"), run(2, 0.9, task="regression")))
    assert cells(text, "dev 1-R²") == ["0.300", "0.900"]
    assert "none is marked" in text


def test_runs_of_unlike_tasks_are_not_compared(printed):
    text = printed(compared(run(1, 0.3), run(2, 0.9, task="regression")))
    assert "different tasks" in text
    assert "above lowest" not in text


@pytest.mark.parametrize("error", [None, float("nan"), float("inf")])
def test_a_run_without_a_finite_dev_error_is_shown_and_not_judged(printed, error):
    text = printed(compared(run(1, error, status="diverged"), run(2, 0.02)))
    assert "diverged" in text
    assert "*" not in text


def test_settings_are_written_as_yaml_reads_them(printed):
    settings = {
        "network.hidden": [[64, 32], [128]],
        "early_stopping.patience": [None, 10],
        "data.split.stratify": [True, False],
        "optimizer.learning_rate": [0.001, 1e-5],
    }
    text = printed(compare_table({"runs": [run(1, 0.02), run(2, 0.02)], "settings": settings}))
    assert cells(text, "network.hidden") == ["[64,", "32]", "[128]"]
    assert cells(text, "early_stopping.patience") == ["–", "10"]
    assert cells(text, "data.split.stratify") == ["true", "false"]
    assert cells(text, "optimizer.learning_rate") == ["0.001", "1e-05"]


def test_the_name_is_no_setting_of_the_experiment(printed):
    assert "name" not in printed(compared(run(1, 0.02), run(2, 0.02), name=["a", "b"]))


@pytest.mark.parametrize("width", [40, 60, 200])
def test_many_runs_wrap_into_blocks_and_none_is_lost(printed, width):
    text = printed(compared(*(run(number, 0.02) for number in range(9))), width)
    heads = [line.split()[1:] for line in text.splitlines() if line.startswith("run ")]
    assert [head for block in heads for head in block] == [str(number) for number in range(1, 10)]
    assert (len(heads) == 1) == (width == 200)
    for number in range(9):
        assert f"digits-2025030{number}-120000-abcdef" in text
