"""`--set key=value` sets one value, by the rules of the file."""

import pytest

from dlrecipe.config.loading import load_config_text
from dlrecipe.config.schema import Config
from dlrecipe.errors import ConfigError

START = "data: {source: digits}\n"


def with_set(text: str, *overrides: str) -> Config:
    return load_config_text(START + text, "c.yaml", overrides=overrides).config


def in_file(text: str) -> Config:
    return load_config_text(START + text).config


@pytest.mark.parametrize(
    ("text", "override", "same_as"),
    [
        ("seed: 1", "seed=2", "seed: 2"),
        ("", "seed=0x10", "seed: 16"),
        ("", "name=no", "name: 'no'"),
        ("", 'name="12"', "name: '12'"),
        ("", "network.hidden=[3, 4]", "network: {hidden: [3, 4]}"),
        ("", "network={hidden: [3], activation: tanh}", "network: {hidden: [3], activation: tanh}"),
        ("network: {hidden: [3, 4]}", "network.hidden.1=9", "network: {hidden: [3, 9]}"),
        ("", "network.hidden.0=9", "network: {hidden: [9, 32]}"),
        ("", "training.epochs=5", "training: {epochs: 5}"),
        ("training: {batch_size: 8}", "training.epochs=5", "training: {batch_size: 8, epochs: 5}"),
        ("", "regularization.dropout.keep_prob=0.5", "regularization: {dropout: {keep_prob: 0.5}}"),
        ("early_stopping: {patience: 3}", "early_stopping=null", "early_stopping: null"),
        ("early_stopping: {patience: 3}", "early_stopping=", "early_stopping: null"),
        ("early_stopping: null", "early_stopping.patience=3", "early_stopping: {patience: 3}"),
        ("", " seed = 3", "seed: 3"),
        ("", "loss={type: cross_entropy, class_weights: {a=b: 2}}",
         "loss: {type: cross_entropy, class_weights: {a=b: 2}}"),
    ],
)  # fmt: skip
def test_setting_a_value_is_writing_it_into_the_file(text: str, override: str, same_as: str) -> None:
    assert with_set(text, override) == in_file(same_as)


@pytest.mark.parametrize(
    ("text", "override", "same_as"),
    [
        ("optimizer: sgd", "optimizer.learning_rate=0.5", "optimizer: {type: sgd, learning_rate: 0.5}"),
        ("", "optimizer.learning_rate=0.5", "optimizer: {type: adam, learning_rate: 0.5}"),
        ("", "optimizer.type=sgd", "optimizer: sgd"),
        ("", "initialization.scale=2", "initialization: {type: he, scale: 2}"),
        ("", "optimizer.schedule.warmup_epochs=2",
         "optimizer: {type: adam, schedule: {type: constant, warmup_epochs: 2}}"),
        ("optimizer: {type: sgd, schedule: step}", "optimizer.schedule.every=2",
         "optimizer: {type: sgd, schedule: {type: step, every: 2}}"),
    ],
)  # fmt: skip
def test_a_key_below_a_variant_spells_its_name_out(text: str, override: str, same_as: str) -> None:
    assert with_set(text, override) == in_file(same_as)


def test_a_mapping_takes_the_place_of_auto() -> None:
    assert load_config_text(
        "data: {source: digits, split: auto}", overrides=["data.split.test=0.0", "data.split.dev=0.4"]
    ).config == load_config_text("data: {source: digits, split: {test: 0, dev: 0.4}}").config  # fmt: skip


def test_later_options_build_on_earlier_ones() -> None:
    config = with_set("", "optimizer=sgd", "optimizer.learning_rate=0.5", "seed=1", "seed=2")
    assert config == in_file("optimizer: {type: sgd, learning_rate: 0.5}\nseed: 2")


@pytest.mark.parametrize(
    ("override", "words"),
    [
        ("optimizer.type=adamm", "optimizer.type: unknown optimizer 'adamm'\n  Did you mean 'adam'?"),
        ("optimizer.learning_rte=1", "optimizer.learning_rte: unknown key\n  Did you mean 'learning_rate'?"),
        ("nonsense.deep=1", "nonsense: unknown key\n  Keys here: data, name"),
        ("network.hidden=[1, 2.5]", "network.hidden.1: must be a whole number, not 2.5"),
        ("network.hidden=[1,", "a value is missing here"),
        ("network.hidden.2=1", "network.hidden.2: the list has no item '2'\n  Its items are 0 to 1."),
        ("network.hidden.-1=1", "the list has no item '-1'"),
        ("network.hidden.²=1", "the list has no item '²'"),
        ("name.x=1", "name is a single value and has nothing below it\n  Set it whole: --set name=…."),
        ("seed", "there is no = in it\n  Write it as --set key.subkey=value"),
        ("=1", "a key is missing before the ="),
        ("network..hidden=1", "a key is missing before the ="),
        ("extends=other.yaml", "extends: can be set in a file alone"),
        ("name=!!python/name:os.system x", "the tag !!python/name:os.system is not allowed"),
        ("seed=1e400", "seed: must be a whole number, not 1e400"),
        ("name=" + "[" * 100_000, "nested more than 50 deep"),
    ],
)
def test_a_mistake_in_an_option_names_the_option(override: str, words: str) -> None:
    with pytest.raises(ConfigError) as caught:
        with_set("name: x\nnetwork: {hidden: [3, 4]}", override)
    assert str(caught.value).startswith(f"--set {override[:40]}")
    assert words in str(caught.value)


def test_mistakes_of_several_options_are_told_together_after_those_of_the_file() -> None:
    with pytest.raises(ConfigError) as caught:
        with_set("task: x", "seed=-1", "name=3")
    assert [problem.where for problem in caught.value.problems] == [
        "c.yaml:2:7",
        "--set seed=-1",
        "--set name=3",
    ]


def test_an_item_of_a_list_that_may_be_none_is_set_and_the_list_refused() -> None:
    with pytest.raises(ConfigError, match=r"c\.yaml:2:7  name: must be text, not a list"):
        with_set("name: [a, b]", "name.0=x")


def test_a_missing_equals_sign_does_not_hide_another() -> None:
    with pytest.raises(ConfigError) as caught:
        with_set("", "seed", "name")
    assert [problem.where for problem in caught.value.problems] == ["--set seed", "--set name"]
