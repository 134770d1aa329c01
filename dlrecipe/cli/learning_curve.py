"""dlrecipe learning-curve CONFIG."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from dlrecipe.cli.options import RUNS_DIR, ConfigFile, Json, Quiet, RunsDir, Scheduler, Set, Workers
from dlrecipe.reports.wording import plural

if TYPE_CHECKING:
    from dlrecipe.reports.study_progress import StudyProgress
    from dlrecipe.studies.directory import StudyDirectory
    from dlrecipe.studies.learning_curve import Plan

PLOT = "learning_curve.svg"


def learning_curve(
    config: ConfigFile,
    sizes: Annotated[int, typer.Option(min=5, max=30, help="Sizes, up to all of train.")] = 8,
    seeds: Annotated[int, typer.Option(min=1, max=100, help="Runs at each size.")] = 3,
    set_: Set = None,
    workers: Workers = 2,
    scheduler: Scheduler = None,
    resume: Annotated[
        bool, typer.Option("--resume", help="Go on with the last curve asked the same.")
    ] = False,
    runs_dir: RunsDir = RUNS_DIR,
    json: Json = False,
    quiet: Quiet = False,
) -> None:
    """Say what more data would bring. Trains on growing parts of those there are."""
    from dlrecipe.studies.executor import get_ready, open_workers

    get_ready(scheduler)  # the workers import the engine while the config is read
    from dlrecipe.config.loading import load_config
    from dlrecipe.reports.learning_curve import learning_curve_svg, learning_curve_view, statement
    from dlrecipe.reports.study_progress import StudyProgress
    from dlrecipe.reports.terminal import open_terminal, show

    base = load_config(config, set_ or [])
    from dlrecipe.experiment.interruption import Interruption
    from dlrecipe.reports.plots.figure import load_in_idle_time
    from dlrecipe.store.atomic import write_text
    from dlrecipe.studies.learning_curve import learning_curve as measure
    from dlrecipe.studies.learning_curve import make_plan

    plan = make_plan(base, sizes=sizes, seeds=seeds)
    progress = StudyProgress(open_terminal(quiet=quiet or json), "examples", plan.task)
    with Interruption(progress.interrupted) as interruption, progress:
        document = measure(
            plan,
            runs_dir,
            lambda: open_workers(workers, scheduler=scheduler, say=progress.say, meanwhile=load_in_idle_time),
            _Watcher(progress),
            resume=resume,
            stop=lambda: interruption.signal is not None,
        )
    plot = Path(document["path"]) / PLOT
    write_text(plot, learning_curve_svg(document))
    show(document | {"plot": str(plot), "statement": statement(document)}, learning_curve_view, json=json)
    done = any(point["done"] for point in document["points"])
    raise typer.Exit(128 + interruption.signal if interruption.signal else 0 if done else 1)


class _Watcher:
    """Tells the progress of a learning curve."""

    def __init__(self, progress: "StudyProgress") -> None:
        self._progress = progress

    def started(self, plan: "Plan", study: "StudyDirectory", ended: Sequence[Mapping[str, Any]]) -> None:
        """Introduce the curve."""
        sizes = f"{plan.sizes[0]:,} to {plan.sizes[-1]:,}"
        self._progress.begin(
            f"Learning curve {study.id}: {len(plan.sizes)} sizes, {sizes} examples, "
            f"{plural(len(plan.seeds), 'seed')} each"
            + (f"; {plural(len(ended), 'run')} ended before" if ended else ""),
            len(plan.sizes) * len(plan.seeds),
            len(ended),
        )

    def trial_ended(self, record: Mapping[str, Any]) -> None:
        """Take a trial."""
        self._progress.trial(f"{record['n']:,} seed {record['seed']}", record)
