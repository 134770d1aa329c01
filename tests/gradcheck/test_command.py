"""dlrecipe gradcheck on a config: what it prints, what it leaves behind, what it refuses."""

import json
from pathlib import Path

import pytest

from dlrecipe.cli.app import main
from dlrecipe.nn.layers import dense

CONFIG = """
name: small
data: {source: {type: synthetic, generator: moons, n: 200, noise: 0.1}}
network: {hidden: [6, 5], activation: relu}
regularization: {l2: 0.1, dropout: {keep_prob: 0.8}}
training: {epochs: 5, batch_size: 32}
"""


@pytest.fixture
def run(tmp_path, capsys):
    """Run the command in an empty folder; return its exit code, its JSON or text, and stderr."""
    (tmp_path / "small.yaml").write_text(CONFIG)

    def run_(*arguments: str):
        command = ["gradcheck", *arguments, "--runs-dir", str(tmp_path / "runs")]
        with pytest.raises(SystemExit) as stopped:
            main([str(tmp_path / "small.yaml") if word == "CONFIG" else word for word in command])
        captured = capsys.readouterr()
        out = json.loads(captured.out) if "--json" in arguments and captured.out else captured.out
        return stopped.value.code or 0, out, captured.err

    return run_


def test_a_config_is_checked_at_its_initial_weights(run):
    code, document, _ = run("CONFIG", "--json")
    assert (code, document["passed"]) == (0, True)
    (check,) = document["checks"]
    assert check["name"] == "small, initial weights"
    assert check["n_checked"] == check["n_components"]


def test_after_some_epochs_it_is_checked_again_and_nothing_is_written(run, tmp_path: Path):
    code, document, _ = run("CONFIG", "--json", "--epochs", "2")
    assert code == 0
    assert [check["name"] for check in document["checks"]] == [
        "small, initial weights",
        "small, after 2 epochs",
    ]
    gradients = [check["tensors"][0]["worst"]["analytic"] for check in document["checks"]]
    assert gradients[0] != gradients[1]
    assert [path.name for path in tmp_path.iterdir()] == ["small.yaml"]


def test_dropout_stays_on_with_a_frozen_mask_when_asked(run):
    notes = [run("CONFIG", "--json", *more)[1]["checks"][0]["notes"] for more in ((), ("--dropout",))]
    assert "dropout off (training uses it)" in notes[0]
    assert "dropout on, its mask frozen" in notes[1]


def test_two_checks_of_one_config_print_the_same(run):
    arguments = ("CONFIG", "--json", "--epochs", "1", "--dropout", "--show-epsilon")
    assert run(*arguments) == run(*arguments)


def test_the_step_can_be_given_and_shown(run):
    _, document, _ = run("CONFIG", "--json", "--epsilon", "1e-4", "--show-epsilon", "--examples", "4")
    (check,) = document["checks"]
    assert (check["epsilon"], check["n_examples"]) == (1e-4, 4)
    assert {tensor["epsilon"] for tensor in check["tensors"]} == {1e-4}
    assert [row["epsilon"] for row in check["epsilons"]][:2] == [1e-2, 1e-3]
    assert "smallest" in run("CONFIG", "--show-epsilon")[1]


def test_a_bug_exits_1_and_names_the_tensor(run, monkeypatch):
    intact = dense.dense_backward

    def spoilt(X_T, dZ, ones, dW, db):
        intact(X_T, dZ, ones, dW, db)
        if len(db) == 5:
            dW *= 1.001

    monkeypatch.setattr(dense, "dense_backward", spoilt)
    code, document, _ = run("CONFIG", "--json")
    assert (code, document["passed"]) == (1, False)
    failed = [tensor["name"] for tensor in document["checks"][0]["tensors"] if tensor["verdict"] == "fail"]
    assert failed == ["W2"]
    assert "W2 (data at fault" in run("CONFIG")[1]


@pytest.mark.parametrize(
    "arguments",
    [("--epochs", "2"), ("--run", "latest", "--epochs", "2"), ("--dropout",), ("--show-epsilon",)],
    ids=" ".join,
)
def test_an_option_that_would_change_nothing_is_refused(run, arguments):
    code, out, err = run(*arguments)
    assert (code, out) == (2, "")
    assert arguments[-1] in err or arguments[-2] in err
    assert "Name a config" in err or "Name the config" in err


@pytest.mark.parametrize("epsilon", ["0", "-1e-5", "1", "nan"])
def test_a_step_that_is_none_is_refused(run, epsilon):
    assert run("CONFIG", "--epsilon", epsilon)[0] == 2
