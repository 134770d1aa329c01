"""What the monitors saw of each layer, by epoch: gradients, weights, activations."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from dlrecipe.errors import InputError
from dlrecipe.reports.plots.chart import LOG_FROM, Axis, Chart, Line
from dlrecipe.reports.plots.curves import mark_epoch, single
from dlrecipe.reports.plots.style import LAYERS, known
from dlrecipe.reports.subject import Subject

MOST_LINES = 7
"""Layers that are drawn: of a deeper network the first, the last and those evenly between."""


def gradients(subject: Subject) -> Chart:
    """Draw the norm of each layer's gradient: those that vanish or explode along the depth."""
    return _by_layer(subject, "layers", "gradient_norm", "Gradient norm by layer", "‖dW‖, mean over batch")


def weights(subject: Subject) -> Chart:
    """Draw the norm of each layer's weights."""
    return _by_layer(subject, "layers", "weight_norm", "Weight norm by layer", "‖W‖, Frobenius", log=False)


def activations(subject: Subject) -> Chart:
    """Draw the standard deviation of each layer's activations, with the part of dead units in the label."""

    def named(name: str, values: Mapping[str, Any]) -> str:
        dead = values.get("dead")
        return f"{name} ({100 * dead:.0f}% dead)" if dead else name

    return _by_layer(
        subject, "activations", "std", "Spread of activations by layer", "standard deviation", named=named
    )


def _by_layer(
    subject: Subject,
    part: str,
    key: str,
    title: str,
    label: str,
    *,
    log: bool = True,
    named: Callable[[str, Mapping[str, Any]], str] = lambda name, _: name,
) -> Chart:
    seen = [line for line in subject.history if line.get(part)]
    if not seen:
        raise InputError(
            f"{subject.run.id} has no {part} in its journal",
            remedy="Networks without hidden layers have no activations, and a run cut short no monitors.",
        )
    names = chosen(list(seen[-1][part]))
    epochs = [float(line["epoch"]) for line in seen]
    lines: list[Line] = []
    for name, (colour, dashes) in zip(names, LAYERS, strict=False):
        values = known([(line[part].get(name) or {}).get(key) for line in seen])
        lines.append(Line(epochs, values, colour, named(name, seen[-1][part][name]), dashes))
    every = [value for line in lines for value in line.y if value == value]
    # What has vanished to 0 has no place on a log scale, and is drawn as a gap.
    positive = [value for value in every if value > 0]
    on_log = log and bool(positive) and max(positive) / min(positive) >= LOG_FROM
    y = Axis(label, None if on_log or not every or min(every) < 0 else 0.0, log=on_log)
    return Chart(
        title, Axis("epoch", whole=True), y, [*single(lines), *mark_epoch(subject.result.get("kept_epoch"))]
    )


def chosen(names: Sequence[str], most: int = MOST_LINES) -> list[str]:
    """Return up to `most` names: the first, the last, and others at even distances."""
    if len(names) <= most:
        return list(names)
    places = [round(number * (len(names) - 1) / (most - 1)) for number in range(most)]
    return [names[place] for place in places]
