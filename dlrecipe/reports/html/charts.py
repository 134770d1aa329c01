"""Charts as SVG elements in a page's own colours and type, without matplotlib. Knows no run.

Lengths are points, as in a picture's file; a page scales the whole. Where words end is estimated: which font
a reader has is not known here.
"""

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import groupby

from markupsafe import Markup, escape

from dlrecipe.reports.html.colours import in_page_colours
from dlrecipe.reports.plots.chart import Axis, Chart, Dots, Line, Mark, Note, Shape, ticks_of
from dlrecipe.reports.plots.style import INK, LINE, MUTED, WIDTH

POINTS = 72
TYPE, TITLE_TYPE, LEGEND_TYPE = 9.0, 10.0, 8.5
ADVANCE = 0.56
"""Mean width of a character, of its height: that of DejaVu Sans, which is wider than most."""
RIGHT, BOTTOM, TITLE_ROOM, LEGEND_ROW = 10.0, 36.0, 20.0, 13.0
SAMPLE = 18.0
"""Length of a line in the legend."""
DASHES = {"solid": "", "dashed": "6 2.4", "dotted": "1.6 2", "dashdot": "6 2.4 1.6 2.4"}
MARK_DASHES = "2 2"
UNTHINNED, COLUMN = 1000, 0.5
"""A line of more points is drawn by what is seen of it in columns so wide: 15,000 epochs on 450 points."""


def chart_svg(chart: Chart, label: str, name: str) -> Markup:
    """Return a chart as an SVG element.

    Args:
        label: what a screen reader says of it.
        name: one that no other picture of the page has.
    """
    height = POINTS * chart.height
    legend = _legend_rows(chart)
    top = TITLE_ROOM + LEGEND_ROW * len(legend) + 6
    y_ticks = ticks_of(chart.y, chart.span("y"), max(2, int((height - top - BOTTOM) / 22)))
    left = 6 + (15 if chart.y.label else 0) + max((_width(words, TYPE) for _, words in y_ticks), default=0)
    frame = _Frame(chart, left, POINTS * WIDTH - RIGHT, top, height - BOTTOM)
    # Words beside each other need their width: as many ticks as have room.
    wide = max((_width(words, TYPE) for _, words in ticks_of(chart.x, chart.span("x"), 6)), default=0)
    x_ticks = ticks_of(chart.x, chart.span("x"), max(2, int((frame.right - left) / (wide + 14))))
    clip = (
        f'<rect x="{left:.1f}" y="{top - 3:.1f}" width="{frame.right - left + 3:.1f}" '
        f'height="{frame.bottom - top + 6:.1f}"/>'
    )
    parts = [
        *_grid(frame, x_ticks, y_ticks),
        f'<clipPath id="{name}-clip">{clip}</clipPath><g clip-path="url(#{name}-clip)">',
        *(_shape(shape, frame) for shape in chart.shapes if not isinstance(shape, Note)),
        "</g>",
        *(_note(shape, frame) for shape in chart.shapes if isinstance(shape, Note)),
        *_words(frame),
        *_legend(legend),
    ]
    inside = in_page_colours("".join(parts))
    # Every text in it is escaped where it is written.
    return Markup(
        f'<svg viewBox="0 0 {POINTS * WIDTH:g} {height:g}" role="img" aria-label="{escape(label)}">'
        f"{inside}</svg>"
    )


@dataclass(frozen=True)
class _Frame:
    """Where the axes lie, and with them every value."""

    chart: Chart
    left: float
    right: float
    top: float
    bottom: float

    @cached_property
    def spans(self) -> tuple[tuple[float, float], tuple[float, float]]:
        """Where the axes begin and end. To look at every value for each would take minutes for 15,000."""
        return self.chart.span("x"), self.chart.span("y")

    def x(self, value: float) -> float:
        share = _share(value, self.spans[0], self.chart.x)
        return self.left + share * (self.right - self.left)

    def y(self, value: float) -> float:
        return self.bottom - _share(value, self.spans[1], self.chart.y) * (self.bottom - self.top)


def _share(value: float, span: tuple[float, float], axis: Axis) -> float:
    """Return how far along its axis a value lies; far beyond an end stays there: it is cut off anyway."""
    low, high = span
    if axis.log:
        if value <= 0:
            return math.nan
        value, low, high = math.log(value), math.log(low), math.log(high)
    return min(max((value - low) / (high - low), -9.0), 9.0)


def _grid(
    frame: _Frame, x_ticks: Sequence[tuple[float, str]], y_ticks: Sequence[tuple[float, str]]
) -> Iterator[str]:
    chart = frame.chart
    for place, words in x_ticks:
        at = frame.x(place)
        if chart.x.grid:
            yield _rule(at, frame.top, at, frame.bottom, LINE, 0.6)
        yield _text(at, frame.bottom + 12, words, MUTED, anchor="middle")
    for place, words in y_ticks:
        at = frame.y(place)
        if chart.y.grid:
            yield _rule(frame.left, at, frame.right, at, LINE, 0.6)
        yield _text(frame.left - 4, at + 3.2, words, MUTED if chart.y.grid else INK, anchor="end")
    yield _rule(frame.left, frame.bottom, frame.right, frame.bottom, LINE, 0.8)
    yield _rule(frame.left, frame.top, frame.left, frame.bottom, LINE, 0.8)


def _shape(shape: Shape, frame: _Frame) -> str:
    match shape:
        case Line():
            return "".join(_path(run, shape) for run in _runs(shape, frame))
        case Dots():
            areas = shape.areas or [16.0] * len(shape.x)
            dots = "".join(
                f'<circle cx="{frame.x(x):.2f}" cy="{frame.y(y):.2f}" r="{math.sqrt(area / math.pi):.2f}"/>'
                for x, y, area in zip(shape.x, shape.y, areas, strict=True)
                if math.isfinite(frame.x(x)) and math.isfinite(frame.y(y))
            )
            return f'<g fill="{shape.colour}"{_opacity(shape.opacity)}>{dots}</g>'
        case Mark():
            at = frame.x(shape.x)
            return _rule(at, frame.top, at, frame.bottom, INK, 0.9, MARK_DASHES)
        case Note():
            return _note(shape, frame)


def _runs(line: Line, frame: _Frame) -> Iterator[list[str]]:
    """Yield the parts of a line between its gaps."""
    places = ((frame.x(x), frame.y(y)) for x, y in zip(line.x, line.y, strict=True))
    for whole, run in groupby(places, key=lambda place: math.isfinite(place[0]) and math.isfinite(place[1])):
        if whole:
            yield [f"{at:.2f} {up:.2f}" for at, up in _thinned(list(run))]


def _thinned(places: list[tuple[float, float]]) -> list[tuple[float, float]]:
    """Leave out what cannot be seen of a long line: all but the ends, the top and the foot of a column."""
    if len(places) <= UNTHINNED:
        return places
    kept: list[tuple[float, float]] = []
    for _, group in groupby(places, key=lambda place: math.floor(place[0] / COLUMN)):
        column = list(group)
        heights = [up for _, up in column]
        ends = {0, heights.index(min(heights)), heights.index(max(heights)), len(column) - 1}
        kept += [column[index] for index in sorted(ends)]
    return kept


def _path(run: Sequence[str], line: Line) -> str:
    dashes = f' stroke-dasharray="{DASHES[line.dashes]}"' if DASHES[line.dashes] else ""
    cap = ' stroke-linecap="round"' if line.width > 3 or len(run) == 1 else ""
    return (
        f'<path d="M{" L".join(run)}{"" if len(run) > 1 else " h0"}" fill="none" stroke="{line.colour}" '
        f'stroke-width="{line.width if len(run) > 1 else 4:g}"{dashes}{cap}{_opacity(line.opacity)}/>'
    )


def _note(note: Note, frame: _Frame) -> str:
    return _text(frame.x(note.x) + 9, frame.y(note.y) + 3, note.text, note.colour, size=8.5, bold=note.bold)


def _words(frame: _Frame) -> Iterator[str]:
    chart, middle = frame.chart, (frame.top + frame.bottom) / 2
    yield _text(frame.left, 12, chart.title, INK, size=TITLE_TYPE, bold=True)
    yield _text((frame.left + frame.right) / 2, frame.bottom + 27, chart.x.label, MUTED, anchor="middle")
    if chart.y.label:
        turned = f' transform="rotate(-90 10 {middle:.1f})"'
        yield _text(10, middle, chart.y.label, MUTED, anchor="middle", extra=turned)


def _legend_rows(chart: Chart) -> list[list[tuple[Line | Dots | Mark, float]]]:
    """Return what stands in each row of the legend, with its place from the left."""
    rows: list[list[tuple[Line | Dots | Mark, float]]] = []
    room, at = POINTS * WIDTH - RIGHT - 30, 0.0
    for shape in chart.labelled():
        needed = SAMPLE + 5 + _width(shape.label, LEGEND_TYPE) + 12
        if not rows or at + needed > room:
            rows.append([])
            at = 0.0
        rows[-1].append((shape, 30 + at))
        at += needed
    return rows


def _legend(rows: Sequence[Sequence[tuple[Line | Dots | Mark, float]]]) -> Iterator[str]:
    for number, row in enumerate(rows):
        y = TITLE_ROOM + LEGEND_ROW * number + 6
        for shape, x in row:
            match shape:
                case Line():
                    yield _path([f"{x:.1f} {y:.1f}", f"{x + SAMPLE:.1f} {y:.1f}"], shape)
                case Dots():
                    yield f'<circle cx="{x + SAMPLE / 2:.1f}" cy="{y:.1f}" r="2.6" fill="{shape.colour}"/>'
                case Mark():
                    yield _rule(x, y, x + SAMPLE, y, INK, 0.9, MARK_DASHES)
            yield _text(x + SAMPLE + 5, y + 3, shape.label, INK, size=LEGEND_TYPE)


def _rule(x1: float, y1: float, x2: float, y2: float, colour: str, width: float, dashes: str = "") -> str:
    dashed = f' stroke-dasharray="{dashes}"' if dashes else ""
    ends = f"M{x1:.1f} {y1:.1f} L{x2:.1f} {y2:.1f}"
    return f'<path d="{ends}" stroke="{colour}" stroke-width="{width:g}"{dashed}/>'


def _text(
    x: float,
    y: float,
    text: str,
    colour: str,
    *,
    size: float = TYPE,
    anchor: str = "start",
    bold: bool = False,
    extra: str = "",
) -> str:
    weight = ' font-weight="700"' if bold else ""
    return (
        f'<text x="{x:.1f}" y="{y:.1f}" font-size="{size:g}" text-anchor="{anchor}" '
        f'fill="{colour}"{weight}{extra}>'
        f"{escape(text)}</text>"
    )


def _opacity(value: float) -> str:
    return "" if value == 1 else f' opacity="{value:g}"'


def _width(text: str, size: float) -> float:
    return ADVANCE * size * len(text)
