"""dlrecipe resume RUN."""

from typing import Annotated

import typer

from dlrecipe.cli.options import RUNS_DIR, Json, Quiet, Run, RunsDir, Verbose


def resume(
    run: Run,
    epochs: Annotated[
        int | None, typer.Option(min=1, help="A new total number of epochs, to go on with a finished run.")
    ] = None,
    runs_dir: RunsDir = RUNS_DIR,
    json: Json = False,
    quiet: Quiet = False,
    verbose: Verbose = False,
) -> None:
    """Go on with an interrupted run, to the same end as if it had not been interrupted."""
    from dlrecipe.store.listing import find_run

    directory = find_run(runs_dir, run)
    from dlrecipe.cli.running import finish_run, terminal_display
    from dlrecipe.experiment.training_run import resume as resume_experiment

    result = resume_experiment(
        directory, runs_dir, terminal_display(quiet=quiet, verbose=verbose), epochs=epochs
    )
    raise typer.Exit(finish_run(result, json=json, quiet=quiet))
