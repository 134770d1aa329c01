"""The JSON that scripts rely on: one strict document on stdout, the keys and types of the contract."""

from numbers import Real
from typing import Any, get_args

import jsonschema
import pytest

from dlrecipe.diagnosis.verdict import Verdict

STATUSES = {"finished", "stopped_early", "interrupted", "diverged", "failed"}


def is_number(value: Any) -> bool:
    return isinstance(value, Real) and not isinstance(value, bool)


def assert_fractions(errors: dict[str, Any], splits: set[str]) -> None:
    assert errors.keys() == splits
    assert all(is_number(error) and 0 <= error <= 1 for error in errors.values())


def test_train_prints_its_contract_and_keeps_its_messages_apart(cli, iris):
    outcome = cli("train", cli.write(iris), "--json")
    document = outcome.json
    assert (outcome.code, document["schema_version"]) == (0, 1)
    assert document["status"] in STATUSES
    assert (cli.folder / document["path"]).name == document["run_id"]
    assert (cli.folder / document["path"] / "run.json").is_file()
    assert document["epochs_run"] == 3
    assert 1 <= document["best_epoch"] <= 3
    assert document["n"] == {"train": 90, "dev": 30, "test": 30}  # 60/20/20 of the 150 irises
    assert_fractions(document["errors"], {"train", "dev"})
    assert document["cost"].keys() == {"train", "dev"}
    assert all(is_number(document[key]) and document[key] > 0 for key in ("wall_s", "examples_per_s"))
    assert "epoch 3/3" in outcome.err


def test_early_stopping_is_a_status_of_its_own(cli, iris):
    iris["training"]["epochs"] = 500
    iris["early_stopping"] = {"monitor": "dev_error", "patience": 2}
    document = cli.train(iris)
    assert document["status"] == "stopped_early"
    assert document["epochs_run"] < 500


def test_diagnose_prints_its_contract(iris_cli):
    document = iris_cli.document("diagnose", "latest")
    assert document["verdict"] in get_args(Verdict)
    assert_fractions(document["errors"], {"train", "dev"})
    for name in ("bias", "variance"):
        gap = document["gaps"][name]
        assert gap["verdict"] in {"high", "low", "undecided"}
        assert gap["low"] <= gap["value"] <= gap["high"]
    assert {"mismatch", "dev_overfit"} <= document["gaps"].keys()
    for finding in document["findings"]:
        assert all(isinstance(finding[key], str) for key in ("code", "title", "evidence", "advice"))
    assert document["next"]
    for step in document["next"]:
        assert isinstance(step["advice"], str)
        assert isinstance(step["why"], str)
        assert isinstance(step["change"], dict)


def test_what_diagnose_would_change_can_be_set(cli, iris):
    cli.train(iris)
    changes = [step["change"] for step in cli.document("diagnose", "latest")["next"]]
    settings = [f"{key}={_in_yaml(value)}" for change in changes for key, value in change.items()]
    assert settings
    for setting in settings:
        outcome = cli("train", "config.yaml", "-q", "--set", setting, "--set", "training.epochs=1")
        assert outcome.code == 0, outcome.err


def _in_yaml(value: Any) -> str:
    import json

    return json.dumps(value)


# Ng, course C2W1L02, the table of the lecture: train, dev and Bayes error, and what it says of them.
COURSE = [
    (0.01, 0.11, 0.0, "high_variance"),
    (0.15, 0.16, 0.0, "high_bias"),
    (0.15, 0.30, 0.0, "high_bias_and_variance"),
    (0.005, 0.01, 0.0, "good"),
    (0.15, 0.16, 0.15, "good"),
]


@pytest.mark.parametrize(("train", "dev", "bayes", "verdict"), COURSE)
def test_diagnose_reads_the_courses_table_without_a_run(cli, train, dev, bayes, verdict):
    document = cli.document("diagnose", "--train-error", train, "--dev-error", dev, "--bayes-error", bayes)
    assert document["verdict"] == verdict
    assert document["gaps"]["bias"]["value"] == pytest.approx(train - bayes)
    assert document["gaps"]["variance"]["value"] == pytest.approx(dev - train)
    assert not cli.runs.exists()


def test_few_dev_examples_leave_a_small_gap_undecided(cli):
    errors = ("diagnose", "--train-error", 0.01, "--dev-error", 0.04)
    assert cli.document(*errors, "--n-train", 1000, "--n-dev", 50)["verdict"] == "undecided"
    assert cli.document(*errors, "--n-train", 100_000, "--n-dev", 100_000)["verdict"] == "high_variance"


def assert_gradient_report(document: dict[str, Any], tensors: set[str]) -> None:
    assert document["passed"] is True
    for check in document["checks"]:
        assert check["verdict"] in {"pass", "look", "fail"}
        assert {tensor["name"] for tensor in check["tensors"]} == tensors
        for tensor in check["tensors"]:
            assert is_number(tensor["relative_difference"])
            assert {"index", "analytic", "numeric"} <= tensor["worst"].keys()


def test_gradcheck_of_a_config_prints_its_contract(cli, iris):
    document = cli.document("gradcheck", cli.write(iris))
    assert_gradient_report(document, {"W1", "b1", "W2", "b2"})
    assert len(document["checks"]) == 1
    assert not cli.runs.exists()


def test_gradcheck_of_a_run_looks_at_its_initial_and_its_kept_weights(iris_cli):
    document = iris_cli.document("gradcheck", "--run", "latest")
    assert_gradient_report(document, {"W1", "b1", "W2", "b2"})
    assert ["initial" in check["name"] for check in document["checks"]] == [True, False]


def test_evaluate_prints_the_figures_of_one_split(cli, iris):
    run = cli.train(iris)
    document = cli.document("evaluate", "latest", "--split", "dev")
    assert document["run_id"] == run["run_id"]
    assert (document["split"], document["n"]) == ("dev", 30)
    assert document["error"] == run["errors"]["dev"]
    assert document["cost"] == pytest.approx(run["cost"]["dev"])
    assert sum(map(sum, document["confusion"])) == 30


def test_runs_lists_every_run_in_the_order_of_their_making(cli, iris):
    assert cli.document("runs") == {"schema_version": 1, "runs": []}
    made = [cli.train(iris)["run_id"] for _ in range(2)]
    document = cli.document("runs")
    assert [run["run_id"] for run in document["runs"]] == made
    assert all(run["status"] == "finished" for run in document["runs"])


def test_show_prints_config_record_and_every_epoch(iris_cli):
    document = iris_cli.document("show", "iris")
    assert document["status"] == "finished"
    assert [epoch["epoch"] for epoch in document["history"]] == [1, 2, 3]
    assert "optimizer:" in document["config"]
    assert document["record"]["looks"] == {"test": 0}


def test_the_config_that_show_prints_trains_the_same_network(cli, iris):
    first = cli.train(iris)
    resolved = cli.document("show", "latest")["config"]
    assert cli.train(resolved)["cost"] == first["cost"]


def test_compare_names_the_settings_that_differ_and_no_others(cli, iris):
    first = cli.train(iris)["run_id"]
    second = cli.train(iris, "--set", "optimizer.learning_rate=0.01", "--set", "seed=7")["run_id"]
    document = cli.document("compare", first, second)
    assert [run["run_id"] for run in document["runs"]] == [first, second]
    assert document["settings"] == {"optimizer.learning_rate": [0.001, 0.01], "seed": [0, 7]}


def test_predict_prints_columns_of_equal_length(cli, arrays):
    cli.train({"data": {"source": {"type": "npz", "path": "arrays.npz"}}, "training": {"epochs": 1}})
    document = cli.document("predict", "latest", "arrays.npz")
    assert document["n"] == 120
    assert list(document["columns"]) == ["label", "p(0)", "p(1)"]
    assert all(len(column) == 120 for column in document["columns"].values())


def test_explain_prints_a_findings_text(cli):
    codes = cli("explain").out
    code = next(word for word in codes.split() if "_" in word or "-" in word)
    assert cli.document("explain", code)["code"] == code


def test_schema_is_a_json_schema_that_tells_good_configs_from_bad(cli, iris):
    outcome = cli("schema")
    schema = outcome.json
    assert (outcome.code, outcome.err) == (0, "")
    validator = jsonschema.Draft202012Validator(schema)
    jsonschema.Draft202012Validator.check_schema(schema)
    assert validator.is_valid(iris)
    assert not validator.is_valid(iris | {"optimiser": "adam"})


@pytest.mark.parametrize("command", ["train", "gradcheck"])
def test_an_error_leaves_stdout_empty_also_with_json(cli, command):
    outcome = cli(command, cli.write("data: {source: irises}\n"), "--json")
    assert (outcome.code, outcome.out) == (2, "")
