"""A sweep as it is watched: a live table in a terminal, a line a trial elsewhere. Knows no experiment."""

import time
from collections import deque
from types import TracebackType
from typing import TYPE_CHECKING, Self, final

from rich.console import Group, RenderableType
from rich.live import Live
from rich.progress_bar import ProgressBar
from rich.text import Text

from dlrecipe.reports.layout import Column, FittedTable, Flow
from dlrecipe.reports.summary import STYLES
from dlrecipe.reports.sweep_wording import values_text
from dlrecipe.reports.terminal import Terminal
from dlrecipe.reports.wording import count, duration, error_text, printable

if TYPE_CHECKING:
    from dlrecipe.studies.directory import StudyDirectory
    from dlrecipe.studies.sweep import Plan
    from dlrecipe.studies.sweep_results import Scored

LATEST = 8
"""Trials in the live table."""
REFRESHES_PER_S = 4
BAR = 40


@final
class SweepDisplay:
    """Shows the trials of a sweep as they end, the best so far and the time left, on stderr."""

    def __init__(self, terminal: Terminal) -> None:
        self._terminal = terminal
        self._live: Live | None = None
        self._planned = self._ended = self._ended_before = 0
        self._began = time.monotonic()
        self._best: Scored | None = None
        self._latest: deque[Scored] = deque(maxlen=LATEST)
        self._stopping = ""

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._live is not None:
            self._live.stop()
            self._live = None

    def started(self, plan: "Plan", study: "StudyDirectory", n_trials: int, n_ended: int) -> None:
        """Introduce the sweep, and show its progress from now on."""
        self._planned, self._ended, self._ended_before = n_trials, n_ended, n_ended
        seeds = f" × {len(plan.seeds)} seeds" if plan.seeds else ""
        points = len({axis.key for axis in plan.axes})
        self._terminal.say_line(
            f"Sweep {study.id}: {count(n_trials)} trials over {points or 'no'} "
            f"{'key' if points == 1 else 'keys'}{seeds}, {plan.method}"
            + (f"; {count(n_ended)} have ended before" if n_ended else "")
        )
        if self._terminal.animated:
            self._live = Live(
                get_renderable=self._view,
                console=self._terminal.err,
                refresh_per_second=REFRESHES_PER_S,
                transient=True,
            )
            self._live.start()

    def trial_ended(self, scored: "Scored") -> None:
        """Take a trial that has ended."""
        self._ended += 1
        self._latest.append(scored)
        if scored.outcome == "done" and (
            self._best is None or scored.errors["dev"] < self._best.errors["dev"]
        ):
            self._best = scored
        if self._live is None:
            number = f"trial {self._ended:>{len(str(self._planned))}}/{self._planned}"
            self._terminal.say_line("  ".join([number, _name(scored), _figures(scored), self._summary()]))

    def interrupted(self, signal_name: str) -> None:
        """Say that the sweep is about to leave off."""
        self._stopping = f"{signal_name}: leaving off; what has ended is kept. Ctrl-C again aborts at once."
        if self._live is None:
            self._terminal.say_line(self._stopping)

    def _summary(self) -> str:
        parts = []
        if self._best is not None:
            best = error_text(self._best.errors["dev"], self._best.task)
            parts.append(f"best {best} at {_name(self._best)}")
        left = self._seconds_left()
        if left is not None and self._ended < self._planned:
            parts.append(f"{duration(left)} left")
        return "  ".join(parts)

    def _seconds_left(self) -> float | None:
        fresh = self._ended - self._ended_before
        if not fresh:
            return None
        return (time.monotonic() - self._began) / fresh * (self._planned - self._ended)

    def _view(self) -> RenderableType:
        columns = [Column("trial", fold=True), Column("train", right=True), Column("dev", right=True)]
        columns += [Column("status", rank=1), Column("time", rank=2, right=True)]
        rows = [_row(scored) for scored in self._latest]
        bar = ProgressBar(total=max(1, self._planned), completed=self._ended, width=BAR)
        head = Flow([Text(f"{self._ended}/{self._planned} trials"), Text(self._summary())])
        stopping = [Text(self._stopping, style="yellow")] if self._stopping else []
        return Group(FittedTable(columns, rows), bar, head, *stopping)


def _name(scored: "Scored") -> str:
    seed = "" if scored.seed is None else f" seed={scored.seed}"
    epochs = "" if scored.epochs is None else f" epochs={scored.epochs}"
    return (
        f"{values_text(scored.values) if scored.values or not seed else ''}{printable(seed)}{epochs}".strip()
    )


def _figures(scored: "Scored") -> str:
    if scored.outcome != "done":
        reason = f": {printable(scored.error.splitlines()[0])}" if scored.error else ""
        return f"{scored.outcome}{reason}"
    train, dev = (error_text(scored.errors[split], scored.task) for split in ("train", "dev"))
    return f"train {train} dev {dev}"


def _row(scored: "Scored") -> list[Text]:
    train, dev = (error_text(scored.errors.get(split), scored.task) for split in ("train", "dev"))
    style = STYLES.get(scored.outcome, "")
    return [
        Text(_name(scored)),
        Text(train),
        Text(dev, style="bold"),
        Text(scored.outcome, style=style),
        Text(duration(scored.wall_s), style="dim"),
    ]
