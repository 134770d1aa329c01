"""dlrecipe as a Python package: its names, and that they do what the commands do."""

import dataclasses
import json
import subprocess
import sys
from typing import Any

import pytest

import dlrecipe
from dlrecipe.errors import InputError, RunNotFound

IRIS = {"data": {"source": "iris"}, "network": {"hidden": [4]}, "training": {"epochs": 3}, "checks": "off"}


def test_exported_names_are_these():
    assert sorted(dlrecipe.__all__) == [
        "Diagnosis",
        "DlrecipeClassifier",
        "DlrecipeError",
        "DlrecipeRegressor",
        "TrainedRun",
        "__version__",
        "diagnose",
        "train",
    ]
    for name in dlrecipe.__all__:
        assert getattr(dlrecipe, name).__doc__, name
    with pytest.raises(AttributeError, match="no attribute 'trian'"):
        getattr(dlrecipe, "trian")  # noqa: B009


def test_importing_the_package_loads_neither_numpy_nor_scikit_learn():
    code = "import sys, dlrecipe; print({'numpy', 'sklearn', 'pydantic'} & set(sys.modules))"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "set()"


def test_train_and_diagnose_give_what_the_commands_give(cli: Any):
    run = dlrecipe.train(IRIS, overrides={"name": "flowers", "network.hidden": [6]})
    assert (run.status, run.epochs_run, run.n["train"]) == ("finished", 3, 90)
    assert run.path.parent.name == "runs"
    assert run.run_id.startswith("flowers-")
    shown = json.loads(cli.ok("diagnose", "latest", "--json"))
    assert dlrecipe.diagnose("latest").to_json() == shown
    assert run.diagnose().to_json() == shown
    assert dlrecipe.diagnose(run.path).to_json() == shown
    with pytest.raises(dataclasses.FrozenInstanceError):
        run.status = "failed"  # type: ignore[misc]


def test_train_takes_a_file_and_overrides_as_text(cli: Any):
    (cli.folder / "iris.yaml").write_text(json.dumps(IRIS))
    run = dlrecipe.train("iris.yaml", runs_dir="elsewhere", overrides=["training.epochs=2"])
    assert (run.epochs_run, run.path.parent.name) == (2, "elsewhere")


def test_errors_are_exceptions_with_a_remedy(cli: Any, capsys: pytest.CaptureFixture[str]):
    with pytest.raises(InputError, match="unknown optimizer"):
        dlrecipe.train({**IRIS, "optimizer": "adamm"})
    with pytest.raises(InputError, match="YAML cannot"):
        dlrecipe.train({**IRIS, "seed": object()})
    with pytest.raises(RunNotFound):
        dlrecipe.diagnose("nothing")
    assert not cli.runs.exists()
    assert capsys.readouterr() == ("", "")
