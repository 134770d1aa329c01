"""dlrecipe diagnose RUN, or with errors instead of a run."""

from typing import Annotated, Literal, TypeVar

import typer

from dlrecipe.cli.options import RUNS_DIR, Json, RunsDir
from dlrecipe.errors import InputError

Value = TypeVar("Value")
Error = Annotated[float | None, typer.Option(min=0, help="A fraction: 0.11 for 11%.")]
Count = Annotated[int | None, typer.Option(min=1, help="Examples that the error was measured on.")]


def diagnose(
    run: Annotated[
        str | None, typer.Argument(metavar="[RUN]", help="A run id, its start, or `latest`.")
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
        diagnosis = diagnose_run(
            stored,
            bayes_error=bayes_error,
            target_error=target_error,
            bayes_examples=n_bayes,
            seeds=True,
        )
    show(diagnosis.to_json(), lambda _: diagnosis_view(diagnosis), json=json)


def _known(values: dict[str, Value | None]) -> dict[str, Value]:
    return {split: value for split, value in values.items() if value is not None}
