"""dlrecipe sweep CONFIG --vary KEY=VALUES."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from dlrecipe.cli.options import RUNS_DIR, ConfigFile, Json, Quiet, RunsDir, Scheduler, Set, Workers
from dlrecipe.studies.methods import Method

if TYPE_CHECKING:
    from dlrecipe.studies.sweep import Plan


def sweep(
    config: ConfigFile,
    vary: Annotated[
        list[str] | None,
        typer.Option(
            metavar="KEY=VALUES",
            help="A range, log:1e-3..10 or 0..4, or a list, relu,tanh. seed=0..4 repeats each point.",
        ),
    ] = None,
    trials: Annotated[
        int | None, typer.Option(min=1, help="Runs at the most, seeds included; 20 points if left out.")
    ] = None,
    method: Annotated[
        Method | None, typer.Option(help="How points are chosen; a grid for one or two keys, else sobol.")
    ] = None,
    set_: Set = None,
    seed: Annotated[int, typer.Option(min=0, help="Of the choice of points, not of the runs.")] = 0,
    workers: Workers = 2,
    scheduler: Scheduler = None,
    resume: Annotated[
        bool,
        typer.Option(
            "--resume", help="Go on with the last sweep asked the same; seeds or trials may be more now."
        ),
    ] = False,
    output: Annotated[
        Path | None, typer.Option("--output", "-o", help="Write the config that is chosen here too.")
    ] = None,
    runs_dir: RunsDir = RUNS_DIR,
    json: Json = False,
    quiet: Quiet = False,
) -> None:
    """Train with many values of some settings, in parallel. Says which are best on dev."""
    from dlrecipe.studies.executor import get_ready

    get_ready(scheduler)  # the workers import the engine while the config is read
    from dlrecipe.config.loading import load_config
    from dlrecipe.reports.terminal import require_writable
    from dlrecipe.studies.sweep import Request, make_plan

    base = load_config(config, set_ or [])
    plan = make_plan(Request(base, tuple(vary or []), method, trials, seed))
    if output is not None:
        require_writable(output)
    document, signal = _swept(plan, runs_dir, workers, scheduler, resume, quiet or json)
    from dlrecipe.cli.sweep_files import write_files
    from dlrecipe.reports.sweep import sweep_view
    from dlrecipe.reports.terminal import show

    document = write_files(document, plan, output)
    show(document, sweep_view, json=json)
    done = document["n_trials"]["done"]
    raise typer.Exit(128 + signal if signal else 0 if done else 1)


def _swept(
    plan: "Plan", runs_dir: Path, workers: int, scheduler: str | None, resume: bool, quiet: bool
) -> tuple[dict[str, Any], int | None]:
    """Run the sweep while it is watched; return its document, and the signal that ended it, if one did."""
    from dlrecipe.experiment.interruption import Interruption
    from dlrecipe.reports.plots.figure import load_in_idle_time
    from dlrecipe.reports.sweep_display import SweepDisplay
    from dlrecipe.reports.terminal import open_terminal
    from dlrecipe.studies.executor import open_workers
    from dlrecipe.studies.sweep import sweep as run_sweep

    display = SweepDisplay(open_terminal(quiet=quiet))
    with Interruption(display.interrupted) as interruption, display:
        document = run_sweep(
            plan,
            runs_dir,
            lambda: open_workers(workers, scheduler=scheduler, say=display.say, meanwhile=load_in_idle_time),
            display,
            resume=resume,
            stop=lambda: interruption.signal is not None,
        )
    return document, interruption.signal
