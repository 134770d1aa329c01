"""Live bar and plain lines, seen through a console that writes into a string."""

import io
import itertools
from dataclasses import dataclass, field
from types import SimpleNamespace

import pytest
from rich.console import Console

from dlrecipe.reports.terminal import Terminal
from dlrecipe.reports.training import LiveView, PlainLines, RunOutline, Speed, TrainingDisplay


class FakeTty(io.StringIO):
    def isatty(self):
        return True


@dataclass
class FakeState:
    epoch: int = 0
    batch: int = 0
    best: SimpleNamespace = field(
        default_factory=lambda: SimpleNamespace(epoch=0, error=float("inf"), epochs_without_improvement=0)
    )


@dataclass
class Clock:
    now: float = 0.0

    def __call__(self):
        return self.now


def outline(**changes):
    facts = {
        "run_id": "digits-20250101-120000-abcdef",
        "task": "classification",
        "epochs": 100,
        "steps_per_epoch": 20,
        "n": {"train": 1078, "dev": 359},
        "n_params": 6570,
        "network": "64-64-32-10 relu",
        "patience": 10,
    }
    return RunOutline(**{**facts, **changes})


def record(epoch, train=0.1, dev=0.2, cost=0.5):
    return {"epoch": epoch, "cost": {"train": cost, "dev": cost}, "error": {"train": train, "dev": dev}}


def terminal(stream, *, width=100, **options):
    console = Console(
        file=stream, width=width, height=30, force_terminal=stream.isatty(), no_color=True, _environ={}
    )
    return Terminal(out=Console(file=io.StringIO()), err=console, **options)


def plain(stream=None, clock=None, state=None, width=100, verbose=False, **facts):
    stream = stream or io.StringIO()
    view = PlainLines(
        terminal(stream, width=width, verbose=verbose),
        outline(**facts),
        state or FakeState(),
        clock or Clock(),
    )
    view.start()
    return view, stream


def drawn(state, last=None, width=100, clock=None, **facts):
    """One drawing of the live view, as text."""
    stream = FakeTty()
    view = LiveView(terminal(stream, width=width), outline(**facts), state, clock or Clock())
    if last is not None:
        view.epoch_finished(last)
    console = Console(file=io.StringIO(), width=width, _environ={})
    console.print(view._draw())
    lines = console.file.getvalue().splitlines()
    assert all(len(line) <= width for line in lines)
    return "\n".join(lines)


def epochs_printed(stream):
    return [int(line.split()[1].split("/")[0].replace(",", "")) for line in stream.getvalue().splitlines()]


def test_plain_lines_show_the_first_epochs_each_doubling_and_the_last():
    view, stream = plain(epochs=15_000)
    for epoch in range(1, 15_001):
        view.epoch_finished(record(epoch))
    view.stop()
    assert epochs_printed(stream) == [1, 2, 3] + [2**k for k in range(2, 14)] + [15_000]


def test_an_hour_of_one_second_epochs_takes_about_a_hundred_lines_and_never_a_long_silence():
    clock = Clock()
    view, stream = plain(clock=clock, epochs=3600)
    at = []
    for epoch in range(1, 3601):
        clock.now += 1
        before = len(stream.getvalue())
        view.epoch_finished(record(epoch))
        if len(stream.getvalue()) > before:
            at.append(clock.now)
    assert 50 < len(at) < 200
    assert max(b - a for a, b in itertools.pairwise(at)) <= 61


def test_epochs_longer_than_the_pause_get_a_line_each():
    clock = Clock()
    view, stream = plain(clock=clock)
    for epoch in range(1, 31):
        clock.now += 60
        view.epoch_finished(record(epoch))
    assert epochs_printed(stream) == list(range(1, 31))


def test_the_last_epoch_is_not_printed_twice():
    view, stream = plain()
    view.epoch_finished(record(1))
    view.stop()
    assert epochs_printed(stream) == [1]


def test_verbose_prints_every_epoch():
    view, stream = plain(verbose=True)
    for epoch in range(1, 31):
        view.epoch_finished(record(epoch))
    assert epochs_printed(stream) == list(range(1, 31))


def test_a_plain_line_is_one_line_however_narrow():
    view, stream = plain(width=40)
    view.epoch_finished(record(1))
    assert stream.getvalue().count("\n") == 1


def test_a_plain_line_names_cost_errors_best_and_patience():
    state = FakeState(epoch=32)
    state.best = SimpleNamespace(epoch=21, error=6 / 359, epochs_without_improvement=4)
    view, stream = plain(state=state)
    view.epoch_finished(record(32, train=0.001, dev=7 / 359, cost=0.01234))
    line = " ".join(stream.getvalue().split())
    assert "epoch 32/100" in line
    assert "J 0.01234" in line
    assert "train 0.10%" in line
    assert "dev 1.95%" in line
    assert "best dev 1.67% at epoch 21" in line
    assert "patience left 6/10" in line


def test_regression_errors_are_shown_as_one_minus_r2_and_not_in_percent():
    view, stream = plain(task="regression")
    view.epoch_finished(record(1, train=0.43, dev=1.25))
    assert "1-R² train  0.430  dev  1.250" in stream.getvalue()
    assert "%" not in stream.getvalue()


def test_costs_that_are_not_finite_are_printed_as_such():
    view, stream = plain()
    view.epoch_finished(record(1, cost=float("nan"), dev=float("inf")))
    assert "J nan" in stream.getvalue()
    assert "inf" in stream.getvalue()


@pytest.mark.parametrize("width", [40, 60, 100, 200])
def test_the_live_view_fits_the_width_and_loses_nothing(width):
    state, clock = FakeState(), Clock()
    state.epoch = 31
    state.best = SimpleNamespace(epoch=21, error=0.0167, epochs_without_improvement=8)
    text = drawn(state, record(31, 0.0, 0.0195, 0.0123), width, clock)
    for part in ("epoch  31/100", "31%", "J 0.01230", "best dev 1.67% at epoch 21", "patience left 2/10"):
        assert part in text


def test_batches_of_a_long_first_epoch_move_the_bar():
    text = drawn(FakeState(epoch=0, batch=500), steps_per_epoch=1000, epochs=1)
    assert "batch 500 of 1,000" in text
    assert "50%" in text


def test_the_bar_never_passes_the_end_when_the_state_is_read_between_two_steps():
    # The loop counts the epoch before it sets the batch back to 0.
    assert "100%" in drawn(FakeState(epoch=100, batch=20))


def test_speed_is_that_of_the_last_while():
    speed = Speed()
    assert speed_after(speed, [(0, 0), (10, 1)]) == pytest.approx(0.1)
    assert speed_after(speed, [(second, 1 + 5 * (second - 10)) for second in range(11, 60)]) == pytest.approx(
        5
    )


def speed_after(speed, looks):
    for now, done in looks:
        speed.update(now, done)
    return speed.epochs_per_s


@pytest.mark.parametrize(
    ("steps_per_epoch", "epochs_per_s", "text"),
    [(20, 4.0, "4 epochs/s"), (1000, 0.5, "500 batches/s"), (1, 0.2, "5.0 s/epoch")],
)
def test_rate_and_time_left_are_in_the_unit_that_moves(steps_per_epoch, epochs_per_s, text):
    state, clock, stream = FakeState(), Clock(), FakeTty()
    facts = outline(steps_per_epoch=steps_per_epoch, patience=None)
    view = LiveView(terminal(stream), facts, state, clock)
    view._draw()
    clock.now, state.epoch = 10.0, int(10 * epochs_per_s)
    console = Console(file=io.StringIO(), width=100, _environ={})
    console.print(view._draw())
    assert text in console.file.getvalue()
    left = (100 - state.epoch) / epochs_per_s
    expected = f"{left:.0f} s left" if left < 60 else f"{left // 60:.0f} min {left % 60:02.0f} s left"
    assert expected in console.file.getvalue()


def test_a_terminal_gets_a_bar_that_ends_at_the_last_epoch():
    stream, state = FakeTty(), FakeState()
    with TrainingDisplay(terminal(stream), outline(), state) as display:
        for epoch in range(1, 32):
            state.epoch = epoch
            display.epoch_finished(record(epoch, dev=0.5 / epoch))
    shown = stream.getvalue()
    assert "\x1b[?25l" in shown  # the cursor is hidden …
    assert shown.rindex("\x1b[?25h") > shown.rindex("\x1b[?25l")  # … and comes back
    assert "epoch  31/100" in shown
    assert "dev  1.61%" in shown


def test_the_cursor_comes_back_after_an_error():
    stream = FakeTty()
    with pytest.raises(RuntimeError), TrainingDisplay(terminal(stream), outline(), FakeState()):
        raise RuntimeError
    assert stream.getvalue().rindex("\x1b[?25h") > stream.getvalue().rindex("\x1b[?25l")


def test_what_is_no_terminal_gets_no_escape_sequences():
    stream = io.StringIO()
    with TrainingDisplay(terminal(stream), outline(), FakeState()) as display:
        display.epoch_finished(record(1))
    assert "\x1b" not in stream.getvalue()
    assert "Training digits-20250101-120000-abcdef" in stream.getvalue()
    assert "6,570 parameters" in stream.getvalue()


@pytest.mark.parametrize("stream", [io.StringIO(), FakeTty()], ids=["pipe", "terminal"])
def test_quiet_shows_nothing(stream):
    with TrainingDisplay(terminal(stream, quiet=True), outline(), FakeState()) as display:
        display.epoch_finished(record(1))
    assert stream.getvalue() == ""


def test_a_resumed_run_says_from_which_epoch():
    stream = io.StringIO()
    with TrainingDisplay(terminal(stream), outline(), FakeState(epoch=20)):
        pass
    assert "on from epoch 20" in stream.getvalue()
