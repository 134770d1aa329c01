"""A run's report as one HTML document. Writes no file; `cli.report` does."""

from typing import Any

from jinja2 import Environment, PackageLoader, StrictUndefined

from dlrecipe import __version__
from dlrecipe.reports.html import sections
from dlrecipe.reports.html.comparison import compared
from dlrecipe.reports.html.pieces import Picture, Pictures, attempt
from dlrecipe.reports.plots.curves import cost_curve, error_curve
from dlrecipe.reports.subject import Subject
from dlrecipe.store.run_directory import RunDirectory


def report_html(subject: Subject) -> str:
    """Return the report of one run.

    Whatever is missing or damaged is said in its place; the rest is there all the same.
    """
    pictures = Pictures(subject)
    classes = subject.task == "classification"
    context: dict[str, Any] = {
        "run": subject.run,
        "name": subject.record.get("name", subject.run.id),
        "created": str(subject.record.get("created", ""))[:16].replace("T", " "),
        "facts": sections.facts(subject),
        "verdict": attempt(lambda: sections.verdict(subject)),
        "ladder": attempt(lambda: sections.ladder(subject)),
        "ladder_picture": pictures.draw("gaps", _LADDER),
        "curves": [
            pictures.draw("curves", "J on train and dev by epoch, penalties included.", draw=cost_curve),
            pictures.draw("curves", "Error on train and dev by epoch.", draw=error_curve),
        ],
        "epochs": attempt(lambda: sections.epochs(subject)),
        "layers": _layers(pictures),
        "is_classification": classes,
        "confusion": attempt(lambda: sections.confusion(subject)),
        "fit": pictures.draw("calibration", _CALIBRATION)
        if classes
        else pictures.draw("residuals", _RESIDUALS),
        "mistakes": attempt(lambda: sections.mistakes(subject)),
        "config": attempt(lambda: sections.config_changes(subject)),
        "data": attempt(lambda: sections.data_card(subject)),
        "data_findings": attempt(lambda: sections.data_findings(subject)),
        "environment": attempt(lambda: sections.environment(subject)),
        "version": __version__,
    }
    return _rendered("report.html.j2", context)


def comparison_html(runs: list[RunDirectory]) -> str:
    """Return the report of several runs side by side."""
    return _rendered("comparison.html.j2", {**compared(runs), "version": __version__})


def _layers(pictures: Pictures) -> list[Picture]:
    return [
        pictures.draw("gradients", "Norm of each layer's gradient. Far apart: it vanishes or explodes."),
        pictures.draw("activations", "Spread of each layer's activations on train."),
        pictures.draw("weights", "Norm of each layer's weights; penalties keep it down."),
        pictures.draw("first-layer", "The weights of the first layer."),
    ]


def _rendered(template: str, context: dict[str, Any]) -> str:
    # StrictUndefined: a name that is not there is a fault of ours, not a gap in the page.
    environment = Environment(
        loader=PackageLoader("dlrecipe.reports.html"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    return environment.get_template(template).render(context)


_LADDER = (
    "The errors from the Bayes error down to dev and test, each with its 95% interval, and the gaps between."
)
_CALIBRATION = "How often the answer is right, by the probability that the network gives it, on dev."
_RESIDUALS = "Predicted beside true values on dev."
