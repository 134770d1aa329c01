"""A network's shape in one line, however deep it is; settings as a config takes them."""

import pytest

from dlrecipe.reports.wording import value_text, widths_in_words


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
