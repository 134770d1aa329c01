"""dlrecipe recipe CONFIG."""

from collections.abc import Sequence
from typing import TYPE_CHECKING, Annotated

import typer

from dlrecipe.cli.options import RUNS_DIR, ConfigFile, Json, Quiet, RunsDir, Scheduler, Set, Workers, a_number
from dlrecipe.reports.wording import plural, value_text

if TYPE_CHECKING:
    from dlrecipe.reports.study_progress import StudyProgress
    from dlrecipe.studies.directory import StudyDirectory
    from dlrecipe.studies.lab_book import Entry
    from dlrecipe.studies.recipe_budget import Budget


def recipe(
    config: ConfigFile,
    budget: Annotated[str, typer.Option(help="Runs, 20, or a time: 90s, 10m, 1h.")] = "20",
    target: Annotated[
        float | None,
        typer.Option(
            min=0, max=1, callback=a_number, help="Dev error that is good enough; the config's if left out."
        ),
    ] = None,
    set_: Set = None,
    workers: Workers = 2,
    scheduler: Scheduler = None,
    resume: Annotated[
        bool,
        typer.Option(
            "--resume", help="Go on with the last recipe asked the same; --budget may be larger now."
        ),
    ] = False,
    runs_dir: RunsDir = RUNS_DIR,
    json: Json = False,
    quiet: Quiet = False,
) -> None:
    """Train, diagnose, change one thing, and again. Bias first, then variance; keeps a lab book."""
    from dlrecipe.config.loading import load_config
    from dlrecipe.reports.recipe import recipe_view
    from dlrecipe.reports.study_progress import StudyProgress
    from dlrecipe.reports.terminal import open_terminal, show

    base = load_config(config, set_ or [])
    from dlrecipe.experiment.interruption import Interruption
    from dlrecipe.studies.executor import get_ready, open_workers
    from dlrecipe.studies.recipe import recipe as follow
    from dlrecipe.studies.recipe_budget import Budget

    limit = Budget.read(budget)
    get_ready(scheduler)
    progress = StudyProgress(open_terminal(quiet=quiet or json), "change")
    with Interruption(progress.interrupted) as interruption, progress:
        document = follow(
            base,
            runs_dir,
            lambda: open_workers(workers, scheduler=scheduler, say=progress.say),
            _Watcher(progress),
            budget=limit,
            target=target,
            resume=resume,
            stop=lambda: interruption.signal is not None,
        )
    show(document, recipe_view, json=json)
    raise typer.Exit(128 + interruption.signal if interruption.signal else 0 if document["best"] else 1)


class _Watcher:
    """Tells the progress of a recipe."""

    def __init__(self, progress: "StudyProgress") -> None:
        self._progress = progress

    def started(self, study: "StudyDirectory", task: str, budget: "Budget", n_ended: int) -> None:
        """Introduce the recipe."""
        self._progress.task = task
        before = f"; {plural(n_ended, 'run')} ended before" if n_ended else ""
        self._progress.begin(f"Recipe {study.id}: at most {budget}{before}", budget.runs or 0, n_ended)

    def round_begins(self, number: int, told: str, entries: "Sequence[Entry]") -> None:
        """Say what the diagnosis told."""
        if told:
            self._progress.say(f"Round {number}, {plural(len(entries), 'run')}. {told}")

    def ended(self, entry: "Entry") -> None:
        """Take a run."""
        change = ", ".join(f"{path} {value_text(value)}" for path, value in entry.change.items())
        record = entry.to_json() | ({"outcome": "given up"} if entry.given_up else {})
        self._progress.trial(f"{change or entry.advice}: {entry.judgement}", record)
