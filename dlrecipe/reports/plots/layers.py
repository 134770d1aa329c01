"""What the monitors saw of each layer, by epoch: gradients, weights, activations."""

from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from dlrecipe.errors import InputError
from dlrecipe.reports.plots.style import (
    LAYERS,
    known,
    legend_above,
    log_scale,
    mark_epoch,
    new_figure,
    styled,
)
from dlrecipe.reports.subject import Subject

if TYPE_CHECKING:
    from matplotlib.figure import Figure

MOST_LINES = 7
"""Layers that are drawn: of a deeper network the first, the last and those evenly between."""


def gradients(subject: Subject) -> "Figure":
    """Draw the norm of each layer's gradient: those that vanish or explode along the depth."""
    return _by_layer(subject, "layers", "gradient_norm", "Gradient norm by layer", "‖dW‖, mean over batch")


def weights(subject: Subject) -> "Figure":
    """Draw the norm of each layer's weights."""
    return _by_layer(subject, "layers", "weight_norm", "Weight norm by layer", "‖W‖, Frobenius", log=False)


def activations(subject: Subject) -> "Figure":
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
) -> "Figure":
    seen = [line for line in subject.history if line.get(part)]
    if not seen:
        raise InputError(
            f"{subject.run.id} has no {part} in its journal",
            remedy="Networks without hidden layers have no activations, and a run cut short no monitors.",
        )
    names = chosen(list(seen[-1][part]))
    figure, (axes,) = new_figure(left=0.62)
    with styled():
        every: list[float] = []
        for name, (colour, dashes) in zip(names, LAYERS, strict=False):
            values = known([(line[part].get(name) or {}).get(key) for line in seen])
            epochs = [line["epoch"] for line in seen]
            text = named(name, seen[-1][part][name])
            mark = "o" if len(seen) == 1 else None
            axes.plot(epochs, values, color=colour, linestyle=dashes, label=text, marker=mark)
            every += [value for value in values if value == value]
        # What has vanished to 0 has no place on a log scale, and is drawn as a gap.
        positive = [value for value in every if value > 0]
        if log and positive and max(positive) / min(positive) >= 20:
            log_scale(axes)
        elif every and min(every) >= 0:
            axes.set_ylim(bottom=0)
        mark_epoch(axes, subject.result.get("kept_epoch"))
        axes.set_xlabel("epoch")
        axes.set_ylabel(label)
        axes.set_title(title, loc="left")
        legend_above(axes)
    return figure


def chosen(names: Sequence[str], most: int = MOST_LINES) -> list[str]:
    """Return up to `most` names: the first, the last, and others at even distances."""
    if len(names) <= most:
        return list(names)
    places = [round(number * (len(names) - 1) / (most - 1)) for number in range(most)]
    return [names[place] for place in places]
