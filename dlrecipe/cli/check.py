"""dlrecipe check CONFIG."""

import typer

from dlrecipe.cli.options import RUNS_DIR, ConfigFile, Json, Quiet, RunsDir, Set


def check(
    config: ConfigFile,
    set_: Set = None,
    runs_dir: RunsDir = RUNS_DIR,
    json: Json = False,
    quiet: Quiet = False,
) -> None:
    """Check a config before training. Looks at its data, at its network on them, and trains a little.

    Nothing is kept.
    """
    from dlrecipe.config.loading import load_config

    loaded = load_config(config, set_ or [])  # a mistake in it is told before anything else is imported
    from dlrecipe.experiment.checking import check as check_config
    from dlrecipe.reports.check import check_view
    from dlrecipe.reports.terminal import open_terminal, show

    with open_terminal(quiet=quiet or json).status() as tell:
        report = check_config(loaded, runs_dir, tell)
    show(report.to_json(), check_view, json=json)
    raise typer.Exit(report.exit_code)
