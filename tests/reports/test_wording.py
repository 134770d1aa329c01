"""A network's shape in one line, however deep it is; settings as a config takes them."""

import pytest

from dlrecipe.reports.wording import expected_text, value_text, widths_in_words


@pytest.mark.parametrize(
    ("widths", "words"),
    [
        ((64, 256, 128, 10), "64-256-128-10"),
        ((30, 64, 64, 64, 2), "30-64-64-64-2"),
        ((64, *(32,) * 149, 10), "64-32×149-10"),
        ((), ""),
    ],
)
def test_widths_are_written_in_a_row_and_many_alike_as_one(widths, words):
    assert widths_in_words(widths) == words


def test_a_setting_is_written_as_a_config_takes_it():
    setting = {"type": "cross_entropy", "weights": [1.0, None], "on": True}
    assert value_text(setting) == "{type: cross_entropy, weights: [1, null], on: true}"


def test_a_setting_keeps_its_digits_and_moves_no_cursor():
    assert value_text([0.00123456, 1e-05, "a\x1b[2Jb"]) == r"[0.00123456, 1e-05, a\x1b[2Jb]"


@pytest.mark.parametrize(
    ("error", "in_percent", "as_it_is"),
    [
        (0.0, "0.0%", "0.0"),
        (0.00123, "0.12%", "0.0012"),
        (0.0204, "2.0%", "0.020"),
        (0.0994, "9.9%", "0.099"),
        (0.0996, "10%", "0.10"),
        (0.2, "20%", "0.20"),
        (1.0, "100%", "1.0"),
        (2.54, "250%", "2.5"),
        (12.3, "1,200%", "12"),
    ],
)
def test_what_is_only_expected_has_two_digits_zeros_among_them(error, in_percent, as_it_is):
    assert expected_text(error, "classification") == in_percent
    assert expected_text(error, "regression") == as_it_is
