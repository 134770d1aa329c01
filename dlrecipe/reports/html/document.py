"""A run's report as one HTML document. Writes no file; `cli.report` does."""

from typing import Any

from jinja2 import Environment, PackageLoader, StrictUndefined

from dlrecipe import __version__
from dlrecipe.reports.html import sections
from dlrecipe.reports.html.comparison import compared
from dlrecipe.reports.html.figures import sheet_svg
from dlrecipe.reports.html.pieces import Picture, attempt, drawn
from dlrecipe.reports.html.study_pages import page_of
from dlrecipe.reports.plots.calibration import calibration, residuals
from dlrecipe.reports.plots.curves import cost_curve, error_curve
from dlrecipe.reports.plots.first_layer import sheet
from dlrecipe.reports.plots.gaps import gaps
from dlrecipe.reports.plots.layers import activations, gradients, weights
from dlrecipe.reports.subject import Subject
from dlrecipe.store.run_directory import RunDirectory
from dlrecipe.studies.stored import StoredStudy, unlike_a_study


def report_html(subject: Subject) -> str:
    """Return the report of one run.

    Whatever is missing or damaged is said in its place; the rest is there all the same.
    """
    classes = subject.task == "classification"
    context: dict[str, Any] = {
        "run": subject.run,
        "name": subject.record.get("name", subject.run.id),
        "created": str(subject.record.get("created", ""))[:16].replace("T", " "),
        "facts": sections.facts(subject),
        "verdict": attempt(lambda: sections.verdict(subject)),
        "ladder": attempt(lambda: sections.ladder(subject)),
        "ladder_picture": drawn(lambda: gaps(subject), _LADDER, "ladder"),
        "curves": [
            drawn(lambda: cost_curve(subject), "J on train and dev by epoch, penalties included.", "cost"),
            drawn(lambda: error_curve(subject), "Error on train and dev by epoch.", "error"),
        ],
        "layers": _layers(subject),
        "epochs": attempt(lambda: sections.epochs(subject)),
        "is_classification": classes,
        "confusion": attempt(lambda: sections.confusion(subject)),
        "fit": drawn(lambda: calibration(subject), _CALIBRATION, "fit")
        if classes
        else drawn(lambda: residuals(subject), _RESIDUALS, "fit"),
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


def study_html(stored: StoredStudy) -> str:
    """Return the report of a study.

    Raises:
        InputError: its files do not say what a study's say.
    """
    try:
        return _rendered(
            "study.html.j2",
            {
                "page": page_of(stored),
                "study_id": stored.study.id,
                "created": str(stored.study.record.get("created", ""))[:16].replace("T", " "),
                "version": __version__,
            },
        )
    except (KeyError, TypeError, ValueError, AttributeError) as error:
        raise unlike_a_study(stored.study.path, error) from error


def _layers(subject: Subject) -> list[Picture]:
    first = "The weights of the first layer."
    found = attempt(lambda: sheet_svg(sheet(subject), first, "first"))
    return [
        drawn(lambda: gradients(subject), _GRADIENTS, "gradients"),
        drawn(lambda: activations(subject), "Spread of each layer's activations on train.", "activations"),
        drawn(lambda: weights(subject), "Norm of each layer's weights; penalties keep it down.", "weights"),
        Picture(found.value, first, found.missing),
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
_GRADIENTS = "Norm of each layer's gradient. Far apart: it vanishes or explodes."
_CALIBRATION = "How often the answer is right, by the probability that the network gives it, on dev."
_RESIDUALS = "Predicted beside true values on dev."
