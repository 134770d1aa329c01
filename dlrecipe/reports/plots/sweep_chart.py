"""A sweep as a chart a setting: its errors by what was varied, the chosen value, and what is noise."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from typing import Any

from dlrecipe.reports.plots.chart import Axis, Chart, Dots, Line, Mark, Shape
from dlrecipe.reports.plots.curves import DASHES
from dlrecipe.reports.plots.settings import cut_off, error_axis, error_scale, intervals, placed, within
from dlrecipe.reports.plots.style import BY_SPLIT, MUTED, shortened
from dlrecipe.reports.sweep_wording import points_differ
from dlrecipe.studies.axes import Axis as Varied
from dlrecipe.studies.axes import read_axes
from dlrecipe.studies.stored import StoredStudy

Document = Mapping[str, Any]
MARGIN = 0.05
"""What is left free beyond the values at both ends of an axis, as a share of it."""
NAMES_ROOM = 56
"""Characters that fit below an axis, side by side."""
HEIGHT = 3.2


def varied_by(stored: StoredStudy) -> list[Varied]:
    """Return the axes of a sweep that were varied; its seeds are none.

    Raises:
        InputError: its record was altered, and does not say what was varied.
    """
    keys = stored.document["keys"]
    return [axis for axis in read_axes(list(stored.asked["vary"])) if axis.key in keys]


def sweep_chart(document: Document, varied: Varied) -> Chart:
    """Draw the mean errors over one key that was varied; joined and with intervals if it was the only one.

    Points without all their seeds or epochs, which cannot be compared with the others, are pale and apart.
    """
    done = [point for point in document["points"] if point["dev"]]
    points = [point for point in done if point["complete"]] or done
    scale, key = error_scale(document["task"]), varied.key
    axis, at = _axis(varied)
    points.sort(key=lambda point: at(point["values"][key]))
    x = [at(point["values"][key]) for point in points]
    alone = len(document["keys"]) == 1
    errors = error_axis(document["task"])
    if not alone:
        means = [scale * point[split]["mean"] for point in points for split in ("train", "dev")]
        errors = cut_off(errors, means, scale * _level(document))
    shapes: list[Shape] = [*intervals(x, points, scale)] if alone else []
    has_intervals = bool(shapes)
    for split in ("train", "dev"):
        y = within(errors, [scale * point[split]["mean"] for point in points])
        colour = BY_SPLIT[split]
        if alone and len(points) > 1:
            shapes += [Line(x, y, colour, split, DASHES[split]), Dots(x, y, colour)]
        else:
            shapes.append(Dots(x, y, colour, split, opacity=1.0 if alone else 0.7))
    shapes += _choice(document, key, axis, at)
    behind = [point for point in done if point not in points]
    if behind:
        x = [at(point["values"][key]) for point in behind]
        y = within(errors, [scale * point["dev"]["mean"] for point in behind])
        shapes.append(Dots(x, y, BY_SPLIT["dev"], "dev, not to the end", opacity=0.35))
    title = f"Error over {shortened(key, 24)}"
    if points_differ(document):
        title += "; dev sets differ"
    elif has_intervals:
        title += ", with 95% intervals"
    return Chart(title, axis, errors, shapes, height=HEIGHT)


def _level(document: Document) -> float:
    """Return the error below which any is as good as the lowest; 0 where there is none."""
    best = document["best"]
    return 0.0 if best is None else float(best["dev"]["mean"] + (best["dev"]["standard_error"] or 0.0))


def _choice(document: Document, key: str, axis: Axis, at: Callable[[str], float]) -> list[Shape]:
    """Return the line below which errors are as good as the lowest, and the mark of the chosen value."""
    best, chosen, shapes = document["best"], document["chosen"], list[Shape]()
    if best is None or chosen is None:
        return []
    noise = best["dev"]["standard_error"]
    if noise is not None and not points_differ(document):
        level = error_scale(document["task"]) * _level(document)
        assert axis.low is not None
        assert axis.high is not None
        told = "lowest + 1 std. error"
        shapes.append(Line([axis.low, axis.high], [level, level], MUTED, told, "dotted", width=1.2))
    value = chosen["values"][key]
    return [*shapes, Mark(at(value), f"chosen: {shortened(value, 16)}")]


def _axis(varied: Varied) -> tuple[Axis, Callable[[str], float]]:
    """Return the axis of what was varied, with its ends, and where each value lies on it.

    All values have their places, in the order in which they were given if they are no numbers.
    """
    try:
        numbers = [float(choice) for choice in varied.choices] or [varied.low, varied.high]
    except ValueError:
        return _named(varied.key, varied.choices)
    if varied.choices:
        axis, at = placed(numbers, varied.key)
    else:
        axis, at = Axis(varied.key, log=varied.log), float
    low, high = at(min(numbers)), at(max(numbers))
    if low == high:
        low, high = (low / 2, high * 2) if axis.log else (low - 1, high + 1)
    elif axis.log:
        low, high = low * (low / high) ** MARGIN, high * (high / low) ** MARGIN
    else:
        low, high = low - MARGIN * (high - low), high + MARGIN * (high - low)
    return replace(axis, low=low, high=high), lambda value: at(float(value))


def _named(key: str, names: Sequence[str]) -> tuple[Axis, Callable[[str], float]]:
    most = max(3, NAMES_ROOM // len(names))
    ticks = [(float(place), shortened(name, most)) for place, name in enumerate(names)]
    axis = Axis(key, -0.5, len(names) - 0.5, ticks=ticks)
    return axis, lambda value: float(names.index(value))
