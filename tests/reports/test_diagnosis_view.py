"""The diagnosis in a terminal: what is on it, at any width, without colour."""

import io
from dataclasses import replace

import pytest
from rich.cells import cell_len
from rich.console import Console

from dlrecipe.diagnosis.diagnose import diagnose
from dlrecipe.diagnosis.evidence import ClassAnswers, Epoch, Evidence
from dlrecipe.reports.diagnosis import diagnosis_view

CONFIG = {
    "network": {"hidden": [64, 32], "activation": "relu"},
    "initialization": {"type": "zeros", "scale": None},
    "regularization": {"l2": 0.0, "dropout": {"keep_prob": 1.0}},
    "optimizer": {"type": "adam", "learning_rate": 0.001},
    "training": {"epochs": 100},
    "early_stopping": {"monitor": "dev_error", "patience": 10},
}
LADDER = Evidence(
    errors={"train": 0.10, "train_dev": 0.115, "dev": 0.20, "test": 1.0},
    n={"train": 1_000_000, "train_dev": 3_000, "dev": 300, "test": 300},
)
UNDERFITS = Evidence(errors={"train": 0.15, "dev": 0.16}, n={"train": 1078, "dev": 359}, config=CONFIG)
BROKEN = Evidence(
    errors={"train": 0.5, "dev": 0.5},
    config=CONFIG,
    baseline_error=0.5,
    history=tuple(Epoch(epoch=i, cost={"train": 0.6931}) for i in range(1, 9)),
)


def printed(run: Evidence, width: int) -> str:
    out = io.StringIO()
    Console(file=out, width=width).print(diagnosis_view(diagnose(run)))
    return out.getvalue()


@pytest.mark.parametrize("width", [60, 80, 200])
@pytest.mark.parametrize(
    "run", [LADDER, UNDERFITS, BROKEN, Evidence()], ids=["ladder", "bias", "broken", "none"]
)
def test_no_line_is_wider_than_the_terminal_and_no_number_is_cut(run, width):
    text = printed(run, width)
    assert max(cell_len(line) for line in text.splitlines()) <= width
    assert "…" not in text


@pytest.mark.parametrize("width", [60, 100, 200])
def test_no_line_ends_in_spaces(width):
    for run in (LADDER, UNDERFITS, BROKEN):
        assert [line for line in printed(run, width).splitlines() if line != line.rstrip()] == []


def test_fifty_layers_are_not_spelled_out():
    config = {**CONFIG, "network": {"hidden": [32] * 50, "activation": "relu"}}
    deep = Evidence(errors={"train": 0.0, "dev": 0.1}, config=config)
    assert "[32, 32, 32, … 50 in all]" in " ".join(printed(deep, 200).split())


def test_regression_without_a_run_says_what_its_errors_are_and_why_it_has_no_intervals():
    run = Evidence(task="regression", errors={"train": 0.3, "dev": 1.4}, n={"dev": 50})
    text = " ".join(printed(run, 80).split())
    assert "Error is 1 - R²" in text
    assert "No intervals: they need a run." in text


def test_text_does_not_stretch_across_a_wide_terminal():
    assert max(len(line.rstrip()) for line in printed(UNDERFITS, 200).splitlines()) <= 110


def test_the_ladder_climbs_from_the_bayes_error_to_test_with_each_gap_beside_its_split():
    lines = printed(LADDER, 80).splitlines()
    assert [line.split()[0] for line in lines[1:6]] == ["Bayes", "train", "train-dev", "dev", "test"]
    assert lines[2].split() == ["train", "10.0%", "bias", "10.0", "9.94", "to", "10.1", "HIGH"]
    assert lines[4].split()[2:4] == ["mismatch", "8.50"]
    assert lines[5].split()[1] == "100.0%"


def test_the_verdict_and_its_reason_stand_under_the_ladder():
    text = " ".join(printed(UNDERFITS, 80).split())
    assert "Verdict: training is broken" in text  # zeros, with hidden layers
    reason = " ".join(printed(Evidence(errors={"train": 0.15, "dev": 0.16}), 80).split())
    assert "Verdict: high bias Train error is 15.0 points above the Bayes error; 2 are allowed." in reason


def test_a_step_shows_the_change_from_the_present_value():
    good_start = {**CONFIG, "initialization": {"type": "he", "scale": 1.0}}
    run = Evidence(errors={"train": 0.15, "dev": 0.16}, config=good_start)
    text = printed(run, 60)
    assert "1. Use a bigger network" in text
    assert "network.hidden: [64, 32] → [256, 128]" in text
    assert "initialization: zeros → he" in printed(BROKEN, 60)


def test_what_not_to_do_is_said():
    text = printed(Evidence(errors={"train": 0.15, "dev": 0.16}), 80)
    assert "Not now" in text
    assert "Do not collect more data" in text


def test_verdicts_can_be_read_without_colour():
    text = printed(LADDER, 80)
    assert "\x1b" not in text
    assert "HIGH" in text
    assert "undecided" in text


@pytest.mark.parametrize("width", [40, 50, 57])
def test_a_narrow_terminal_costs_whole_columns_and_no_digit(width):
    text = printed(LADDER, width)
    assert max(cell_len(line) for line in text.splitlines()) <= width
    assert "…" not in text
    dev = next(line for line in text.splitlines() if line.startswith("dev"))
    # 20.0% on dev is 8.50 points above the 11.5% on train-dev.
    assert {"20.0%", "8.50"} <= set(dev.split())


def test_the_verdict_line_names_every_gap_that_is_high():
    text = printed(Evidence(errors={"train": 0.01, "dev": 0.11, "test": 0.3}), 100)
    assert "Verdict: high variance; the dev set is overfitted\n" in text
    alone = printed(Evidence(errors={"train": 0.0, "dev": 0.01, "test": 0.3}), 100)
    assert "Verdict: the dev set is overfitted\n" in alone


def test_the_recall_of_the_worst_classes_is_shown():
    answers = {str(k): ClassAnswers(n=10, right=k, predicted=k) for k in range(6)}
    text = " ".join(printed(replace(UNDERFITS, by_class={"dev": answers}), 100).split())
    assert "Recall on dev, lowest first: 0 0.00%, 1 10.0%, 2 20.0%, 3 30.0%, … 6 classes in all." in text


def test_good_errors_do_not_hide_a_class_that_is_never_named():
    answers = {
        "a": ClassAnswers(n=500, right=500, predicted=500),
        "b": ClassAnswers(n=5, right=0, predicted=0),
    }
    run = Evidence(errors={"train": 0.005, "dev": 0.005}, by_class={"train": answers})
    text = printed(run, 100)
    assert "nothing holds this run back" not in text
    assert "class b has 0.99%" in " ".join(text.split())  # 5 of 505
