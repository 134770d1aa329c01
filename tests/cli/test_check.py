"""dlrecipe check: the ladder and the data, and what train does about errors in them."""

import json

import numpy as np
import pytest

RUNGS = [
    "initial-loss",
    "penalty-raises-cost",
    "gradient",
    "initialization-fits",
    "fits-small-batch",
    "better-than-zeroed",
    "learning-rate-range",
]


def verdicts(document):
    return {rung["code"]: rung["verdict"] for rung in document["ladder"]}


@pytest.fixture
def leaky(cli):
    """A table of 150 rows whose column `code` is the class."""
    rng = np.random.default_rng(0)
    y = rng.integers(0, 2, 150)
    rows = "".join(
        f"{a:.4f},{b:.4f},{7 - 2 * k},{['no', 'yes'][k]}\n"
        for (a, b), k in zip(rng.normal(size=(150, 2)) + y[:, None] * 0.5, y, strict=True)
    )
    (cli.folder / "rows.csv").write_text("a,b,code,bought\n" + rows)
    return {
        "name": "leaky",
        "data": {"source": {"type": "table", "path": "rows.csv", "target": "bought"}},
        "network": {"hidden": [8]},
        "training": {"epochs": 3},
    }


def test_a_healthy_config_passes_every_rung_and_nothing_is_written(cli, iris):
    document = cli.document(
        "check", cli.write(iris | {"network": {"hidden": [64]}, "training": {"epochs": 100}})
    )
    assert verdicts(document) == dict.fromkeys(RUNGS, "pass")
    assert document["passed"]
    assert not cli.runs.exists()


def test_zero_weights_fail_the_rungs_that_they_break(cli, iris):
    outcome = cli("check", cli.write(iris | {"initialization": "zeros"}), "--json")
    assert outcome.code == 1
    found = verdicts(outcome.json)
    assert (found["penalty-raises-cost"], found["gradient"]) == ("skip", "pass")
    assert {found["initialization-fits"], found["fits-small-batch"]} == {"fail"}


def test_a_learning_rate_far_too_high_fails_and_a_better_one_is_named(cli, iris):
    outcome = cli("check", cli.write(iris | {"optimizer": {"type": "sgd", "learning_rate": 1e4}}), "--json")
    rung = next(rung for rung in outcome.json["ladder"] if rung["code"] == "learning-rate-range")
    assert (outcome.code, rung["verdict"]) == (1, "fail")
    assert f"optimizer.learning_rate: {rung['numbers']['best']:g}" in rung["remedy"]


def test_inputs_that_say_nothing_of_the_target_are_no_better_than_zeroed_ones(cli):
    rng = np.random.default_rng(0)
    np.savez(cli.folder / "noise.npz", x=rng.normal(size=(600, 4)), y=rng.integers(0, 2, 600))
    config = {"data": {"source": {"type": "npz", "path": "noise.npz"}}, "network": {"hidden": [8]}}
    outcome = cli("check", cli.write(config), "--json")
    assert verdicts(outcome.json)["better-than-zeroed"] == "fail"


def test_an_error_in_the_data_stops_train_with_the_column_and_leaves_nothing(cli, leaky):
    outcome = cli("train", cli.write(leaky))
    assert outcome.code == 2
    assert outcome.err.startswith("config.yaml:")
    assert "'code' gives the target in every one of" in outcome.err
    assert "checks: {ignore: [target-copied]}" in outcome.err
    assert not cli.runs.exists()


def test_check_shows_the_same_error_in_full_and_ends_as_train_does(cli, leaky):
    outcome = cli("check", cli.write(leaky), "--json")
    assert outcome.code == 2
    finding = outcome.json["data"]["findings"][0]
    assert (finding["code"], finding["severity"], finding["columns"]) == ("target-copied", "error", ["code"])


@pytest.mark.parametrize("checks", ["warn", "off", {"ignore": ["target-copied"]}])
def test_the_config_can_have_it_train_all_the_same(cli, leaky, checks):
    cli.train(leaky | {"checks": checks})


def test_findings_are_kept_with_the_run_and_warnings_said_in_a_line(cli, leaky):
    outcome = cli("train", cli.write(leaky | {"checks": "warn"}))
    assert "(target-copied)" in outcome.err
    kept = json.loads(next(cli.runs.glob("*/data_checks.json")).read_text())
    assert kept["findings"][0]["code"] == "target-copied"


def test_a_code_to_ignore_that_no_check_has_is_refused_with_the_nearest(cli, iris):
    outcome = cli("train", cli.write(iris | {"checks": {"ignore": ["target-coppied"]}}))
    assert outcome.code == 2
    assert "Did you mean 'target-copied'?" in outcome.err


@pytest.mark.parametrize("columns", ["60", "200"])
def test_the_view_fits_the_terminal_and_reads_without_colour(cli, leaky, monkeypatch, columns):
    monkeypatch.setenv("COLUMNS", columns)
    lines = cli("check", cli.write(leaky)).out.splitlines()
    assert max(len(line) for line in lines) <= int(columns)
    assert sum(line.startswith(("PASS", "WARN", "FAIL", "skip")) for line in lines) == len(RUNGS)
    assert "\x1b" not in "".join(lines)
    assert any(line.strip().startswith("error A column is the target (target-copied)") for line in lines)


@pytest.mark.parametrize("normalization", ["whitening", {"type": "standard", "per": "image"}])
def test_a_run_predicts_and_evaluates_with_the_normalization_that_it_learned(cli, iris, normalization):
    rng = np.random.default_rng(0)
    X = rng.normal(size=(200, 6)) @ rng.normal(size=(6, 6))
    np.savez(cli.folder / "x.npz", x=X, y=(X[:, 0] > X[:, 1]).astype(int))
    config = {"data": {"source": {"type": "npz", "path": "x.npz"}}, "normalization": normalization}
    cli.train(config | {"network": {"hidden": [16]}, "optimizer": {"type": "adam", "learning_rate": 0.02}})
    dev = cli.document("evaluate", "latest", "--split", "dev")
    shown = cli("predict", "latest", "x.npz")
    assert dev["error"] < 0.4
    assert len(shown.out.splitlines()) == 201
    assert cli.document("gradcheck", "--run", "latest")["passed"]


def test_whitening_of_too_many_features_is_refused_in_words(cli):
    np.savez(cli.folder / "wide.npz", x=np.zeros((20, 5000)) + np.eye(20, 5000), y=np.arange(20) % 2)
    config = {"data": {"source": {"type": "npz", "path": "wide.npz"}}, "normalization": "whitening"}
    outcome = cli("train", cli.write(config | {"task": "classification"}))
    assert (outcome.code, "5,000 × 5,000" in outcome.err) == (2, True)


def test_columns_of_a_table_are_not_normalized_per_image(cli, leaky):
    config = leaky | {"normalization": {"type": "standard", "per": "image"}, "checks": "off"}
    outcome = cli("train", cli.write(config))
    assert (outcome.code, "normalization.per: feature" in outcome.err) == (2, True)


def test_check_init_and_train_say_that_postal_codes_are_read_as_numbers(cli, leaky):
    rng = np.random.default_rng(0)
    lines = [f"{rng.integers(10_000, 99_999)},{rng.normal():.3f},{k % 2}" for k in range(150)]
    (cli.folder / "rows.csv").write_text("zip,a,bought\n" + "\n".join(lines) + "\n")
    said = "To read them as codes, set hashed: {zip: 64}"
    path = cli.write(leaky)
    assert said in cli("check", path, "--json").json["notes"][0]
    assert said in " ".join(cli("check", path).out.split())
    assert said in " ".join(cli("train", path).err.split())
    assert any(said in remark for remark in cli("init", "rows.csv", "--json").json["remarks"])
