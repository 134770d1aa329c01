"""dlrecipe report RUN…."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from dlrecipe.cli.completion import run_ids
from dlrecipe.cli.options import RUNS_DIR, Json, RunsDir
from dlrecipe.errors import InputError

if TYPE_CHECKING:
    pass


def report(
    runs: Annotated[
        list[str],
        typer.Argument(
            metavar="RUN…", help="A run; with more, a page that compares them.", autocompletion=run_ids
        ),
    ],
    output: Annotated[
        Path | None,
        typer.Option("--output", "-o", metavar="FILE", help="Instead of report.html beside the run's files."),
    ] = None,
    runs_dir: RunsDir = RUNS_DIR,
    json: Json = False,
) -> None:
    """Write a run as one HTML file to send to a colleague: verdict, curves, mistakes, data, config."""
    from rich.text import Text

    from dlrecipe.reports.html.document import comparison_html, report_html
    from dlrecipe.reports.output import write_output
    from dlrecipe.reports.subject import Subject
    from dlrecipe.reports.terminal import show
    from dlrecipe.store.listing import find_run

    found = [find_run(runs_dir, run) for run in runs]
    if len(found) > 1 and output is None:
        raise InputError("a comparison belongs to no single run", remedy="Say where it goes: -o compare.html")
    html = report_html(Subject(found[0], runs_dir)) if len(found) == 1 else comparison_html(found)
    if output is None:
        found[0].write_text("report.html", html)
        output = found[0].path / "report.html"
    else:
        write_output(output, html.encode())
    show(
        {"schema_version": 1, "run_ids": [run.id for run in found], "path": str(output)},
        lambda document: Text(str(document["path"])),
        json=json,
    )
