"""The trials of a learning curve or a recipe as they are watched.

Knows no study: it is handed lines of text and figures.
"""

from collections.abc import Mapping
from types import TracebackType
from typing import Any, Self, final

from dlrecipe.reports.live_study import EndedTrial, LiveStudy
from dlrecipe.reports.terminal import Terminal
from dlrecipe.reports.wording import error_text, printable


@final
class StudyProgress:
    """Shows trials as they end, how many are left and for how long, on stderr.

    Args:
        label: the name of what a trial is of, at the head of the first column.
    """

    def __init__(self, terminal: Terminal, label: str, task: str = "classification") -> None:
        self._shown = LiveStudy(terminal, label, self._told)
        self.task = task
        self._best: float | None = None

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
        errors = record["errors"]
        dev = errors.get("dev")
        if dev is not None and (self._best is None or dev < self._best):
            self._best = dev
        trial = EndedTrial(
            name=printable(name),
            task=self.task,
            outcome=record["outcome"],
            done=bool(errors),
            train=errors.get("train"),
            dev=dev,
            error=record["error"],
            wall_s=record["wall_s"],
        )
        self._shown.take(trial, self._shown.left)

    def interrupted(self, signal_name: str) -> None:
        """Say that the study is about to leave off."""
        self._shown.interrupted(signal_name)

    def _told(self) -> list[str]:
        best = "" if self._best is None else f"lowest dev {error_text(self._best, self.task)}"
        return [best, self._shown.left()]
