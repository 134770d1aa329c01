"""Several runs of one config, named by hand: one verdict over their seeds."""

import json
from statistics import mean

import pytest

from dlrecipe.config.loading import load_config_text
from dlrecipe.errors import InputError
from dlrecipe.experiment.diagnosing import diagnose_runs
from dlrecipe.experiment.silence import SilentDisplay
from dlrecipe.experiment.training_run import train
from dlrecipe.store.listing import find_run

CONFIG = {
    "data": {"source": {"type": "synthetic", "generator": "moons", "n": 200, "noise": 0.2}},
    "network": {"hidden": [4]},
    "training": {"epochs": 5, "batch_size": 16},
    "optimizer": {"type": "adam", "learning_rate": 0.01},
}


@pytest.fixture(scope="module")
def trained(tmp_path_factory):
    """A function that trains the config with changes once, and returns its run."""
    folder, kept = tmp_path_factory.mktemp("runs"), {}

    def run(**changes):
        key = json.dumps(changes)
        if key not in kept:
            loaded = load_config_text(json.dumps({**CONFIG, "name": "moons", **changes}), name="c.yaml")
            kept[key] = find_run(folder, train(loaded, folder, SilentDisplay()).document["run_id"])
        return kept[key]

    return run


def test_the_verdict_is_on_the_mean_and_the_spread_is_in_its_interval(trained):
    runs = [trained(seed=seed) for seed in range(3)]
    found = diagnose_runs(runs)
    errors = [run.record["result"]["errors"]["train"] for run in runs]
    bias = found.to_json()["gaps"]["bias"]
    assert bias["value"] == pytest.approx(mean(errors))
    assert found.to_json()["seeds"] == 3
    assert any("means over 3 runs" in remark for remark in found.remarks)
    # At least Student's t for two degrees of freedom times the standard error, for three unlike errors.
    spread = 4.303 * (sum((e - mean(errors)) ** 2 for e in errors) / 2 / 3) ** 0.5
    assert bias["high"] - bias["value"] >= spread


def test_runs_whose_configs_differ_are_refused_and_the_difference_is_told(trained):
    with pytest.raises(InputError) as caught:
        diagnose_runs([trained(seed=0), trained(seed=1, network={"hidden": [8]})])
    assert "network.hidden [4] and [8]" in str(caught.value)
    assert "dlrecipe compare" in caught.value.remedy


def test_another_name_is_no_difference_and_the_same_seed_is_no_second_run(trained):
    assert diagnose_runs([trained(seed=0), trained(seed=1, name="other")]).run.is_mean
    with pytest.raises(InputError, match="same seed"):
        diagnose_runs([trained(seed=0), trained(seed=0, name="again")])
