"""The configs that come with the project: they are valid, they train, and they show what they promise."""

import json
import math
from pathlib import Path
from typing import Any

import jsonschema
import pytest
import yaml

CONFIGS = sorted((Path(__file__).parents[2] / "configs").glob("*.yaml"))
NAMES = [path.stem for path in CONFIGS]


def config(name: str) -> Path:
    return next(path for path in CONFIGS if path.stem == name)


@pytest.mark.parametrize("path", CONFIGS, ids=NAMES)
def test_a_config_begins_with_what_it_is_and_what_to_look_for(path):
    what, look, rest = path.read_text(encoding="utf-8").split("\n", 2)
    assert what.startswith("# ")
    assert look.startswith("# Look for: ")
    assert not rest.startswith("#")


@pytest.mark.parametrize("path", CONFIGS, ids=NAMES)
def test_a_config_is_called_what_its_file_is(path):
    assert yaml.safe_load(path.read_text(encoding="utf-8"))["name"] == path.stem


@pytest.mark.parametrize("path", CONFIGS, ids=NAMES)
def test_a_config_passes_the_schema_that_editors_use(cli, path):
    schema = cli("schema").json
    # Not by its own YAML 1.1 reader, which takes 1e-3 for a text; the configs write no such numbers.
    jsonschema.validate(yaml.safe_load(path.read_text(encoding="utf-8")), schema)


def skip_without_data(path: Path) -> None:
    """Skip where a config's files, which are not part of the project, are absent."""
    data = yaml.safe_load(path.read_text(encoding="utf-8")).get("data", {})
    for source in data.values():
        file = source.get("path") if isinstance(source, dict) else None
        if file is not None and not (path.parent / file).exists():
            pytest.skip(f"{file} is absent")


@pytest.mark.parametrize("path", CONFIGS, ids=NAMES)
def test_a_config_trains_and_is_diagnosed(cli, path):
    skip_without_data(path)
    outcome = cli("train", path, "--set", "training.epochs=2", "--json", "-q")
    assert outcome.code == 0, outcome.err
    assert outcome.json["epochs_run"] == 2
    assert cli("diagnose", "latest").code == 0


def trained(cli: Any, name: str, *settings: str) -> dict[str, Any]:
    options = [part for setting in settings for part in ("--set", setting)]
    outcome = cli("train", config(name), "--json", "-q", *options)
    assert outcome.code == 0, outcome.err
    document: dict[str, Any] = outcome.json
    return document


def test_zeros_stays_at_ln_2_throughout(cli):
    run = trained(cli, "circles_zeros", "training.epochs=500")
    history = [
        json.loads(line) for line in (cli.folder / run["path"] / "metrics.jsonl").read_text().splitlines()
    ]
    assert len(history) == 500
    assert all(epoch["cost"]["train"] == pytest.approx(math.log(2), abs=1e-6) for epoch in history)
    # The course's figure: half of the points are wrong, on both splits.
    assert run["errors"] == {"train": 0.5, "dev": 0.5}
    codes = [finding["code"] for finding in cli.document("diagnose", "latest")["findings"]]
    assert any("symmetry" in code for code in codes), codes


def test_large_initial_weights_start_in_the_hundreds(cli):
    # How far behind they end, 15,000 epochs on, is measured beside the published figures.
    run = trained(cli, "circles_large", "training.epochs=500")
    start = cli.document("show", "latest")["record"]["initial"]["cost"]["train"]
    assert start > 100
    assert 0.3 < run["cost"]["train"] < start


def test_bias_is_called_bias_and_more_data_is_not_advised(cli):
    run = trained(cli, "bias")
    document = cli.document("diagnose", run["run_id"])
    assert document["verdict"] == "high_bias"
    assert "network.hidden" in document["next"][0]["change"]
    advised = " ".join(f"{step['advice']} {step['why']}".lower() for step in document["next"])
    assert "more data" not in advised
    assert "more examples" not in advised
    assert not any(key.startswith("data") for step in document["next"] for key in step["change"])


def test_variance_is_called_variance_and_a_bigger_network_is_not_advised(cli):
    run = trained(cli, "variance")
    assert run["n"]["train"] < 200
    assert run["errors"]["train"] == 0
    document = cli.document("diagnose", run["run_id"])
    assert document["verdict"] == "high_variance"
    assert "network.hidden" not in document["next"][0]["change"]


def test_inputs_of_unlike_scales_need_their_normalization(cli):
    raw = trained(cli, "scales_raw", "training.epochs=400")
    codes = [finding["code"] for finding in cli.document("diagnose", "latest")["findings"]]
    normalized = trained(cli, "scales", "training.epochs=400")
    assert raw["errors"]["dev"] > 0.3
    assert normalized["errors"]["dev"] < 0.1
    assert any("normal" in code or "scale" in code for code in codes), codes


def test_the_deep_network_vanishes_and_its_cure_learns(cli):
    vanished = trained(cli, "deep_tanh", "training.epochs=6")
    codes = [finding["code"] for finding in cli.document("diagnose", "latest")["findings"]]
    cured = trained(cli, "deep_tanh_cured", "training.epochs=6")
    assert vanished["cost"]["train"] == pytest.approx(math.log(10), abs=0.01)
    assert any("vanish" in code for code in codes), codes
    assert cured["errors"]["dev"] < 0.2
