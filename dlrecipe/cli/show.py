"""dlrecipe show RUN."""

from dlrecipe.cli.options import RUNS_DIR, Json, Run, RunsDir


def show(run: Run, runs_dir: RunsDir = RUNS_DIR, json: Json = False) -> None:
    """Show a run: its facts, curves and config. Every default of the config is spelled out."""
    from dlrecipe.experiment.listing import run_document
    from dlrecipe.reports.run import run_view
    from dlrecipe.reports.terminal import show as show_result
    from dlrecipe.store.listing import find_run

    directory = find_run(runs_dir, run)
    document = run_document(directory)
    show_result(document, run_view, json=json)
