"""What is gathered of a stored run: recall by class, the reach of the targets; and what is kept beside it."""

import json
from collections.abc import Callable
from contextlib import chdir
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from dlrecipe.cli.app import main
from dlrecipe.experiment.evidence import gather_evidence
from dlrecipe.store.listing import find_run

Cli = Callable[..., Any]


@pytest.fixture
def cli(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> Cli:
    """The command line in a folder of its own; returns the JSON it prints."""

    def call(*arguments: str) -> Any:
        with chdir(tmp_path), pytest.raises(SystemExit) as ended:
            main([*arguments, "--json", "--runs-dir", "runs"])
        assert ended.value.code == 0
        return json.loads(capsys.readouterr().out)

    return call


def write_npz(folder: Path, x: np.ndarray, y: np.ndarray) -> None:
    np.savez(folder / "data.npz", x=x, y=y)
    source = {"type": "npz", "path": "data.npz", "x": "x", "y": "y"}
    config = {"data": {"source": source}, "training": {"epochs": 2}, "network": {"hidden": [4]}}
    (folder / "config.yaml").write_text(json.dumps(config), encoding="utf-8")


def test_recall_is_read_by_the_name_of_the_true_class(tmp_path, cli):
    rng = np.random.default_rng(0)
    write_npz(tmp_path, rng.normal(size=(400, 3)), np.where(np.arange(400) % 20 == 0, 1, 0))
    cli("train", "config.yaml", "--set", "training.epochs=30")
    fared = gather_evidence(find_run(tmp_path / "runs", "latest")).by_class
    # One row in twenty is of class 1, in every split alike; its inputs are noise.
    assert {name: answers.n for name, answers in fared["train"].items()} == {"0": 228, "1": 12}
    assert sum(answers.predicted for answers in fared["dev"].values()) == 80
    document = cli("diagnose", "latest")
    assert document["recall"]["dev"]["0"] > 0.9 > document["recall"]["dev"]["1"]
    assert document["verdict"] == "broken"


def test_eight_targets_of_a_million_are_found_by_their_reach(tmp_path, cli):
    rng = np.random.default_rng(0)
    y = rng.normal(size=400)
    y[:8] += 1e6
    write_npz(tmp_path, rng.normal(size=(400, 3)), y)
    cli("train", "config.yaml", "--set", "task=regression")
    reach = gather_evidence(find_run(tmp_path / "runs", "latest")).target_reach
    assert reach == pytest.approx(1e6, rel=0.3)
    assert "target-outliers" in [finding["code"] for finding in cli("diagnose", "latest")["findings"]]


def test_normal_targets_reach_a_few_deviations(tmp_path, cli):
    rng = np.random.default_rng(0)
    write_npz(tmp_path, rng.normal(size=(400, 3)), rng.normal(50, 9, size=400))
    cli("train", "config.yaml", "--set", "task=regression")
    assert 2 < gather_evidence(find_run(tmp_path / "runs", "latest")).target_reach < 5


def test_a_diagnosis_is_kept_beside_its_run_unless_it_was_asked_what_if(tmp_path, cli):
    write_npz(tmp_path, np.eye(60, 4, dtype=np.float64), np.arange(60) % 2)
    path = Path(cli("train", "config.yaml")["path"])
    kept = tmp_path / path / "diagnosis.json"
    kept.unlink()  # as if it had been lost
    what_if = cli("diagnose", "latest", "--bayes-error", "0.4")
    assert what_if["bayes_error"] == 0.4
    assert not kept.exists()
    assert cli("diagnose", "latest") == json.loads(kept.read_text(encoding="utf-8"))


def test_runs_that_differ_in_their_seed_alone_widen_the_intervals(tmp_path, cli):
    rng = np.random.default_rng(0)
    x = rng.normal(size=(300, 3))
    write_npz(tmp_path, x, (x[:, 0] + 0.5 * rng.normal(size=300) > 0).astype(int))
    fit = ("--set", "training.epochs=20", "--set", "optimizer.learning_rate=0.03")
    for seed in (0, 1):
        cli("train", "config.yaml", *fit, "--set", f"seed={seed}")
    cli("train", "config.yaml", "--set", "seed=5")  # another config
    assert cli("diagnose", "latest")["seeds"] == 1
    cli("train", "config.yaml", *fit, "--set", "seed=2")
    three = cli("diagnose", "latest")
    assert three["seeds"] == 3
    assert any("3 runs of this config differ in their seed alone" in each for each in three["remarks"])
    variance, wilson = three["gaps"]["variance"], three["intervals"]
    alone = wilson["dev"][1] - wilson["dev"][0]
    assert variance["high"] - variance["low"] > alone


def test_conflicting_labels_in_the_data_are_the_foot_of_the_ladder(tmp_path, cli):
    x = np.repeat(np.random.default_rng(0).normal(size=(60, 3)), 5, axis=0)
    y = np.tile([0, 0, 0, 0, 1], 60)  # of five equal rows one is labelled otherwise
    write_npz(tmp_path, x, y)
    cli("train", "config.yaml", "--set", "checks=warn", "--set", "training.epochs=5")
    document = cli("diagnose", "latest")
    assert 0.1 < document["label_floor"] < 0.25
    bias = document["errors"]["train"] - document["label_floor"]
    assert document["gaps"]["bias"]["value"] == pytest.approx(bias)


def test_next_and_report_judge_a_run_as_diagnose_does(tmp_path, cli):
    rng = np.random.default_rng(0)
    x = rng.normal(size=(300, 3))
    write_npz(tmp_path, x, (x[:, 0] + 0.5 * rng.normal(size=300) > 0).astype(int))
    fit = ("--set", "training.epochs=20", "--set", "optimizer.learning_rate=0.03")
    for seed in (0, 1, 2):
        path = Path(cli("train", "config.yaml", *fit, "--set", f"seed={seed}")["path"])
    kept = tmp_path / path / "diagnosis.json"
    said = cli("diagnose", "latest")
    assert said["seeds"] == 3
    changes = [step["change"] for step in said["next"]]
    for number, change in enumerate(changes, start=1):
        if change:
            assert cli("next", "latest", "--choice", str(number))["change"] == change
    page = Path(cli("report", "latest")["path"])
    assert json.loads(kept.read_text(encoding="utf-8")) == said
    assert "3 runs of this config differ in their seed alone" in (tmp_path / page).read_text(encoding="utf-8")
