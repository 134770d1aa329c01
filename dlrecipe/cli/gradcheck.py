"""dlrecipe gradcheck, of the engine, of a config's network, or of a run's."""

from pathlib import Path
from typing import Annotated

import typer

from dlrecipe.cli.options import RUNS_DIR, Json, RunsDir, Set
from dlrecipe.errors import InputError


def gradcheck(
    config: Annotated[
        Path | None, typer.Argument(metavar="[CONFIG]", help="Check this config's network on its data.")
    ] = None,
    run: Annotated[
        str | None, typer.Option(help="Check a run's network, at its initial and its kept weights.")
    ] = None,
    set_: Set = None,
    runs_dir: RunsDir = RUNS_DIR,
    json: Json = False,
) -> None:
    """Compare gradients with two-sided differences; without arguments, those of every kind of network."""
    if config is not None and run is not None:
        raise InputError("CONFIG and --run are both given", remedy="Give one of them.")
    if config is None and set_:
        raise InputError("--set changes a CONFIG, and none is given", remedy="Name the config.")
    from dlrecipe.experiment.gradient_checks import check_config, check_run
    from dlrecipe.gradcheck.matrix import gradcheck_matrix
    from dlrecipe.gradcheck.report import report_json
    from dlrecipe.reports.gradcheck import gradcheck_view
    from dlrecipe.reports.terminal import show

    if run is not None:
        results = check_run(runs_dir, run)
    elif config is not None:
        results = check_config(config, set_ or [], runs_dir)
    else:
        results = gradcheck_matrix()
    document = report_json(results)
    show(document, lambda _: gradcheck_view(results), json=json)
    raise typer.Exit(0 if document["passed"] else 1)
