"""Figures as a person reads them in a terminal. Knows nothing of runs or of terminals."""

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from itertools import groupby
from typing import Any

from dlrecipe.diagnosis.wording import UNKNOWN as UNKNOWN
from dlrecipe.diagnosis.wording import count as count
from dlrecipe.diagnosis.wording import error_text as error_text
from dlrecipe.diagnosis.wording import expected_text as expected_text
from dlrecipe.diagnosis.wording import number as number
from dlrecipe.diagnosis.wording import plural as plural
from dlrecipe.diagnosis.wording import points
from dlrecipe.printing import printable as printable
from dlrecipe.printing import value_text as value_text

_MINUTE, _HOUR, _DAY = 60, 3600, 86_400
_DATED_AFTER_DAYS = 14


def widths_in_words(widths: Sequence[int]) -> str:
    """Write a network's widths as 64-128-10, and more than three alike in a row as 32×150."""
    runs = [(width, sum(1 for _ in alike)) for width, alike in groupby(widths)]
    return "-".join(f"{width}×{n}" if n > 3 else "-".join([str(width)] * n) for width, n in runs)


def cost_text(cost: float | None) -> str:
    """Write a J with four digits, zeros at the end included, so that it does not change its width."""
    return f"{cost:#.4g}" if cost is not None and 1e-4 <= abs(cost) < 1e4 else number(cost)


def duration(seconds: float | None) -> str:
    """Write a length of time in the two units that matter: `0.42 s`, `34 s`, `3 min 04 s`, `2 h 03 min`."""
    if seconds is None:
        return UNKNOWN
    if seconds < 0.995:
        return f"{seconds:.2f} s"
    if seconds < 9.95:
        return f"{seconds:.1f} s"
    whole = round(seconds)
    if whole < _MINUTE:
        return f"{whole} s"
    if whole < _HOUR:
        return f"{whole // _MINUTE} min {whole % _MINUTE:02} s"
    if whole < _DAY:
        return f"{whole // _HOUR} h {whole % _HOUR // _MINUTE:02} min"
    return f"{whole // _DAY} d {whole % _DAY // _HOUR:02} h"


def ago(then: datetime | None, now: datetime) -> str:
    """Write how long ago something was, in one unit; after two weeks its date in UTC."""
    if then is None:
        return UNKNOWN
    seconds = (now - then).total_seconds()
    if seconds < _MINUTE:  # also a clock that was set back
        return "just now"
    if seconds < _HOUR:
        return f"{seconds // _MINUTE:.0f} min ago"
    if seconds < _DAY:
        return f"{seconds // _HOUR:.0f} h ago"
    if seconds < _DATED_AFTER_DAYS * _DAY:
        return f"{seconds // _DAY:.0f} d ago"
    return then.astimezone(UTC).strftime("%Y-%m-%d")


def gap_text(gap: float, task: str) -> str:
    """Write a difference of errors: in points without the unit for classes, else with three digits."""
    return points(gap) if task == "classification" else f"{gap:.3g}"


def change_text(change: Mapping[str, Any]) -> str:
    """Write the settings that a run changed, `network.hidden: [64], training.epochs: 300`."""
    return ", ".join(f"{path}: {value_text(value)}" for path, value in change.items())
