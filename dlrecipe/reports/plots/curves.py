"""J and the errors by epoch, the kept epoch marked."""

from collections.abc import Mapping, Sequence
from typing import Any

from dlrecipe.errors import InputError
from dlrecipe.reports.plots.chart import LOG_FROM, Axis, Chart, Dashes, Dots, Line, Mark, Shape
from dlrecipe.reports.plots.settings import error_label, error_scale
from dlrecipe.reports.plots.style import BY_SPLIT, known
from dlrecipe.reports.subject import Subject

DASHES: Mapping[str, Dashes] = {"train": "dashed", "dev": "solid"}


def curves(subject: Subject) -> list[Chart]:
    """Draw J above the error, by epoch."""
    return [cost_curve(subject), error_curve(subject)]


def cost_curve(subject: Subject) -> Chart:
    """Draw J by epoch, on a log scale where it falls far."""
    lines, values = _lines(_some(subject), "cost", 1)
    log = bool(values) and min(values) > 0 and max(values) / min(values) >= LOG_FROM
    return _by_epoch("J by epoch (mean loss and penalties)", Axis("J", log=log), lines, subject)


def error_curve(subject: Subject) -> Chart:
    """Draw the errors by epoch, in percent for classes."""
    lines, values = _lines(_some(subject), "error", error_scale(subject.task))
    low = high = None
    if values and min(values) >= 0:
        # The first epochs' fall must not flatten all the rest.
        low, high = 0.0, _settled(values) * 1.08 or 1.0
    return _by_epoch("Error by epoch", Axis(error_label(subject.task), low, high), lines, subject)


def mark_epoch(epoch: int | None, label: str = "kept") -> list[Shape]:
    """Return the mark at the epoch whose weights the run keeps."""
    return [] if epoch is None or epoch < 1 else [Mark(epoch, f"{label} (epoch {epoch:,})")]


def single(lines: Sequence[Line]) -> list[Shape]:
    """Return lines; those of one point, which would not be seen, as dots."""
    return [Dots(line.x, line.y, line.colour, line.label) if len(line.x) == 1 else line for line in lines]


def _by_epoch(title: str, y: Axis, lines: Sequence[Line], subject: Subject) -> Chart:
    shapes = [*single(lines), *mark_epoch(subject.result.get("kept_epoch"))]
    return Chart(title, Axis("epoch", whole=True), y, shapes)


def _settled(values: Sequence[float]) -> float:
    """Return the highest value, or if that is an outlier of the first epochs six times the median."""
    middle = sorted(values)[len(values) // 2]
    return min(max(values), 6 * middle) if middle > 0 else max(values)


def _lines(history: Sequence[Mapping[str, Any]], key: str, factor: float) -> tuple[list[Line], list[float]]:
    """Return a line a split, and all values that are known."""
    epochs = [float(line["epoch"]) for line in history]
    lines = []
    for split in ("train", "dev"):
        values = [factor * value for value in known([(line.get(key) or {}).get(split) for line in history])]
        lines.append(Line(epochs, values, BY_SPLIT[split], split, DASHES[split]))
    return lines, [value for line in lines for value in line.y if value == value]


def _some(subject: Subject) -> list[dict[str, Any]]:
    if not subject.history:
        raise InputError(f"{subject.run.id} has not finished an epoch yet")
    return subject.history
