"""The trials of a study as they are watched: a live table in a terminal, a line a trial elsewhere.

Knows no study: it is handed lines of text and figures.
"""

import time
from collections import deque
from collections.abc import Mapping
from types import TracebackType
from typing import Any, Self, final

from rich.console import Group, RenderableType
from rich.live import Live
from rich.progress_bar import ProgressBar
from rich.text import Text

from dlrecipe.reports.layout import Column, FittedTable, Flow
from dlrecipe.reports.summary import STYLES
from dlrecipe.reports.terminal import Terminal
from dlrecipe.reports.wording import count, duration, error_text, printable

LATEST, BAR, REFRESHES_PER_S = 8, 40, 4


@final
class StudyProgress:
    """Shows trials as they end, how many are left and for how long, on stderr.

    Args:
        label: the name of what a trial is of, at the head of the first column.
    """

    def __init__(self, terminal: Terminal, label: str, task: str = "classification") -> None:
        self._terminal, self._label, self.task = terminal, label, task
        self._live: Live | None = None
        self._planned = self._ended = self._fresh = 0
        self._began = time.monotonic()
        self._best: float | None = None
        self._latest: deque[tuple[str, Mapping[str, Any]]] = deque(maxlen=LATEST)
        self._note = ""

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._live is not None:
            self._live.stop()
            self._live = None

    def begin(self, headline: str, planned: int, ended: int = 0) -> None:
        """Say what is to come, and show the progress from now on."""
        self._planned, self._ended = planned, ended
        self._terminal.say_line(headline)
        if self._terminal.animated:
            self._live = Live(
                get_renderable=self._view,
                console=self._terminal.err,
                refresh_per_second=REFRESHES_PER_S,
                transient=True,
            )
            self._live.start()

    def say(self, line: str) -> None:
        """Say something in between."""
        self._terminal.say_line(line)

    def trial(self, name: str, record: Mapping[str, Any]) -> None:
        """Take a trial that has ended: its `outcome`, `errors`, `error`, `wall_s`."""
        self._ended += 1
        self._fresh += 1
        self._latest.append((name, record))
        dev = record["errors"].get("dev")
        if dev is not None and (self._best is None or dev < self._best):
            self._best = dev
        if self._live is None:
            planned = f"/{self._planned}" if self._planned else ""  # a budget of time plans no number
            number = f"trial {self._ended:>{len(str(self._planned))}}{planned}"
            self._terminal.say_line("  ".join([number, printable(name), self._figures(record), self._left()]))

    def interrupted(self, signal_name: str) -> None:
        """Say that the study is about to leave off."""
        self._note = f"{signal_name}: leaving off; what has ended is kept. Ctrl-C again aborts at once."
        if self._live is None:
            self._terminal.say_line(self._note)

    def _figures(self, record: Mapping[str, Any]) -> str:
        if not record["errors"]:
            reason = f": {printable(record['error'].splitlines()[0])}" if record["error"] else ""
            return f"{record['outcome']}{reason}"
        train, dev = (error_text(record["errors"].get(split), self.task) for split in ("train", "dev"))
        return f"train {train} dev {dev}"

    def _left(self) -> str:
        left = self._planned - self._ended
        if not self._fresh or left <= 0:
            return ""
        return f"{duration((time.monotonic() - self._began) / self._fresh * left)} left"

    def _view(self) -> RenderableType:
        columns = [Column(self._label, fold=True), Column("train", right=True), Column("dev", right=True)]
        columns += [Column("status", rank=1), Column("time", rank=2, right=True)]
        best = "" if self._best is None else f"lowest dev {error_text(self._best, self.task)}"
        head = Flow(
            [Text(f"{count(self._ended)}/{count(self._planned)} trials"), Text(best), Text(self._left())]
        )
        bar = ProgressBar(total=max(1, self._planned), completed=min(self._ended, self._planned), width=BAR)
        note = [Text(self._note, style="yellow")] if self._note else []
        rows = [self._row(name, record) for name, record in self._latest]
        return Group(FittedTable(columns, rows), bar, head, *note)

    def _row(self, name: str, record: Mapping[str, Any]) -> list[Text]:
        train, dev = (error_text(record["errors"].get(split), self.task) for split in ("train", "dev"))
        style = STYLES.get(record["outcome"], "")
        outcome, took = Text(record["outcome"], style=style), Text(duration(record["wall_s"]), style="dim")
        return [Text(printable(name)), Text(train), Text(dev, style="bold"), outcome, took]
