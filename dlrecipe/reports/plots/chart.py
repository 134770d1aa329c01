"""What a picture shows, apart from who draws it: lines, dots and words on two axes. Knows no run.

`plots.figure` draws a chart with matplotlib, for files; `html.charts` writes it as SVG by itself, for pages:
matplotlib would be half of a report's time (benchmarks/report.py).
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Literal, TypeAlias

Dashes: TypeAlias = Literal["solid", "dashed", "dotted", "dashdot"]


@dataclass(frozen=True)
class Line:
    """A line through points; NaN leaves a gap. Wide and pale, it is an interval."""

    x: Sequence[float]
    y: Sequence[float]
    colour: str
    label: str = ""
    dashes: Dashes = "solid"
    width: float = 1.6
    opacity: float = 1.0


@dataclass(frozen=True)
class Dots:
    """Points; `areas` in square points are all 16 where they are left out."""

    x: Sequence[float]
    y: Sequence[float]
    colour: str
    label: str = ""
    areas: Sequence[float] = ()
    opacity: float = 1.0


@dataclass(frozen=True)
class Mark:
    """A dashed line across the whole height at x."""

    x: float
    label: str


@dataclass(frozen=True)
class Note:
    """Words that start right of a point."""

    x: float
    y: float
    text: str
    colour: str
    bold: bool = False


Shape: TypeAlias = Line | Dots | Mark | Note


@dataclass(frozen=True)
class Axis:
    """An axis: its name with the unit, its scale, and where it begins and ends if not at the data's ends.

    A `low` above `high` runs downwards. `ticks` are (place, words); None chooses them. `whole`: between two
    whole numbers there is nothing, as between two epochs.
    """

    label: str
    low: float | None = None
    high: float | None = None
    log: bool = False
    ticks: Sequence[tuple[float, str]] | None = None
    grid: bool = True
    whole: bool = False


@dataclass(frozen=True)
class Chart:
    """A picture. `height` is in inches, of which it is `style.WIDTH` wide."""

    title: str
    x: Axis
    y: Axis
    shapes: Sequence[Shape] = field(default=())
    height: float = 2.8

    def labelled(self) -> list[Line | Dots | Mark]:
        """Return what stands in the legend."""
        return [shape for shape in self.shapes if not isinstance(shape, Note) and shape.label]

    def span(self, side: Literal["x", "y"]) -> tuple[float, float]:
        """Return where an axis begins and ends: where it says, or a little beyond the data."""
        axis: Axis = getattr(self, side)
        low, high = self._extent(side, axis)
        if axis.log:
            spread = (high / low) ** 0.04 if high > low else 2.0
            low, high = low / spread, high * spread
        else:
            spread = 0.04 * (high - low) if high > low else max(abs(high) * 0.1, 0.5)
            low, high = low - spread, high + spread
        return low if axis.low is None else axis.low, high if axis.high is None else axis.high

    def _extent(self, side: str, axis: Axis) -> tuple[float, float]:
        found: list[float] = []
        for shape in self.shapes:
            if isinstance(shape, Mark):
                found += [shape.x] if side == "x" else []
            elif not isinstance(shape, Note):
                found += [value for value in getattr(shape, side) if math.isfinite(value)]
        found = [value for value in found if value > 0] if axis.log else found
        return (min(found), max(found)) if found else (0.1, 1.0)


LOG_FROM = 20.0
"""A J or a norm that is so many times larger at one epoch than at another is drawn on a log scale."""
LOG_TICKS_WITHIN = 300.0
"""A range below that would have one power of ten in it, or none: 2 and 5 times each stand there too."""


def ticks_of(axis: Axis, span: tuple[float, float], most: int) -> list[tuple[float, str]]:
    """Return places and words of an axis's ticks, about `most` of them at the most."""
    low, high = min(span), max(span)
    if axis.ticks is not None:
        return [tick for tick in axis.ticks if low <= tick[0] <= high]
    if axis.log:
        return [
            (place, f"{place:g}" if place < 1e5 else f"{place:.0e}") for place in _powers(low, high, most)
        ]
    step = max(_step((high - low) / max(most, 1)), 1.0 if axis.whole else 0.0)
    digits = max(0, -math.floor(math.log10(step) + 1e-9))
    first = math.ceil(low / step - 1e-9)
    places = [number * step for number in range(first, math.floor(high / step + 1e-9) + 1)]
    return [(place, f"{place or 0.0:,.{digits}f}") for place in places]


def _step(least: float) -> float:
    """Return the smallest of 1, 2, 5 times a power of ten that is no less."""
    power = 10.0 ** math.floor(math.log10(least)) if least > 0 else 1.0
    return next(times * power for times in (1, 2, 5, 10) if times * power >= least * (1 - 1e-9))


def _powers(low: float, high: float, most: int) -> list[float]:
    first, last = math.floor(math.log10(low)), math.ceil(math.log10(high))
    times = (1.0, 2.0, 5.0) if high / low <= LOG_TICKS_WITHIN else (1.0,)
    places = [each * 10.0**power for power in range(first, last + 1) for each in times]
    places = [place for place in places if low <= place <= high]
    return places[:: max(1, -(-len(places) // max(most, 1)))]
