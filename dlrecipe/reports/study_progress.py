"""The trials of a learning curve or a recipe as they are watched.

Knows no study: it is handed lines of text and figures.
"""

from collections import deque
from collections.abc import Mapping
from types import TracebackType
from typing import Any, Self, final

from rich.console import RenderableType

from dlrecipe.reports.live_study import LATEST, LiveStudy, trial_figures, trial_row
from dlrecipe.reports.terminal import Terminal
from dlrecipe.reports.wording import count, error_text, printable


@final
class StudyProgress:
    """Shows trials as they end, how many are left and for how long, on stderr.

    Args:
        label: the name of what a trial is of, at the head of the first column.
    """

    def __init__(self, terminal: Terminal, label: str, task: str = "classification") -> None:
        self._shown = LiveStudy(terminal, self._view)
        self._label, self.task = label, task
        self._best: float | None = None
        self._latest: deque[tuple[str, Mapping[str, Any]]] = deque(maxlen=LATEST)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._shown.__exit__(kind, error, trace)

    def begin(self, headline: str, planned: int, ended: int = 0) -> None:
        """Say what is to come, and show the progress from now on."""
        self._shown.begin(headline, planned, ended)

    def say(self, line: str) -> None:
        """Say something in between."""
        self._shown.say(line)

    def trial(self, name: str, record: Mapping[str, Any]) -> None:
        """Take a trial that has ended: its `outcome`, `errors`, `error`, `wall_s`."""
        self._shown.ended += 1
        self._latest.append((name, record))
        dev = record["errors"].get("dev")
        if dev is not None and (self._best is None or dev < self._best):
            self._best = dev
        figures = trial_figures(
            record["errors"].get("train"),
            dev,
            task=self.task,
            outcome=record["outcome"],
            error=record["error"],
            done=bool(record["errors"]),
        )
        self._shown.line(printable(name), figures, self._shown.left())

    def interrupted(self, signal_name: str) -> None:
        """Say that the study is about to leave off."""
        self._shown.interrupted(signal_name)

    def _view(self) -> RenderableType:
        best = "" if self._best is None else f"lowest dev {error_text(self._best, self.task)}"
        rows = [
            trial_row(
                printable(name),
                record["errors"].get("train"),
                record["errors"].get("dev"),
                task=self.task,
                outcome=record["outcome"],
                wall_s=record["wall_s"],
            )
            for name, record in self._latest
        ]
        trials = f"{count(self._shown.ended)}/{count(self._shown.planned)} trials"
        return self._shown.view(self._label, rows, [trials, best, self._shown.left()])
