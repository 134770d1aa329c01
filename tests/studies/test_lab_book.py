"""The lab book in words: what was expected and what came, with the digits that the pages have."""

from typing import Any

from dlrecipe.reports.wording import error_text
from dlrecipe.studies.lab_book import Entry, expectation, looked_at_test, markdown, result

START = Entry("r0", 0, 0, "As it is", "", "", {}, {}, {}, None, "done", "r-0", {"train": 0.2, "dev": 0.30049})


def idea(**changed: Any) -> Entry:
    given: dict[str, Any] = {
        "trial": "r1", "round": 1, "seed": 3, "advice": "Normalize", "why": "scales differ", "kind": "scale",
        "change": {"normalization": "standard", "training.shuffle": True}, "changes": {}, "expects": {},
        "base": "r0", "outcome": "done", "run_id": "r-1", "errors": {"train": 0.05, "dev": 0.12345},
        "judgement": "better",
    }  # fmt: skip
    return Entry(**(given | changed))


def book(entry: Entry, task: str) -> str:
    return markdown(
        {"study_id": "a", "config": "a.yaml", "budget": "2 runs", "target_error": 0.1, "task": task,
         "checks": [], "entries": [START.to_json(), entry.to_json()], "diagnoses": {}, "best": None}
    )  # fmt: skip


def test_errors_in_the_book_have_the_digits_of_every_other_place():
    for task, dev in (("classification", "12.3%"), ("regression", "0.123")):
        assert error_text(0.12345, task) == dev
        assert f"result: train {error_text(0.05, task)}, dev {dev}; better (seed 3, `r-1`)" in book(
            idea(), task
        )
        assert f"a dev error of {error_text(0.1, task)}." in book(idea(), task)


def test_an_idea_without_figures_expects_a_lower_dev_error_and_a_start_expects_nothing():
    entry = idea(expects={"dev": 0.2})
    assert expectation(entry.to_json(), "regression") == "dev error about 0.20"
    assert expectation(idea().to_json(), "classification") == "a lower dev error"
    assert expectation(START.to_json(), "classification") == ""
    assert expectation(idea(judgement="confirmation").to_json(), "classification") == ""


def test_a_run_that_came_to_nothing_says_what_became_of_it():
    lost = idea(outcome="diverged", errors={}, error="J is not finite\nat epoch 3", run_id=None)
    assert result(lost.to_json(), "classification") == "diverged: J is not finite"
    assert "(seed 3, no run)" in book(lost, "classification")


def test_a_dev_error_that_was_chosen_below_what_test_allows_is_said_to_be_flattered():
    document: dict[str, Any] = {"task": "classification", "n_runs": 121}
    document |= {"best": {"dev": 0.0028, "changes": {"normalization": "none"}}}
    # 7 wrong of 359; Wilson's interval by its formula, as in test_intervals.
    document |= {"test": {"error": 7 / 359, "n": 359, "low": 0.00947, "high": 0.0397}}
    assert "1.95% (95%: 0.95 to 3.97, 359 examples). Dev error lies below" in looked_at_test(document)
    document["best"] = {"dev": 0.0195, "changes": {"normalization": "none"}}
    assert "Dev error" not in looked_at_test(document)


def test_changes_are_written_as_a_config_takes_them():
    assert "(`normalization: standard`, `training.shuffle: true`)" in book(idea(), "classification")
