"""Errors over one setting of several runs: λ, and the number of training examples."""

from collections.abc import Callable, Sequence

from dlrecipe.diagnosis.intervals import proportion
from dlrecipe.errors import InputError
from dlrecipe.experiment.reading import read_config
from dlrecipe.reports.plots.chart import Chart, Dots, Line, Shape
from dlrecipe.reports.plots.curves import DASHES
from dlrecipe.reports.plots.settings import error_axis, error_scale, placed
from dlrecipe.reports.plots.style import BY_SPLIT
from dlrecipe.reports.subject import Subject
from dlrecipe.store.run_directory import RunDirectory


def lambda_curve(subject: Subject) -> Chart:
    """Draw train and dev error over λ, of the runs that differ from this one in λ alone."""
    runs = subject.alike_but_for("regularization.l2", "seed", "parent")
    return _over(
        subject,
        runs,
        lambda run: read_config(run).regularization.l2,
        "Error over λ",
        "λ (regularization.l2)",
        "regularization.l2",
        "regularization.l2=0.1",
    )


def learning_curve(subject: Subject) -> Chart:
    """Draw train and dev error over the number of training examples, of runs that differ in data alone."""
    runs = subject.alike_but_for("data", "seed", "checks", "parent")
    return _over(
        subject,
        runs,
        lambda run: float(run.record["data"]["n"]["train"]),
        "Error over training examples",
        "training examples",
        "their training examples",
        "data.split.train=0.3",
    )


def _over(
    subject: Subject,
    runs: Sequence[RunDirectory],
    place: Callable[[RunDirectory], float],
    title: str,
    label: str,
    what: str,
    example: str,
) -> Chart:
    """Draw the mean error at each place, the runs there as dots, and Wilson's interval of each dev error.

    Args:
        place: where a run lies.
        what: the runs differ in, and `example` a setting that makes another one; said where they are few.
    """
    measured = [(place(run), run) for run in runs if (run.record.get("result") or {}).get("errors")]
    places = sorted({each for each, _ in measured})
    if len(places) < 2:
        raise InputError(
            f"the curve needs runs that differ from it in {what} alone",
            remedy=f"Make some, for example dlrecipe train CONFIG --set {example}",
        )
    factor = error_scale(subject.task)
    axis, at = placed(places, label)
    shapes: list[Shape] = []
    for split in ("train", "dev"):
        points = [(x, run.record["result"]["errors"].get(split), run) for x, run in measured]
        dots = [(x, factor * error) for x, error, _ in points if error is not None]
        means = [_mean([y for x, y in dots if x == each]) for each in places]
        colour = BY_SPLIT[split]
        if split == "dev" and factor == 100:
            for x, error, run in points:
                if error is not None:
                    ends = [factor * end for end in _interval(run, error)]
                    shapes.append(Line([at(x), at(x)], ends, colour, width=4, opacity=0.25))
        shapes.append(Line([at(x) for x in places], means, colour, split, DASHES[split]))
        shapes.append(Dots([at(x) for x, _ in dots], [y for _, y in dots], colour))
    title += ", with 95% intervals" if factor == 100 else ""
    return Chart(title, axis, error_axis(subject.task), shapes, height=3.4)


def _interval(run: RunDirectory, error: float) -> tuple[float, float]:
    estimate = proportion(error, run.record["data"]["n"]["dev"])
    assert estimate.low is not None
    assert estimate.high is not None
    return estimate.low, estimate.high


def _mean(values: Sequence[float]) -> float:
    return sum(values) / len(values) if values else float("nan")
