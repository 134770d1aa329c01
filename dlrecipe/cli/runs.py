"""dlrecipe runs."""

import gc
import sys
from collections.abc import Sequence
from typing import TYPE_CHECKING, Annotated

import typer

from dlrecipe.cli.completion import run_ids
from dlrecipe.cli.options import RUNS_DIR, Json, RunsDir
from dlrecipe.errors import InputError

if TYPE_CHECKING:
    from dlrecipe.experiment.removal import Condemned


def runs(
    runs_dir: RunsDir = RUNS_DIR,
    delete: Annotated[
        list[str] | None,
        typer.Option(
            metavar="RUN", help="Delete this run; may be given several times.", autocompletion=run_ids
        ),
    ] = None,
    prune: Annotated[
        bool, typer.Option("--prune", help="Delete damaged runs, and those in which nothing was trained.")
    ] = False,
    yes: Annotated[bool, typer.Option("--yes", "-y", help="Delete without asking.")] = False,
    json: Json = False,
) -> None:
    """List all runs, or delete some. The newest comes last, and damaged ones have the reason."""
    from dlrecipe.reports.terminal import show as show_result

    if not delete and not prune:
        # Thousands of records without cycles: to look for some takes a third of the time
        # (benchmarks/overheads.py).
        gc.disable()
        from dlrecipe.experiment.listing import runs_document
        from dlrecipe.reports.runs import runs_table

        show_result(runs_document(runs_dir), lambda document: runs_table(document["runs"]), json=json)
        return
    from dlrecipe.experiment.removal import delete_runs, named_runs, useless_runs
    from dlrecipe.reports.runs import deletion_view

    condemned = named_runs(runs_dir, delete or [])
    if prune:
        named = {run.id for run in condemned}
        condemned += [run for run in useless_runs(runs_dir) if run.id not in named]
    if not condemned or not (yes or _agreed(condemned)):
        condemned = []
    deleted, locked = delete_runs(runs_dir, condemned)
    document = {"schema_version": 1, "deleted": deleted, "kept": [error.where for error in locked]}
    show_result(document, deletion_view, json=json)
    if locked:
        raise locked[0]


def _agreed(condemned: "Sequence[Condemned]") -> bool:
    """Show what is to be deleted, and ask whether it may be.

    Raises:
        InputError: there is nobody to ask.
    """
    for run in condemned:
        print(f"{run.id}  {run.reason}", file=sys.stderr)
    if sys.stdin is None or not sys.stdin.isatty():
        raise InputError("nothing was deleted: there is nobody to ask", remedy="Add --yes to delete them.")
    print(f"Delete {_these(len(condemned))} for good? [y/N] ", end="", file=sys.stderr, flush=True)
    return sys.stdin.readline().strip().lower() in ("y", "yes")


def _these(n: int) -> str:
    return "this run" if n == 1 else f"these {n} runs"
