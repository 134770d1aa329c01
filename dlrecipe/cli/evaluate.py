"""dlrecipe evaluate RUN --split test."""

from typing import Annotated

import typer

from dlrecipe.cli.options import RUNS_DIR, Json, Run, RunsDir


def evaluate(
    run: Run,
    split: Annotated[str, typer.Option(help="train, train_dev, dev or test.")] = "test",
    runs_dir: RunsDir = RUNS_DIR,
    json: Json = False,
) -> None:
    """Measure a run's kept weights on a split. Looks at test are counted: each makes it less of a test."""
    from dlrecipe.experiment.evaluation import evaluate as evaluate_run
    from dlrecipe.reports.evaluation import evaluation_view
    from dlrecipe.reports.terminal import show
    from dlrecipe.store.listing import find_run

    result = evaluate_run(find_run(runs_dir, run), split)
    show(result, evaluation_view, json=json)
