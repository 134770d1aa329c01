"""The decision boundary over two inputs, with the dev examples on it."""

from typing import TYPE_CHECKING

import numpy as np

from dlrecipe.experiment.surfaces import boundary
from dlrecipe.reports.plots.style import CLASSES, INK, PAPER, legend_above, new_figure, shortened, styled
from dlrecipe.reports.subject import Subject

if TYPE_CHECKING:
    from matplotlib.figure import Figure

MARKS = "os^DvPX"


def decision_boundary(subject: Subject) -> "Figure":
    """Draw the regions of the classes and the dev examples, each class in a colour and a mark of its own."""
    plane = boundary(subject.reopened)
    figure, (axes,) = new_figure(4.4)
    with styled():
        axes.grid(visible=False)
        levels = [number - 0.5 for number in range(len(plane.labels) + 1)]
        colours = [CLASSES[number % len(CLASSES)] for number in range(len(plane.labels))]
        axes.contourf(plane.x, plane.y, plane.classes, levels=levels, colors=colours, alpha=0.16)
        if len(plane.labels) == 2:
            # Where both are equally probable: a smooth line, and not the steps of the grid.
            second = np.where(plane.classes == 1, plane.sure, 1 - plane.sure)
            axes.contour(plane.x, plane.y, second, levels=[0.5], colors=INK, linewidths=1.2, zorder=3)
        else:
            axes.contour(plane.x, plane.y, plane.classes, levels=levels[1:-1], colors=INK, linewidths=1.0)
        for number, name in enumerate(plane.labels):
            chosen = plane.truth == number
            axes.scatter(
                plane.points[chosen, 0], plane.points[chosen, 1], s=16, color=colours[number],
                marker=MARKS[number % len(MARKS)], edgecolors=PAPER, linewidths=0.4, label=shortened(name),
            )  # fmt: skip
        axes.set_xlabel(shortened(plane.names[0]))
        axes.set_ylabel(shortened(plane.names[1]))
        axes.set_title("Decision boundary, with the dev examples", loc="left")
        legend_above(axes)
    return figure
