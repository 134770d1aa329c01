"""dlrecipe diagnose RUN, or with errors instead of a run."""

from typing import Annotated, Literal

import typer

from dlrecipe.cli.options import RUNS_DIR, Json, RunsDir
from dlrecipe.errors import InputError

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
    runs_dir: RunsDir = RUNS_DIR,
    json: Json = False,
) -> None:
    """Say whether bias or variance holds a run back, with the evidence, and what to try next."""
    from dataclasses import replace

    from dlrecipe.diagnosis.diagnose import diagnose as judge
    from dlrecipe.diagnosis.evidence import Evidence
    from dlrecipe.reports.diagnosis import diagnosis_view
    from dlrecipe.reports.terminal import show

    given = {"train": train_error, "train_dev": train_dev_error, "dev": dev_error, "test": test_error}
    sizes = {"train": n_train, "train_dev": n_train_dev, "dev": n_dev, "test": n_test}
    if run is None:
        if train_error is None or dev_error is None:
            raise InputError("nothing to diagnose", remedy="Give a RUN, or --train-error and --dev-error.")
        evidence = Evidence(
            task=task or "classification",
            errors={name: error for name, error in given.items() if error is not None},
            n={name: n for name, n in sizes.items() if n is not None},
        )
    else:
        if any(value is not None for value in (task, *given.values(), *sizes.values())):
            raise InputError(
                "a RUN has errors, sizes and a task of its own",
                remedy="Leave out --train-error, --n-train and their like, and --task.",
            )
        from dlrecipe.experiment.diagnosing import diagnose_run
        from dlrecipe.experiment.evidence import gather_evidence
        from dlrecipe.store.listing import find_run

        stored = find_run(runs_dir, run)
        if bayes_error is None and target_error is None:
            diagnosis = diagnose_run(stored)
            show(diagnosis.to_json(), lambda _: diagnosis_view(diagnosis), json=json)
            return
        evidence = gather_evidence(stored)
    diagnosis = judge(
        replace(
            evidence,
            bayes_error=evidence.bayes_error if bayes_error is None else bayes_error,
            target_error=evidence.target_error if target_error is None else target_error,
        )
    )
    show(diagnosis.to_json(), lambda _: diagnosis_view(diagnosis), json=json)
