"""The recipe going round its loop."""

from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from dlrecipe.config.loading import LoadedConfig, load_config, load_config_text
from dlrecipe.errors import InputError
from dlrecipe.store.listing import find_run
from dlrecipe.store.seal import LINE
from dlrecipe.store.strict_json import encode
from dlrecipe.studies.lab_book import Entry
from dlrecipe.studies.recipe import recipe
from dlrecipe.studies.recipe_budget import Budget
from dlrecipe.studies.recipe_choice import chosen
from dlrecipe.studies.recipe_ideas import doublings, kind_of

CONFIG = """
name: small
data: {source: {type: synthetic, generator: moons, n: 300, noise: 0.2}}
network: {hidden: [2]}
optimizer: {type: adam, learning_rate: 0.0003}
training: {epochs: 6, batch_size: 32}
checks: off
"""


class Nobody:
    def started(self, study: object, task: str, budget: object, n_ended: int) -> None: ...

    def round_begins(self, number: int, told: str, entries: Sequence[Entry]) -> None: ...

    def ended(self, entry: Entry) -> None: ...


def loaded(text: str = CONFIG) -> LoadedConfig:
    return load_config_text(text)


def test_the_loop_improves_a_bad_start_and_looks_at_test_once(
    tmp_path: Path, here: Any, opened: Callable[[], Any]
) -> None:
    budget = Budget(runs=13)
    cut = recipe(loaded(), tmp_path, opened, Nobody(), budget=budget, stop=lambda: len(here.ids) >= 3)
    assert not cut["complete"]
    assert cut["test"] is None
    found = recipe(loaded(), tmp_path, opened, Nobody(), budget=budget, resume=True)
    assert found["complete"]
    assert len(here.ids) == len(set(here.ids)) == found["n_runs"] == 13

    assert found["best"]["dev"] < found["start"]["errors"]["dev"]
    best = find_run(tmp_path, found["best"]["run_id"])
    assert best.record["looks"]["test"] == 1
    looks = [find_run(tmp_path, entry["run_id"]).record["looks"]["test"] for entry in found["entries"]]
    assert sum(looks) == 1
    assert load_config(Path(found["best"]["config"])).config.network.hidden is not None
    book, n = (Path(found["path"]) / "lab_book.md").read_text(), len(found["steps"])
    for heading in ("## Start", "## Round 1", "## Confirmation with other seeds", "## Result"):
        assert heading in book
    # What the book refers to by its id can be found in it, and so can the way from the start to the best.
    for step in found["steps"]:
        assert f"- {step} **" in book
    assert [f"Gone on with: {step}." in book for step in found["steps"]] == [False, *[True] * (n - 1)]
    error, low, high = (found["test"][key] for key in ("error", "low", "high"))
    assert low < error < high

    again = recipe(loaded(), tmp_path, opened, Nobody(), budget=budget, resume=True)
    assert again == found
    assert len(here.ids) == 13


def test_no_config_is_trained_twice_under_another_name(tmp_path: Path, opened: Callable[[], Any]) -> None:
    # Once the learning rate has been raised, lowering it again makes the start's config.
    found = recipe(loaded(), tmp_path, opened, Nobody(), budget=Budget(runs=9))
    configs = [
        (find_run(tmp_path, entry["run_id"]).path / "config.yaml").read_text() for entry in found["entries"]
    ]
    assert len(configs) == len(set(configs)) == 9


def test_it_stops_when_the_target_is_met(tmp_path: Path, opened: Callable[[], Any]) -> None:
    found = recipe(loaded(), tmp_path, opened, Nobody(), budget=Budget(runs=5), target=0.9)
    assert (found["n_runs"], found["met"]) == (1, True)
    assert found["reason"] == "The target is met. No change has been tried."


def test_time_before_an_interruption_counts_once_however_many_runs_shared_it(
    tmp_path: Path, here: Any, opened: Callable[[], Any]
) -> None:
    budget = Budget(seconds=1000)
    cut = recipe(loaded(), tmp_path, opened, Nobody(), budget=budget, stop=lambda: len(here.ids) >= 3)
    journal = Path(cut["path"]) / "trials.jsonl"
    lines = [LINE.open(line) for line in journal.read_bytes().splitlines(keepends=True)]
    assert [line["spent_s"] for line in lines] == sorted(line["spent_s"] for line in lines)
    # As if each had taken 400 s, two of them side by side: 500 s are left, and something is done with them.
    long = [LINE.close(encode(line | {"wall_s": 400.0, "spent_s": 500.0})) for line in lines]
    journal.write_bytes(b"".join(long))
    recipe(loaded(), tmp_path, opened, Nobody(), budget=budget, resume=True, stop=lambda: len(here.ids) >= 6)
    assert len(here.ids) == 6


def plain(document: dict[str, Any]) -> dict[str, Any]:
    """What two recipes share that came to the same: all but ids, places and times."""
    own = ("run_id", "wall_s", "spent_s")
    entries = [{k: v for k, v in entry.items() if k not in own} for entry in document["entries"]]
    best = {k: v for k, v in document["best"].items() if k not in ("run_id", "config")}
    return {"entries": entries, "best": best, "steps": document["steps"], "reason": document["reason"]}


@pytest.mark.parametrize("first", [5, 8, 13])
def test_a_larger_budget_goes_on_to_what_it_would_have_come_to_at_once(
    tmp_path: Path, here: Any, opened: Callable[[], Any], first: int
) -> None:
    small = recipe(loaded(), tmp_path / "a", opened, Nobody(), budget=Budget(runs=first))
    n_before = len(here.ids)
    assert small["complete"]
    assert small["test"] is not None
    grown = recipe(loaded(), tmp_path / "a", opened, Nobody(), budget=Budget(runs=20), resume=True)
    assert grown["complete"]
    assert grown["study_id"] == small["study_id"]
    assert len(here.ids) == len(set(here.ids)) == grown["n_runs"]
    at_once = recipe(loaded(), tmp_path / "b", opened, Nobody(), budget=Budget(runs=20))
    assert plain(grown) == plain(at_once)
    assert n_before == small["n_runs"] <= first

    # Test has had its one look, whichever run is the best now.
    looks = [
        find_run(tmp_path / "a", entry["run_id"]).record["looks"]["test"]
        for entry in [*grown["entries"], *grown["superseded"]]
    ]
    assert sum(looks) == 1
    if grown["best"]["run_id"] == small["best"]["run_id"]:
        assert grown["test"] == small["test"]
    else:
        assert grown["test"] is None
        assert grown["test_before"]["run_id"] == small["best"]["run_id"]
        assert grown["test_before"]["error"] == small["test"]["error"]
        book = (Path(grown["path"]) / "lab_book.md").read_text()
        assert f"dlrecipe evaluate {grown['best']['run_id']} does, and counts it." in book

    again = recipe(loaded(), tmp_path / "a", opened, Nobody(), budget=Budget(runs=20), resume=True)
    assert again == grown
    with pytest.raises(InputError, match=f"budget.runs is {first} and was 20"):
        recipe(loaded(), tmp_path / "a", opened, Nobody(), budget=Budget(runs=first), resume=True)
    assert Budget(seconds=60).exceeds(Budget(runs=3)) is False


def test_late_in_its_time_a_recipe_that_goes_on_still_knows_what_it_found(
    tmp_path: Path, here: Any, opened: Callable[[], Any]
) -> None:
    budget = Budget(seconds=1000)
    cut = recipe(loaded(), tmp_path, opened, Nobody(), budget=budget, stop=lambda: len(here.ids) >= 9)
    assert len(cut["steps"]) > 1
    journal = Path(cut["path"]) / "trials.jsonl"
    lines = [LINE.open(line) for line in journal.read_bytes().splitlines(keepends=True)]
    # As if it had been interrupted after the time in which new rounds are begun.
    journal.write_bytes(b"".join(LINE.close(encode(line | {"spent_s": 800.0})) for line in lines))
    found = recipe(loaded(), tmp_path, opened, Nobody(), budget=budget, resume=True)
    assert found["steps"][: len(cut["steps"])] == cut["steps"]
    assert len(found["entries"]) == 9 + 4  # the confirmations
    assert found["reason"].startswith("The time is used up. ")


def test_resuming_what_never_was_is_refused(tmp_path: Path, opened: Callable[[], Any]) -> None:
    with pytest.raises(InputError, match="no recipe of this config"):
        recipe(loaded(), tmp_path, opened, Nobody(), budget=Budget(runs=3), resume=True)


@pytest.mark.parametrize(
    ("text", "budget"),
    [("20", Budget(runs=20)), ("90s", Budget(seconds=90)), ("1.5h", Budget(seconds=5400))],
)
def test_budgets_are_runs_or_times(text: str, budget: Budget) -> None:
    assert Budget.read(text) == budget


@pytest.mark.parametrize("text", ["", "m", "0", "-3", "0m", "nan", "nanm", "1e9h", "ten"])
def test_what_is_no_budget_is_refused(text: str) -> None:
    with pytest.raises(InputError, match="is no budget"):
        Budget.read(text)


def entry(trial: str, dev: float, **changes: Any) -> Entry:
    plain = Entry(trial, 0, 0, "", "", "", {}, {}, {}, None, "done", errors={"dev": dev}, n_dev=400)
    return replace(plain, **changes)


def again(of: str, seed: int, dev: float) -> Entry:
    return entry(f"c-{of}-{seed}", dev, base=of, seed=seed, judgement="confirmation")


def test_a_gain_that_other_seeds_do_not_repeat_is_not_taken() -> None:
    chain = [entry("start", 0.10), entry("best", 0.08)]
    others = [
        again("start", 1, 0.08),
        again("start", 2, 0.08),
        again("best", 1, 0.09),
        again("best", 2, 0.09),
    ]
    found = chosen(chain, [*chain, *others], "classification", None)
    assert found is not None
    assert found.entry.trial == "start"


def test_a_gain_beyond_noise_is_taken() -> None:
    chain = [entry("start", 0.20), entry("best", 0.08)]
    others = [
        again("start", 1, 0.19),
        again("start", 2, 0.21),
        again("best", 1, 0.09),
        again("best", 2, 0.08),
    ]
    found = chosen(chain, [*chain, *others], "classification", None)
    assert found is not None
    assert found.entry.trial == "best"


def test_the_luck_for_which_a_run_was_chosen_does_not_confirm_it() -> None:
    # The mean over all three seeds is 1.7 points lower, beyond its noise of 1.2; over the new ones, 0.5.
    chain = [entry("start", 0.10), entry("best", 0.06)]
    others = [again(of, seed, 0.10) for of in ("start", "best") for seed in (1, 2)]
    others[2] = again("best", 1, 0.09)
    found = chosen(chain, [*chain, *others], "classification", None)
    assert found is not None
    assert found.entry.trial == "start"
    assert "with 2 new seeds dev error is 9.50% instead of 10.0%" in found.reason


def test_seeds_that_failed_for_one_of_the_two_are_compared_with_none() -> None:
    chain = [entry("start", 0.20), entry("best", 0.08)]
    failed = replace(again("best", 1, 0.0), errors={})
    others = [again("start", 1, 0.50), again("start", 2, 0.10), failed, again("best", 2, 0.10)]
    found = chosen(chain, [*chain, *others], "classification", None)
    assert found is not None
    assert found.entry.trial == "start"
    assert "with 1 new seed dev error is 10.0% instead of 10.0%" in found.reason


def test_seeds_that_agree_do_not_make_their_one_dev_set_any_larger() -> None:
    # 5 of 400 examples: by the binomial the difference of two such errors, half of them in common, has a
    # standard error of sqrt(0.5 * 0.188 / 400) = 0.0153, whatever the number of seeds that find the same 5.
    chain = [entry("start", 0.10), entry("best", 0.088)]
    others = [again(of, seed, dev) for seed in range(1, 10) for of, dev in (("start", 0.10), ("best", 0.088))]
    found = chosen(chain, [*chain, *others], "classification", None)
    assert found is not None
    assert found.entry.trial == "start"
    # With 16 of them more than that is left.
    others = [replace(each, errors={"dev": 0.06}) if each.base == "best" else each for each in others]
    found = chosen([chain[0], entry("best", 0.06)], [*chain, *others], "classification", None)
    assert found is not None
    assert found.entry.trial == "best"


def test_with_one_seed_each_the_earliest_that_cannot_be_told_from_the_lowest_is_taken() -> None:
    chain = [entry("start", 0.20), entry("middle", 0.081), entry("last", 0.080)]
    found = chosen(chain, chain, "classification", None)
    assert found is not None
    assert found.entry.trial == "middle"


@pytest.mark.parametrize(
    ("change", "kind", "doubled"),
    [
        ({"optimizer.learning_rate": 0.003}, "rate_up", 0),
        ({"optimizer.learning_rate": 0.01}, "rate_leap", 0),
        ({"training.batch_size": 16}, "batch_down", 1),
        ({"training.epochs": 80}, "longer", 2),
        ({"network.hidden": [64, 64]}, "deeper", 0.5),
        ({"regularization.dropout.keep_prob": 0.8}, "dropout", 0),
        ({"regularization.l2": 0.1}, "less_penalty", 0),
    ],
)
def test_a_change_has_a_kind_and_a_price(change: dict[str, Any], kind: str, doubled: float) -> None:
    config = {
        "optimizer": {"learning_rate": 0.001},
        "training": {"batch_size": 32, "epochs": 20},
        "network": {"hidden": [64]},
        "regularization": {"l2": 1.0, "dropout": {"keep_prob": 1.0}},
    }
    assert kind_of(change, config) == kind
    assert doublings(change, config) == pytest.approx(doubled)
