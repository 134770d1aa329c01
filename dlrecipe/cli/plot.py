"""dlrecipe plot RUN KIND -o FILE."""

from pathlib import Path
from typing import Annotated

import typer

from dlrecipe.cli.completion import run_ids, runs_and_studies
from dlrecipe.cli.options import RUNS_DIR, Json, RunsDir
from dlrecipe.errors import InputError
from dlrecipe.reports.plots.kinds import KINDS

_KINDS = "; ".join(f"{name}: {kind.shows}" for name, kind in KINDS.items())


def _kinds(incomplete: str) -> list[str]:
    return [kind for kind in KINDS if kind.startswith(incomplete)]


def plot(
    run: Annotated[
        str,
        typer.Argument(
            metavar="RUN",
            help="A run, or a sweep's or learning curve's id or folder.",
            autocompletion=runs_and_studies,
        ),
    ],
    kind: Annotated[str, typer.Argument(metavar="KIND", help=f"{_KINDS}.", autocompletion=_kinds)],
    output: Annotated[
        Path | None, typer.Option("--output", "-o", metavar="FILE", help="A .svg, .png or .pdf.")
    ] = None,
    beside: Annotated[
        list[str] | None,
        typer.Option(
            "--with",
            metavar="RUN",
            help="Another run, for lambda and learning-curve; repeatable.",
            autocompletion=run_ids,
        ),
    ] = None,
    runs_dir: RunsDir = RUNS_DIR,
    json: Json = False,
) -> None:
    """Draw a picture of a run, a sweep or a learning curve; without -o to KIND.svg in this folder."""
    from rich.text import Text

    from dlrecipe.reports.plots.files import figure_bytes, format_of, study_figure
    from dlrecipe.reports.subject import Subject
    from dlrecipe.reports.terminal import show
    from dlrecipe.store.listing import find_run
    from dlrecipe.store.output_files import write_output
    from dlrecipe.studies.stored import find_study

    if kind not in KINDS:
        raise InputError(f"unknown kind {kind!r}", where="plot", remedy=f"Choices: {', '.join(KINDS)}.")
    path = output or Path(f"{kind}.svg")
    form = format_of(path)
    study = find_study(runs_dir, run)
    if study is not None:
        if beside:
            raise InputError("a study has its runs", where="--with", remedy="Leave it out.")
        named, figure = {"study_id": study.name}, study_figure(study, runs_dir, kind)
    else:
        others = [find_run(runs_dir, name) for name in beside or ()]
        subject = Subject(find_run(runs_dir, run), runs_dir, others)
        named, figure = {"run_id": subject.run.id}, KINDS[kind].draw(subject)
    write_output(path, figure_bytes(figure, form, title=f"{KINDS[kind].shows}, {next(iter(named.values()))}"))
    show(
        {"schema_version": 1, **named, "kind": kind, "path": str(path)},
        lambda document: Text(str(document["path"])),
        json=json,
    )
