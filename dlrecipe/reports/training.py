"""Training as it is watched: a live bar in a terminal, plain lines elsewhere. Knows no experiment.

It is handed plain values: what is fixed about the run, the state that the loop is in, a record an epoch.
"""

import time
from collections import deque
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from types import TracebackType
from typing import Any, Protocol, Self, TypeAlias, final

from rich.console import Group, RenderableType
from rich.live import Live
from rich.progress_bar import ProgressBar
from rich.table import Table
from rich.text import Text

from dlrecipe.reports.layout import GAP, Flow
from dlrecipe.reports.terminal import Terminal
from dlrecipe.reports.wording import cost_text, count, duration, error_text, printable

REFRESHES_PER_S = 5
LONGEST_BAR, SHORTEST_BAR = 50, 8
SHORTEST_PAUSE_S, LONGEST_PAUSE_S = 2.0, 60.0
"""Bounds of the time between two plain lines: long runs get fewer."""
RATE_WINDOW_S = 20.0
"""The time left is worked out from the speed of this last while."""

Record: TypeAlias = Mapping[str, Any]
Clock: TypeAlias = Callable[[], float]


class BestSoFar(Protocol):
    """The best epoch so far; `epoch` is 0 before there is one."""

    @property
    def epoch(self) -> int: ...  # noqa: D102
    @property
    def error(self) -> float: ...  # noqa: D102
    @property
    def epochs_without_improvement(self) -> int: ...  # noqa: D102


class Progress(Protocol):
    """The state of the loop, read at any time from another thread: finished epochs, batches of the next."""

    @property
    def epoch(self) -> int: ...  # noqa: D102
    @property
    def batch(self) -> int: ...  # noqa: D102
    @property
    def best(self) -> BestSoFar: ...  # noqa: D102


@dataclass(frozen=True, kw_only=True)
class RunOutline:
    """What is fixed about a run before its first step."""

    run_id: str
    task: str
    epochs: int
    """Planned, at the most."""
    steps_per_epoch: int
    n: Mapping[str, int]
    """Examples by split."""
    n_params: int
    network: str
    """The layers in a few words, such as `64-64-32-10 relu`."""
    target: str = ""
    """What is predicted, in a few words, such as `income, 2 classes`."""
    patience: int | None = None
    """Epochs without improvement before training stops; None without early stopping."""


@final
class TrainingDisplay:
    """Shows a run while it trains: drawn over itself in a terminal, as lines elsewhere, not at all if quiet.

    Args:
        terminal: where to; messages only, so that stdout stays free for data.
        state: the state of the loop, which the display polls.
    """

    def __init__(
        self, terminal: Terminal, outline: RunOutline, state: Progress, *, clock: Clock = time.monotonic
    ) -> None:
        self._terminal, self._outline, self._state = terminal, outline, state
        self._view: LiveView | PlainLines | None = None
        if terminal.animated:
            self._view = LiveView(terminal, outline, state, clock)
        elif not terminal.quiet:
            self._view = PlainLines(terminal, outline, state, clock)

    def start(self) -> None:
        """Introduce the run, and show its progress from now on."""
        if self._view is not None:
            self._terminal.say(_introduction(self._outline, self._state.epoch))
            self._view.start()

    def epoch_finished(self, record: Record) -> None:
        """Take an epoch's figures; costs next to nothing (benchmarks/overheads.py)."""
        if self._view is not None:
            self._view.epoch_finished(record)

    def stop(self) -> None:
        """Show the last epoch and let go of the terminal. A second call does nothing."""
        view, self._view = self._view, None
        if view is not None:
            view.stop()

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()


@final
class PlainLines:
    """Lines for logs: the first epochs, each doubling, otherwise one every few seconds, and the last."""

    def __init__(self, terminal: Terminal, outline: RunOutline, state: Progress, clock: Clock) -> None:
        self._terminal, self._outline, self._state, self._clock = terminal, outline, state, clock
        self._every = terminal.verbose
        self._record: Record | None = None
        self._printed: Record | None = None
        self._started = self._next = 0.0

    def start(self) -> None:
        """Start the clock."""
        self._started = self._clock()
        self._next = self._started + SHORTEST_PAUSE_S

    def epoch_finished(self, record: Record) -> None:
        """Print the epoch's line if it is time for one."""
        self._record = record
        epoch = record["epoch"]
        if self._every or epoch == 3 or epoch & (epoch - 1) == 0 or self._clock() >= self._next:
            self._print(record)

    def stop(self) -> None:
        """Print the last epoch's line if it has not been printed."""
        if self._record is not self._printed and self._record is not None:
            self._print(self._record)

    def _print(self, record: Record) -> None:
        now = self._clock()
        elapsed = now - self._started
        self._printed = record
        # The pause grows with the run, so that an hour takes about a hundred lines and not two thousand.
        self._next = now + min(max(SHORTEST_PAUSE_S, elapsed / 20), LONGEST_PAUSE_S)
        figures = _figures(record, self._outline, self._state.best)
        parts = [_epoch_text(record["epoch"], self._outline), *figures, duration(elapsed)]
        self._terminal.say_line("  ".join(parts))


@final
class LiveView:
    """The bar and the figures, drawn over themselves by a thread of their own."""

    def __init__(self, terminal: Terminal, outline: RunOutline, state: Progress, clock: Clock) -> None:
        self._outline, self._state, self._clock = outline, state, clock
        self._console = terminal.err
        self._record: Record | None = None
        self._speed = Speed()
        self._started = 0.0
        self._stopped = False
        # stdout is left alone: what is printed there must not be moved to stderr.
        self._live = Live(
            get_renderable=self._draw,
            console=terminal.err,
            refresh_per_second=REFRESHES_PER_S,
            redirect_stdout=False,
        )

    def start(self) -> None:
        """Begin to draw."""
        self._started = self._clock()
        self._live.start(refresh=True)

    def epoch_finished(self, record: Record) -> None:
        """Keep the figures for the next drawing."""
        self._record = record

    def stop(self) -> None:
        """Draw for the last time; what was drawn stays."""
        self._stopped = True
        self._live.stop()

    def _draw(self) -> RenderableType:
        # The state moves on while it is read; a batch counted to the wrong epoch is put right by the next.
        epoch, batch = self._state.epoch, self._state.batch
        steps = self._outline.steps_per_epoch
        done = min(epoch + min(batch, steps) / steps, float(self._outline.epochs))
        self._speed.update(self._clock(), done)
        parts: list[RenderableType] = [self._bar(epoch, done)]
        if self._record is not None:
            figures = _figures(self._record, self._outline, self._state.best)
            parts.append(Flow([Text(figure) for figure in figures]))
        elif steps > 1:
            parts.append(Text(f"first epoch: batch {count(batch)} of {count(steps)}", style="dim"))
        return Group(*parts)

    def _bar(self, epoch: int, done: float) -> RenderableType:
        fraction = done / self._outline.epochs
        texts = [_epoch_text(epoch, self._outline), f"{100 * fraction:3.0f}%", *self._times(done)]
        room = self._console.width - sum(len(text) + GAP for text in texts)
        if room < SHORTEST_BAR:
            return Flow([Text(text) for text in texts])
        row = Table.grid(padding=(0, GAP, 0, 0))
        bar = ProgressBar(total=1.0, completed=fraction, width=min(room, LONGEST_BAR))
        row.add_row(Text(texts[0]), bar, *(Text(text) for text in texts[1:]))
        return row

    def _times(self, done: float) -> list[str]:
        if self._stopped:
            return [f"in {duration(self._clock() - self._started)}"]
        rate = self._speed.epochs_per_s
        if not rate:
            return []
        left = duration((self._outline.epochs - done) / rate)
        # Early stopping may end the run sooner.
        at_most = "≤ " if self._outline.patience is not None else ""
        return [_rate_text(rate, self._outline.steps_per_epoch), f"{at_most}{left} left"]


@final
class Speed:
    """Epochs per second over the last while, from how far the run was at each look."""

    def __init__(self) -> None:
        self._looks: deque[tuple[float, float]] = deque()

    def update(self, now: float, done: float) -> None:
        """Take a look: `done` epochs, fractions included, at the time `now` in seconds."""
        self._looks.append((now, done))
        while now - self._looks[0][0] > RATE_WINDOW_S and len(self._looks) > 2:
            self._looks.popleft()

    @property
    def epochs_per_s(self) -> float:
        """The speed; 0 while it is not known."""
        (before, done_before), (now, done) = self._looks[0], self._looks[-1]
        return max(done - done_before, 0.0) / (now - before) if now > before else 0.0


def _introduction(outline: RunOutline, epoch: int) -> RenderableType:
    title = f"Training {printable(outline.run_id)}" + (f", on from epoch {count(epoch)}" if epoch else "")
    sizes = [f"{split.replace('_', '-')} {count(n)}" for split, n in outline.n.items()]
    target = [f"target {printable(outline.target)}"] if outline.target else []
    facts = [*target, printable(outline.network), f"{count(outline.n_params)} parameters", *sizes]
    return Group(Text(title, style="bold"), Flow([Text(fact, style="dim") for fact in facts]))


def _epoch_text(epoch: int, outline: RunOutline) -> str:
    planned = count(outline.epochs)
    return f"epoch {count(epoch):>{len(planned)}}/{planned}"


def _figures(record: Record, outline: RunOutline, best: BestSoFar) -> list[str]:
    """Return J, the errors, the best so far and the patience left, each as a short text."""
    task, errors = outline.task, record["error"]
    measure = "error" if task == "classification" else "1-R²"
    figures = [
        f"J {cost_text(record['cost']['train']):<9}",
        f"{measure} train {error_text(errors['train'], task):>6}",
        f"dev {error_text(errors['dev'], task):>6}",
    ]
    if best.epoch:
        figures.append(f"best dev {error_text(best.error, task)} at epoch {count(best.epoch)}")
    if outline.patience is not None:
        left = max(outline.patience - best.epochs_without_improvement, 0)
        figures.append(f"patience left {count(left)}/{count(outline.patience)}")
    return figures


def _rate_text(epochs_per_s: float, steps_per_epoch: int) -> str:
    if epochs_per_s >= 1:
        return f"{count(epochs_per_s)} epochs/s"
    if epochs_per_s * steps_per_epoch >= 1:
        return f"{count(epochs_per_s * steps_per_epoch)} batches/s"
    return f"{duration(1 / epochs_per_s)}/epoch"
