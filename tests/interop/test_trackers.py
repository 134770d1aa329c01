"""Runs in MLflow and TensorBoard, read back by those tools."""

import json
import sys
import warnings
from pathlib import Path
from typing import Any

import pytest


@pytest.fixture
def run_id(cli: Any) -> str:
    config = {
        "data": {"source": "iris"},
        "network": {"hidden": [4]},
        "training": {"epochs": 3},
        "checks": "off",
    }
    (cli.folder / "iris.yaml").write_text(json.dumps(config))
    document = json.loads(cli.ok("train", "iris.yaml", "-q", "--json"))
    found: str = document["run_id"]
    return found


def journal(cli: Any, run_id: str) -> list[dict[str, Any]]:
    return [json.loads(line) for line in (cli.runs / run_id / "metrics.jsonl").read_text().splitlines()]


@pytest.mark.filterwarnings("ignore")
def test_mlflow_reads_back_settings_curves_and_the_kept_figures(cli: Any, run_id: str):
    pytest.importorskip("mlflow", reason="needs the extra 'mlflow'")
    pytest.importorskip("sqlalchemy", reason="needs the extra 'mlflow'")
    from mlflow.tracking import MlflowClient

    uri = f"sqlite:///{cli.folder}/mlflow.db"
    document = json.loads(cli.ok("export", run_id, "--mlflow", uri, "--json"))
    client = MlflowClient(uri)
    stored = client.get_run(document["mlflow"]["mlflow_run_id"])
    assert stored.info.run_name == run_id
    assert stored.info.status == "FINISHED"
    assert stored.data.params["network.hidden"] == "[4]"
    history = client.get_metric_history(stored.info.run_id, "error/dev")
    expected = [(line["epoch"], line["error"]["dev"]) for line in journal(cli, run_id)]
    assert [(each.step, each.value) for each in history] == expected
    shown = json.loads((cli.runs / run_id / "run.json").read_text())["result"]
    assert stored.data.metrics["kept/dev/error"] == shown["errors"]["dev"]
    # A second export is refused, and replaces the first only when forced.
    refused = cli("export", run_id, "--mlflow", uri)
    assert refused.code == 2
    assert "--force" in refused.err
    cli.ok("export", run_id, "--mlflow", uri, "--force")
    experiment = client.get_experiment_by_name("dlrecipe").experiment_id
    assert len(client.search_runs([experiment])) == 1


def test_a_folder_for_mlflow_is_refused_with_the_form_that_works(cli: Any, run_id: str):
    for uri in ("mlruns", "file:///tmp/mlruns"):
        outcome = cli("export", run_id, "--mlflow", uri)
        assert outcome.code == 2
        assert "sqlite:///mlflow.db" in outcome.err


def test_tensorboard_reads_back_every_epoch(cli: Any, run_id: str):
    pytest.importorskip("tensorboardX", reason="needs the extra 'tensorboard'")
    pytest.importorskip("tensorboard", reason="needs the extra 'dev'")
    cli.ok("export", run_id, "--tensorboard", "tb")
    found = scalars(cli.folder / "tb" / run_id)
    expected = [(line["epoch"], line["error"]["train"]) for line in journal(cli, run_id)]
    assert [step for step, _ in found["error/train"]] == [1, 2, 3]
    assert found["error/train"] == [(step, pytest.approx(value, rel=1e-6)) for step, value in expected]
    assert "layers/W1/weight_norm" in found
    assert cli("export", run_id, "--tensorboard", "tb").code == 2
    cli.ok("export", run_id, "--tensorboard", "tb", "--force")
    assert [path.name for path in (cli.folder / "tb").iterdir()] == [run_id]
    assert len(list((cli.folder / "tb" / run_id).iterdir())) == 1


def scalars(folder: Path) -> dict[str, list[tuple[int, float]]]:
    """Read an event file with TensorBoard itself."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        from tensorboard.backend.event_processing.event_accumulator import EventAccumulator
    accumulator = EventAccumulator(str(folder))
    accumulator.Reload()
    return {
        tag: [(each.step, each.value) for each in accumulator.Scalars(tag)]
        for tag in accumulator.Tags()["scalars"]
    }


@pytest.mark.parametrize(
    ("option", "module"),
    [("--mlflow=sqlite:///x.db", "mlflow"), ("--tensorboard=tb", "tensorboardX"), ("--onnx=m.onnx", "onnx")],
)
def test_a_missing_extra_names_its_install_command_and_leaves_nothing(
    cli: Any, run_id: str, monkeypatch: pytest.MonkeyPatch, option: str, module: str
):
    monkeypatch.setitem(sys.modules, module, None)
    before = sorted(path.name for path in cli.folder.iterdir())
    outcome = cli("export", run_id, option)
    assert outcome.code == 2
    extra = module.lower().removesuffix("x") if module == "tensorboardX" else module
    assert f"pip install 'dlrecipe[{extra}]'" in outcome.err
    assert sorted(path.name for path in cli.folder.iterdir()) == before
