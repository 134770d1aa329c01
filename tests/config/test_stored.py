"""Stored configs, read section by section, are those that reading them as a whole gives."""

from pathlib import Path

import pytest

from dlrecipe.config.loading import load_config, load_config_text
from dlrecipe.config.stored import load_stored_config, load_stored_settings
from dlrecipe.config.writing import config_to_dict, dump_config
from dlrecipe.errors import ConfigError

CONFIGS = sorted((Path(__file__).parents[2] / "configs").glob("*.yaml"))


@pytest.mark.parametrize("path", CONFIGS, ids=lambda path: path.stem)
def test_a_stored_config_reads_back_to_what_was_written(path: Path):
    config = load_config(path).config
    assert load_stored_config(dump_config(config), "run") == config


@pytest.mark.parametrize("path", CONFIGS, ids=lambda path: path.stem)
def test_its_settings_are_those_of_the_config_down_to_their_types(path: Path):
    config = load_config(path).config
    # repr tells 1 from 1.0 and from true, which are equal.
    assert repr(load_stored_settings(dump_config(config), "run")) == repr(config_to_dict(config))


def test_settings_that_nobody_wrote_so_are_read_as_any_config():
    config = load_config_text("data: {source: digits}\nregularization: {l2: 1}\n").config
    text = f"extends: {CONFIGS[0]}\ndata: {{source: digits}}\n"
    assert load_stored_settings(text, "run") == config_to_dict(load_config_text(text, name="run").config)
    assert load_stored_settings(dump_config(config), "run")["regularization"]["l2"] == 1.0


@pytest.mark.parametrize(
    "text",
    [
        "data: digits\nsed: 1\n",
        "data: {source: digits}\nseed: 1\nseed: 2\n",
        "data: {source: digits}\nseed: x\n",
        "- 1\n- 2\n",
        "data: [\n",
        "",
    ],
)
def test_what_is_wrong_with_one_is_told_as_of_any_config(text: str):
    with pytest.raises(ConfigError) as whole:
        load_config_text(text, name="run")
    with pytest.raises(ConfigError) as by_section:
        load_stored_config(text, "run")
    assert str(by_section.value) == str(whole.value)
