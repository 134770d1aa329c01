"""dlrecipe plot RUN KIND -o FILE."""

from pathlib import Path
from typing import Annotated

import typer

from dlrecipe.cli.options import RUNS_DIR, Run, RunsDir
from dlrecipe.errors import InputError
from dlrecipe.reports.plots.kinds import KINDS

_KINDS = "; ".join(f"{name}: {kind.shows}" for name, kind in KINDS.items())


def plot(
    run: Run,
    kind: Annotated[str, typer.Argument(metavar="KIND", help=f"{_KINDS}.")],
    output: Annotated[
        Path | None, typer.Option("--output", "-o", metavar="FILE", help="A .svg, .png or .pdf.")
    ] = None,
    beside: Annotated[
        list[str] | None,
        typer.Option("--with", metavar="RUN", help="Another run, for lambda and learning-curve; repeatable."),
    ] = None,
    runs_dir: RunsDir = RUNS_DIR,
) -> None:
    """Draw a picture of a run. Without -o it goes to KIND.svg in this folder."""
    from dlrecipe.reports.output import write_output
    from dlrecipe.reports.plots.files import figure_bytes, format_of
    from dlrecipe.reports.subject import Subject
    from dlrecipe.store.listing import find_run

    if kind not in KINDS:
        raise InputError(f"unknown kind {kind!r}", where="plot", remedy=f"Choices: {', '.join(KINDS)}.")
    path = output or Path(f"{kind}.svg")
    form = format_of(path)
    others = [find_run(runs_dir, name) for name in beside or ()]
    subject = Subject(find_run(runs_dir, run), runs_dir, others)
    data = figure_bytes(KINDS[kind].draw(subject), form, title=f"{KINDS[kind].shows}, {subject.run.id}")
    write_output(path, data)
    typer.echo(path)
