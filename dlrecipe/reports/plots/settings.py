"""What pictures of errors have in common: the axes, where values lie, the intervals."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from typing import Any

from dlrecipe.reports.plots.chart import Axis, Line
from dlrecipe.reports.plots.style import BY_SPLIT

DECADE = 10.0
ZERO_BELOW = 10**0.5
"""Times by which the place of 0 on a log scale lies below the smallest value."""


def error_label(task: str) -> str:
    """Return what an axis of errors is called."""
    return "error, % of examples" if task == "classification" else "error, 1 − R²"


def error_axis(task: str) -> Axis:
    """Return the axis of errors, from 0 up."""
    return Axis(error_label(task), 0.0)


FAR = 2.0
"""Times the end of an axis beyond which errors are drawn at it, not in their place."""
ROOM = 1.3
"""Times the errors of most, and of those that matter, at which it ends then."""


def cut_off(axis: Axis, errors: Sequence[float], needed: float) -> Axis:
    """Return the axis of errors, ended where most have their place if a few would press them flat.

    Args:
        errors: as they are drawn.
        needed: the highest of those that must be seen in its place.
    """
    ordered = sorted(errors)
    if not ordered:
        return axis
    end = ROOM * max(needed, ordered[3 * (len(ordered) - 1) // 4])
    if not 0 < FAR * end < ordered[-1]:
        return axis
    return replace(axis, label=f"{axis.label.removesuffix(' of examples')}; higher ones at the top", high=end)


def within(axis: Axis, errors: Sequence[float]) -> list[float]:
    """Return errors as they are drawn: those beyond the axis at its end."""
    return [error if axis.high is None else min(error, axis.high) for error in errors]


def error_scale(task: str) -> int:
    """Return what an error is multiplied with to be drawn: errors of classes are drawn in percent."""
    return 100 if task == "classification" else 1


def placed(places: Sequence[float], label: str) -> tuple[Axis, Callable[[float], float]]:
    """Return an axis for values, and where each lies on it.

    Values that span a decade are on a log scale; 0 then has a place of its own, a step left of the smallest.
    """
    positive = [place for place in places if place > 0]
    if min(places) < 0 or not positive or max(places) / min(positive) < DECADE:
        return Axis(label), lambda x: x
    if min(places) > 0:
        return Axis(label, log=True), lambda x: x
    zero = min(positive) / ZERO_BELOW
    ticks = [(place or zero, f"{place:g}") for place in sorted(set(places))]
    return Axis(label, log=True, ticks=ticks), lambda x: x or zero


INTERVALS: Mapping[str, tuple[float, float]] = {"dev": (6.0, 0.25), "train": (2.0, 0.55)}
"""Width and opacity by split, in the order in which they are drawn: the one is seen on the other."""


def intervals(x: Sequence[float], points: Sequence[Mapping[str, Any]], scale: float) -> list[Line]:
    """Return the intervals of points' errors on train and dev, where they have one, as pale lines.

    Args:
        x: where the points lie.
        points: each with a split's `low` and `high`, or None for a split that has no error.
        scale: what an error is multiplied with.
    """
    return [
        Line([place, place], [scale * point[split]["low"], scale * point[split]["high"]], BY_SPLIT[split],
             width=width, opacity=opacity)
        for split, (width, opacity) in INTERVALS.items()
        for place, point in zip(x, points, strict=True)
        if point[split] and point[split]["low"] is not None
    ]  # fmt: skip
