"""docs/config.md names every key of the schema, with its default, and is up to date."""

import re
from pathlib import Path

import pytest

from dlrecipe.config.forms import keys_of, sections
from dlrecipe.config.reference import config_page
from dlrecipe.config.schema import Config

PAGE = Path(__file__).parents[2] / "docs" / "config.md"
TEXT = config_page()


def test_the_page_is_up_to_date() -> None:
    assert PAGE.read_text(encoding="utf-8") == TEXT, "make docs"


def test_every_key_has_a_row() -> None:
    keys = [key for section in {section for _, section in sections(Config)} for key in keys_of(section)]
    expected = sorted([*(key for key in keys if key != "type"), "extends"])
    assert sorted(re.findall(r"^\| `(\w+)` \|", TEXT, flags=re.MULTILINE)) == expected


def row(heading: str, key: str) -> list[str]:
    section = TEXT.partition(f"\n{heading}\n")[2].partition("\n#")[0]
    line = next(line for line in section.splitlines() if line.startswith(f"| `{key}` |"))
    return [cell.strip() for cell in line.strip("|").replace("\\|", "¦").split("|")]


@pytest.mark.parametrize(
    ("heading", "key", "values", "default"),
    [
        ("## Top level", "data", "a mapping", "must be given"),
        ("## Top level", "seed", "a whole number ≥ 0 and ≤ 2^63 - 1", "`0`"),
        ("## Top level", "task", "`classification`, `regression` or `null`", "`null`"),
        ("## data", "dev", "as `data.source`", "`null`"),
        ("## network", "hidden", "a list of whole numbers ≥ 1 and ≤ 1,000,000", "`[64, 32]`"),
        ("### data.source: `images`", "size", "a list of 2 whole numbers > 0 or `null`", "`null`"),
        ("## regularization.dropout", "keep_prob", "a number > 0 and ≤ 1 or a list of numbers > 0 and ≤ 1",
         "`1.0`"),
        ("### optimizer: `sgd`", "learning_rate", "a number > 0", "`0.1`"),
        ("### optimizer: `adam`", "learning_rate", "a number > 0", "`0.001`"),
        ("## training", "batch_size", "a whole number > 0 or `full`", "`64`"),
        ("## early_stopping", "monitor", "`dev_error`, `dev_cost`", "`dev_error`"),
    ],
)  # fmt: skip
def test_a_row_tells_values_and_default(heading: str, key: str, values: str, default: str) -> None:
    assert row(heading, key)[1:3] == [values, default]


def test_a_bar_in_a_formula_does_not_split_its_cell() -> None:
    assert row("## regularization", "l1")[3].endswith("λ₁/m Σ¦W¦.")


def test_each_kind_has_its_heading_and_its_words() -> None:
    assert "### optimizer: `momentum`, `nesterov`\n\nv ← momentum · v + dθ" in TEXT
    assert "### initialization: `zeros`\n\nEvery weight 0" in TEXT
