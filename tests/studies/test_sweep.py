"""A sweep as a whole, its trials run in this process: nothing of it may depend on who runs them, or when."""

import errno
import math
import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

from dlrecipe.config.loading import load_config_text
from dlrecipe.errors import ConfigError, DataError, InputError, RunDamaged, StoreError
from dlrecipe.store.listing import list_runs
from dlrecipe.studies.search import Proposal
from dlrecipe.studies.stored import read_study
from dlrecipe.studies.sweep import Plan, Request, make_plan, sweep
from dlrecipe.studies.sweep_results import sweep_document
from dlrecipe.studies.trial import Place, Trial, TrialResult
from dlrecipe.studies.work import run_trial
from tests.studies.scored import scored

CONFIG = """\
name: tiny
data: {source: {type: synthetic, generator: moons, n: 60, noise: 0.3}}
network: {hidden: [4]}
training: {epochs: 3, batch_size: 16}
early_stopping: null
"""
LAMBDAS = "regularization.l2=log:0.01..10/4"


@dataclass
class Here:
    """Workers that are this process: they run trials in the order that they are told to."""

    order: Callable[[list[Trial]], Any] = iter
    work: Callable[[Trial, Place], TrialResult] = run_trial
    ran: list[str] = field(default_factory=list)

    @contextmanager
    def __call__(self) -> Iterator["Here"]:
        yield self

    def run(self, trials: list[Trial], place: Place, *, stop: Callable[[], bool]) -> Iterator[TrialResult]:
        for trial in self.order(trials):
            if stop():
                return
            self.ran.append(trial.id)
            yield self.work(trial, place)


class Silent:
    """Watches without a word."""

    def started(self, plan: Plan, study: Any, n_trials: int, ended: Any) -> None: ...
    def trial_ended(self, scored: Any) -> None: ...


def planned(*vary: str, config: str = CONFIG, **how: Any) -> Plan:
    return make_plan(Request(load_config_text(config), vary, **how))


def swept(plan: Plan, runs_dir: Path, workers: Here | None = None, **how: Any) -> dict[str, Any]:
    return sweep(plan, runs_dir, workers or Here(), Silent(), **how)


def figures(document: dict[str, Any]) -> list[Any]:
    """What a sweep has found, without the names and times of its runs."""
    return [(point["values"], point["epochs"], point["train"], point["dev"]) for point in document["points"]]


def test_each_trial_is_an_ordinary_run_that_says_where_it_comes_from(tmp_path):
    document = swept(planned(LAMBDAS, "seed=0..1", trials=8), tmp_path)
    runs = list_runs(tmp_path)
    assert (document["status"], document["n_trials"]["done"], len(runs)) == ("finished", 8, 8)
    assert {run.record["study"] for run in runs} == {document["study_id"]}
    assert {run.record["trial"] for run in runs} == {trial["trial"] for trial in document["trials"]}
    assert sorted({run.record["seed"] for run in runs}) == [0, 1]


@pytest.mark.parametrize("method", ["random", "sobol", "halving"])
def test_results_do_not_depend_on_the_order_in_which_trials_end(tmp_path, method):
    plan = planned("regularization.l2=log:0.01..10", trials=4, method=method)
    forwards = swept(plan, tmp_path / "a")
    backwards = swept(plan, tmp_path / "b", Here(reversed))
    assert figures(forwards) == figures(backwards)
    assert forwards["best"]["values"] == backwards["best"]["values"]


@pytest.mark.parametrize("method", ["grid", "halving"])
def test_a_sweep_that_was_stopped_goes_on_to_the_same_end(tmp_path, method):
    plan = planned(LAMBDAS, trials=4, method=method)
    workers = Here()
    stopped = swept(plan, tmp_path / "a", workers, stop=lambda: len(workers.ran) == 2)
    assert (stopped["status"], stopped["n_trials"]["done"]) == ("interrupted", 2)
    resumed = swept(plan, tmp_path / "a", workers, resume=True)
    whole = swept(plan, tmp_path / "b")
    assert resumed["study_id"] == stopped["study_id"]
    assert figures(resumed) == figures(whole)
    # No trial was run a second time, but those of halving that were given more epochs.
    assert len(workers.ran) == len(whole["trials"])


def test_halving_lengthens_the_runs_that_it_keeps(tmp_path):
    document = swept(planned(LAMBDAS, trials=4, method="halving"), tmp_path)
    assert [(point["epochs"], point["complete"]) for point in document["points"]].count((3, True)) == 1
    assert len(list_runs(tmp_path)) == 4
    longest = [run for run in list_runs(tmp_path) if run.record["result"]["epochs_run"] == 3]
    assert [run.id for run in longest] == document["best"]["run_ids"]


def test_a_trial_that_was_begun_is_resumed_and_not_begun_again(tmp_path):
    plan = planned(LAMBDAS, trials=4)

    def dying(trial: Trial, place: Place) -> TrialResult:
        run_trial(trial, place)
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        swept(plan, tmp_path, Here(work=dying))
    resumed = swept(plan, tmp_path, resume=True)
    assert resumed["n_trials"]["done"] == len(list_runs(tmp_path)) == 4


def test_what_fails_or_diverges_is_marked_and_the_rest_go_on(tmp_path):
    def work(trial: Trial, place: Place) -> TrialResult:
        if trial.id == "p0001-s0":
            return TrialResult(trial.id, "failed", error="ValueError: odd")
        return run_trial(trial, place)

    vary = "optimizer.learning_rate=0.01,0.02,1e30"
    config = CONFIG + "optimizer: {type: sgd}\n"
    document = swept(planned(vary, config=config), tmp_path, Here(work=work))
    assert document["n_trials"] == {"done": 1, "diverged": 1, "failed": 1, "killed": 0}
    assert document["best"]["values"] == {"optimizer.learning_rate": "0.01"}


def test_a_full_disk_ends_the_sweep_and_no_trial_and_resume_does_what_it_did_not_take(tmp_path, monkeypatch):
    write, left = Path.write_text, iter(range(2))

    def on_a_full_disk(path, text):
        if next(left, None) is None:
            raise OSError(errno.ENOSPC, "No space left on device")
        return write(path, text)

    plan = planned(LAMBDAS, trials=4)
    with monkeypatch.context() as patched:
        patched.setattr(Path, "write_text", on_a_full_disk)
        with pytest.raises(StoreError, match="no space left on the disk") as caught:
            swept(plan, tmp_path)
    assert "--resume" in str(caught.value)
    assert swept(plan, tmp_path, resume=True)["n_trials"] == {
        "done": 4,
        "diverged": 0,
        "failed": 0,
        "killed": 0,
    }


def test_a_config_that_cannot_be_used_on_its_data_is_told_once_and_nothing_is_left(tmp_path):
    config = CONFIG.replace(
        "{source: {type: synthetic, generator: moons, n: 60, noise: 0.3}}",
        "{source: {type: npz, path: no.npz}}",
    )
    with pytest.raises(DataError, match=r"no\.npz"):
        swept(planned(LAMBDAS, config=config), tmp_path)
    assert not list((tmp_path / "studies").iterdir())
    assert not list_runs(tmp_path)


def test_a_torn_last_line_of_the_journal_is_left_out_and_damage_before_is_told(tmp_path):
    plan = planned(LAMBDAS, trials=4)
    journal = Path(swept(plan, tmp_path)["path"]) / "trials.jsonl"
    lines = journal.read_bytes().splitlines(keepends=True)
    journal.write_bytes(b"".join(lines[:-1]) + lines[-1][:20])
    assert swept(plan, tmp_path, resume=True)["n_trials"]["done"] == 4
    assert journal.read_bytes().count(b"\n") == 4
    journal.write_bytes(lines[0].replace(b"done", b"dome") + b"".join(lines[1:]))
    with pytest.raises(RunDamaged, match="the line is damaged"):
        swept(plan, tmp_path, resume=True)


def test_only_the_same_sweep_is_resumed(tmp_path):
    swept(planned(LAMBDAS), tmp_path)
    # A point without seeds has the config's own, whichever that is.
    with pytest.raises(InputError, match="no sweep of this config with these options"):
        swept(planned(LAMBDAS, "seed=0..1", trials=8), tmp_path, resume=True)
    longer = CONFIG.replace("epochs: 3", "epochs: 30")
    with pytest.raises(InputError, match=r"Nearest is tiny-sweep-.*: training\.epochs is 30 and was 3\."):
        swept(planned(LAMBDAS, config=longer), tmp_path, resume=True)


FREE = "regularization.l2=log:0.01..10"


@pytest.mark.parametrize(
    ("method", "before", "after"),
    [
        ("random", ([FREE], 3), ([FREE], 5)),
        ("sobol", ([FREE], 3), ([FREE], 5)),
        ("random", ([FREE, "seed=0..1"], 6), ([FREE, "seed=0..2"], 12)),
        ("grid", ([LAMBDAS, "seed=0..1"], 8), ([LAMBDAS, "seed=0..2"], 30)),
    ],
)
def test_a_sweep_goes_on_with_more_points_and_seeds_to_what_it_would_have_been_at_once(
    tmp_path, method, before, after
):
    small = swept(planned(*before[0], trials=before[1], method=method), tmp_path / "a")
    assert small["status"] == "finished"
    workers, grown = Here(), planned(*after[0], trials=after[1], method=method)
    document = swept(grown, tmp_path / "a", workers, resume=True)
    assert document["study_id"] == small["study_id"]
    assert figures(document) == figures(swept(grown, tmp_path / "b"))
    assert len(workers.ran) == len(document["trials"]) - len(small["trials"]) > 0
    again = swept(grown, tmp_path / "a", workers, resume=True)
    assert (again["status"], again["study_id"]) == ("finished", small["study_id"])


@pytest.mark.parametrize(
    ("method", "before", "after"),
    [
        ("random", ([FREE], 5), ([FREE], 3)),  # fewer
        ("grid", ([FREE], 3), ([FREE], 5)),  # its values lie elsewhere then
        ("halving", ([FREE], 3), ([FREE], 9)),  # its rounds have other epochs then
        ("random", ([FREE, "seed=0..1"], 4), ([FREE, "seed=1..2"], 4)),
    ],
)
def test_what_would_have_tried_other_points_is_not_gone_on_with(tmp_path, method, before, after):
    swept(planned(*before[0], trials=before[1], method=method), tmp_path)
    with pytest.raises(InputError, match="no sweep of this config with these options"):
        swept(planned(*after[0], trials=after[1], method=method), tmp_path, resume=True)


def test_a_sweep_of_many_points_that_was_killed_can_be_read(tmp_path):
    many = "regularization.l2=log:0.01..10/30"
    document = swept(
        planned(many, trials=30), tmp_path, workers := Here(), stop=lambda: len(workers.ran) == 1
    )
    assert read_study(Path(document["path"]), tmp_path).document["n_trials"]["done"] == 1


def test_a_value_that_no_config_may_have_is_refused_before_anything_is_run():
    with pytest.raises(ConfigError) as caught:
        planned("regularization.l3=1,2")
    assert "--vary regularization.l3=1" in str(caught.value)
    with pytest.raises(ConfigError, match=r"--vary network\.activation=rely"):
        planned("network.activation=relu,rely")


def test_fewer_trials_than_seeds_are_refused():
    with pytest.raises(InputError, match="fewer than the 5 seeds"):
        planned(LAMBDAS, "seed=0..4", trials=3)


class _Study:
    id, path = "study", Path("study")


def judged(errors: dict[str, list[float]]) -> dict[str, Any]:
    """The document of a sweep over λ with these dev errors, a seed each."""
    n_seeds = len(next(iter(errors.values())))
    vary = (f"regularization.l2={','.join(errors)}", *([f"seed=0..{n_seeds - 1}"] if n_seeds > 1 else []))
    plan = planned(*vary, trials=len(errors) * n_seeds)
    trials = [
        scored(plan, Proposal(index, (value,)), seed, error)
        for index, (value, of_seeds) in enumerate(errors.items())
        for seed, error in enumerate(of_seeds)
    ]
    return sweep_document(plan, _Study(), trials, complete=True)  # type: ignore[arg-type]


def test_means_have_students_interval_over_seeds():
    dev = judged({"1": [0.10, 0.12, 0.14]})["best"]["dev"]
    # sd .02, so s/√3 = .011547; t(.975, 2) = 4.30265 (any table of Student's t).
    assert dev["mean"] == pytest.approx(0.12)
    assert dev["standard_error"] == pytest.approx(0.0115470, abs=1e-6)
    assert dev["high"] - dev["mean"] == pytest.approx(4.30265 * 0.0115470, abs=1e-5)


def test_within_one_standard_error_nothing_is_called_better_and_the_simplest_is_chosen():
    document = judged({"0.1": [0.10, 0.12, 0.14], "1": [0.11, 0.13, 0.15], "10": [0.12, 0.14, 0.16]})
    within = {point["values"]["regularization.l2"]: point["within_noise"] for point in document["points"]}
    assert within == {"0.1": True, "1": True, "10": False}
    assert document["best"]["values"] == {"regularization.l2": "0.1"}
    assert document["chosen"]["values"] == {"regularization.l2": "1"}


def test_an_optimum_at_the_edge_is_said_and_one_inside_is_not():
    at_edge = judged({"0.1": [0.10, 0.11], "1": [0.20, 0.21], "10": [0.30, 0.31]})
    inside = judged({"0.1": [0.20, 0.21], "1": [0.10, 0.11], "10": [0.30, 0.31]})
    assert [(edge["key"], edge["end"]) for edge in at_edge["edges"]] == [("regularization.l2", "lower")]
    assert inside["edges"] == []


def test_no_one_is_sent_beyond_what_a_key_can_be():
    errors = {"0": [0.1, 0.11], "0.1": [0.2, 0.21], "1": [0.3, 0.31]}
    assert judged(errors)["edges"] == []  # there is no λ below 0
    assert judged(dict(zip(errors, reversed(errors.values()), strict=True)))["edges"][0]["end"] == "upper"


def test_one_seed_gets_the_interval_of_its_dev_examples():
    dev = judged({"1": [0.1], "10": [0.2]})["best"]["dev"]
    # √(.1 · .9 / 100); Wilson's interval of 10 in 100 is .0552 to .1744 (Newcombe 1998, method 3).
    assert dev["standard_error"] == pytest.approx(0.03)
    assert (dev["low"], dev["high"]) == (pytest.approx(0.0552, abs=1e-4), pytest.approx(0.1744, abs=1e-4))


def test_seeds_that_err_equally_often_by_chance_do_not_make_one_wrong_example_a_difference():
    # Of 100 dev examples: the deviation is one, .01, and the standard error of two seeds .01/√2 = .0071.
    document = judged({"0.1": [0.04, 0.04], "1": [0.04, 0.05], "10": [0.05, 0.05]})
    within = {point["values"]["regularization.l2"]: point["within_noise"] for point in document["points"]}
    assert within == {"0.1": True, "1": True, "10": False}
    dev = document["best"]["dev"]
    assert dev["standard_error"] == pytest.approx(0.0070711, abs=1e-6)
    assert dev["low"] < 0.04 < dev["high"]


def test_one_wrong_example_is_not_told_from_none_with_one_seed():
    document = judged({"0.1": [0.0], "1": [0.01], "10": [0.02]})
    assert [point["within_noise"] for point in document["points"]] == [True, True, False]


def test_a_point_without_all_its_seeds_is_not_the_best():
    document = judged({"0.1": [0.01, math.inf], "1": [0.10, 0.11]})
    assert document["best"]["values"] == {"regularization.l2": "1"}


def test_study_directories_do_not_hold_what_a_killed_creation_left(tmp_path):
    swept(planned(LAMBDAS), tmp_path)
    assert not [name for name in os.listdir(tmp_path / "studies") if name.startswith(".creating")]
