"""Going on with a run for longer than was planned."""

import json
from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from benchmarks.faulty.lab import Killed, killed_after, stopped_after
from dlrecipe.store.run_directory import RunDirectory
from dlrecipe.training.measurement import Measurement, measured_from
from dlrecipe.training.state import TrainingState


def bytes_of(cli, run: str, *names: str) -> list[bytes]:
    return [(cli.runs / run / name).read_bytes() for name in names]


KEPT = ("weights.safetensors", "metrics.jsonl")


@pytest.mark.parametrize("options", [["--epochs", "7"], ["--set", "training.epochs=7"]])
def test_a_finished_run_goes_on_as_if_it_had_been_planned_so(cli, iris, options):
    short = cli.train(iris)["run_id"]
    resumed = cli.document_of_resume(short, *options)
    whole = cli.train(iris, "--set", "training.epochs=7")
    assert (resumed["run_id"], resumed["epochs_run"], resumed["epochs_planned"]) == (short, 7, 7)
    assert resumed["cost"] == whole["cost"]
    assert bytes_of(cli, short, *KEPT) == bytes_of(cli, whole["run_id"], *KEPT)


def test_a_run_that_was_stopped_early_goes_on_with_more_patience(cli, iris):
    iris["training"]["epochs"] = 60
    iris["early_stopping"] = {"monitor": "dev_error", "patience": 2}
    stopped = cli.train(iris)
    assert stopped["status"] == "stopped_early"
    refused = cli("resume", "latest")
    assert (refused.code, "early_stopping.patience=4" in refused.err) == (2, True)
    resumed = cli.document_of_resume(stopped["run_id"], "--set", "early_stopping.patience=9")
    whole = cli.train(iris, "--set", "early_stopping.patience=9")
    assert resumed["epochs_run"] == whole["epochs_run"] > stopped["epochs_run"]
    assert bytes_of(cli, stopped["run_id"], *KEPT) == bytes_of(cli, whole["run_id"], *KEPT)


def learning_rates(cli, run: str) -> list[float]:
    return [line["learning_rate"] for line in cli.document("show", run)["history"]]


def test_a_cosine_keeps_what_is_behind_and_is_stretched_from_there(cli, iris):
    iris["optimizer"] = {"type": "sgd", "learning_rate": 0.1, "schedule": "cosine"}
    short = cli.train(iris)["run_id"]
    before = learning_rates(cli, short)
    outcome = cli("resume", short, "--epochs", "6")
    assert outcome.code == 0
    assert "stretched to 6 epochs" in outcome.err
    after = learning_rates(cli, short)
    whole = learning_rates(cli, cli.train(iris, "--set", "training.epochs=6")["run_id"])
    assert after[:3] == before
    assert after[3:] == whole[3:]


def test_epochs_that_must_be_trained_again_keep_the_schedule_they_were_planned_with(cli, iris):
    # Killed after three epochs of six with no checkpoint, and then given more: the three come first again.
    iris |= {"optimizer": {"type": "sgd", "learning_rate": 0.1, "schedule": "cosine"}, "early_stopping": None}
    iris["training"] = {"epochs": 6, "batch_size": "full"}
    iris["checkpoint"] = {"every_s": None}
    with pytest.raises(Killed), killed_after(3):
        cli("train", cli.write(iris), "-q")
    document = cli.document_of_resume("latest", "--epochs", "8")
    rates = learning_rates(cli, document["run_id"])
    planned = learning_rates(cli, cli.train(iris)["run_id"])
    stretched = learning_rates(cli, cli.train(iris, "--set", "training.epochs=8")["run_id"])
    assert rates == [*planned[:3], *stretched[3:]]


def test_a_run_may_be_lengthened_and_interrupted_again_and_again(cli, iris):
    iris["optimizer"] = {"type": "adam", "learning_rate": 0.01, "schedule": "cosine"}
    iris["training"]["batch_size"] = 16
    ends = []
    for interrupted in (False, True):
        run = cli.train(iris)["run_id"]
        for epochs, step in ((5, 22), (8, 40)):
            if interrupted:
                with pytest.raises(Killed), killed_after(step):
                    cli("resume", run, "--epochs", epochs, "-q")
                with stopped_after(step + 3):
                    assert cli("resume", run, "-q").code == 0
                cli.document_of_resume(run)
            else:
                cli.document_of_resume(run, "--epochs", epochs)
        ends.append(bytes_of(cli, run, *KEPT))
    assert ends[0] == ends[1]


@pytest.mark.parametrize(
    "setting",
    ["optimizer.learning_rate=0.5", "seed=3", "early_stopping=null", "network.hidden=[9]", "name=other"],
)
def test_what_was_trained_with_cannot_change(cli, iris, setting):
    run = cli.train(iris)["run_id"]
    before = bytes_of(cli, run, "run.json", "config.yaml")
    outcome = cli("resume", run, "--epochs", "9", "--set", setting)
    assert (outcome.code, outcome.out) == (2, "")
    assert setting.partition("=")[0] in outcome.err
    assert "training.epochs" in outcome.err
    assert bytes_of(cli, run, "run.json", "config.yaml") == before


def test_a_run_that_was_killed_is_not_cut_short(cli, iris):
    iris["training"]["epochs"] = 6
    with pytest.raises(Killed), killed_after(5):
        cli("train", cli.write(iris | {"training": {"epochs": 6, "batch_size": "full"}}), "-q")
    outcome = cli("resume", "latest", "--epochs", "2")
    assert (outcome.code, outcome.out) == (2, "")
    assert "5 epochs already" in outcome.err
    assert cli.document_of_resume()["epochs_run"] == 6


def test_how_often_to_save_may_change(cli, iris):
    run = cli.train(iris)["run_id"]
    cli.document_of_resume(run, "--epochs", "4", "--set", "checkpoint.every_epochs=0.5")
    assert "every_epochs: 0.5" in cli.document("show", run)["config"]


def measure_otherwise(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let a last bit come out otherwise, as it may on another processor."""

    def otherwise(*arguments: Any) -> Measurement:
        measured = measured_from(*arguments)
        return replace(measured, cost=float(np.nextafter(measured.cost, 9)))

    monkeypatch.setattr("dlrecipe.training.loop.measured_from", otherwise)


def test_on_another_machine_it_is_said_what_differs_and_old_lines_stay(cli, iris, monkeypatch):
    iris["checkpoint"] = {"every_s": None}
    with pytest.raises(Killed), killed_after(5):
        cli("train", cli.write(iris | {"training": {"epochs": 8, "batch_size": "full"}}), "-q")
    (run,) = cli.runs.iterdir()
    before = (run / "metrics.jsonl").read_bytes()
    monkeypatch.setattr("numpy.__version__", "9.9.9")
    measure_otherwise(monkeypatch)
    outcome = cli("resume", "latest")
    assert outcome.code == 0
    assert "numpy was " in outcome.err
    assert "is 9.9.9" in outcome.err
    assert (run / "metrics.jsonl").read_bytes().startswith(before)
    assert json.loads((run / "run.json").read_text())["status"] == "finished"


def test_on_this_machine_epochs_that_do_not_repeat_are_an_error(cli, iris, monkeypatch):
    iris["checkpoint"] = {"every_s": None}
    with pytest.raises(Killed), killed_after(5):
        cli("train", cli.write(iris | {"training": {"epochs": 8, "batch_size": "full"}}), "-q")
    measure_otherwise(monkeypatch)
    outcome = cli("resume", "latest")
    assert outcome.code == 4
    assert "does not repeat what was written: epoch 1" in outcome.err


def test_a_damaged_newest_checkpoint_is_said_and_the_one_before_leads_to_the_same_end(cli, iris):
    iris["checkpoint"] = {"every_epochs": 1}
    with pytest.raises(Killed), killed_after(5):
        cli("train", cli.write(iris | {"training": {"epochs": 8, "batch_size": "full"}}), "-q")
    (run,) = cli.runs.iterdir()
    (run / "checkpoint" / "odd.checkpoint").write_bytes(b"damaged")
    outcome = cli("resume", "latest")
    assert outcome.code == 0
    assert "An older checkpoint is used: odd.checkpoint: the file was cut or altered" in outcome.err
    whole = cli.train(iris | {"training": {"epochs": 8, "batch_size": "full"}})["run_id"]
    assert bytes_of(cli, run.name, *KEPT) == bytes_of(cli, whole, *KEPT)


def test_a_checkpoint_whose_counters_contradict_each_other_is_refused(cli, iris):
    with pytest.raises(Killed), killed_after(5):
        cli("train", cli.write(iris | {"training": {"epochs": 8, "batch_size": "full"}}), "-q")
    run = RunDirectory(next(cli.runs.iterdir()))
    saved = TrainingState(np.zeros(1), {}, (np.random.default_rng(0),), np.zeros(0))
    saved.step = 7
    for arrays, meta in (saved.to_checkpoint(), ({}, {})):
        run.checkpoints().save(arrays, meta)
        outcome = cli("resume", "latest")
        assert (outcome.code, outcome.out) == (4, "")
        assert "the checkpoint does not fit the run" in outcome.err
