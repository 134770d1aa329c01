"""Errors over one setting of several runs: λ, and the number of training examples."""

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING

from dlrecipe.diagnosis.intervals import proportion
from dlrecipe.errors import InputError
from dlrecipe.experiment.reading import read_config
from dlrecipe.reports.plots.curves import DASHES
from dlrecipe.reports.plots.style import BY_SPLIT, legend_above, log_scale, new_figure, styled
from dlrecipe.reports.subject import Subject
from dlrecipe.store.run_directory import RunDirectory

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure


def lambda_curve(subject: Subject) -> "Figure":
    """Draw train and dev error over λ, of the runs that differ from this one in λ alone."""
    runs = subject.alike_but_for("regularization.l2", "seed", "parent")
    return _over(
        subject,
        runs,
        lambda run: read_config(run).regularization.l2,
        "Error over λ",
        "λ (regularization.l2)",
        "differ from it in regularization.l2 alone: dlrecipe train CONFIG --set regularization.l2=0.1",
    )


def learning_curve(subject: Subject) -> "Figure":
    """Draw train and dev error over the number of training examples, of runs that differ in data alone."""
    runs = subject.alike_but_for("data", "seed", "checks", "parent")
    return _over(
        subject,
        runs,
        lambda run: float(run.record["data"]["n"]["train"]),
        "Error over training examples",
        "training examples",
        "differ from it in their training examples alone: dlrecipe train CONFIG --set data.split.train=0.3",
    )


def _over(
    subject: Subject,
    runs: Sequence[RunDirectory],
    place: Callable[[RunDirectory], float],
    title: str,
    label: str,
    needed: str,
) -> "Figure":
    """Draw the mean error at each place, the runs there as dots, and Wilson's interval of each dev error."""
    measured = [(place(run), run) for run in runs if (run.record.get("result") or {}).get("errors")]
    places = sorted({each for each, _ in measured})
    if len(places) < 2:
        raise InputError(
            f"the curve needs runs that {needed.partition(': ')[0]}",
            remedy=f"Make some, for example {needed.partition(': ')[2]}",
        )
    factor = 100 if subject.task == "classification" else 1
    figure, (axes,) = new_figure(3.4)
    with styled():
        for split in ("train", "dev"):
            points = [(x, run.record["result"]["errors"].get(split), run) for x, run in measured]
            dots = [(x, factor * error) for x, error, _ in points if error is not None]
            means = [_mean([y for x, y in dots if x == each]) for each in places]
            axes.plot(places, means, color=BY_SPLIT[split], linestyle=DASHES[split], label=split)
            axes.plot(*zip(*dots, strict=True), "o", color=BY_SPLIT[split], markersize=4)
            if split == "dev" and factor == 100:
                for x, error, run in points:
                    if error is not None:
                        low, high = (factor * end for end in _interval(run, error))
                        axes.plot([x, x], [low, high], color=BY_SPLIT[split], linewidth=4, alpha=0.25)
        _scale_x(axes, places)
        axes.set_ylim(bottom=0)
        axes.set_xlabel(label)
        axes.set_ylabel("error, % of examples" if factor == 100 else "error, 1 − R²")
        axes.set_title(title + (", dev with 95% intervals" if factor == 100 else ""), loc="left")
        legend_above(axes)
    return figure


def _scale_x(axes: "Axes", places: Sequence[float]) -> None:
    """Use a log scale where places span a decade; 0 keeps a place of its own at the left."""
    positive = [place for place in places if place > 0]
    if not positive or places[-1] / positive[0] < 10:
        return
    if places[0] > 0:
        log_scale(axes, axis="x")
    else:
        axes.set_xscale("symlog", linthresh=positive[0], linscale=0.5)
        axes.set_xticks(list(places), [f"{place:g}" for place in places])


def _interval(run: RunDirectory, error: float) -> tuple[float, float]:
    estimate = proportion(error, run.record["data"]["n"]["dev"])
    assert estimate.low is not None
    assert estimate.high is not None
    return estimate.low, estimate.high


def _mean(values: Sequence[float]) -> float:
    return sum(values) / len(values) if values else float("nan")
