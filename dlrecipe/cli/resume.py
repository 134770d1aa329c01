"""dlrecipe resume RUN."""

from typing import Annotated

import typer

from dlrecipe.cli.options import RUNS_DIR, Json, Quiet, Run, RunsDir, Set, Verbose


def resume(
    run: Run,
    epochs: Annotated[
        int | None, typer.Option(min=1, help="A new total number of epochs, to go on with a finished run.")
    ] = None,
    set_: Set = None,
    runs_dir: RunsDir = RUNS_DIR,
    json: Json = False,
    quiet: Quiet = False,
    verbose: Verbose = False,
) -> None:
    """Go on with an interrupted run. It comes to the same end as if it had not been interrupted.

    One that has ended goes on if given longer: --epochs, or --set early_stopping.patience=….
    """
    from dlrecipe.store.listing import find_run

    directory = find_run(runs_dir, run)
    from dlrecipe.cli.running import finish_run, terminal_display
    from dlrecipe.experiment.training_run import resume as resume_experiment

    overrides = [*(set_ or []), *([] if epochs is None else [f"training.epochs={epochs}"])]
    display = terminal_display(quiet=quiet, verbose=verbose)
    result = resume_experiment(directory, runs_dir, display, overrides=overrides)
    raise typer.Exit(finish_run(result, json=json, quiet=quiet))
