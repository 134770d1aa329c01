"""dlrecipe export RUN."""

from pathlib import Path
from typing import Annotated, Any

import typer

from dlrecipe.cli.options import RUNS_DIR, Json, Run, RunsDir
from dlrecipe.errors import InputError


def export(
    run: Run,
    onnx: Annotated[
        Path | None, typer.Option(metavar="FILE", help="Write an ONNX model that takes raw rows.")
    ] = None,
    mlflow: Annotated[
        str | None,
        typer.Option(metavar="URI", help="Log the run to an MLflow server or sqlite:///FILE.db."),
    ] = None,
    tensorboard: Annotated[
        Path | None, typer.Option(metavar="DIR", help="Write an event file for TensorBoard below DIR.")
    ] = None,
    force: Annotated[bool, typer.Option(help="Replace what an earlier export has left.")] = False,
    runs_dir: RunsDir = RUNS_DIR,
    json: Json = False,
) -> None:
    """Hand a run to other tools. Its network goes as ONNX, its figures to MLflow or TensorBoard."""
    from dlrecipe.reports.terminal import show
    from dlrecipe.store.listing import find_run

    if onnx is None and mlflow is None and tensorboard is None:
        raise InputError(
            "nothing to export to", remedy="Give --onnx FILE, --mlflow URI or --tensorboard DIR."
        )
    stored = find_run(runs_dir, run)
    document: dict[str, Any] = {"schema_version": 1, "run_id": stored.id}
    if onnx is not None:
        from dlrecipe.interop.onnx_export.export import export_onnx

        document["onnx"] = export_onnx(stored, onnx, force=force)
    if mlflow is not None:
        from dlrecipe.interop.mlflow_export import export_mlflow

        document["mlflow"] = export_mlflow(stored, mlflow, force=force)
    if tensorboard is not None:
        from dlrecipe.interop.tensorboard_export import export_tensorboard

        document["tensorboard"] = export_tensorboard(stored, tensorboard, force=force)
    from dlrecipe.interop.wording import export_in_words

    show(document, export_in_words, json=json)
