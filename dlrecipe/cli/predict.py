"""dlrecipe predict RUN DATA."""

from pathlib import Path
from typing import Annotated

import typer

from dlrecipe.cli.options import RUNS_DIR, Json, Run, RunsDir


def predict(
    run: Run,
    data: Annotated[
        Path, typer.Argument(metavar="DATA", help="Rows like those of training, without target; or images.")
    ],
    output: Annotated[
        Path | None, typer.Option("--output", "-o", help="Write the CSV here instead of to stdout.")
    ] = None,
    runs_dir: RunsDir = RUNS_DIR,
    json: Json = False,
) -> None:
    """Predict with a run's kept weights. Gives a CSV with labels and probabilities, or with numbers."""
    from dlrecipe.experiment.evaluation import predict as predict_rows
    from dlrecipe.reports.predictions import predictions_csv, predictions_document
    from dlrecipe.reports.terminal import open_terminal, write_data, write_json
    from dlrecipe.store.listing import find_run

    names, columns, notes = predict_rows(find_run(runs_dir, run), data)
    if json:
        write_json(predictions_document(names, columns, notes))
    else:
        terminal = open_terminal()
        for note in notes:
            terminal.say(note)
    if output is not None or not json:
        write_data(predictions_csv(names, columns), output)
