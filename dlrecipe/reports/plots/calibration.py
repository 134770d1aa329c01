"""How sure the network is beside how often it is right; for numbers, predicted beside true."""

from typing import TYPE_CHECKING

from dlrecipe.errors import InputError
from dlrecipe.experiment.error_analysis import ErrorAnalysis
from dlrecipe.reports.plots.style import DEV, MUTED, TRAIN, legend_above, new_figure, shortened, styled
from dlrecipe.reports.subject import Subject

if TYPE_CHECKING:
    from matplotlib.figure import Figure


def calibration(subject: Subject) -> "Figure":
    """Draw the reliability curve of dev; a point's area is the number of examples that it stands for."""
    found = subject.mistakes.calibration
    if found is None:
        raise InputError("calibration is of probabilities, and the target is numbers")
    figure, (axes,) = new_figure(3.3, left=0.55)
    with styled():
        axes.plot(
            [0, 1], [0, 1], color=MUTED, linewidth=1, linestyle=(0, (2, 2)), label="perfectly calibrated"
        )
        x, y = [each.confidence for each in found.bins], [each.accuracy for each in found.bins]
        axes.plot(x, y, color=DEV, linewidth=1.4, label=f"dev, ECE {100 * found.ece:.2g} points")
        total = sum(each.n for each in found.bins)
        axes.scatter(x, y, s=[18 + 240 * each.n / total for each in found.bins], color=DEV, alpha=0.75)
        axes.set_xlabel("probability of the answer")
        axes.set_ylabel("part that is right")
        axes.set_ylim(-0.03, 1.06)
        axes.set_title("Calibration (a dot's area: its examples)", loc="left")
        legend_above(axes, columns=2)
    return figure


def residuals(subject: Subject) -> "Figure":
    """Draw predicted beside true values of dev, and the line where they are equal."""
    found: ErrorAnalysis = subject.mistakes
    if found.residuals is None:
        raise InputError("residuals are of numbers, and the target is classes")
    truth, answer = found.residuals.truth[:, 0], found.residuals.answer[:, 0]
    figure, (axes,) = new_figure(3.8)
    with styled():
        ends = [float(min(truth.min(), answer.min())), float(max(truth.max(), answer.max()))]
        axes.scatter(
            truth,
            answer,
            s=9,
            color=DEV,
            alpha=0.5,
            linewidths=0,
            label="dev examples",
        )
        axes.plot(ends, ends, color=TRAIN, linewidth=1.2, linestyle="--", label="predicted = true")
        name = shortened(found.residuals.names[0])
        axes.set_xlabel(f"true {name}")
        axes.set_ylabel(f"predicted {name}")
        axes.set_title("Predicted beside true, on dev", loc="left")
        legend_above(axes, columns=2)
    return figure
