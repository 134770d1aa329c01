"""A sweep as it is watched: a live table in a terminal, a line a trial elsewhere. Knows no experiment."""

from types import TracebackType
from typing import TYPE_CHECKING, Self, final

from dlrecipe.reports.live_study import EndedTrial, LiveStudy
from dlrecipe.reports.sweep_wording import values_text
from dlrecipe.reports.terminal import Terminal
from dlrecipe.reports.wording import count, error_text, plural, printable

if TYPE_CHECKING:
    from collections.abc import Sequence

    from dlrecipe.studies.directory import StudyDirectory
    from dlrecipe.studies.sweep import Plan
    from dlrecipe.studies.sweep_results import Scored


@final
class SweepDisplay:
    """Shows the trials of a sweep as they end, the best so far and the time left, on stderr."""

    def __init__(self, terminal: Terminal) -> None:
        self._shown = LiveStudy(terminal, "trial", lambda: [self._summary()])
        self._best: Scored | None = None

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._shown.__exit__(kind, error, trace)

    def started(
        self, plan: "Plan", study: "StudyDirectory", n_trials: int, ended: "Sequence[Scored]"
    ) -> None:
        """Introduce the sweep, and show its progress from now on; the best may be among those of before."""
        for scored in ended:
            self._compare(scored)
        seeds = f" × {plural(len(plan.seeds), 'seed')}" if plan.seeds else ""
        points = len({axis.key for axis in plan.axes})
        self._shown.begin(
            f"Sweep {study.id}: {plural(n_trials, 'trial')} over {points or 'no'} "
            f"{'key' if points == 1 else 'keys'}{seeds}, {plan.method}"
            + (f"; {count(len(ended))} ended before" if ended else ""),
            n_trials,
            len(ended),
        )

    def trial_ended(self, scored: "Scored") -> None:
        """Take a trial that has ended."""
        self._compare(scored)
        trial = EndedTrial(
            name=_name(scored),
            task=scored.task,
            outcome=scored.outcome,
            done=scored.outcome == "done",
            train=scored.errors.get("train"),
            dev=scored.errors.get("dev"),
            error=scored.error,
            wall_s=scored.wall_s,
        )
        self._shown.take(trial, self._summary)

    def say(self, line: str) -> None:
        """Say something in between."""
        self._shown.say(line)

    def interrupted(self, signal_name: str) -> None:
        """Say that the sweep is about to leave off."""
        self._shown.interrupted(signal_name)

    def _compare(self, scored: "Scored") -> None:
        done = scored.outcome == "done"
        if done and (self._best is None or scored.errors["dev"] < self._best.errors["dev"]):
            self._best = scored

    def _summary(self) -> str:
        best = ""
        if self._best is not None:
            best = f"best {error_text(self._best.errors['dev'], self._best.task)} at {_name(self._best)}"
        return "  ".join(part for part in (best, self._shown.left()) if part)


def _name(scored: "Scored") -> str:
    seed = "" if scored.seed is None else f" seed={scored.seed}"
    epochs = "" if scored.epochs is None else f" epochs={scored.epochs}"
    return (
        f"{values_text(scored.values) if scored.values or not seed else ''}{printable(seed)}{epochs}".strip()
    )
