"""Charts drawn with matplotlib, one below the other. matplotlib is imported when one is drawn."""

import os
import sys
import threading
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from dlrecipe.reports.plots.chart import Axis, Chart, Dots, Line, Mark, Note, ticks_of
from dlrecipe.reports.plots.style import INK, legend_above, new_figure, styled

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

DASHES: dict[str, Any] = {
    "solid": "solid", "dashed": (0, (4, 1.5)), "dotted": (0, (1, 1.2)), "dashdot": (0, (4, 1.5, 1, 1.5))
}  # fmt: skip
MOST_TICKS = 8


GIVING_WAY = 5
"""The niceness of what can wait: a third of the processor's time where another process wants it."""


def load_in_idle_time() -> None:
    """Have what draws, a third of a second's work, imported beside what this process goes on with.

    On Linux, where a thread can have a priority of its own, this one gives way to the workers. Not further:
    what it imports cannot be had sooner than it is done, should all else have ended, and on a machine that
    others keep busy the lowest priority may take a minute (docs/decisions/0012).
    """
    threading.Thread(target=_load, daemon=True).start()


def _load() -> None:
    if sys.platform == "linux":
        os.setpriority(os.PRIO_PROCESS, threading.get_native_id(), GIVING_WAY)
    import matplotlib.backends.backend_svg
    import matplotlib.figure  # noqa: F401


def figure_of(charts: Sequence[Chart]) -> "Figure":
    """Return a figure with a row a chart."""
    height = sum(chart.height for chart in charts) * (_SQUEEZED if len(charts) > 1 else 1.0)
    figure, rows = new_figure(height, rows=len(charts))
    with styled():
        for axes, chart in zip(rows, charts, strict=True):
            _draw(axes, chart)
    return figure


_SQUEEZED = 0.82
"""Of their heights is what charts below each other take: they share margins."""


def _draw(axes: "Axes", chart: Chart) -> None:
    for shape in chart.shapes:
        match shape:
            case Line():
                axes.plot(
                    shape.x, shape.y, color=shape.colour, label=shape.label or "_", alpha=shape.opacity,
                    linestyle=DASHES[shape.dashes], linewidth=shape.width,
                    solid_capstyle="round" if shape.width > 3 else "projecting",
                )  # fmt: skip
            case Dots():
                axes.scatter(
                    shape.x, shape.y, s=list(shape.areas) or 16, color=shape.colour, alpha=shape.opacity,
                    linewidths=0, label=shape.label or "_", zorder=2.5,
                )  # fmt: skip
            case Mark():
                axes.axvline(shape.x, color=INK, linewidth=0.9, linestyle=(0, (2, 2)), label=shape.label)
            case Note():
                axes.annotate(
                    shape.text, (shape.x, shape.y), xytext=(9, 0), textcoords="offset points", va="center",
                    color=shape.colour, fontweight="bold" if shape.bold else "normal", fontsize=8.5,
                )  # fmt: skip
    _scale(axes.xaxis, axes.set_xscale, axes.set_xlim, chart.x, chart.span("x"))
    _scale(axes.yaxis, axes.set_yscale, axes.set_ylim, chart.y, chart.span("y"))
    axes.set_xlabel(chart.x.label)
    axes.set_ylabel(chart.y.label)
    axes.set_title(chart.title, loc="left")
    legend_above(axes)


def _scale(side: Any, set_scale: Any, set_limits: Any, axis: Axis, span: tuple[float, float]) -> None:
    from matplotlib.ticker import FixedLocator, NullLocator

    if axis.log:
        set_scale("log")
    set_limits(*span)
    ticks = ticks_of(axis, span, MOST_TICKS)
    side.set_major_locator(FixedLocator([place for place, _ in ticks]))
    side.set_minor_locator(NullLocator())
    side.set_ticklabels([words for _, words in ticks])
    side.grid(axis.grid)
    if not axis.grid:
        side.set_tick_params(length=0, labelcolor=INK)
