"""dlrecipe compare RUN…."""

from typing import Annotated

import typer

from dlrecipe.cli.completion import run_ids
from dlrecipe.cli.options import RUNS_DIR, Json, RunsDir
from dlrecipe.errors import InputError


def compare(
    runs: Annotated[
        list[str], typer.Argument(metavar="RUN…", help="Two runs or more.", autocompletion=run_ids)
    ],
    runs_dir: RunsDir = RUNS_DIR,
    json: Json = False,
) -> None:
    """Set runs side by side. Shows the settings that differ, and the figures."""
    if len(runs) < 2:
        raise InputError("one run alone has nothing to be compared with", remedy="Name two runs or more.")
    import gc

    from dlrecipe.experiment.listing import comparison
    from dlrecipe.reports.comparison import compare_table
    from dlrecipe.reports.terminal import show as show_result
    from dlrecipe.store.listing import find_run

    # None of what is made here is in a cycle, and to look for cycles takes a tenth of the time of 200 runs.
    gc.disable()
    document = comparison([find_run(runs_dir, run) for run in runs])
    show_result(document, compare_table, json=json)
