"""A resolved config is written to be read by people."""

from dlrecipe.config.loading import load_config_text
from dlrecipe.config.writing import config_to_dict, dump_config


def written(text: str) -> list[str]:
    return dump_config(load_config_text(text).config).splitlines()


def test_short_lists_and_mappings_stay_on_their_line() -> None:
    lines = written("data: {source: digits}\nnetwork: {hidden: [64, 32], activation: [relu, tanh]}\n")
    assert "  hidden: [64, 32]" in lines
    assert "  activation: [relu, tanh]" in lines
    assert "  dropout: {keep_prob: 1.0}" in lines


def test_a_long_list_gets_a_line_an_item() -> None:
    lines = written(f"data: {{source: digits}}\nnetwork: {{hidden: {[1000 + i for i in range(30)]}}}\n")
    assert lines[lines.index("  hidden:") + 1] == "    - 1000"
    assert max(map(len, lines)) <= 110


def test_defaults_are_spelled_out() -> None:
    lines = written("data: {source: digits}")
    assert "seed: 0" in lines
    assert "  learning_rate: 0.001" in lines


def test_text_that_looks_like_something_else_is_quoted() -> None:
    lines = written(
        'data: {source: {type: table, path: /x, drop: ["no", "1", "null", plain, "a: b", "é", " "]}}'
    )
    assert '    drop: ["no", "1", "null", plain, "a: b", "é", " "]' in lines


def test_plain_values_hold_lists_and_no_tuples() -> None:
    values = config_to_dict(load_config_text("data: {source: digits}").config)
    assert values["network"]["hidden"] == [64, 32]
    assert isinstance(values["network"]["hidden"], list)
    assert values["data"]["source"] == {"type": "digits"}
