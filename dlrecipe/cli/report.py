"""dlrecipe report RUN…."""

from pathlib import Path
from typing import Annotated

import typer

from dlrecipe.cli.completion import runs_and_studies
from dlrecipe.cli.options import RUNS_DIR, Json, RunsDir
from dlrecipe.errors import InputError

PAGE = "report.html"


def report(
    runs: Annotated[
        list[str],
        typer.Argument(
            metavar="RUN…",
            help="A run, or a study's id or folder; with more runs, a page that compares them.",
            autocompletion=runs_and_studies,
        ),
    ],
    output: Annotated[
        Path | None,
        typer.Option("--output", "-o", metavar="FILE", help="Instead of report.html beside the run's files."),
    ] = None,
    runs_dir: RunsDir = RUNS_DIR,
    json: Json = False,
) -> None:
    """Write a run or a study as one HTML file. To send to a colleague: verdict, curves, tables, config."""
    from rich.text import Text

    from dlrecipe.reports.html.document import comparison_html, report_html, study_html
    from dlrecipe.reports.subject import Subject
    from dlrecipe.reports.terminal import show
    from dlrecipe.store.atomic import write_text
    from dlrecipe.store.listing import find_run
    from dlrecipe.store.output_files import write_output
    from dlrecipe.studies.stored import find_study, read_study

    study = find_study(runs_dir, runs[0]) if len(runs) == 1 else None
    found = [] if study is not None else [find_run(runs_dir, run) for run in runs]
    if len(found) > 1 and output is None:
        raise InputError("a comparison belongs to no single run", remedy="Say where it goes: -o compare.html")
    named: dict[str, object] = {"run_ids": [run.id for run in found]}
    if study is not None:
        page = study_html(read_study(study, runs_dir))
        named = {"study_id": study.name}
    else:
        page = report_html(Subject(found[0], runs_dir)) if len(found) == 1 else comparison_html(found)
    if output is not None:
        write_output(output, page.encode())
    elif study is not None:
        output = study / PAGE
        write_text(output, page)
    else:
        found[0].write_text(PAGE, page)
        output = found[0].path / PAGE
    show(
        {"schema_version": 1, **named, "path": str(output)},
        lambda document: Text(str(document["path"])),
        json=json,
    )
