"""A recipe's table in the terminal."""

from typing import Any

from rich.console import Console

from dlrecipe.reports.recipe import SHOWN, recipe_view

LONG = {
    "network.hidden": [96, 96],
    "optimizer.type": "rmsprop",
    "regularization.dropout.keep_prob": 0.87,
    "training.batch_size": 128,
    "early_stopping.patience": 40,
}


def document(n_runs: int) -> dict[str, Any]:
    entries = [
        {
            "trial": f"r{number:02d}-0", "round": number, "seed": 0, "change": LONG if number else {},
            "judgement": "better" if number == 1 else "no better" if number else "start",
            "errors": {"train": 0.1, "dev": 0.2}, "wall_s": 1.0, "advice": "", "base": "r00-0",
        }
        for number in range(n_runs)
    ]  # fmt: skip
    return {
        "task": "classification", "entries": entries, "steps": ["r00-0", "r01-0"], "n_runs": n_runs,
        "wall_s": 1.0 * n_runs, "reason": "Why.", "test": None, "complete": True, "path": "runs/studies/a",
        "best": {"dev": 0.2, "run_id": "a", "changes": LONG, "config": "best.yaml"},
    }  # fmt: skip


def shown(n_runs: int, width: int) -> str:
    console = Console(width=width, no_color=True)
    with console.capture() as captured:
        console.print(recipe_view(document(n_runs)))
    return captured.get()


def test_changes_take_several_lines_before_what_came_of_them_is_left_out():
    text = shown(2, 80)
    assert "better" in text.splitlines()[2]
    assert max(map(len, text.splitlines())) <= 80


def test_a_recipe_that_was_left_off_before_its_first_run_ended_says_how_to_go_on():
    console = Console(width=80, no_color=True)
    with console.capture() as captured:
        console.print(recipe_view(document(0) | {"best": None, "complete": False}))
    assert "--resume goes on" in captured.get()


def test_of_a_long_recipe_the_table_shows_the_way_to_the_best():
    text = shown(SHOWN + 10, 100)
    assert text.count("better") == 1
    assert f"… and {SHOWN + 8} other runs, in the lab book." in text
