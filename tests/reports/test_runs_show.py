import math
from datetime import UTC, datetime

import pytest

from dlrecipe.reports.run import run_view

NOW = datetime(2025, 3, 2, 12, tzinfo=UTC)
CONFIG = "name: digits\noptimizer: {type: adam, learning_rate: 0.001}\n"


def document(*, history=(), **record):
    facts = {
        "run_id": "digits-20250302-115600-abcdef",
        "status": "stopped_early",
        "created": "2025-03-02T11:56:00+00:00",
        "overrides": ["optimizer.learning_rate=0.01"],
        "data": {
            "origins": {"train": "digits", "dev": "digits"},
            "n": {"train": 1078, "dev": 359, "test": 360},
            "task": "classification",
            "classes": ["0", "1", "2"],
            "n_features": 64,
        },
        "network": {"widths": [64, 64, 32, 10], "n_params": 6570},
        "looks": {"test": 0},
        "result": {
            "errors": {"train": 0.001, "dev": 0.0195},
            "cost": {"train": 0.012, "dev": 0.0815},
            "epochs_run": 31,
            "epochs_planned": 100,
            "best_epoch": 21,
            "kept_epoch": 20,
            "wall_s": 1.2,
            "examples_per_s": 91234.0,
        },
        "files": {"weights.safetensors": "abcdef0123456789"},
        "environment": {"numpy": "2.0.0", "threads": 2, "git": {"commit": "6db0d4c", "dirty": True}},
    }
    facts |= record
    return {
        "run_id": facts["run_id"],
        "status": facts["status"],
        "path": "runs/digits-20250302-115600-abcdef",
        "record": facts,
        "config": CONFIG,
        "history": list(history),
    }


def epochs(n, error=lambda e: 1 / e, cost=lambda e: 2 / e):
    return [
        {
            "epoch": e,
            "error": {"train": error(e) / 2, "dev": error(e)},
            "cost": {"train": cost(e) / 2, "dev": cost(e)},
        }
        for e in range(1, n + 1)
    ]


def fact(text, name):
    line = next(line for line in text.splitlines() if line.strip().startswith(f"{name}  "))
    return line.strip().removeprefix(name).strip()


def test_the_facts_of_a_run_are_listed(printed):
    text = printed(run_view(document(), NOW))
    assert text.splitlines()[0] == "digits-20250302-115600-abcdef  stopped early"
    assert fact(text, "created") == "2025-03-02 11:56:00 UTC, 4 min ago"
    assert fact(text, "--set") == "optimizer.learning_rate=0.01"
    assert fact(text, "data") == "digits"
    assert fact(text, "task") == "classification, 3 classes, 64 features"
    assert fact(text, "examples") == "train 1,078, dev 359, test 360"
    assert fact(text, "network") == "64-64-32-10, 6,570 parameters"
    assert fact(text, "error") == "train 0.10%, dev 1.95%"
    assert fact(text, "epochs") == "31 of 100; best 21, kept 20"
    assert fact(text, "looks at test") == "none yet"


def test_files_and_environment_are_listed(printed):
    text = printed(run_view(document(), NOW))
    assert fact(text, "weights.safetensors") == "sha256 abcdef012345…"
    assert fact(text, "git") == "commit 6db0d4c, dirty true"


def test_the_config_can_be_copied_as_it_stands(printed):
    assert printed(run_view(document(), NOW)).endswith(CONFIG.rstrip())


def test_an_evaluated_test_split_is_shown_with_the_number_of_looks(printed):
    text = printed(run_view(document(looks={"test": 2}, evaluations={"test": {"error": 0.025}}), NOW))
    assert fact(text, "test error") == "2.50%"
    assert fact(text, "looks at test") == "2"


def test_a_run_that_has_only_begun_is_shown_without_a_result(printed):
    text = printed(run_view(document(status="running", result=None, files={}), NOW))
    assert "running" in text.splitlines()[0]
    assert "epochs " not in text


def test_a_record_that_lacks_all_but_the_basics_is_shown(printed):
    bare = document()
    bare["record"] = {"run_id": "r", "status": "running", "created": "2025-03-02T11:56:00+00:00"}
    assert "4 min ago" in printed(run_view(bare, NOW))


def test_curves_show_the_range_of_the_errors_and_the_last_epoch(printed):
    text = printed(run_view(document(history=epochs(40, error=lambda e: 0.5 - 0.01 * e)), NOW))
    assert "Error: train dotted, dev solid" in text
    assert "epoch 40" in text


def test_one_epoch_makes_no_curve(printed):
    assert "dotted" not in printed(run_view(document(history=epochs(1)), NOW))


@pytest.mark.parametrize("bad", [None, math.nan, math.inf])
def test_figures_that_are_not_finite_leave_a_gap_in_the_curve(printed, bad):
    history = epochs(10)
    history[-1]["cost"] = {"train": bad, "dev": bad}
    assert "J: train dotted" in printed(run_view(document(history=history), NOW))


@pytest.mark.parametrize("width", [40, 60, 200])
def test_nothing_is_wider_than_the_terminal(printed, width):
    printed(run_view(document(history=epochs(300)), NOW), width)  # the fixture measures every line
