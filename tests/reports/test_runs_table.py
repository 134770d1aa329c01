from datetime import UTC, datetime, timedelta

import pytest

from dlrecipe.reports.runs import runs_table

NOW = datetime(2025, 3, 2, 12, tzinfo=UTC)


def row(run_id, **changes):
    values = {
        "run_id": run_id,
        "status": "finished",
        "created": (NOW - timedelta(minutes=4)).isoformat(),
        "task": "classification",
        "origin": "digits",
        "errors": {"train": 0.001, "dev": 0.0195},
        "epochs_run": 31,
        "wall_s": 723.0,
    }
    return {**values, **changes}


def damaged(run_id, why):
    return {"run_id": run_id, "status": "damaged", "created": None, "damage": why}


def cells(text, run_id):
    return next(line for line in text.splitlines() if line.startswith(f"{run_id} ")).split()


def test_a_run_is_one_line_with_its_facts(printed):
    text = printed(runs_table([row("digits-1")], NOW), 120)
    expected = "digits-1 finished 4 min ago classification digits 0.10% 1.95% 31 12 min 03 s"
    assert cells(text, "digits-1") == expected.split()


def test_the_newest_run_is_last_whatever_the_order_given(printed):
    ages = {"b": 1, "a": 3, "c": 2}
    rows = [row(name, created=(NOW - timedelta(days=days)).isoformat()) for name, days in ages.items()]
    lines = printed(runs_table(rows, NOW)).splitlines()
    assert [line.split()[0] for line in lines] == ["run", "a", "c", "b"]


def test_a_damaged_run_is_listed_with_the_reason_below(printed):
    text = printed(runs_table([row("good"), damaged("bad", "run.json: not what was written")], NOW))
    assert cells(text, "bad")[1] == "damaged"
    assert text.splitlines()[-1] == "bad: run.json: not what was written"


def test_escape_sequences_from_a_file_are_shown_and_not_obeyed(printed):
    text = printed(runs_table([damaged("bad", "\x1b[31mred\x07")], NOW))
    assert "\\x1b[31mred\\x07" in text


def test_brackets_in_names_are_no_markup(printed):
    assert "[bold]x" in printed(runs_table([row("r", origin="[bold]x")], NOW), 120)


def test_a_run_without_a_result_yet_has_dashes(printed):
    running = row("r", status="running", errors={}, epochs_run=None, wall_s=None)
    assert cells(printed(runs_table([running], NOW), 120), "r")[-4:] == ["–", "–", "–", "–"]


def test_regression_errors_are_told_from_percentages(printed):
    text = printed(runs_table([row("r", task="regression", errors={"train": 0.1, "dev": 0.43})], NOW), 120)
    assert "0.430" in cells(text, "r")
    assert "1-R²" in text


@pytest.mark.parametrize("width", [40, 60, 80, 120, 200])
def test_status_and_dev_error_are_there_at_any_width(printed, width):
    run_id = "adult-income-20250301-120000-abcdeg"
    text = printed(runs_table([row(run_id, status="stopped_early")], NOW), width)
    first = text.splitlines()[1]
    assert "stopped early" in first
    assert "1.95%" in first
    assert run_id in text.replace("\n", "") or width == 40


def test_a_narrow_table_leaves_out_the_task_before_the_train_error(printed):
    text = printed(runs_table([row("digits-20250301-120000-abcdeg")], NOW), 70)
    assert "classification" not in text
    assert "0.10%" in text


@pytest.mark.parametrize(
    ("age", "text"),
    [
        (timedelta(seconds=-30), "just now"),
        (timedelta(seconds=59), "just now"),
        (timedelta(minutes=59, seconds=59), "59 min ago"),
        (timedelta(hours=23), "23 h ago"),
        (timedelta(days=13), "13 d ago"),
        (timedelta(days=60), "2025-01-01"),
    ],
)
def test_ages_are_in_one_unit_and_old_runs_have_a_date(printed, age, text):
    assert text in printed(runs_table([row("r", created=(NOW - age).isoformat())], NOW), 120)


def test_no_runs_yet_names_the_command_that_makes_one(printed):
    assert "dlrecipe train CONFIG" in printed(runs_table([], NOW))
