"""The bar that runs must come up to on their way, by what the runs before gained from there on."""

import math
from collections.abc import Callable
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from dlrecipe.config.loading import load_config_text
from dlrecipe.experiment.diagnosing import diagnose_run
from dlrecipe.experiment.silence import SilentDisplay
from dlrecipe.experiment.training_run import resume
from dlrecipe.reports.summary import HEADLINES
from dlrecipe.store.listing import find_run
from dlrecipe.studies.bar import ENOUGH, PARTS, Bar, Course, Ended, bar, expected
from dlrecipe.studies.recipe import recipe
from dlrecipe.studies.recipe_budget import Budget
from dlrecipe.studies.trial import Place, Trial
from dlrecipe.studies.work import run_trial
from tests.studies.test_recipe import CONFIG, Nobody

# Runs that halve their error after the first tenth of their epochs, and twenty times it after the second.
HALVING = [Ended([0.2, 0.1, *[0.1] * 8], 0.1)] * ENOUGH
LEAST = 1e-6


def test_a_run_is_given_up_where_no_fall_of_those_before_would_bring_it_below_the_best() -> None:
    by = bar(0.1, HALVING, LEAST, "classification")
    assert by.given_up(1, 10, 0.19) == ""
    assert by.given_up(2, 10, 0.099) == ""
    assert by.given_up(1, 10, 0.21) == (
        "dev error 21.0% at best by epoch 1 of 10, where going by the runs before only 20.0% or less comes "
        "down to the best, 10.0%"
    )


def test_a_run_as_good_as_the_best_is_never_given_up() -> None:
    by = bar(1 / 3, HALVING, LEAST, "classification")
    assert all(by.given_up(epoch, 10, 1 / 3) == "" for epoch in range(1, 11))


def test_runs_are_looked_at_as_often_whatever_the_number_of_their_epochs_and_not_at_their_end() -> None:
    by = Bar(0.1, (0.1,) * (PARTS - 1), "regression")
    looks = {
        epochs: [epoch for epoch in range(1, epochs + 1) if by.given_up(epoch, epochs, 0.5)]
        for epochs in (1, 3, 20)
    }
    assert looks == {1: [], 3: [1, 2], 20: [2, 4, 6, 8, 10, 12, 14, 16, 18]}


def test_one_slow_starter_in_ten_is_not_reckoned_with_and_two_are() -> None:
    slow = Ended([0.8, 0.1, *[0.1] * 8], 0.1)
    usual = HALVING[0]
    one, two = ([slow] * n + [usual] * (10 - n) for n in (1, 2))
    assert bar(0.1, one, LEAST, "classification").highest[0] == pytest.approx(0.2)
    assert bar(0.1, two, LEAST, "classification").highest[0] == pytest.approx(0.8)


def test_too_few_runs_set_no_bar_and_their_order_does_not_count() -> None:
    assert bar(0.1, HALVING[1:], LEAST, "classification").highest == (None,) * (PARTS - 1)
    runs = [Ended([0.1 * n] * n, 0.05) for n in range(1, 20)]
    assert bar(0.05, runs, LEAST, "regression") == bar(0.05, runs[::-1], LEAST, "regression")


def test_what_is_no_number_is_no_reason_to_give_up_and_none_to_expect_much() -> None:
    by = bar(0.1, [*HALVING, Ended([None, 0.3], 0.3)], LEAST, "classification")
    assert by.given_up(1, 10, math.inf) == by.given_up(1, 10, math.nan) == ""


def test_the_course_holds_the_lowest_errors_so_far_at_each_tenth_of_the_epochs() -> None:
    course = Course(20)
    for epoch, dev in enumerate([math.nan, None, 0.5, 0.7, 0.4, 0.3], start=1):
        course.take(epoch, dev)
    assert course.lowest == [None, 0.5, 0.3]
    short = Course(2)
    short.take(1, 0.5)
    assert short.lowest == [0.5] * 5


def test_a_run_that_was_given_up_is_taken_to_have_gained_what_is_usual() -> None:
    assert expected([0.3], 0.3, HALVING, LEAST) == pytest.approx(0.15, abs=1e-5)
    assert expected([0.3], 0.3, HALVING[1:], LEAST) == pytest.approx(0.3)


def test_a_trial_below_the_bar_ends_as_a_whole_run_that_says_why_and_may_go_on(tmp_path: Path) -> None:
    (tmp_path / "notes").mkdir()
    place = Place("study", tmp_path, tmp_path / "notes")
    low = Bar(0.01, (0.02,) * (PARTS - 1), "classification")
    result = run_trial(Trial("t", load_config_text(CONFIG), diagnosed=False, bar=low), place)
    document = result.document
    assert (result.outcome, document["status"], document["epochs_run"]) == ("done", "stopped_early", 1)
    assert document["given_up"].startswith("dev error ")
    assert "the best, 1.00%" in document["given_up"]
    assert result.course == (document["errors"]["dev"],)

    run = find_run(tmp_path, document["run_id"])
    assert run.has("weights.safetensors")
    assert not run.has("diagnosis.json")
    assert HEADLINES["stopped_early"](document)[0] == "Given up at epoch 1:"
    # Its patience was not used up: no rule may say so.
    assert diagnose_run(run).run.status == "interrupted"
    # Asked again, as after a kill, it is not trained again; a person may go on with it.
    again = run_trial(Trial("t", load_config_text(CONFIG), bar=low), place)
    assert (again.run_id, again.course) == (result.run_id, result.course)
    whole = resume(run, tmp_path, SilentDisplay()).document
    assert (whole["status"], whole["epochs_run"], "given_up" in whole) == ("finished", 6, False)


def test_a_recipe_gives_runs_up_says_so_in_its_book_and_takes_none_of_them(
    tmp_path: Path, opened: Callable[[], Any]
) -> None:
    text = CONFIG.replace("epochs: 6", "epochs: 20").replace("0.0003", "0.003")
    found = recipe(load_config_text(text), tmp_path, opened, Nobody(), budget=Budget(runs=21))
    lost = [entry for entry in found["entries"] if entry["given_up"]]
    assert lost
    book = (Path(found["path"]) / "lab_book.md").read_text()
    for entry in lost:
        assert entry["judgement"] == "given up"
        assert entry["errors"]["dev"] > found["best"]["dev"]
        assert entry["trial"] != found["best"]["trial"]
        assert f"  - given up: {entry['given_up']}" in book
        assert find_run(tmp_path, entry["run_id"]).record["result"]["given_up"] == entry["given_up"]
    confirmed = [entry for entry in found["entries"] if entry["judgement"] == "confirmation"]
    assert not any(entry["given_up"] for entry in confirmed)
    # The run that is recommended has its diagnosis beside it.
    assert find_run(tmp_path, found["best"]["run_id"]).has("diagnosis.json")


def test_plans_do_not_depend_on_the_order_in_which_runs_end(tmp_path: Path) -> None:
    class Backwards:
        def run(self, trials: Any, place: Place, *, stop: Any = None) -> Any:
            yield from [run_trial(trial, place) for trial in reversed(list(trials))]

    class Forwards:
        def run(self, trials: Any, place: Place, *, stop: Any = None) -> Any:
            yield from (run_trial(trial, place) for trial in trials)

    def entries(pool: Any, folder: Path) -> list[dict[str, Any]]:
        @contextmanager
        def opened() -> Any:
            yield pool

        text = CONFIG.replace("epochs: 6", "epochs: 20").replace("0.0003", "0.003")
        found = recipe(load_config_text(text), folder, opened, Nobody(), budget=Budget(runs=25))
        return [{**entry, "run_id": "", "wall_s": 0, "spent_s": 0} for entry in found["entries"]]

    assert entries(Forwards(), tmp_path / "one") == entries(Backwards(), tmp_path / "other")


def test_a_run_that_goes_on_has_the_course_of_one_that_was_never_interrupted(tmp_path: Path) -> None:
    for name in ("cut", "whole"):
        (tmp_path / name).mkdir()
    whole = run_trial(Trial("t", load_config_text(CONFIG)), Place("study", tmp_path, tmp_path / "whole"))
    short = load_config_text(CONFIG.replace("epochs: 6", "epochs: 3"))
    place = Place("study", tmp_path, tmp_path / "cut")
    run_trial(Trial("t", short), place)
    cut = run_trial(Trial("t", short, epochs=6), place)
    assert cut.document["epochs_run"] == 6
    assert cut.course == whole.course
    assert len(cut.course) == PARTS
