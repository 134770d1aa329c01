"""A config's text with values changed: what is not changed stays to the character."""

import json
from pathlib import Path

import pytest

from dlrecipe.config.loading import load_config, load_config_text
from dlrecipe.config.rewriting import changed, rewrite
from dlrecipe.errors import ConfigError, InputError

ROOT = Path(__file__).parents[2]

BLOCK = """\
# What this is.
name: x  # a name
data:
  source: iris   # flowers
network:
  hidden:   # two layers
    - 64   # first
    - 32
  # a word on the network
optimizer: adam
training: {epochs: 10,
  batch_size: 32  # small
}
early_stopping:
"""


def test_a_scalar_is_replaced_and_all_else_stays():
    text = rewrite(BLOCK, {"training.epochs": 30})
    assert text == BLOCK.replace("epochs: 10", "epochs: 30")


def test_a_list_in_lines_becomes_one_line_and_the_comment_of_its_key_stays():
    text = rewrite(BLOCK, {"network.hidden": [256, 256]})
    assert text == BLOCK.replace(
        "hidden:   # two layers\n    - 64   # first\n    - 32\n", "hidden: [256, 256]   # two layers\n"
    )


def test_an_item_of_a_list_is_replaced_where_it_stands():
    assert rewrite(BLOCK, {"network.hidden.1": 8}) == BLOCK.replace("- 32", "- 8")


def test_a_bare_name_is_spelled_out_where_a_key_below_it_is_set():
    text = rewrite(BLOCK, {"optimizer.learning_rate": 0.003})
    assert text == BLOCK.replace("optimizer: adam", "optimizer: {type: adam, learning_rate: 0.003}")


def test_a_key_goes_to_the_end_of_its_section_in_blocks_and_in_braces():
    text = rewrite(BLOCK, {"network.activation": "tanh", "training.precision": "float64"})
    assert "    - 32\n  activation: tanh\n  # a word on the network\n" in text.replace(
        "  # a word on the network\n  activation: tanh\n", "  activation: tanh\n  # a word on the network\n"
    )
    assert "  batch_size: 32, precision: float64  # small\n}" in text


def test_a_section_that_is_missing_goes_where_the_schema_has_it():
    text = rewrite(BLOCK, {"regularization.dropout.keep_prob": 0.8})
    lines = text.splitlines()
    at = lines.index("regularization: {dropout: {keep_prob: 0.8}}")
    assert lines[at + 1] == "optimizer: adam"


def test_what_stands_empty_is_filled():
    text = rewrite(BLOCK, {"early_stopping.patience": 30})
    assert text.endswith("early_stopping: {patience: 30}\n")


def test_a_config_in_braces_stays_in_braces():
    text = rewrite("{data: {source: iris}}", {"network.hidden": [3], "name": "z"})
    assert text == "{data: {source: iris}, name: z, network: {hidden: [3]}}"


def test_a_file_without_a_last_line_break_is_no_hindrance():
    assert rewrite("data: {source: iris}", {"seed": 3}) == "data: {source: iris}\nseed: 3"


def test_a_block_of_text_and_blank_lines_are_stepped_over():
    text = "data:\n  source:\n    type: table\n    path: |-\n      a.csv\n\n\nname: n\n"
    assert rewrite(text, {"data.source.target": "kind"}).startswith(
        "data:\n  source:\n    type: table\n    path: |-\n      a.csv\n    target: kind\n"
    )


def test_what_an_alias_stands_for_is_written_out_where_a_key_below_it_is_set():
    text = "data: {source: iris}\nearly_stopping: &e {patience: 5}\nparent: {run: p, advice: a}\n"
    assert "&e {patience: 6}" in rewrite(text, {"early_stopping.patience": 6})
    aliased = "data: {source: iris}\nname: &n run\nparent: {run: p, advice: *n}\n"
    assert rewrite(aliased, {"parent.advice": "other"}).endswith("parent: {run: p, advice: other}\n")


def test_a_value_that_an_alias_names_elsewhere_is_not_changed_behind_its_back():
    aliased = "data: {source: iris}\nname: &n run\nparent: {run: p, advice: *n}\n"
    with pytest.raises(InputError, match="name cannot be changed") as refused:
        rewrite(aliased, {"name": "other"})
    assert "by hand" in refused.value.remedy


def test_below_a_file_it_extends_a_section_gets_the_type_it_inherits(tmp_path):
    (tmp_path / "base.yaml").write_text("data: {source: iris}\noptimizer: {type: momentum, momentum: 0.8}\n")
    text = rewrite("extends: base.yaml\n", {"optimizer.learning_rate": 0.5}, folder=tmp_path)
    optimizer = load_config_text(text, folder=tmp_path).config.optimizer
    assert (optimizer.type, optimizer.learning_rate, optimizer.momentum) == ("momentum", 0.5, 0.8)


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("# A note.\nseed: 1\n", "# A note.\ndata: {source: iris}\nseed: 1\n"),
        ("{seed: 1}\n", "{data: {source: iris}, seed: 1}\n"),
        ("# Nothing yet.\n", "# Nothing yet.\ndata: {source: iris}\n"),
    ],
)
def test_the_first_key_of_the_schema_goes_first(before, after):
    """The data may have been given by --set alone."""
    assert rewrite(before, {"data": {"source": "iris"}}) == after


def test_empty_braces_are_filled():
    text = "data: {source: iris}\ntraining: {}\n"
    assert rewrite(text, {"training.epochs": 3}) == text.replace("{}", "{epochs: 3}")


def test_a_section_cannot_be_put_into_a_file_that_has_none():
    with pytest.raises(InputError, match=r"training\.epochs cannot be changed"):
        rewrite("# Nothing yet.\n", {"training.epochs": 3})


def test_a_path_through_a_single_value_is_refused():
    with pytest.raises(ConfigError, match="single value"):
        rewrite(BLOCK, {"name.first": 1})


def test_a_layout_that_cannot_be_edited_in_place_is_refused():
    with pytest.raises(InputError, match="seed cannot be changed"):
        rewrite("? data\n: {source: iris}\n? name\n: x\n", {"seed": 3})


CHANGES = {
    "network.activation": "tanh",
    "optimizer.learning_rate": 0.003,
    "optimizer.clip.norm": 1.0,
    "regularization.l2": 2.0,
    "early_stopping.patience": 30,
    "training.epochs": 7,
    "normalization": "none",
    "name": "zz",
    "training.averaging.decay": 0.5,
}


@pytest.mark.parametrize("path", sorted((ROOT / "configs").glob("*.yaml")), ids=lambda path: path.stem)
def test_a_rewritten_config_means_what_set_means(path):
    """The reference is `--set`, which changes the tree and no text."""
    changes = {
        key: value
        for key, value in CHANGES.items()
        if not (key == "network.activation" and "layers:" in path.read_text())
    }
    text = rewrite(path.read_text(), changes, folder=path.parent)
    options = [f"{key}={json.dumps(value)}" for key, value in changes.items()]
    wanted = load_config(path, options).config
    assert load_config_text(text, folder=path.parent).config == wanted
    assert changed(load_config(path).config, changes) == wanted
    comments = [line for line in path.read_text().splitlines() if line.startswith("#")]
    assert [line for line in text.splitlines() if line.startswith("#")] == comments
