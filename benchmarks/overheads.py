"""What surrounds the training steps: the journal, the display, the listing, the refusal of hostile files.

    python -m benchmarks.overheads

Prints a table: what is timed, what it may cost, the least of five tries (the least disturbed by whatever else
the machine does).
"""

import io
import json
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from subprocess import DEVNULL
from types import SimpleNamespace

import numpy as np
from rich.console import Console

from benchmarks.common import ENVIRONMENT
from dlrecipe.config.loading import load_config_text
from dlrecipe.errors import ConfigError
from dlrecipe.experiment.listing import runs_document
from dlrecipe.experiment.silence import SilentDisplay
from dlrecipe.experiment.training_run import train
from dlrecipe.gradcheck import gradcheck_matrix
from dlrecipe.reports.terminal import Terminal
from dlrecipe.reports.training import RunOutline, TrainingDisplay
from dlrecipe.store.journal import Journal

EPOCHS = 15_000
RUNS = 5_000


class FakeTerminal(io.StringIO):
    """A stream that says it is a terminal."""

    def isatty(self) -> bool:
        """Return True."""
        return True


def least_s(action: Callable[[], object]) -> float:
    """Return the least time of five tries, in seconds."""
    times = []
    for _ in range(5):
        began = time.perf_counter()
        action()
        times.append(time.perf_counter() - began)
    return min(times)


def journal_us() -> tuple[float, float]:
    """Return µs a line of 20 figures, and µs of its JSON alone."""
    figures = np.random.default_rng(0).random((EPOCHS, 20)).tolist()
    records = [
        {"epoch": epoch, **{f"figure_{index}": figure for index, figure in enumerate(row)}}
        for epoch, row in enumerate(figures, start=1)
    ]

    def append_all() -> None:
        with tempfile.TemporaryDirectory() as folder, Journal(Path(folder) / "metrics.jsonl") as journal:
            for record in records:
                journal.append(record)

    json_s = least_s(lambda: [json.dumps(record, allow_nan=False) for record in records])
    return 1e6 * least_s(append_all) / EPOCHS, 1e6 * json_s / EPOCHS


def display_us(stream: io.StringIO) -> float:
    """Return µs that a finished epoch costs the loop."""
    best = SimpleNamespace(epoch=1, error=0.1, epochs_without_improvement=0)
    state = SimpleNamespace(epoch=0, batch=0, best=best)
    console = Console(file=stream, width=100, height=30, force_terminal=stream.isatty(), _environ={})
    outline = RunOutline(
        run_id="r", task="classification", epochs=EPOCHS, steps_per_epoch=1, n={}, n_params=1, network="2-1"
    )
    record = {"cost": {"train": 0.5, "dev": 0.5}, "error": {"train": 0.1, "dev": 0.1}}
    records = [{**record, "epoch": epoch} for epoch in range(1, EPOCHS + 1)]

    def show_all() -> None:
        with TrainingDisplay(Terminal(out=console, err=console), outline, state) as display:
            for each in records:
                display.epoch_finished(each)

    return 1e6 * least_s(show_all) / EPOCHS


def listing_s() -> tuple[float, float]:
    """Return seconds to list 5,000 runs, and those of the whole command, from its start to its last line."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        loaded = load_config_text("{name: digits, data: {source: digits}, training: {epochs: 1}}")
        train(loaded, folder, SilentDisplay())
        [run] = folder.iterdir()
        for index in range(RUNS - 1):
            copy = folder / f"digits-20260101-{index:06d}-abcdef"
            copy.mkdir()
            os.link(run / "run.json", copy / "run.json")
            os.link(run / ".lock", copy / ".lock")
        command = [sys.executable, "-m", "dlrecipe", "runs", "--runs-dir", name]
        return least_s(lambda: runs_document(folder)), least_s(
            lambda: subprocess.run(command, stdout=DEVNULL, env=ENVIRONMENT)
        )


def refusal_s(text: str) -> float:
    """Return seconds to refuse a hostile config."""

    def refuse() -> None:
        try:
            load_config_text(text)
        except ConfigError:
            return
        raise AssertionError("the config was not refused")

    return least_s(refuse)


def main() -> None:
    """Print the table."""
    line_us, json_us = journal_us()
    doubling = "a: &a [x, x]\n" + "".join(
        f"{b}: &{b} [*{a}, *{a}]\n" for a, b in zip("abcdefghijklmnop", "bcdefghijklmnopq", strict=True)
    )
    reading_s, command_s = listing_s()
    rows = [
        ("a line of the journal, 20 figures", "≤ 30 µs", f"{line_us:.1f} µs (JSON alone {json_us:.1f})"),
        ("an epoch shown live", "≤ 5 µs", f"{display_us(FakeTerminal()):.2f} µs"),
        ("an epoch shown as plain lines", "≤ 5 µs", f"{display_us(io.StringIO()):.2f} µs"),
        ("`dlrecipe runs` with 5,000 runs", "≤ 1 s", f"{command_s:.2f} s (reading them {reading_s:.2f})"),
        ("the gradient checks of `dlrecipe gradcheck`", "≤ 5 s", f"{least_s(gradcheck_matrix):.2f} s"),
        ("100,000 brackets refused", "≤ 2 s", f"{refusal_s('[' * 100_000):.2f} s"),
        ("a bomb of aliases refused", "≤ 2 s", f"{refusal_s(doubling):.2f} s"),
        ("a list of 500,000 refused", "≤ 2 s", f"{refusal_s('a: [' + '1,' * 500_000 + ']'):.2f} s"),
    ]
    print("| what | may cost | costs |\n|---|---|---|")
    print("\n".join(f"| {what} | {bound} | {cost} |" for what, bound, cost in rows))


if __name__ == "__main__":
    main()
