"""Studies as charts: a sweep's errors by what was varied, a learning curve with its fit, a recipe's path."""

from collections.abc import Mapping, Sequence
from typing import Any

from dlrecipe.errors import InputError
from dlrecipe.reports.plots.chart import Axis, Chart, Dots, Line, Shape
from dlrecipe.reports.plots.curves import DASHES
from dlrecipe.reports.plots.settings import cut_off, error_axis, error_scale, intervals, within
from dlrecipe.reports.plots.style import BY_SPLIT, DEV, MUTED
from dlrecipe.reports.plots.sweep_chart import sweep_chart, varied_by
from dlrecipe.studies.stored import LEARNING_CURVE, SWEEP, StoredStudy

Document = Mapping[str, Any]
LAMBDA = "regularization.l2"
OF_STUDIES = ("lambda", "learning-curve")
"""Kinds of pictures that are of a study as well as of runs."""


def study_chart(stored: StoredStudy, kind: str) -> Chart:
    """Return the picture of a study that goes by the name of a kind of pictures.

    Raises:
        InputError: the study has none of that kind.
    """
    document, where = stored.document, str(stored.study.path)
    if kind not in OF_STUDIES:
        raise InputError(
            f"{kind} is of a run", where=where, remedy=f"Of a study there are {' and '.join(OF_STUDIES)}."
        )
    if kind == LEARNING_CURVE and stored.kind == LEARNING_CURVE:
        return curve_chart(document)
    if kind == "lambda" and stored.kind == SWEEP and LAMBDA in document["keys"]:
        if any(point["dev"] for point in document["points"]):
            (axis,) = (axis for axis in varied_by(stored) if axis.key == LAMBDA)
            return sweep_chart(document, axis)
        raise InputError("no trial of the sweep is done", where=where)
    what = f"a {stored.kind.replace('-', ' ')} has no such picture"
    if kind == "lambda" and stored.kind == SWEEP:
        what = f"the sweep varied {', '.join(document['keys'])}, and not {LAMBDA}"
    raise InputError(what, where=where, remedy="dlrecipe report STUDY shows all that it has.")


def curve_chart(document: Document) -> Chart:
    """Draw the errors by training examples, and how dev error is expected to go on (90%)."""
    scale = error_scale(document["task"])
    sizes = [float(point["n"]) for point in document["points"]]
    shapes: list[Shape] = [*intervals(sizes, document["points"], scale)]
    for split in ("train", "dev"):
        points = [point for point in document["points"] if point[split]]
        x = [float(point["n"]) for point in points]
        colour = BY_SPLIT[split]
        y = [scale * point[split]["mean"] for point in points]
        shapes += [Line(x, y, colour, split, DASHES[split]), Dots(x, y, colour)]
    drawn = document["drawn"]
    if drawn:
        x = [float(each["n"]) for each in drawn]
        shapes.append(Line(x, [scale * each["error"] for each in drawn], DEV, "expected dev", "dashdot"))
        for end, label in (("low", "90% of it"), ("high", "")):
            shapes.append(Line(x, [scale * each[end] for each in drawn], DEV, label, "dotted", width=1.0))
    sizes += [float(each["n"]) for each in drawn]
    shapes += _target(document, sizes, scale)
    axis = Axis("training examples", log=max(sizes) / min(sizes) > 4)
    return Chart("Error over training examples", axis, error_axis(document["task"]), shapes, height=3.4)


def path_of(document: Document) -> list[Mapping[str, Any]]:
    """Return the runs from a recipe's start to its best, each made from the one before."""
    by_trial = {entry["trial"]: entry for entry in document["entries"]}
    best = document["best"]
    name = best["trial"] if best is not None else None
    path: list[Mapping[str, Any]] = []
    while name in by_trial and len(path) < len(by_trial):
        path.append(by_trial[name])
        name = by_trial[name]["base"]
    return path[::-1]


def recipe_chart(document: Document) -> Chart:
    """Draw every run of a recipe in its order, and the path from the start to the best as lines."""
    scale = error_scale(document["task"])
    numbers = {entry["trial"]: number for number, entry in enumerate(document["entries"], start=1)}
    tried = [entry for entry in document["entries"] if entry["errors"]]
    path = [entry for entry in path_of(document) if entry["errors"]]
    drawn, needed = (
        [scale * error for entry in entries for error in entry["errors"].values()]
        for entries in (tried, path)
    )
    errors = cut_off(error_axis(document["task"]), drawn, max(needed, default=0.0))
    shapes: list[Shape] = []
    for split in ("train", "dev"):
        colour = BY_SPLIT[split]
        for entries, is_path in ((tried, False), (path, True)):
            x = [float(numbers[entry["trial"]]) for entry in entries]
            y = within(errors, [scale * entry["errors"].get(split, float("nan")) for entry in entries])
            if is_path:
                shapes += [Line(x, y, colour, f"{split}, best path", DASHES[split]), Dots(x, y, colour)]
            else:
                shapes.append(Dots(x, y, colour, f"{split}, tried", opacity=0.35))
    shapes += _target(document, [0.5, len(numbers) + 0.5], scale)
    axis = Axis("run, in the order of the lab book", 0.5, len(numbers) + 0.5)
    return Chart("Error by run", axis, errors, shapes, height=3.2)


def _target(document: Document, x: Sequence[float], scale: float) -> list[Shape]:
    target = document["target_error"]
    if target is None:
        return []
    return [Line([min(x), max(x)], [scale * target] * 2, MUTED, "target", "dotted", width=1.2)]
