"""How sure the network is beside how often it is right; for numbers, predicted beside true."""

from dlrecipe.errors import InputError
from dlrecipe.reports.plots.chart import Axis, Chart, Dots, Line, Shape
from dlrecipe.reports.plots.style import DEV, MUTED, TRAIN, shortened
from dlrecipe.reports.subject import Subject


def calibration(subject: Subject) -> Chart:
    """Draw the reliability curve of dev; a point's area is the number of examples that it stands for."""
    found = subject.mistakes.calibration
    if found is None:
        raise InputError("calibration is of probabilities, and the target is numbers")
    x, y = [each.confidence for each in found.bins], [each.accuracy for each in found.bins]
    total = sum(each.n for each in found.bins)
    areas = [18 + 240 * each.n / total for each in found.bins]
    shapes: list[Shape] = [
        Line([0, 1], [0, 1], MUTED, "perfectly calibrated", "dotted", width=1),
        Line(x, y, DEV, f"dev, ECE {100 * found.ece:.2g} points", width=1.4),
        Dots(x, y, DEV, areas=areas, opacity=0.75),
    ]
    return Chart(
        "Calibration (a dot's area: its examples)",
        Axis("probability of the answer", -0.03, 1.06),
        Axis("part that is right", -0.03, 1.06),
        shapes,
        height=3.3,
    )


def residuals(subject: Subject) -> Chart:
    """Draw predicted beside true values of dev, and the line where they are equal."""
    found = subject.mistakes.residuals
    if found is None:
        raise InputError("residuals are of numbers, and the target is classes")
    truth, answer = found.truth[:, 0].tolist(), found.answer[:, 0].tolist()
    ends = [min(*truth, *answer), max(*truth, *answer)]
    name = shortened(found.names[0])
    shapes: list[Shape] = [
        Dots(truth, answer, DEV, "dev examples", areas=[9.0] * len(truth), opacity=0.5),
        Line(ends, ends, TRAIN, "predicted = true", "dashed", width=1.2),
    ]
    axes = Axis(f"true {name}"), Axis(f"predicted {name}")
    return Chart("Predicted beside true, on dev", *axes, shapes, height=3.8)
