"""What is common to watching any study: a live view in a terminal, lines elsewhere, and the time left.

Knows no study: it is handed lines of text, counts, and how each trial ended.
"""

import time
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass
from types import TracebackType
from typing import Self, final

from rich.console import Group, RenderableType
from rich.live import Live
from rich.progress_bar import ProgressBar
from rich.text import Text

from dlrecipe.reports.layout import Cell, Column, FittedTable, Flow
from dlrecipe.reports.summary import STYLES
from dlrecipe.reports.terminal import Terminal
from dlrecipe.reports.wording import count, duration, error_text, printable

LATEST = 8
"""Trials in the live table."""
REFRESHES_PER_S = 4
BAR = 40


@final
@dataclass(frozen=True, kw_only=True)
class EndedTrial:
    """A trial as it is shown: its printable name, and its errors if it is `done`, else the `error`."""

    name: str
    task: str
    outcome: str
    done: bool
    train: float | None
    dev: float | None
    error: str
    wall_s: float

    def row(self) -> list[Cell]:
        """Return it as a row of the live table."""
        return [
            Cell(self.name),
            Cell(error_text(self.train, self.task)),
            Cell(error_text(self.dev, self.task), "bold"),
            Cell(self.outcome, STYLES.get(self.outcome, "")),
            Cell(duration(self.wall_s), "dim"),
        ]

    def in_words(self) -> str:
        """Return how it did: its errors, or what became of it and why."""
        if not self.done:
            return f"{self.outcome}: {printable(self.error.splitlines()[0])}" if self.error else self.outcome
        return f"train {error_text(self.train, self.task)} dev {error_text(self.dev, self.task)}"


@final
class LiveStudy:
    """Trials as they end, on stderr; a context that takes the live view away at its end.

    `planned` and `ended` count trials, those that had ended before among them; `planned` is 0 where nobody
    knows.

    Args:
        label: the name of what a trial is of, at the head of the first column.
        told: returns what is said of all trials, beside how many have ended, whenever they are drawn.
    """

    def __init__(self, terminal: Terminal, label: str, told: Callable[[], list[str]]) -> None:
        self._terminal, self._label, self._told = terminal, label, told
        self._latest: deque[EndedTrial] = deque(maxlen=LATEST)
        self._live: Live | None = None
        self._began = time.monotonic()
        self._ended_before = 0
        self._note = ""
        self.planned = self.ended = 0

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._live is not None:
            self._live.stop()
            self._live = None

    def begin(self, headline: str, planned: int, ended: int) -> None:
        """Say what is to come, and show it from now on."""
        self.planned = planned
        self.ended = self._ended_before = ended
        self._terminal.say_line(headline)
        if self._terminal.animated:
            self._live = Live(
                get_renderable=self.view,
                console=self._terminal.err,
                refresh_per_second=REFRESHES_PER_S,
                transient=True,
            )
            self._live.start()

    def say(self, line: str) -> None:
        """Say something in between."""
        self._terminal.say_line(line)

    def take(self, trial: EndedTrial, told: Callable[[], str]) -> None:
        """Take a trial that has ended, and say how it did unless a live view shows it.

        Args:
            told: returns what is said of all trials then, with this one among them.
        """
        self.ended += 1
        self._latest.append(trial)
        if self._live is None:
            # A budget of time plans no number; a recipe that was given more may come to a few more runs.
            n = max(self.planned, self.ended) if self.planned else 0
            number = f"trial {self.ended:>{len(str(n))}}{f'/{n}' if n else ''}"
            self._terminal.say_line("  ".join([number, trial.name, trial.in_words(), told()]))

    def interrupted(self, signal_name: str) -> None:
        """Say that the study is about to leave off."""
        self._note = f"{signal_name}: leaving off; what has ended is kept. Ctrl-C again aborts at once."
        if self._live is None:
            self._terminal.say_line(self._note)

    def left(self) -> str:
        """Return the time left in words; nothing where it cannot be told."""
        fresh, left = self.ended - self._ended_before, self.planned - self.ended
        if not fresh or left <= 0:
            return ""
        return f"{duration((time.monotonic() - self._began) / fresh * left)} left"

    def view(self) -> RenderableType:
        """Return the table of the latest trials, the bar, and what is said of all below it."""
        columns = [Column(self._label, fold=True), Column("train", right=True), Column("dev", right=True)]
        columns += [Column("status", rank=1), Column("time", rank=2, right=True)]
        bar = ProgressBar(total=max(1, self.planned), completed=min(self.ended, self.planned), width=BAR)
        note = [Text(self._note, style="yellow")] if self._note else []
        # A bar ends without the end of a line; beside it, what is said would be cut off in a narrow terminal.
        table = FittedTable(columns, [trial.row() for trial in self._latest])
        told = [f"{count(self.ended)}/{count(self.planned)} trials", *self._told()]
        return Group(table, bar, Text(), Flow([Text(part) for part in told]), *note)
