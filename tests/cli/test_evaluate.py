"""The test split: looked at by `evaluate` alone, and every look counted."""

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest


def separate_sources(folder: Path, *, poisoned: bool = False) -> dict[str, Any]:
    """A config whose splits have files of their own; poisoned, test has wrong labels and huge inputs."""
    rng = np.random.default_rng(0)
    for name, n in (("train", 80), ("dev", 40), ("test", 40)):
        X = rng.normal(size=(n, 3))
        y = (X[:, 0] > 0).astype(int)
        if poisoned and name == "test":
            X, y = 1e6 * rng.normal(size=X.shape), 1 - y
        np.savez(folder / f"{name}.npz", x=X, y=y)
    data = {name: {"type": "npz", "path": f"{name}.npz"} for name in ("train", "dev", "test")}
    return {"data": data, "network": {"hidden": [4]}, "training": {"epochs": 8}}


def test_what_train_leaves_does_not_depend_on_the_test_split(cli):
    left = []
    for poisoned in (False, True):
        run = cli.runs.parent / cli.train(separate_sources(cli.folder, poisoned=poisoned))["path"]
        record = json.loads((run / "run.json").read_text())
        files = {name: (run / name).read_bytes() for name in ("weights.safetensors", "metrics.jsonl")}
        figures = {key: record["result"][key] for key in ("errors", "cost", "metrics", "best_epoch")}
        preprocessing = (run / "preprocessing.safetensors").read_bytes()
        left.append((files, figures, preprocessing, record["looks"]))
    assert left[0] == left[1]
    assert left[0][3] == {"test": 0}


def test_the_poison_is_seen_by_evaluate(cli):
    # Without this the test above could pass for want of any effect.
    cli.train(separate_sources(cli.folder))
    clean = cli.document("evaluate", "latest")["error"]
    cli.train(separate_sources(cli.folder, poisoned=True))
    assert cli.document("evaluate", "latest")["error"] > clean


def test_every_look_at_test_is_counted(cli, iris):
    cli.train(iris)
    assert [cli.document("evaluate", "latest")["looks"] for _ in range(3)] == [1, 2, 3]
    assert cli.document("show", "latest")["record"]["looks"]["test"] == 3


def test_looking_at_dev_is_no_look_at_test(cli, iris):
    cli.train(iris)
    cli("evaluate", "latest", "--split", "dev")
    cli("diagnose", "latest")
    assert cli.document("show", "latest")["record"]["looks"]["test"] == 0


def test_a_second_look_is_told_to_a_person(cli, iris):
    cli.train(iris)
    assert "looked at 1 time." in cli("evaluate", "latest").out
    assert "looked at 2 times." in cli("evaluate", "latest").out


def test_a_look_at_test_lets_the_diagnosis_judge_dev_overfitting(cli, iris):
    cli.train(iris)
    assert cli.document("diagnose", "latest")["gaps"]["dev_overfit"] is None
    error = cli.document("evaluate", "latest")["error"]
    diagnosis = cli.document("diagnose", "latest")
    assert diagnosis["errors"]["test"] == error
    gap = error - diagnosis["errors"]["dev"]
    assert diagnosis["gaps"]["dev_overfit"]["value"] == pytest.approx(gap)


def test_evaluate_measures_each_split_as_train_did(cli, iris):
    run = cli.train(iris)
    for split in ("train", "dev"):
        document = cli.document("evaluate", "latest", "--split", split)
        assert (document["error"], document["cost"]) == (run["errors"][split], run["cost"][split])


def test_a_run_without_a_test_split_says_what_it_has(cli, iris):
    iris["data"]["split"] = {"train": 0.7, "dev": 0.3, "test": 0}
    cli.train(iris)
    outcome = cli("evaluate", "latest")
    assert (outcome.code, outcome.out) == (2, "")
    assert "no test split" in outcome.err
    assert "It has train, dev" in outcome.err


def test_an_unknown_split_is_refused(iris_cli):
    outcome = iris_cli("evaluate", "latest", "--split", "nope")
    assert (outcome.code, outcome.out) == (2, "")
    assert "no nope split" in outcome.err
