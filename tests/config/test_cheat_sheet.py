"""docs/cheat-sheet.md holds what the schema takes, and nothing else."""

import re
from dataclasses import fields
from pathlib import Path

import pytest

from dlrecipe.config.loading import load_config_text
from dlrecipe.config.schema import Config
from dlrecipe.config.writing import config_to_dict

PAGE = (Path(__file__).parents[2] / "docs" / "cheat-sheet.md").read_text(encoding="utf-8")
BLOCKS = re.findall(r"```yaml\n(.*?)```", PAGE, re.DOTALL)
SETTINGS = re.findall(r"\| `([a-z_.0-9]+=.+?)` \|", PAGE)


@pytest.mark.parametrize("block", BLOCKS)
def test_each_block_is_a_config(block: str):
    load_config_text(block, name="cheat-sheet")


@pytest.mark.parametrize("setting", SETTINGS)
def test_each_setting_of_the_advice_can_be_set(setting: str):
    load_config_text("data: {source: digits}", name="cheat-sheet", overrides=[setting])


def test_the_first_block_shows_the_defaults():
    shown = config_to_dict(load_config_text(BLOCKS[0], name="cheat-sheet").config)
    default = config_to_dict(load_config_text("data: {source: digits}", name="default").config)
    assert {**shown, "name": "run"} == default


def test_the_first_block_has_every_key_at_the_top_but_those_few_need():
    keys = set(re.findall(r"^([a-z_]+):", BLOCKS[0], re.MULTILINE))
    rare = {"target_normalization", "checkpoint"}
    assert {each.name for each in fields(Config)} - keys <= rare | {"parent"}
