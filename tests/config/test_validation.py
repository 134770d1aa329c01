"""Every mistake in a config is told at the place it was written, in plain words, all at once."""

import pytest

from dlrecipe.config.forms import forms_of
from dlrecipe.config.loading import load_config_text
from dlrecipe.config.locating import locate
from dlrecipe.config.tree import Mapping
from dlrecipe.config.wording import worded
from dlrecipe.config.yaml import read_yaml
from dlrecipe.errors import ConfigError

# In the tables below ^ stands where the problem is to be told, and is not part of the config.
START = "data: {source: digits}\n"


def said_of(text: str) -> str:
    with pytest.raises(ConfigError) as caught:
        load_config_text(text, "c.yaml")
    return str(caught.value)


@pytest.mark.parametrize(
    ("line", "words"),
    [
        # Names of variants
        ("optimizer: ^adamm", "optimizer: unknown optimizer 'adamm'\n  Did you mean 'adam'?  Choices: sgd, "),
        ("optimizer: {type: ^adamm}", "optimizer.type: unknown optimizer 'adamm'\n  Did you mean 'adam'?"),
        ("optimizer: {type: ^3}", "optimizer.type: must be a name, not 3\n  Choices: sgd, momentum"),
        ("optimizer: ^3", "optimizer: must be a name or a mapping with `type`, not 3\n  Choices: sgd"),
        ("optimizer: ^[adam]", "optimizer: must be a name or a mapping with `type`, not a list"),
        ("optimizer: ^null", "must be a name or a mapping with `type`, not null\n  Leave the key out"),
        ("optimizer: ^{learning_rate: 1}", "optimizer.type: missing\n  Choices: sgd, momentum"),
        ("optimizer: {type: adam, schedule: ^foo}", "optimizer.schedule: unknown schedule 'foo'"),
        (
            "initialization: ^file",
            "initialization.path: missing\n  It has no default; give it text.  Such as",
        ),
        (
            "network: {layers: [^residual]}",
            "layers.0.layers: missing\n  It has no default; give it a list of names.  "
            "Such as - {type: residual, layers: …}.",
        ),
        (
            "network: {layers: [{type: residual, layers: [{type: residual, layers: [^danse]}]}]}",
            "network.layers.0.layers.0.layers.0: unknown layer 'danse'\n  Did you mean 'dense'?",
        ),
        (
            "network: {layers: ^[{type: residual, repeat: 9000, layers: [{type: residual, repeat: 9, "
            "layers: [flatten]}]}]}",
            "network: layers are 171,000 once every residual block is repeated\n  More than 100,000 are not "
            "built, so lower a repeat",
        ),
        # Unknown keys, at the key's own place
        (
            "optimizer: {type: sgd, ^learning_rte: 1}",
            "learning_rte: unknown key\n  Did you mean 'learning_rate'?",
        ),
        ("optimizer: {type: sgd, ^beta1: 1}", "'beta1' goes with type adam or adamw.  Keys here: type, "),
        ("^learning_rate: 1", "learning_rate: unknown key\n  Did you mean optimizer.learning_rate?  Keys"),
        ("network: {^epochs: 3}", "network.epochs: unknown key\n  Did you mean training.epochs?"),
        ("network: {^adam: 3}", "network.adam: unknown key"),
        ("optimizer: {type: adam, ^adam: 3}", "optimizer.adam: unknown key"),
        # Numbers
        ("training: {epochs: ^2.5}", "training.epochs: must be a whole number, not 2.5"),
        ("training: {epochs: ^1e3}", "must be a whole number, not 1e3\n  Write 1000."),
        ('training: {epochs: ^"10"}', "must be a whole number, not '10'\n  Write it without quotes."),
        ("training: {epochs: ^1_000}", "must be a whole number, not '1_000'\n  Write 1000."),
        ('training: {epochs: ^"12,500"}', "must be a whole number, not '12,500'\n  Write 12500."),
        ('training: {epochs: ^"0,5"}', "must be a whole number, not '0,5'"),
        ("training: {epochs: ^true}", "must be a whole number, not true"),
        ('optimizer: {type: sgd, learning_rate: ^"0,01"}', "a number, not '0,01'\n  Write 0.01."),
        ("regularization: {l2: 0,^01}", "the key 01 is not text\n  Decimals take a point: 0.01."),
        ("training: {batch_size: 1,^024}", "Thousands take no comma: 1024.  Decimals take a point: 1.024."),
        ("optimizer: {type: sgd, learning_rate: 1,^5e-3}", "Decimals take a point: 1.5e-3."),
        ("regularization: {l2: 0,^001}", "the key 001 is not text\n  Decimals take a point: 0.001."),
        ("diagnosis: {bayes_error: ^5%}", "must be a number, not '5%'\n  Write 0.05."),
        ('diagnosis: {bayes_error: ^"2,5 %"}', "must be a number, not '2,5 %'\n  Write 0.025."),
        ("training: {epochs: ^.inf}", "must be a whole number, not .inf"),
        ("training: {epochs: ^0}", "must be greater than 0, not 0"),
        ("seed: ^-1", "seed: must be at least 0, not -1"),
        ("seed: ^9223372036854775808", "must be at most 9223372036854775807, not 9223372036854775808"),
        ("regularization: {l2: ^.nan}", "regularization.l2: must be a finite number, not .nan"),
        ("regularization: {l2: ^1e999}", "must be a finite number, not 1e999"),
        ("regularization: {max_norm: ^[1]}", "must be a number or null, not a list"),
        ("diagnosis: {bayes_error: ^15}", "must be at most 1, not 15\n  It is a fraction: 15 % is 0.15."),
        # Text, names and booleans
        ("name: ^3", 'name: must be text, not 3\n  Put it in quotes: "3".'),
        ("task: ^classify", "task: unknown task 'classify'\n  Did you mean 'classification'?"),
        (
            "normalization: ^[none]",
            "normalization: must be a mapping or a name, not a list\n  Choices: none, center",
        ),
        ("training: {precision: ^float16}", "unknown precision 'float16'\n  Did you mean 'float64'?"),
        # Sections and lists
        ("network: ^null", "network: must be a mapping, not null\n  Leave the key out for its default."),
        ("training: ^3", "training: must be a mapping, not 3\n  Did you mean {epochs: 3}?"),
        ("training: ^ful", "training: must be a mapping, not 'ful'"),
        ("early_stopping: ^3", "must be a mapping or null, not 3\n  Did you mean {patience: 3}?"),
        ("early_stopping: ^false", "must be a mapping or null, not false\n  Write null."),
        ("early_stopping: ^none", "must be a mapping or null, not 'none'\n  Write null."),
        ("network: ^[64, 32]", "network: must be a mapping, not a list\n  Did you mean {hidden: […]}?"),
        (
            "regularization: {dropout: ^0.5}",
            "not 0.5\n  Did you mean {keep_prob: 0.5}?  It is the fraction of units kept, not",
        ),
        ("network: {hidden: ^64}", "must be a list of whole numbers, not 64\n  Write [64]."),
        ("network: {hidden: [8, ^x]}", "network.hidden.1: must be a whole number, not 'x'"),
        # Unions of forms: only the branch of the form that was written speaks
        (
            "training: {batch_size: ^ful}",
            "unknown batch_size 'ful'\n  Did you mean 'full'?  Choices: full, a w",
        ),
        ("training: {batch_size: ^-1}", "training.batch_size: must be greater than 0, not -1"),
        ("training: {batch_size: ^2.5}", "must be a whole number or 'full', not 2.5"),
        ("network: {activation: [relu, ^rleu]}", "network.activation.1: unknown activation 'rleu'\n  Did"),
        (
            "network: {activation: ^rleu}",
            "network.activation: unknown activation 'rleu'\n  Did you mean 'relu'",
        ),
        ("network: {activation: ^[]}", "network.activation: must have at least 1 item(s), not 0"),
        ("network: {activation: ^true}", "must be a list of names or a name, not true"),
        ("network: {activation: ^null}", "must be a list of names or a name, not null"),
        ("network: {activation: ^{a: 1}}", "must be a list of names or a name, not a mapping"),
        ("regularization: {dropout: {keep_prob: ^0}}", "must be greater than 0, not 0"),
        ("regularization: {dropout: {keep_prob: [1, 1, ^x]}}", "keep_prob.2: must be a number, not 'x'"),
        (
            "loss: {type: cross_entropy, class_weights: {cat: ^-1}}",
            "class_weights.cat: must be greater than 0",
        ),
        ("loss: {type: cross_entropy, class_weights: ^3}", "must be a mapping, 'none' or 'balanced', not 3"),
        (
            "training: {batch_size: ^9223372036854775808}",
            "9223372036854775808 is beyond 64 bits\n  Write less.",
        ),
        # Checks across keys, at the key that the sentence begins with
        ("name: ^x y", "name 'x y' does not fit into a run id\n  Use letters, digits, - and _"),
        ("network: {hidden: [3], activation: ^[relu, relu]}", "network: activation lists 2 names for 1"),
        ("regularization: {dropout: {keep_prob: ^[1, 1]}}", "regularization.dropout.keep_prob lists 2"),
        (
            "optimizer: {type: adam, schedule: {type: constant, warmup_epochs: ^101}}",
            "optimizer.schedule.warmup_epochs 101 is more than training.epochs 100\n  Shorten the warm-up",
        ),
        ("diagnosis: {bayes_error: 0.2, target_error: ^0.1}", "target_error 0.1 is not above bayes_error"),
    ],
)
def test_a_mistake_is_told_at_its_place_with_a_remedy(line: str, words: str) -> None:
    said = said_of(START + line.replace("^", "") + "\n")
    assert said.startswith(f"c.yaml:2:{line.index('^') + 1}  ")
    assert words in said
    assert said.count("c.yaml:") == 1, "one mistake, one problem"


@pytest.mark.parametrize(
    ("data", "words"),
    [
        ("^{}", "source: digits"),
        ("^{source: null}", "source: digits"),
        ("^wine", "data: must be a mapping, not 'wine'\n  Did you mean {source: wine}?"),
        ("^flowers.csv", "not 'flowers.csv'\n  Say where the examples come from, such as"),
        ("{source: ^digit}", "data.source: unknown source 'digit'\n  Did you mean 'digits'?"),
        ("{source: ^{type: table}}", "data.source.path: missing\n  It has no default; give it text."),
        ('{source: {type: table, path: ^""}}', "data.source.path: must not be empty"),
        ("{source: {type: table, path: x, header: ^yes}}", "unknown header 'yes'\n  Write true."),
        ("{source: {type: table, path: x, target: ^[]}}", "must have at least 1 item(s), not 0"),
        ("{source: {type: table, path: x, target: ^3}}", 'not 3\n  Put it in quotes: "3".'),
        ("{source: {type: images, path: x, size: ^[1]}}", "data.source.size: must have 2 items, not 1"),
        ("{source: {type: images, path: x, size: ^[1, 2, 3]}}", "must have at most 2 items, not 3"),
        ("{source: digits, split: ^aut}", "data.split: unknown split 'aut'\n  Did you mean 'auto'?"),
        ("{source: digits, split: ^3}", "data.split: must be a mapping or 'auto', not 3"),
        ("{source: digits, split: ^{train: 0.5}}", "data.split: the shares train 0.5 + dev 0.2 + test 0.2"),
        ("{source: digits, split: {^trian: 1}}", "data.split.trian: unknown key\n  Did you mean 'train'?"),
        ("{source: digits, split: {stratify: ^no}}", "must be true or false, not 'no'\n  Write false."),
        ("{source: digits, dev: ^digit}", "data.dev: unknown source 'digit'"),
    ],
)
def test_a_mistake_in_the_data_is_told_at_its_place(data: str, words: str) -> None:
    line = f"data: {data}"
    said = said_of(line.replace("^", "") + "\n")
    assert said.startswith(f"c.yaml:1:{line.index('^') + 1}  ")
    assert words in said
    assert said.count("c.yaml:") == 1, "one mistake, one problem"


def test_a_mistake_of_a_kind_that_is_not_known_yet_is_told_in_the_librarys_words() -> None:
    tree, _ = read_yaml("seed: 3\n", "c.yaml")
    assert isinstance(tree, Mapping)
    site = locate(("seed",), tree)
    assert site is not None
    fault = worded("multiple_of", "Input should be a multiple of 2", {"multiple_of": 2}, site)
    assert (str(fault.place), fault.path, fault.what) == (
        "c.yaml:1:7",
        "seed",
        "input should be a multiple of 2",
    )


def test_a_kind_of_value_that_the_schema_never_had_needs_forms_of_its_own() -> None:
    with pytest.raises(TypeError, match=r"complex.*forms_of does not know"):
        forms_of(complex)


def test_lists_are_taken_within_variants_too() -> None:
    table = "{type: table, path: x, drop: [a, b], target: [c]}"
    text = f"data: {{source: {table}, test: {{type: images, path: y, size: [2, 3]}}}}"
    data = load_config_text(text).config.data
    assert data.source is not None
    assert getattr(data.source, "drop", None) == ("a", "b")
    assert getattr(data.test, "size", None) == (2, 3)


def test_a_mapping_that_says_no_more_than_its_name_means_the_name() -> None:
    long, short = (
        load_config_text(f"{START}{rest}").config
        for rest in (
            "normalization: {type: minmax}\nchecks: {on_error: warn}",
            "normalization: minmax\nchecks: warn",
        )
    )
    assert long == short
    assert (long.normalization, long.checks) == ("minmax", "warn")


def test_a_bare_name_is_the_mapping_with_that_type() -> None:
    bare = load_config_text(START + "optimizer: sgd\ninitialization: zeros\n").config
    spelled = load_config_text(START + "optimizer: {type: sgd}\ninitialization: {type: zeros}\n").config
    assert bare == spelled


def test_a_whole_number_is_taken_for_a_number() -> None:
    config = load_config_text(START + "optimizer: {type: sgd, learning_rate: 1}\n").config
    assert config.optimizer.learning_rate == 1.0
    assert isinstance(config.optimizer.learning_rate, float)


def test_a_section_that_can_be_switched_off_takes_null() -> None:
    assert load_config_text(START + "early_stopping: null\n").config.early_stopping is None


def test_a_config_without_data_is_told_how_to_name_some() -> None:
    assert said_of("name: x\n") == (
        "c.yaml:1:1  data: missing\n  Say where the examples come from, such as `data: {source: digits}`."
    )


def test_all_mistakes_are_told_at_once_in_the_order_of_their_lines() -> None:
    said = said_of(
        "zeta: 1\nseed: -1\nseed: 2\ntraining:\n  epochs: x\noptimizer: foo\ndata: {source: digit}\n"
    )
    lines = [line for line in said.splitlines() if line.startswith("c.yaml")]
    assert [line.split("  ")[1].split(":")[0] for line in lines] == [
        "zeta",
        "seed",
        "seed",
        "training.epochs",
        "optimizer",
        "data.source",
    ]


def test_a_message_moves_no_cursor_and_stays_short() -> None:
    said = said_of(START + 'task: "\\e[2J' + "x" * 10_000 + '"\n"\\e[31mk": 1\n')
    assert "\x1b" not in said
    assert len(said) < 1_000
