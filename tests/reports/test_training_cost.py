"""What watching costs the loop: 15,000 epochs of under 100 µs must not notice it."""

import io
import time
from types import SimpleNamespace

import pytest
from rich.console import Console

from dlrecipe.reports.terminal import Terminal
from dlrecipe.reports.training import RunOutline, TrainingDisplay

EPOCHS = 15_000


class FakeTty(io.StringIO):
    def isatty(self):
        return True


@pytest.mark.parametrize("stream", [FakeTty(), io.StringIO()], ids=["live", "plain"])
def test_an_epoch_costs_at_most_five_microseconds(stream):
    best = SimpleNamespace(epoch=1, error=0.1, epochs_without_improvement=0)
    state = SimpleNamespace(epoch=0, batch=0, best=best)
    console = Console(file=stream, width=100, height=30, force_terminal=stream.isatty(), _environ={})
    outline = RunOutline(
        run_id="r", task="classification", epochs=EPOCHS, steps_per_epoch=1, n={}, n_params=1, network="2-1"
    )
    record = {"epoch": 0, "cost": {"train": 0.5, "dev": 0.5}, "error": {"train": 0.1, "dev": 0.1}}
    records = [{**record, "epoch": epoch} for epoch in range(1, EPOCHS + 1)]
    best_of_three = float("inf")
    for _ in range(3):  # the least disturbed by whatever else the machine does
        with TrainingDisplay(Terminal(out=console, err=console), outline, state) as display:
            started = time.perf_counter()
            for each in records:
                display.epoch_finished(each)
            best_of_three = min(best_of_three, time.perf_counter() - started)
    assert best_of_three / EPOCHS <= 5e-6
