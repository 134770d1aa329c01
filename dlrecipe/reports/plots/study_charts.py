"""Studies as charts: a sweep's errors by what was varied, a learning curve with its fit, a recipe's path."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from dlrecipe.errors import InputError
from dlrecipe.reports.plots.chart import Axis, Chart, Dots, Line, Shape
from dlrecipe.reports.plots.curves import DASHES
from dlrecipe.reports.plots.studies import placed
from dlrecipe.reports.plots.style import BY_SPLIT, DEV, MUTED, shortened
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
            return sweep_chart(document, LAMBDA)
        raise InputError("no trial of the sweep is done", where=where)
    what = f"a {stored.kind.replace('-', ' ')} has no such picture"
    if kind == "lambda" and stored.kind == SWEEP:
        what = f"the sweep varied {', '.join(document['keys'])}, and not {LAMBDA}"
    raise InputError(what, where=where, remedy="dlrecipe report STUDY shows all that it has.")


def error_axis(task: str) -> Axis:
    """Return the axis of errors, from 0 up."""
    return Axis("error, % of examples" if task == "classification" else "error, 1 − R²", 0.0)


def sweep_chart(document: Document, key: str) -> Chart:
    """Draw the mean errors over one key that was varied, joined and with intervals if it was the only one."""
    points = [point for point in document["points"] if point["dev"]]
    scale = 100 if document["task"] == "classification" else 1
    axis, at = _axis(key, [point["values"][key] for point in points])
    points.sort(key=lambda point: at(point["values"][key]))
    alone = len(document["keys"]) == 1
    shapes: list[Shape] = []
    for split in ("train", "dev"):
        x = [at(point["values"][key]) for point in points]
        y = [scale * point[split]["mean"] for point in points]
        colour = BY_SPLIT[split]
        if alone:
            shapes += _intervals(x, [point[split] for point in points], scale, colour)
            shapes.append(Line(x, y, colour, split, DASHES[split]))
        shapes.append(Dots(x, y, colour, "" if alone else split, opacity=1.0 if alone else 0.7))
    title = f"Error over {shortened(key, 34)}" + (", with 95% intervals" if alone else "")
    return Chart(title, axis, error_axis(document["task"]), shapes, height=3.2)


def curve_chart(document: Document) -> Chart:
    """Draw the errors by training examples, and how dev error is expected to go on (90%)."""
    scale = 100 if document["task"] == "classification" else 1
    shapes: list[Shape] = []
    for split in ("train", "dev"):
        points = [point for point in document["points"] if point[split]]
        x = [float(point["n"]) for point in points]
        colour = BY_SPLIT[split]
        shapes += _intervals(x, [point[split] for point in points], scale, colour)
        y = [scale * point[split]["mean"] for point in points]
        shapes += [Line(x, y, colour, split, DASHES[split]), Dots(x, y, colour)]
    drawn = document["drawn"]
    if drawn:
        x = [float(each["n"]) for each in drawn]
        shapes.append(Line(x, [scale * each["error"] for each in drawn], DEV, "expected dev", "dashdot"))
        for end, label in (("low", "90% of it"), ("high", "")):
            shapes.append(Line(x, [scale * each[end] for each in drawn], DEV, label, "dotted", width=1.0))
    sizes = [float(point["n"]) for point in document["points"]] + [float(each["n"]) for each in drawn]
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
    scale = 100 if document["task"] == "classification" else 1
    numbers = {entry["trial"]: number for number, entry in enumerate(document["entries"], start=1)}
    tried = [entry for entry in document["entries"] if entry["errors"]]
    path = [entry for entry in path_of(document) if entry["errors"]]
    shapes: list[Shape] = []
    for split in ("train", "dev"):
        colour = BY_SPLIT[split]
        for entries, is_path in ((tried, False), (path, True)):
            x = [float(numbers[entry["trial"]]) for entry in entries]
            y = [scale * entry["errors"].get(split, float("nan")) for entry in entries]
            if is_path:
                shapes += [Line(x, y, colour, f"{split}, best path", DASHES[split]), Dots(x, y, colour)]
            else:
                shapes.append(Dots(x, y, colour, f"{split}, tried", opacity=0.35))
    shapes += _target(document, [0.5, len(numbers) + 0.5], scale)
    axis = Axis("run, in the order of the lab book", 0.5, len(numbers) + 0.5)
    return Chart("Error by run", axis, error_axis(document["task"]), shapes, height=3.2)


def _target(document: Document, x: Sequence[float], scale: float) -> list[Shape]:
    target = document["target_error"]
    if target is None:
        return []
    return [Line([min(x), max(x)], [scale * target] * 2, MUTED, "target", "dotted", width=1.2)]


def _intervals(x: Sequence[float], figures: Sequence[Document], scale: float, colour: str) -> list[Shape]:
    return [
        Line([place, place], [scale * figure["low"], scale * figure["high"]], colour, width=4, opacity=0.25)
        for place, figure in zip(x, figures, strict=True)
        if figure["low"] is not None
    ]


def _axis(key: str, values: Sequence[str]) -> tuple[Axis, Callable[[str], float]]:
    """Return the axis of a key's values, as they were written, and where each lies on it."""
    try:
        numbers = [float(value) for value in values]
    except ValueError:
        names = list(dict.fromkeys(values))
        ticks = [(float(place), shortened(name, 14)) for place, name in enumerate(names)]
        return Axis(key, -0.5, len(names) - 0.5, ticks=ticks), lambda value: float(names.index(value))
    axis, at = placed(numbers, key)
    return axis, lambda value: at(float(value))
