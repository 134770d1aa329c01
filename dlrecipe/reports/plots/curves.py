"""J and the errors by epoch, the kept epoch marked."""

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from dlrecipe.errors import InputError
from dlrecipe.reports.plots.style import (
    BY_SPLIT,
    known,
    legend_above,
    log_scale,
    mark_epoch,
    new_figure,
    styled,
)
from dlrecipe.reports.subject import Subject

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

LOG_FROM = 20.0
"""A J that falls this many times is drawn on a log scale."""
DASHES = {"train": (0, (4, 1.5)), "dev": "solid"}


def curves(subject: Subject) -> "Figure":
    """Draw J above the error, by epoch."""
    history = _some(subject)
    figure, (upper, lower) = new_figure(4.6, rows=2)
    with styled():
        draw_cost(upper, history, subject)
        draw_error(lower, history, subject)
        upper.set_xlabel("")
    return figure


def cost_curve(subject: Subject) -> "Figure":
    """Draw J by epoch alone."""
    figure, (axes,) = new_figure(left=0.62)
    with styled():
        draw_cost(axes, _some(subject), subject)
    return figure


def error_curve(subject: Subject) -> "Figure":
    """Draw the errors by epoch alone."""
    figure, (axes,) = new_figure(left=0.62)
    with styled():
        draw_error(axes, _some(subject), subject)
    return figure


def draw_cost(axes: "Axes", history: Sequence[Mapping[str, Any]], subject: Subject) -> None:
    """Draw J, on a log scale where it falls far."""
    values = _lines(axes, history, "cost", 1)
    positive = [value for value in values if value > 0]
    if positive and len(positive) == len(values) and max(positive) / min(positive) >= LOG_FROM:
        log_scale(axes)
    axes.set_title("J by epoch (mean loss and penalties)", loc="left")
    _finish(axes, subject, "J")


def draw_error(axes: "Axes", history: Sequence[Mapping[str, Any]], subject: Subject) -> None:
    """Draw the errors, in percent for classes."""
    classes = subject.task == "classification"
    values = _lines(axes, history, "error", 100 if classes else 1)
    if values and min(values) >= 0:
        # The first epochs' fall must not flatten all the rest.
        settled = _settled(values)
        axes.set_ylim(0, settled * 1.08 or 1)
    axes.set_title("Error by epoch", loc="left")
    _finish(axes, subject, "error, % of examples" if classes else "error, 1 − R²")


def _settled(values: Sequence[float]) -> float:
    """Return the highest value, or if that is an outlier of the first epochs six times the median."""
    middle = sorted(values)[len(values) // 2]
    return min(max(values), 6 * middle) if middle > 0 else max(values)


def _lines(axes: "Axes", history: Sequence[Mapping[str, Any]], key: str, factor: float) -> list[float]:
    epochs = [line["epoch"] for line in history]
    every: list[float] = []
    for split in ("train", "dev"):
        values = [factor * value for value in known([(line.get(key) or {}).get(split) for line in history])]
        mark = "o" if len(values) == 1 else None
        axes.plot(epochs, values, label=split, color=BY_SPLIT[split], linestyle=DASHES[split], marker=mark)
        every += [value for value in values if value == value]
    return every


def _finish(axes: "Axes", subject: Subject, label: str) -> None:
    mark_epoch(axes, subject.result.get("kept_epoch"))
    axes.set_xlabel("epoch")
    axes.set_ylabel(label)
    axes.margins(x=0.02)
    legend_above(axes)


def _some(subject: Subject) -> list[dict[str, Any]]:
    if not subject.history:
        raise InputError(f"{subject.run.id} has not finished an epoch yet")
    return subject.history
