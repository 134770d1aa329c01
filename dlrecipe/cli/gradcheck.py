"""dlrecipe gradcheck, of the engine, of a config's network, or of a run's."""

from pathlib import Path
from typing import Annotated, TypeAlias

import typer

from dlrecipe.cli.completion import config_files
from dlrecipe.cli.options import RUNS_DIR, Json, RunsDir, Set, a_number
from dlrecipe.errors import InputError

EXAMPLES = 16
"""Enough for every class and unit to matter, few enough for hundreds of thousands of differences."""

OptionalConfig: TypeAlias = Annotated[
    Path | None,
    typer.Argument(
        metavar="[CONFIG]", help="Check this config's network on its data.", autocompletion=config_files
    ),
]
OfRun: TypeAlias = Annotated[
    str | None, typer.Option(help="Check a run's network, at its initial and its kept weights.")
]
Epochs: TypeAlias = Annotated[
    int, typer.Option(min=0, help="Check CONFIG again after so many epochs; nothing is written.")
]
Examples: TypeAlias = Annotated[int, typer.Option(min=1, help="Training examples to check on.")]
Dropout: TypeAlias = Annotated[bool, typer.Option("--dropout", help="Keep dropout, its masks frozen.")]
Epsilon: TypeAlias = Annotated[
    float | None,
    typer.Option(min=1e-12, max=0.1, callback=a_number, help="The step; left out, it is chosen."),
]
ShowEpsilon: TypeAlias = Annotated[
    bool, typer.Option("--show-epsilon", help="Show the difference against the step.")
]
Every: TypeAlias = Annotated[
    bool, typer.Option("--every", help="Compare every component, however long it takes.")
]


def gradcheck(
    config: OptionalConfig = None,
    run: OfRun = None,
    set_: Set = None,
    epochs: Epochs = 0,
    examples: Examples = EXAMPLES,
    dropout: Dropout = False,
    epsilon: Epsilon = None,
    show_epsilon: ShowEpsilon = False,
    every: Every = False,
    runs_dir: RunsDir = RUNS_DIR,
    json: Json = False,
) -> None:
    """Compare gradients with two-sided differences. Without arguments, those of every kind of network."""
    asked = {
        "--set": set_,
        "--epochs": epochs,
        "--dropout": dropout,
        "--show-epsilon": show_epsilon,
        "--every": every,
    }
    _refuse_unfit(config, run, [option for option, value in asked.items() if value])
    from dlrecipe.config.loading import load_config

    loaded = None if config is None else load_config(config, set_ or [])
    from dlrecipe.experiment.gradient_checks import CheckOptions, check_config, check_run
    from dlrecipe.gradcheck.matrix import gradcheck_matrix
    from dlrecipe.gradcheck.report import report_json
    from dlrecipe.reports.gradcheck import gradcheck_view
    from dlrecipe.reports.terminal import show

    options = CheckOptions(
        examples=examples, epsilon=epsilon, show_epsilons=show_epsilon, dropout=dropout, every=every
    )
    if run is not None:
        results = check_run(runs_dir, run, options)
    elif loaded is not None:
        results = check_config(loaded, runs_dir, options, epochs=epochs)
    else:
        results = gradcheck_matrix(epsilon)
    document = report_json(results)
    show(document, lambda _: gradcheck_view(results), json=json)
    raise typer.Exit(0 if document["passed"] else 1)


def _refuse_unfit(config: Path | None, run: str | None, asked: list[str]) -> None:
    """Refuse options that change nothing of what is checked."""
    if config is not None and run is not None:
        raise InputError("CONFIG and --run are both given", remedy="Give one of them.")
    of_config = [option for option in asked if option in ("--set", "--epochs")]
    if config is None and of_config:
        raise InputError(f"{of_config[0]} changes a CONFIG, and none is given", remedy="Name the config.")
    if config is None and run is None and asked:
        raise InputError(f"{asked[0]} needs a network to check", remedy="Name a config, or a run with --run.")
