"""dlrecipe diagnose RUN, or with errors instead of a run."""

from functools import partial
from pathlib import Path
from typing import Annotated, Literal, TypeVar

import typer

from dlrecipe.cli.completion import run_ids
from dlrecipe.cli.options import RUNS_DIR, Json, RunsDir
from dlrecipe.errors import InputError

Value = TypeVar("Value")
Error = Annotated[float | None, typer.Option(min=0, help="A fraction: 0.11 for 11%.")]
Column = Annotated[
    str | None, typer.Option(metavar="NAME", help="With --from: this split's error, accuracy or loss.")
]
Count = Annotated[int | None, typer.Option(min=1, help="Examples that the error was measured on.")]


def diagnose(
    runs: Annotated[
        list[str] | None,
        typer.Argument(
            metavar="[RUN]...",
            help="A run id, its start, or `latest`; several of one config, by seed, are judged together.",
            autocompletion=run_ids,
        ),
    ] = None,
    train_error: Error = None,
    train_dev_error: Error = None,
    dev_error: Error = None,
    test_error: Error = None,
    bayes_error: Annotated[
        float | None, typer.Option(min=0, max=1, help="The lowest error possible; human level stands in.")
    ] = None,
    target_error: Annotated[
        float | None, typer.Option(min=0, max=1, help="The dev error that would be good enough.")
    ] = None,
    task: Annotated[
        Literal["classification", "regression"] | None,
        typer.Option(help="What the errors are of; for regression they are 1 - R²."),
    ] = None,
    n_train: Count = None,
    n_train_dev: Count = None,
    n_dev: Count = None,
    n_test: Count = None,
    from_: Annotated[
        Path | None, typer.Option("--from", metavar="PATH", help="A training history of another program.")
    ] = None,
    train_column: Column = None,
    dev_column: Column = None,
    confirm: Annotated[
        bool, typer.Option("--confirm", help="Try the likeliest changes, and rank them by what they did.")
    ] = False,
    seeds: Annotated[int, typer.Option(min=1, max=10, help="Seeds of each trial of --confirm.")] = 3,
    budget: Annotated[float, typer.Option(min=1, help="Seconds for --confirm, roughly.")] = 120.0,
    n_bayes: Annotated[
        int | None, typer.Option(min=1, help="Examples that the Bayes error was measured on, by people.")
    ] = None,
    runs_dir: RunsDir = RUNS_DIR,
    json: Json = False,
) -> None:
    """Say whether bias or variance holds a run back, with the evidence, and what to try next."""
    from dlrecipe.reports.diagnosis import diagnosis_view
    from dlrecipe.reports.terminal import show

    errors = _known(
        {"train": train_error, "train_dev": train_dev_error, "dev": dev_error, "test": test_error}
    )
    sizes = _known({"train": n_train, "train_dev": n_train_dev, "dev": n_dev, "test": n_test})
    run, others = (runs[0], runs[1:]) if runs else (None, [])
    if run is None and confirm:
        raise InputError("--confirm tries changes of a run", remedy="Give a RUN.")
    if from_ is None and (train_column or dev_column):
        raise InputError("--train-column and --dev-column go with --from", remedy="Give --from PATH.")
    if from_ is not None:
        from dlrecipe.interop.histories.diagnosing import diagnose_history

        if run is not None or errors:
            raise InputError("--from goes without a RUN and without errors", remedy="Leave them out.")
        foreign = diagnose_history(
            from_,
            train_column=train_column,
            dev_column=dev_column,
            n=sizes,
            task=task,
            bayes_error=bayes_error,
            target_error=target_error,
        )
        if not json:
            typer.echo(foreign.in_words(), err=True)
        return show(foreign.to_json(), lambda _: diagnosis_view(foreign.diagnosis), json=json)
    if run is None:
        from dlrecipe.diagnosis.diagnose import diagnose as judge
        from dlrecipe.diagnosis.evidence import Evidence

        if "train" not in errors or "dev" not in errors:
            raise InputError("nothing to diagnose", remedy="Give a RUN, or --train-error and --dev-error.")
        evidence = Evidence(task=task or "classification", errors=errors, n=sizes)
        diagnosis = judge(evidence.held_against(bayes_error, target_error, n_bayes))
    else:
        if errors or sizes or task is not None:
            raise InputError(
                "a RUN has errors, sizes and a task of its own",
                remedy="Leave out --train-error, --n-train and their like, and --task.",
            )
        from dlrecipe.experiment.diagnosing import diagnose_run
        from dlrecipe.store.listing import find_run

        stored = find_run(runs_dir, run)
        judged = partial(
            diagnose_run,
            stored,
            bayes_error=bayes_error,
            target_error=target_error,
            bayes_examples=n_bayes,
            seeds=True,
        )
        if others:
            if confirm:
                raise InputError("--confirm tries changes of one run", remedy="Give a single RUN.")
            from dlrecipe.experiment.diagnosing import diagnose_runs

            every = [stored, *(find_run(runs_dir, other) for other in others)]
            judged = partial(
                diagnose_runs,
                every,
                bayes_error=bayes_error,
                target_error=target_error,
                bayes_examples=n_bayes,
            )
        diagnosis = judged()
        if confirm:
            from dlrecipe.experiment.confirming import confirm as try_changes
            from dlrecipe.reports.terminal import open_terminal

            say = open_terminal().say_line
            found = try_changes(stored, diagnosis, seeds=seeds, budget_s=budget, progress=say)
            diagnosis = judged(confirmation=found.to_json())
    show(diagnosis.to_json(), lambda _: diagnosis_view(diagnosis), json=json)


def _known(values: dict[str, Value | None]) -> dict[str, Value]:
    return {split: value for split, value in values.items() if value is not None}
