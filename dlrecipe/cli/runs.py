"""dlrecipe runs."""

from dlrecipe.cli.options import RUNS_DIR, Json, RunsDir


def runs(runs_dir: RunsDir = RUNS_DIR, json: Json = False) -> None:
    """List all runs, the newest last; damaged ones with the reason."""
    from dlrecipe.experiment.listing import runs_document
    from dlrecipe.reports.runs import runs_table
    from dlrecipe.reports.terminal import show as show_result

    show_result(runs_document(runs_dir), lambda document: runs_table(document["runs"]), json=json)
