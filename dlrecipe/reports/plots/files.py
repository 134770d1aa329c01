"""A figure as bytes: SVG, PNG or PDF, the same bytes for the same figure. Writes no file."""

import io
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from dlrecipe.errors import InputError
from dlrecipe.reports.plots.style import styled

if TYPE_CHECKING:
    from matplotlib.figure import Figure

FORMATS: Mapping[str, Mapping[str, Any]] = {
    "svg": {"metadata": {"Date": None, "Creator": "dlrecipe"}},
    "png": {"dpi": 200, "metadata": {"Software": "dlrecipe"}},
    "pdf": {"metadata": {"CreationDate": None, "Creator": "dlrecipe"}},
}


def format_of(path: Path) -> str:
    """Return the format that a file's name asks for.

    Raises:
        InputError: it ends in none of svg, png, pdf.
    """
    ending = path.suffix.lower().removeprefix(".")
    if ending not in FORMATS:
        raise InputError(
            f"a picture cannot be written as {path.suffix or 'a file without an ending'}",
            where=str(path),
            remedy=f"Choices: {', '.join(FORMATS)}, by the end of the file's name.",
        )
    return ending


def study_figure(study: Path, runs_dir: Path, kind: str) -> "Figure":
    """Return a picture of a study, drawn with matplotlib.

    Raises:
        InputError: the study is damaged, or has no such picture.
    """
    from dlrecipe.reports.plots.figure import figure_of
    from dlrecipe.reports.plots.study_charts import study_chart
    from dlrecipe.studies.stored import read_study, unlike_a_study

    stored = read_study(study, runs_dir)
    try:
        return figure_of([study_chart(stored, kind)])
    except (KeyError, TypeError, ValueError) as error:
        raise unlike_a_study(study, error) from error


def figure_bytes(figure: "Figure", form: str, *, title: str) -> bytes:
    """Return a figure in one of FORMATS.

    Args:
        title: what a viewer calls the document.
    """
    options = dict(FORMATS[form])
    options["metadata"] = {**options["metadata"], "Title": title}
    out = io.BytesIO()
    with styled():
        figure.savefig(out, format=form, **options)
    return out.getvalue()
