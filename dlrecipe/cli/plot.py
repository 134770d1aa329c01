"""dlrecipe plot RUN KIND -o FILE."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from dlrecipe.cli.completion import run_ids, runs_and_studies
from dlrecipe.cli.options import RUNS_DIR, Json, RunsDir
from dlrecipe.errors import InputError
from dlrecipe.reports.plots.kinds import KINDS

if TYPE_CHECKING:
    from matplotlib.figure import Figure

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
    """Draw a picture of a run, a sweep or a learning curve. Without -o to KIND.svg in this folder."""
    from rich.text import Text

    from dlrecipe.reports.plots.files import figure_bytes, format_of
    from dlrecipe.reports.terminal import show
    from dlrecipe.store.output_files import write_output

    if kind not in KINDS:
        raise InputError(f"unknown kind {kind!r}", where="plot", remedy=f"Choices: {', '.join(KINDS)}.")
    path = output or Path(f"{kind}.svg")
    form = format_of(path)
    figure, named = _drawn(run, kind, beside or [], runs_dir)
    write_output(path, figure_bytes(figure, form, title=f"{KINDS[kind].shows}, {next(iter(named.values()))}"))
    show(
        {"schema_version": 1, **named, "kind": kind, "path": str(path)},
        lambda document: Text(str(document["path"])),
        json=json,
    )


def _drawn(reference: str, kind: str, beside: list[str], runs_dir: Path) -> "tuple[Figure, dict[str, str]]":
    """Return the picture of a run or a study, and the id that it is of, under its name in the JSON."""
    from dlrecipe.reports.plots.files import study_figure
    from dlrecipe.reports.subject import Subject
    from dlrecipe.store.listing import find_run
    from dlrecipe.studies.stored import find_study

    study = find_study(runs_dir, reference)
    if study is not None:
        if beside:
            raise InputError("a study has its runs", where="--with", remedy="Leave it out.")
        return study_figure(study, runs_dir, kind), {"study_id": study.name}
    others = [find_run(runs_dir, name) for name in beside]
    subject = Subject(find_run(runs_dir, reference), runs_dir, others)
    return KINDS[kind].draw(subject), {"run_id": subject.run.id}
