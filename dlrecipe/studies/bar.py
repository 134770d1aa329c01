"""When a run is given up on its way: going by the runs before, it will not end below the best.

What a run still gains from some part of its epochs on is known from the runs that have ended; nearly the most
of it is granted to a new one. Knows no networks, and no workers: the same runs set the same bar, in whatever
order they ended.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass

from dlrecipe.diagnosis.wording import error_text

PARTS = 10
"""A run is looked at each time that it has done another of so many parts of the epochs that are planned."""
ENOUGH = 8
"""Runs that must have got to a part of their epochs before others are judged there."""
GRANTED = 0.9
"""Quantile of what runs gained from there on that a new one is taken to gain: one in ten would gain more.
What it costs is that some run which would have been the best is given up; what it saves pays for others."""
USUAL = 0.5
"""Quantile that a run which was given up is taken to have gained, had it gone on."""


@dataclass(frozen=True)
class Ended:
    """A run that has come to its own end: its lowest dev errors by part of its epochs, and its dev error.

    None stands for no number.
    """

    course: Sequence[float | None]
    dev: float


@dataclass(frozen=True)
class Bar:
    """What a run must have come down to, by part of its epochs, to be worth going on with.

    Args:
        best: the dev error to get below.
        highest: by part, the dev error from which that is still likely; None where nothing is known.
        task: `classification` or `regression`, for what is said.
    """

    best: float
    highest: tuple[float | None, ...]
    task: str

    def given_up(self, epoch: int, epochs: int, dev: float) -> str:
        """Return why a run need not go on, in words; nothing where it should.

        Args:
            epoch: those that are done, of `epochs` that are planned.
            dev: its lowest dev error so far.
        """
        if epoch >= epochs:
            return ""
        highest = next((self.highest[part] for part in _parts_at(epoch, epochs)), None)
        if highest is None or not highest < dev < math.inf:
            return ""
        now, least, best = (error_text(error, self.task) for error in (dev, highest, self.best))
        return (
            f"dev error {now} at best by epoch {epoch} of {epochs}, where going by the runs before only "
            f"{least} or less comes down to the best, {best}"
        )


def bar(best: float, runs: Sequence[Ended], least: float, task: str) -> Bar:
    """Set the bar by the runs that have ended.

    Args:
        best: the dev error to get below.
        least: the dev error that one wrong example amounts to, or another that is next to nothing.
    """
    gains = (_gain(runs, part, GRANTED, least) for part in range(PARTS - 1))
    highest = (None if gain is None else (best + least) * math.exp(gain) - least for gain in gains)
    # Errors that are the same but for rounding are the same.
    return Bar(best, tuple(None if each is None else each + 1e-9 for each in highest), task)


def expected(course: Sequence[float | None], dev: float, runs: Sequence[Ended], least: float) -> float:
    """Return the dev error that a run which was given up with an error is taken to have ended with."""
    gain = _gain(runs, len(course) - 1, USUAL, least) or 0.0
    return (dev + least) * math.exp(-gain) - least


class Course:
    """The lowest dev errors of a run under way, by part of its epochs."""

    def __init__(self, epochs: int) -> None:
        self.lowest: list[float | None] = []
        self._epochs, self._so_far = epochs, math.inf

    def take(self, epoch: int, dev: float | None) -> None:
        """Take in an epoch's dev error; None where it is no number."""
        self._so_far = min(self._so_far, math.inf if dev is None or math.isnan(dev) else dev)
        lowest = self._so_far if math.isfinite(self._so_far) else None
        self.lowest += [lowest] * len(_parts_at(epoch, self._epochs))


def _parts_at(epoch: int, epochs: int) -> list[int]:
    """Return the parts, from 0, that are done with an epoch and were not before; the latest first."""
    done, before = epoch * PARTS // epochs, (epoch - 1) * PARTS // epochs
    return list(range(min(done, PARTS) - 1, before - 1, -1))


def _gain(runs: Sequence[Ended], part: int, quantile: float, least: float) -> float | None:
    """Return the logarithm of the factor by which errors fell from a part on; None where few got there."""
    reached = ((run.course[part], run.dev) for run in runs if part < len(run.course))
    gains = sorted(
        max(0.0, math.log((lowest + least) / (max(dev, 0.0) + least)))
        for lowest, dev in reached
        if lowest is not None
    )
    return gains[math.ceil(quantile * len(gains)) - 1] if len(gains) >= ENOUGH else None
