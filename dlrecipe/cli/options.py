"""Arguments and options that several commands share."""

import math
from pathlib import Path
from typing import Annotated, TypeAlias

import typer

from dlrecipe.cli.completion import config_files, run_ids

ConfigFile: TypeAlias = Annotated[
    Path, typer.Argument(metavar="CONFIG", help="A YAML config.", autocompletion=config_files)
]
Run: TypeAlias = Annotated[
    str, typer.Argument(metavar="RUN", help="A run id, its start, or `latest`.", autocompletion=run_ids)
]
RunsDir: TypeAlias = Annotated[Path, typer.Option("--runs-dir", help="Where runs are kept.")]
Json: TypeAlias = Annotated[bool, typer.Option("--json", help="Print one JSON document on stdout.")]
Quiet: TypeAlias = Annotated[bool, typer.Option("--quiet", "-q", help="No progress and no messages.")]
Verbose: TypeAlias = Annotated[bool, typer.Option("--verbose", "-v", help="Say more: where data come from.")]
Set: TypeAlias = Annotated[
    list[str] | None,
    typer.Option("--set", metavar="KEY=VALUE", help="Override a setting: optimizer.learning_rate=0.01."),
]
Workers: TypeAlias = Annotated[int, typer.Option(min=1, max=256, help="Processes on this machine.")]
Scheduler: TypeAlias = Annotated[
    str | None, typer.Option(metavar="tcp://HOST:PORT", help="A Dask cluster that shares the disk.")
]

RUNS_DIR = Path("runs")


def a_number(value: float | None) -> float | None:
    """Refuse NaN, of which no bound of an option is exceeded; for an option's `callback`."""
    if value is not None and math.isnan(value):
        raise typer.BadParameter("nan is not a number.")
    return value
