"""Exit codes: 1 for what ran and failed, 2 for bad usage, 3 for our faults, 4 for the run store."""

import json
from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from safetensors.numpy import load_file

from dlrecipe.nn.activations import ACTIVATIONS
from dlrecipe.store.locks import RunLock

DIVERGING = {
    "data": {"source": "iris"},
    "normalization": "none",
    "network": {"hidden": [16, 16]},
    "optimizer": {"type": "sgd", "learning_rate": 1e6},
    "early_stopping": None,
}

USAGE: dict[str, list[str]] = {
    "no such command": ["fit"],
    "no config": ["train"],
    "an unknown option": ["train", "config.yaml", "--epochs", "3"],
    "an option without its value": ["train", "config.yaml", "--set"],
    "nothing to diagnose": ["diagnose"],
    "a train error alone": ["diagnose", "--train-error", "0.1"],
    "an error above 1": ["diagnose", "--train-error", "0.1", "--dev-error", "11"],
    "an error below 0": ["diagnose", "--train-error", "-0.1", "--dev-error", "0.1"],
    "an error that is no number": ["diagnose", "--train-error", "nan", "--dev-error", "0.1"],
    "a target that is no number": ["recipe", "config.yaml", "--target", "nan"],
    "a time that is no number": ["diagnose", "latest", "--confirm", "--budget", "nan"],
    "a good error that is no number": ["diagnose", "latest", "--target-error", "nan"],
    "an infinite error": ["diagnose", "--train-error", "0.1", "--dev-error", "inf"],
    "a Bayes error above 1": ["diagnose", "--train-error", "0.1", "--dev-error", "0.1", "--bayes-error", "2"],
    "no examples": ["diagnose", "--train-error", "0.1", "--dev-error", "0.1", "--n-dev", "0"],
    "a size that is no number": ["diagnose", "--train-error", "0", "--dev-error", "0", "--n-dev", "many"],
    "a run and errors": ["diagnose", "latest", "--train-error", "0.1", "--dev-error", "0.1"],
    "two things to check": ["gradcheck", "config.yaml", "--run", "latest"],
    "a setting without a config": ["gradcheck", "--set", "seed=1"],
    "a check of a run that is not there": ["gradcheck", "--run", "latest"],
    "one run to compare": ["compare", "latest"],
    "an unknown finding": ["explain", "no-such-code"],
    "the latest of no runs": ["show", "latest"],
    "an unknown run": ["diagnose", "none-such"],
    "a path for a run": ["evaluate", "../x"],
    "an absolute path for a run": ["show", "/etc"],
    "an empty name for a run": ["resume", ""],
    "no epochs": ["resume", "latest", "--epochs", "0"],
    "rows for an unknown run": ["predict", "none-such", "rows.csv"],
}


@pytest.mark.parametrize("arguments", USAGE.values(), ids=USAGE)
def test_bad_usage_is_refused_with_advice(cli, arguments):
    outcome = cli(*arguments)
    assert (outcome.code, outcome.out) == (2, "")
    assert "Traceback" not in outcome.err
    assert len(outcome.err.splitlines()) >= 2 or "requires an argument" in outcome.err
    assert not cli.runs.exists()


@pytest.mark.parametrize(
    ("option", "setting"),
    [
        ("--epochs", "training.epochs"),
        ("--learning-rate=0.1", "optimizer.learning_rate"),
        ("--seed", "seed"),
        ("--bogus", ""),
        ("--type", ""),
    ],
)
def test_an_option_that_is_a_setting_of_the_config_is_met_with_the_way_to_set_it(cli, option, setting):
    outcome = cli("train", "config.yaml", option, "3")
    err = outcome.err
    assert outcome.code == 2
    assert ("--set " in err) == bool(setting)
    assert not setting or f"--set {setting}=VALUE" in err


def test_an_option_without_its_value_is_not_taken_for_a_setting(cli):
    outcome = cli("resume", "latest", "--epochs")
    assert outcome.code == 2
    assert "requires an argument" in outcome.err
    assert "--set" not in outcome.err


def test_of_two_errors_the_one_that_is_missing_is_named(cli):
    assert "--dev-error is missing" in cli("diagnose", "--train-error", "0.1").err
    assert "--train-error is missing" in cli("diagnose", "--dev-error", "0.1").err


def test_a_run_that_diverges_is_recorded_and_exits_1(cli):
    outcome = cli("train", cli.write(DIVERGING), "--json")
    document = outcome.json
    assert (outcome.code, document["status"]) == (1, "diverged")
    weights = load_file(cli.folder / document["path"] / "weights.safetensors")
    assert all(np.isfinite(values).all() for values in weights.values())
    record = json.loads((cli.folder / document["path"] / "run.json").read_text())
    assert record["status"] == "diverged"


def test_a_run_that_diverged_can_be_diagnosed_and_not_resumed(cli):
    cli("train", cli.write(DIVERGING), "-q")
    assert cli.document("diagnose", "latest")["verdict"] == "broken"
    outcome = cli("resume", "latest")
    assert outcome.code == 2
    assert "diverged" in outcome.err


def test_a_gradient_that_is_wrong_exits_1_and_is_located(cli, iris, monkeypatch):
    relu = ACTIVATIONS["relu"]

    def doubled(Z: Any, A: Any, dA: Any, scratch: Any) -> None:
        relu.backward(Z, A, dA, scratch)
        dA *= 2

    monkeypatch.setitem(ACTIVATIONS, "relu", replace(relu, backward=doubled))
    outcome = cli("gradcheck", cli.write(iris), "--json")
    document = outcome.json
    verdicts = {tensor["name"]: tensor["verdict"] for tensor in document["checks"][0]["tensors"]}
    assert (outcome.code, document["passed"]) == (1, False)
    # The factor 2 enters behind W2: what lies in front of the relu is wrong, what lies behind it is right.
    assert verdicts == {"W1": "fail", "b1": "fail", "W2": "pass", "b2": "pass"}


def test_a_fault_of_ours_is_one_message_and_exits_3(cli, iris, monkeypatch):
    def broken(*arguments: object, **settings: object) -> None:
        raise ZeroDivisionError("planted")

    monkeypatch.setattr("dlrecipe.experiment.training_run.prepare_checked", broken)
    outcome = cli("train", cli.write(iris))
    assert (outcome.code, outcome.out) == (3, "")
    assert outcome.err.startswith("internal error: ZeroDivisionError: planted")
    assert "DLRECIPE_TRACEBACK=1" in outcome.err
    assert "Traceback" not in outcome.err


def test_a_run_that_another_process_writes_is_locked(cli, iris):
    run = cli.folder / cli.train(iris)["path"]
    with RunLock(run).held():
        for command in (["resume", "latest", "--epochs", "9"], ["evaluate", "latest"]):
            outcome = cli(*command)
            assert (outcome.code, outcome.out) == (4, "")
            assert run.name in outcome.err
        assert cli("show", "latest").code == 0
    assert cli("evaluate", "latest").code == 0


# A file of a run, and a command that needs it.
READERS = {
    "run.json": "show",
    "config.yaml": "diagnose",
    "metrics.jsonl": "show",
    "weights.safetensors": "evaluate",
    "preprocessing.json": "evaluate",
    "preprocessing.safetensors": "evaluate",
}


@pytest.mark.parametrize(("name", "command"), READERS.items())
def test_a_flipped_byte_is_reported_and_never_loaded(cli, iris, name, command):
    run = cli.folder / cli.train(iris)["path"]
    content = bytearray((run / name).read_bytes())
    content[len(content) // 2] ^= 0x04
    (run / name).write_bytes(content)
    outcome = cli(command, run.name)
    assert (outcome.code, outcome.out) == (4, "")
    assert name in outcome.err
    assert cli("runs").code == 0


@pytest.mark.parametrize("name", ["run.json", "weights.safetensors"])
def test_a_file_that_is_gone_is_reported(cli, iris, name):
    run = cli.folder / cli.train(iris)["path"]
    (run / name).unlink()
    outcome = cli("evaluate", run.name)
    assert outcome.code in (2, 4)
    assert "Traceback" not in outcome.err
    assert outcome.out == ""


def test_data_that_changed_since_training_are_refused(cli, arrays):
    cli.train({"data": {"source": {"type": "npz", "path": "arrays.npz"}}, "training": {"epochs": 1}})
    rng = np.random.default_rng(1)
    np.savez(arrays, x=rng.normal(size=(120, 5)), y=np.arange(120) % 2)
    for command in (
        ["evaluate", "latest"],
        ["resume", "latest", "--epochs", "3"],
        ["gradcheck", "--run", "latest"],
    ):
        outcome = cli(*command)
        assert outcome.code == 2
        assert "arrays.npz" in outcome.err


def test_a_name_that_several_runs_begin_with_is_met_with_their_ids(cli, iris):
    ids = [cli.train(iris)["run_id"] for _ in range(2)]
    outcome = cli("show", "iris")
    assert outcome.code == 2
    assert all(run_id in outcome.err for run_id in ids)


def test_a_finished_run_is_not_resumed_without_more_epochs(cli, iris):
    cli.train(iris)
    outcome = cli("resume", "latest")
    assert outcome.code == 2
    assert "--epochs" in outcome.err


def test_fewer_epochs_than_are_done_are_refused(cli, iris):
    cli.train(iris)
    assert cli("resume", "latest", "--epochs", "2").code == 2
    assert len(cli.document("show", "latest")["history"]) == 3
