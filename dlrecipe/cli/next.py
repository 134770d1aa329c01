"""dlrecipe next RUN."""

from pathlib import Path
from typing import Annotated

import typer

from dlrecipe.cli.options import RUNS_DIR, Json, Run, RunsDir, Set


def next_(
    run: Run,
    output: Annotated[
        Path | None, typer.Option("--output", "-o", help="The config to write; stdout otherwise.")
    ] = None,
    choice: Annotated[
        int | None,
        typer.Option(
            "--choice", help="The advice's number in `diagnose`; otherwise the first with a change."
        ),
    ] = None,
    set_: Set = None,
    force: Annotated[bool, typer.Option("--force", help="Overwrite the config if it exists.")] = False,
    runs_dir: RunsDir = RUNS_DIR,
    json: Json = False,
) -> None:
    """Write the config that follows a run's first advice. Comments and layout are kept."""
    from dlrecipe.experiment.successor import document_of, successor, write_successor
    from dlrecipe.reports.successor import successor_view
    from dlrecipe.reports.terminal import open_terminal, show
    from dlrecipe.store.listing import find_run

    stored, overrides = find_run(runs_dir, run), set_ or []
    if output is None:
        new = successor(stored, choice, overrides=overrides)
        if not json:
            open_terminal().say(successor_view(document_of(new, output)))
            typer.echo(new.text, nl=False)
            return
    else:
        new = write_successor(stored, output, force=force, choice=choice, overrides=overrides)
    show(document_of(new, output), successor_view, json=json)
