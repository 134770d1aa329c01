"""dlrecipe init DATA."""

from pathlib import Path
from typing import Annotated

import typer

from dlrecipe.cli.options import Json


def init(
    data: Annotated[Path, typer.Argument(metavar="DATA", help="A table, arrays, or a folder of images.")],
    target: Annotated[
        str | None, typer.Option("--target", help="The column to predict; for arrays the member or file.")
    ] = None,
    output: Annotated[
        Path | None, typer.Option("--output", "-o", help="The config to write; NAME.yaml here otherwise.")
    ] = None,
    force: Annotated[bool, typer.Option("--force", help="Overwrite the config if it exists.")] = False,
    json: Json = False,
) -> None:
    """Write a commented config that trains on your data. It can be used as it is."""
    from dlrecipe.experiment.starter import write_starter
    from dlrecipe.reports.starter import starter_view
    from dlrecipe.reports.terminal import show

    document = write_starter(data, target=target, output=output, force=force)
    show(document, starter_view, json=json)
