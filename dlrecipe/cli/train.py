"""dlrecipe train CONFIG."""

import typer

from dlrecipe.cli.options import RUNS_DIR, ConfigFile, Json, Quiet, RunsDir, Set, Verbose


def train(
    config: ConfigFile,
    set_: Set = None,
    runs_dir: RunsDir = RUNS_DIR,
    json: Json = False,
    quiet: Quiet = False,
    verbose: Verbose = False,
) -> None:
    """Train the network of a config. All of it is kept in a new run directory."""
    from dlrecipe.config.loading import load_config

    loaded = load_config(config, set_ or [])
    from dlrecipe.cli.running import finish_run, terminal_display
    from dlrecipe.experiment.training_run import train as run_experiment

    result = run_experiment(loaded, runs_dir, terminal_display(quiet=quiet, verbose=verbose))
    raise typer.Exit(finish_run(result, json=json, quiet=quiet))
