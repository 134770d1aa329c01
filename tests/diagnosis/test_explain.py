"""The rules in words."""

from pathlib import Path

import pytest

from dlrecipe.data.checks.catalogue import CHECKS
from dlrecipe.diagnosis.catalogue import RULES
from dlrecipe.diagnosis.explain import explain, overview, rules_page
from dlrecipe.errors import InputError

PAGE = Path(__file__).parents[2] / "docs" / "rules.md"
MAKE = "write dlrecipe.diagnosis.explain.rules_page() to docs/rules.md"


def test_an_explanation_has_meaning_advice_example_and_source():
    text = explain("high-variance")
    assert text.startswith("high-variance: High variance\n")
    for part in ("Advice: More data", "Example: train error 1%", "Source: Ng, course C2W1L02"):
        assert part in text


def test_the_overview_has_a_line_for_each_code_that_fits_a_terminal():
    lines = overview().splitlines()
    assert [line.split()[0] for line in lines] == [*CHECKS, *RULES]
    assert max(len(line) for line in lines) <= 80


def test_an_unknown_code_gets_the_nearest_and_all_choices():
    with pytest.raises(InputError) as caught:
        explain("high_varience")
    assert "Did you mean 'high-variance'?" in caught.value.remedy
    assert all(code in caught.value.remedy for code in (*CHECKS, *RULES))


def test_a_code_like_no_other_gets_the_choices_alone():
    with pytest.raises(InputError) as caught:
        explain("xyz")
    assert "Did you mean" not in caught.value.remedy


def test_the_rules_page_is_up_to_date():
    assert PAGE.read_text(encoding="utf-8") == rules_page(), MAKE
