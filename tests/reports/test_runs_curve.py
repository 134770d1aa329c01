"""The plotter, read back dot by dot."""

import io

import pytest
from rich.console import Console

from dlrecipe.reports.curve import Curves

DOTS = {0: (0x01, 0x08), 1: (0x02, 0x10), 2: (0x04, 0x20), 3: (0x40, 0x80)}


def plain(value):
    return f"{value:g}"


def curves(train, dev, **options):
    return Curves("Error", train, dev, label=plain, height=4, **options)


def dots(text):
    """Return the dots of a plot as (column, row), rows counted from the top."""
    found = set()
    lines = [line.partition("│")[2] for line in text.splitlines() if "│" in line]
    for y, line in enumerate(lines):
        for x, char in enumerate(line):
            bits = ord(char) - 0x2800 if char != " " else 0
            found |= {(2 * x + c, 4 * y + r) for r in DOTS for c in (0, 1) if bits & DOTS[r][c]}
    return found


def test_a_falling_line_falls_from_the_upper_left_to_the_lower_right(printed):
    values = [1 - epoch / 99 for epoch in range(100)]
    found = dots(printed(curves([], values), 50))
    first, last = min(found), max(found)
    assert first == (0, 0)
    assert last[1] == 15
    rows = [max(row for column, row in found if column == x) for x in range(last[0])]
    assert rows == sorted(rows)


def test_a_solid_curve_has_a_dot_in_every_column_and_a_dotted_one_in_every_third(printed):
    flat = [0.5] * 50
    solid = {x for x, _ in dots(printed(curves([], flat), 40))}
    dotted = {x for x, _ in dots(printed(curves(flat, []), 40))}
    assert solid == set(range(max(solid) + 1))
    assert dotted == set(range(0, max(solid) + 1, 3))


def test_train_below_dev_is_drawn_below_it(printed):
    found = dots(printed(curves([0.1] * 20, [0.4] * 20), 40))
    assert len({row for _, row in found}) == 2


def test_a_long_fall_of_the_first_tenth_is_cut_off_and_said_so(printed):
    values = [0.9] * 5 + [0.02] * 95
    text = printed(curves([], values))
    assert "higher values cut off" in text
    assert "0.9" not in text


def test_costs_over_several_decades_are_on_a_log_scale(printed):
    values = [10.0**-k for k in range(9)]  # too short to be cut: every decade has the same height
    text = printed(curves([], values, log=True))
    assert "log scale" in text
    rows = sorted({row for x, row in dots(text) if x % 16 == 15})
    assert rows[0] == 0
    assert rows[-1] == 15


def test_errors_that_reach_zero_are_never_on_a_log_scale(printed):
    assert "log scale" not in printed(curves([], [1.0, 0.1, 0.0], log=True))


def test_curves_that_stand_still_are_drawn(printed):
    assert dots(printed(curves([0.0] * 5, [0.0] * 5)))


def test_curves_without_a_single_known_value_are_empty(printed):
    assert not dots(printed(curves([None] * 5, [None] * 5)))


def test_fifteen_thousand_epochs_fit_into_sixty_columns(printed):
    text = printed(curves([], [1 / (1 + epoch) for epoch in range(15_000)]), 60)
    assert "epoch 15,000" in text


@pytest.mark.parametrize("encoding", ["ascii", "latin-1"])
def test_a_terminal_without_utf8_is_told_so_instead_of_shown_question_marks(encoding):
    stream = io.TextIOWrapper(io.BytesIO(), encoding=encoding, errors="replace")
    Console(file=stream, width=80, _environ={}).print(curves([], [1.0, 0.5]))
    stream.flush()
    assert stream.buffer.getvalue().decode(encoding).strip() == (
        "Error: to draw its curves needs a terminal that shows UTF-8"
    )
