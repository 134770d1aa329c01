"""Configs that cannot be used: a message with its place and a remedy, exit code 2, nothing under runs/."""

from typing import Any

import pytest

from dlrecipe.cli.app import app

BLOBS = "data: {source: {type: synthetic, generator: blobs, n: 60}}\n"

TEXTS = {
    "an empty file": ("", "config.yaml"),
    "a list": ("- data\n", "config.yaml:1:1"),
    "an open bracket": ("data: {source: iris\n", "config.yaml:"),
    "a tab for indentation": ("data:\n\tsource: iris\n", "config.yaml:2:1"),
    "two documents": ("data: {source: iris}\n---\nseed: 1\n", "config.yaml:"),
    "a key twice": ("data: {source: iris}\nseed: 1\nseed: 2\n", "config.yaml:3:1"),
    "an unknown key": (BLOBS + "optimiser: adam\n", "config.yaml:2:1"),
    "an unknown key within": (BLOBS + "training: {epoch: 3}\n", "config.yaml:2:12"),
    "no data": ("seed: 1\n", "config.yaml:1:1"),
    "text for a number": (BLOBS + "training: {epochs: many}\n", "config.yaml:2:20"),
    "a number for text": (BLOBS + "name: 12\n", "config.yaml:2:7"),
    "a fraction for a count": (BLOBS + "training: {epochs: 2.5}\n", "config.yaml:2:20"),
    "no epochs": (BLOBS + "training: {epochs: 0}\n", "config.yaml:2:20"),
    "an empty batch": (BLOBS + "training: {batch_size: 0}\n", "config.yaml:2:24"),
    "a negative learning rate": (BLOBS + "optimizer: {type: sgd, learning_rate: -0.1}\n", "config.yaml:2:39"),
    "not a number": (BLOBS + "optimizer: {type: sgd, learning_rate: .nan}\n", "config.yaml:2:39"),
    "an infinite number": (BLOBS + "regularization: {l2: .inf}\n", "config.yaml:2:22"),
    "an unknown optimizer": (BLOBS + "optimizer: adamm\n", "config.yaml:2:12"),
    "another optimizer's key": (BLOBS + "optimizer: {type: sgd, beta1: 0.9}\n", "config.yaml:2:"),
    "an unknown activation": (BLOBS + "network: {hidden: [4], activation: rellu}\n", "config.yaml:2:36"),
    "two activations for three layers": (
        BLOBS + "network: {hidden: [4, 4, 4], activation: [relu, tanh]}\n",
        "config.yaml:2:",
    ),
    "a layer of no units": (BLOBS + "network: {hidden: [4, 0]}\n", "config.yaml:2:23"),
    "an unknown source": ("data: {source: irises}\n", "config.yaml:1:16"),
    "an unknown kind of source": ("data: {source: {type: sheet, path: a.csv}}\n", "config.yaml:1:"),
    "source and train": ("data: {source: iris, train: iris}\n", "config.yaml:1:"),
    "dev without train": ("data: {source: iris, dev: iris}\n", "config.yaml:1:"),
    "shares of 110 %": ("data: {source: iris, split: {train: 0.8, dev: 0.2, test: 0.1}}\n", "config.yaml:1:"),
    "shares of 90 %": ("data: {source: iris, split: {train: 0.6, dev: 0.2, test: 0.1}}\n", "config.yaml:1:"),
    "a negative share": ("data: {source: iris, split: {train: 1.2, dev: -0.2, test: 0}}\n", "config.yaml:1:"),
    "no share for dev": ("data: {source: iris, split: {train: 1, dev: 0, test: 0}}\n", "config.yaml:1:"),
    "two keep_prob for three layers": (
        BLOBS + "network: {hidden: [4, 4]}\nregularization: {dropout: {keep_prob: [1, 0.5]}}\n",
        "config.yaml:",
    ),
    "nothing kept": (BLOBS + "regularization: {dropout: {keep_prob: 0}}\n", "config.yaml:2:39"),
    "a negative λ": (BLOBS + "regularization: {l2: -1}\n", "config.yaml:2:22"),
    "a name that is a path": (BLOBS + "name: ../elsewhere\n", "config.yaml:2:7"),
    "a negative seed": (BLOBS + "seed: -1\n", "config.yaml:2:7"),
    "an unknown monitor": (BLOBS + "early_stopping: {monitor: test_error}\n", "config.yaml:2:27"),
    "a Bayes error of 200 %": (BLOBS + "diagnosis: {bayes_error: 2}\n", "config.yaml:2:26"),
    "a base that is not there": ("extends: base.yaml\n", "config.yaml:1:10"),
    "itself as base": ("extends: config.yaml\n", "config.yaml:1:10"),
}

# Settings that are each allowed, and do not go with the data: source, the second line, what is named.
UNFIT = {
    "mse for classes": ("iris", "loss: mse", "config.yaml:2:7  loss"),
    "huber for classes": ("iris", "loss: huber", "config.yaml:2:7  loss"),
    "cross-entropy for numbers": ("diabetes", "loss: cross_entropy", "config.yaml:2:7  loss"),
    "linear output for classes": ("iris", "network: {output: linear}", "config.yaml:2:19  network.output"),
    "tanh output for classes": ("iris", "network: {output: tanh}", "config.yaml:2:19  network.output"),
    "one sigmoid for three classes": (
        "iris",
        "network: {output: sigmoid}",
        "config.yaml:2:19  network.output",
    ),
    "softmax for numbers": ("diabetes", "network: {output: softmax}", "config.yaml:2:19  network.output"),
    "a bounded output for normalized numbers": (
        "diabetes",
        "network: {output: relu}",
        "config.yaml:2:19  network.output",
    ),
    "a weight for a class that is not there": (
        "iris",
        "loss: {type: cross_entropy, class_weights: {tulip: 2}}",
        "config.yaml:2:44  loss.class_weights",
    ),
    "regression on labels": ("iris", "task: regression", "iris (scikit-learn)  the target 'class'"),
    "classes out of a quantity": ("diabetes", "task: classification", "diabetes (scikit-learn)"),
    "a split by a column of arrays": (
        "iris, split: {train: 0.5, dev: 0.5, test: 0, group: ward}",
        "seed: 1",
        "config.yaml:1:7  ",
    ),
    "weights from a run that is not there": (
        "iris",
        "initialization: {type: run, run: none-such}",
        "config.yaml:2:17  initialization: runs: no run 'none-such'",
    ),
    "weights from a run outside": (
        "iris",
        "initialization: {type: run, run: ../x}",
        "config.yaml:2:17  initialization: '../x'",
    ),
    "weights from a file that is not there": (
        "iris",
        "initialization: {type: file, path: none.safetensors}",
        "config.yaml:2:17  initialization: ",
    ),
}

OVERRIDES = {
    "an unknown key": "optimizer.lr=0.1",
    "an unknown section": "optimiser.learning_rate=0.1",
    "a value of the wrong type": "training.epochs=many",
    "no value": "training.epochs",
    "no key": "=3",
    "a key below a number": "seed.value=3",
    "shares that do not add up": "data.split={train: 0.5, dev: 0.2, test: 0.2}",
    "broken YAML": "network.hidden=[3",
}


def assert_refused(cli: Any, outcome: Any, place: str) -> None:
    """The three parts of a message, and nothing half done."""
    first, *rest = outcome.err.splitlines()
    assert outcome.code == 2, outcome.err
    assert place in first
    # "must be at least 1, not 0" says what to do as well as a line of its own would.
    says_what_to_do = " must be " in first or " set " in first
    assert says_what_to_do or any(line.startswith("  ") and line.strip() for line in rest), outcome.err
    assert "Traceback" not in outcome.err
    assert outcome.out == ""
    assert not cli.runs.exists()


@pytest.mark.parametrize(("text", "place"), TEXTS.values(), ids=TEXTS)
def test_a_config_that_cannot_be_read_is_refused_at_its_place(cli, text, place):
    assert_refused(cli, cli("train", cli.write(text)), place)


@pytest.mark.parametrize(("source", "line", "place"), UNFIT.values(), ids=UNFIT)
def test_settings_that_do_not_fit_the_data_are_refused_at_their_place(cli, source, line, place):
    outcome = cli("train", cli.write(f"data: {{source: {source}}}\n{line}\n"))
    assert_refused(cli, outcome, place)


@pytest.mark.parametrize("override", OVERRIDES.values(), ids=OVERRIDES)
def test_an_override_that_cannot_be_used_is_refused_by_its_name(cli, iris, override):
    assert_refused(cli, cli("train", cli.write(iris), "--set", override), f"--set {override.split('=')[0]}")


def test_all_problems_of_a_config_are_told_at_once(cli):
    outcome = cli("train", cli.write(BLOBS + "seed: -1\noptimizer: adamm\ntraining: {epochs: 0}\n"))
    assert_refused(cli, outcome, "config.yaml:2:7")
    assert "config.yaml:3:12" in outcome.err
    assert "config.yaml:4:20" in outcome.err


def test_a_misspelt_choice_is_met_with_the_right_one(cli):
    outcome = cli("train", cli.write(BLOBS + "optimizer: adamm\n"))
    assert "unknown optimizer 'adamm'" in outcome.err
    assert "Did you mean 'adam'?" in outcome.err


def test_a_config_that_is_a_folder_is_refused(cli):
    (cli.folder / "configs").mkdir()
    assert_refused(cli, cli("train", "configs"), "configs")


def test_a_config_that_is_not_there_is_met_with_those_that_are(cli, iris):
    cli.write(iris, "iris.yaml")
    outcome = cli("train", "irsi.yaml")
    assert_refused(cli, outcome, "irsi.yaml")
    assert "iris.yaml" in outcome.err


def test_a_config_of_other_bytes_than_utf_8_is_refused(cli):
    (cli.folder / "latin.yaml").write_bytes("data: {source: iris}\nname: Bäume\n".encode("latin-1"))
    assert_refused(cli, cli("train", "latin.yaml"), "latin.yaml:2:8")


def test_gradcheck_refuses_the_configs_that_train_refuses(cli):
    assert_refused(cli, cli("gradcheck", cli.write(BLOBS + "optimizer: adamm\n")), "config.yaml:2:12")
    assert_refused(cli, cli("gradcheck", cli.write({"data": {"source": "iris"}, "loss": "mse"})), "loss")


def test_every_command_of_the_design_is_there():
    names = {command.name for command in app.registered_commands}
    wanted = {"train", "diagnose", "gradcheck", "evaluate", "predict", "resume", "runs", "show", "compare"}
    assert wanted | {"explain", "schema"} <= names
