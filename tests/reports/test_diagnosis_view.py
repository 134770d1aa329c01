"""The diagnosis in a terminal: what is on it, at any width, without colour."""

import io

import pytest
from rich.cells import cell_len
from rich.console import Console

from dlrecipe.diagnosis.diagnose import diagnose
from dlrecipe.diagnosis.evidence import Epoch, Evidence
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


def test_text_does_not_stretch_across_a_wide_terminal():
    assert max(len(line.rstrip()) for line in printed(UNDERFITS, 200).splitlines()) <= 110


def test_the_ladder_climbs_from_the_bayes_error_to_test_with_each_gap_beside_its_split():
    lines = printed(LADDER, 80).splitlines()
    assert [line.split()[0] for line in lines[1:6]] == ["Bayes", "train", "train-dev", "dev", "test"]
    assert lines[2].split() == ["train", "10.0%", "bias", "10.0", "9.9", "to", "10.1", "HIGH"]
    assert lines[4].split()[2:4] == ["mismatch", "8.5"]
    assert lines[5].split()[1] == "100.0%"


def test_the_verdict_and_its_reason_stand_under_the_ladder():
    text = " ".join(printed(UNDERFITS, 80).split())
    assert "Verdict: training is broken" in text  # zeros, with hidden layers
    reason = " ".join(printed(Evidence(errors={"train": 0.15, "dev": 0.16}), 80).split())
    assert "Verdict: high bias Train error is 15.0 points above the Bayes error; 2.0 are allowed." in reason


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
