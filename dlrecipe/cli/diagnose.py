"""dlrecipe diagnose RUN, or with errors instead of a run."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Literal, TypeAlias, TypeVar

import typer

from dlrecipe.cli.completion import run_ids
from dlrecipe.cli.options import RUNS_DIR, Json, RunsDir, a_number
from dlrecipe.errors import InputError

if TYPE_CHECKING:
    from dlrecipe.diagnosis.diagnose import Diagnosis

Value = TypeVar("Value")
Task: TypeAlias = Literal["classification", "regression"]

Runs: TypeAlias = Annotated[
    list[str] | None,
    typer.Argument(
        metavar="[RUN]...",
        help="A run id, its start, or `latest`; several of one config, by seed, are judged together.",
        autocompletion=run_ids,
    ),
]
Error: TypeAlias = Annotated[float | None, typer.Option(min=0, help="A fraction: 0.11 for 11%.")]
BayesError: TypeAlias = Annotated[
    float | None, typer.Option(min=0, max=1, help="The lowest error possible; human level stands in.")
]
TargetError: TypeAlias = Annotated[
    float | None,
    typer.Option(min=0, max=1, callback=a_number, help="The dev error that would be good enough."),
]
TaskOfErrors: TypeAlias = Annotated[
    Task | None, typer.Option(help="What the errors are of; for regression they are 1 - R².")
]
Count: TypeAlias = Annotated[int | None, typer.Option(min=1, help="Examples that the error was measured on.")]
BayesCount: TypeAlias = Annotated[
    int | None, typer.Option(min=1, help="Examples that the Bayes error was measured on, by people.")
]
History: TypeAlias = Annotated[
    Path | None, typer.Option("--from", metavar="PATH", help="A training history of another program.")
]
Column: TypeAlias = Annotated[
    str | None, typer.Option(metavar="NAME", help="With --from: this split's error, accuracy or loss.")
]
Epoch: TypeAlias = Annotated[
    str | None, typer.Option(metavar="last|best|N", help="With --from: which epoch is judged.")
]
Confirm: TypeAlias = Annotated[
    bool, typer.Option("--confirm", help="Try the likeliest changes, and rank them by what they did.")
]
Seeds: TypeAlias = Annotated[int, typer.Option(min=1, max=10, help="Seeds of each trial of --confirm.")]
Budget: TypeAlias = Annotated[
    float, typer.Option(min=1, callback=a_number, help="Seconds for --confirm, roughly.")
]


def diagnose(
    runs: Runs = None,
    train_error: Error = None,
    train_dev_error: Error = None,
    dev_error: Error = None,
    test_error: Error = None,
    bayes_error: BayesError = None,
    target_error: TargetError = None,
    task: TaskOfErrors = None,
    n_train: Count = None,
    n_train_dev: Count = None,
    n_dev: Count = None,
    n_test: Count = None,
    from_: History = None,
    train_column: Column = None,
    dev_column: Column = None,
    epoch: Epoch = None,
    confirm: Confirm = False,
    seeds: Seeds = 3,
    budget: Budget = 120.0,
    n_bayes: BayesCount = None,
    runs_dir: RunsDir = RUNS_DIR,
    json: Json = False,
) -> None:
    """Say whether bias or variance holds a run back. With the evidence, and what to try next."""
    errors = _known(
        {"train": train_error, "train_dev": train_dev_error, "dev": dev_error, "test": test_error}
    )
    sizes = _known({"train": n_train, "train_dev": n_train_dev, "dev": n_dev, "test": n_test})
    given = _Given(errors, sizes, task, bayes_error, target_error, n_bayes)
    _refuse_unfit(
        of_run=bool(runs), of_history=from_ is not None, of_errors=bool(errors), confirm=confirm,
        history_options=bool(train_column or dev_column or epoch is not None),
    )  # fmt: skip
    if from_ is not None:
        return _show_history(from_, given, train_column, dev_column, epoch or "last", json=json)
    if runs:
        diagnosis = _of_runs(runs, runs_dir, given, confirm=confirm, seeds=seeds, budget=budget)
    else:
        diagnosis = _of_errors(given)
    _show(diagnosis, diagnosis.to_json(), json=json)


@dataclass(frozen=True)
class _Given:
    """What the options say of errors and of what they are held against."""

    errors: Mapping[str, float]
    sizes: Mapping[str, int]
    task: Task | None
    bayes_error: float | None
    target_error: float | None
    n_bayes: int | None


def _refuse_unfit(
    *, of_run: bool, of_history: bool, of_errors: bool, confirm: bool, history_options: bool
) -> None:
    """Refuse options that belong to another thing to be diagnosed than the one that is given."""
    if not of_run and confirm:
        raise InputError("--confirm tries changes of a run", remedy="Give a RUN.")
    if not of_history and history_options:
        raise InputError(
            "--train-column, --dev-column and --epoch go with --from", remedy="Give --from PATH."
        )
    if of_history and (of_run or of_errors):
        raise InputError("--from goes without a RUN and without errors", remedy="Leave them out.")


def _show(diagnosis: "Diagnosis", document: Mapping[str, Any], *, json: bool) -> None:
    from dlrecipe.reports.diagnosis import diagnosis_view
    from dlrecipe.reports.terminal import show

    show(document, lambda _: diagnosis_view(diagnosis), json=json)


def _show_history(
    path: Path, given: _Given, train_column: str | None, dev_column: str | None, epoch: str, *, json: bool
) -> None:
    """Diagnose what another program logged, and say on stderr what was read."""
    from dlrecipe.interop.histories.diagnosing import diagnose_history

    foreign = diagnose_history(
        path,
        train_column=train_column,
        dev_column=dev_column,
        n=given.sizes,
        task=given.task,
        bayes_error=given.bayes_error,
        target_error=given.target_error,
        epoch=epoch,
    )
    if not json:
        typer.echo(foreign.in_words(), err=True)
    _show(foreign.diagnosis, foreign.to_json(), json=json)


def _of_errors(given: _Given) -> "Diagnosis":
    """Diagnose errors without a run."""
    from dlrecipe.diagnosis.diagnose import diagnose as judge
    from dlrecipe.diagnosis.evidence import Evidence

    missing = [f"--{split}-error" for split in ("train", "dev") if split not in given.errors]
    if missing:
        what = f"{missing[0]} is missing" if given.errors else "nothing to diagnose"
        raise InputError(what, remedy="Give a RUN, or --train-error and --dev-error.")
    evidence = Evidence(task=given.task or "classification", errors=given.errors, n=given.sizes)
    return judge(evidence.held_against(given.bayes_error, given.target_error, given.n_bayes))


def _of_runs(
    runs: Sequence[str], runs_dir: Path, given: _Given, *, confirm: bool, seeds: int, budget: float
) -> "Diagnosis":
    """Diagnose a stored run, if asked after trying the likeliest changes, or several runs of one config."""
    if given.errors or given.sizes or given.task is not None:
        raise InputError(
            "a RUN has errors, sizes and a task of its own",
            remedy="Leave out --train-error, --n-train and their like, and --task.",
        )
    from dlrecipe.experiment.diagnosing import diagnose_run, diagnose_runs
    from dlrecipe.store.listing import find_run

    stored = [find_run(runs_dir, run) for run in runs]
    held_against: dict[str, Any] = {
        "bayes_error": given.bayes_error,
        "target_error": given.target_error,
        "bayes_examples": given.n_bayes,
    }
    if len(stored) > 1:
        if confirm:
            raise InputError("--confirm tries changes of one run", remedy="Give a single RUN.")
        return diagnose_runs(stored, **held_against)
    judged = partial(diagnose_run, stored[0], **held_against)
    diagnosis = judged()
    if not confirm:
        return diagnosis
    from dlrecipe.experiment.confirming import confirm as try_changes
    from dlrecipe.reports.terminal import open_terminal

    say = open_terminal().say_line
    found = try_changes(stored[0], diagnosis, seeds=seeds, budget_s=budget, progress=say)
    return judged(confirmation=found.to_json())


def _known(values: dict[str, Value | None]) -> dict[str, Value]:
    return {split: value for split, value in values.items() if value is not None}
