"""Plain scalars follow the core schema of YAML 1.2.2, section 10.3.2, where the expected values come from."""

import math

import pytest

from dlrecipe.config.scalars import scalar_value


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("0", 0),
        ("-19", -19),
        ("+7", 7),
        ("010", 10),
        ("0o7", 7),
        ("0o17", 15),
        ("0x3A", 58),
        ("0x1f", 31),
        ("0.", 0.0),
        ("-0.0", 0.0),
        (".5", 0.5),
        ("+12e03", 12000.0),
        ("-2E+05", -200000.0),
        ("1e-3", 0.001),
        ("1E5", 100000.0),
    ],
)
def test_numbers_are_those_of_yaml_1_2(text: str, value: float) -> None:
    assert scalar_value(text) == value
    assert type(scalar_value(text)) is type(value)


@pytest.mark.parametrize("text", ["true", "True", "TRUE"])
def test_true_has_three_spellings(text: str) -> None:
    assert scalar_value(text) is True


@pytest.mark.parametrize("text", ["false", "False", "FALSE"])
def test_false_has_three_spellings(text: str) -> None:
    assert scalar_value(text) is False


@pytest.mark.parametrize("text", ["", "~", "null", "Null", "NULL"])
def test_null_has_four_spellings_and_may_be_left_out(text: str) -> None:
    assert scalar_value(text) is None


@pytest.mark.parametrize(
    "text",
    [
        "yes",
        "no",
        "on",
        "off",
        "y",
        "n",
        "tRUE",
        "nULL",
        "12:30:45",
        "2024-01-01",
        "1_000",
        "0b101",
        "1e",
        "e5",
        ".",
        "-",
        "+",
        "--1",
        "1.2.3",
        "0o8",
        "-0x1f",
        "0xg",
        "inf",
        "nan",
        "-.nan",
        "<<",
        "=",
        "١٢",
    ],
)
def test_everything_else_is_text(text: str) -> None:
    assert scalar_value(text) == text


@pytest.mark.parametrize(
    ("text", "value"), [(".inf", math.inf), ("+.Inf", math.inf), ("-.INF", -math.inf), ("1e999", math.inf)]
)
def test_infinities_are_read_so_that_validation_can_name_them(text: str, value: float) -> None:
    assert scalar_value(text) == value


@pytest.mark.parametrize("text", [".nan", ".NaN", ".NAN"])
def test_nan_is_read_so_that_validation_can_name_it(text: str) -> None:
    value = scalar_value(text)
    assert isinstance(value, float)
    assert math.isnan(value)


@pytest.mark.parametrize("text", ["9" * 5000, "0x" + "f" * 5000, "0o" + "7" * 5000, "0." + "0" * 5000])
def test_a_number_of_thousands_of_digits_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match=f"a number of {len(text)} characters"):
        scalar_value(text)


def test_a_number_of_four_hundred_digits_is_still_read() -> None:
    assert scalar_value("1" + "0" * 399) == 10**399
