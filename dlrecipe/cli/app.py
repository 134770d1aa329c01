"""The command line. Commands import what they need when they run, so that --help stays fast."""

import errno
import os
import signal
import sys
from collections.abc import Sequence
from contextlib import suppress
from typing import Annotated, NoReturn

import typer

from dlrecipe.cli import (
    augment,
    check,
    compare,
    diagnose,
    evaluate,
    explain,
    export,
    gradcheck,
    init,
    learning_curve,
    next,
    plot,
    predict,
    recipe,
    report,
    resume,
    runs,
    schema,
    show,
    sweep,
    train,
)
from dlrecipe.cli.settings import SettingsCommand
from dlrecipe.cli.signals import Stopped, stopping_by_signals
from dlrecipe.errors import DlrecipeError
from dlrecipe.reports.wording import printable

app = typer.Typer(
    name="dlrecipe",
    help="Train neural networks the careful way, and be told what to try next.",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
    context_settings={"help_option_names": ["-h", "--help"]},
    epilog="Exit codes: 0 done; 1 ran and failed; 2 bad usage, config or data; 3 internal error; "
    "4 run store locked or damaged; 130, 143 interrupted.",
)
app.command("train", cls=SettingsCommand)(train.train)
app.command("check", cls=SettingsCommand)(check.check)
app.command("diagnose")(diagnose.diagnose)
app.command("next", cls=SettingsCommand)(next.next_)
app.command("gradcheck", cls=SettingsCommand)(gradcheck.gradcheck)
app.command("augment", cls=SettingsCommand)(augment.augment)
app.command("init")(init.init)
app.command("evaluate")(evaluate.evaluate)
app.command("predict")(predict.predict)
app.command("resume", cls=SettingsCommand)(resume.resume)
app.command("runs")(runs.runs)
app.command("show")(show.show)
app.command("compare")(compare.compare)
app.command("report")(report.report)
app.command("plot")(plot.plot)
app.command("export")(export.export)
app.command("explain")(explain.explain)
app.command("learning-curve", cls=SettingsCommand)(learning_curve.learning_curve)
app.command("recipe", cls=SettingsCommand)(recipe.recipe)
app.command("sweep", cls=SettingsCommand)(sweep.sweep)
app.command("schema")(schema.schema)


def _version(wanted: bool) -> None:
    if wanted:
        from dlrecipe import __version__

        typer.echo(f"dlrecipe {__version__}")
        raise typer.Exit


@app.callback()
def _root(
    version: Annotated[
        bool, typer.Option("--version", callback=_version, is_eager=True, help="Print the version.")
    ] = False,
) -> None:
    """Train neural networks the careful way, and be told what to try next."""


def main(arguments: Sequence[str] | None = None) -> None:
    """Run the command line and exit with its code; every error is a message, never a traceback."""
    with stopping_by_signals() as stopping:
        try:
            _run(arguments)
        except BaseException as error:
            # A library that is stopped in the midst of its work has its own words for that.
            _end_after(stopping.arrived or error)


def _end_after(error: BaseException) -> NoReturn:
    """Say what has happened, and exit with its code."""
    if isinstance(error, DlrecipeError):
        _fail(str(error), error.exit_code)
    if isinstance(error, Stopped):
        _fail(f"{error.signal}: stopped; what was complete before is kept", error.exit_code)
    if isinstance(error, KeyboardInterrupt):
        _fail("aborted", 128 + signal.SIGINT)
    if isinstance(error, BrokenPipeError):
        _let_go_of_output()
        sys.exit(1)
    if isinstance(error, MemoryError):
        _fail("out of memory\n  Use fewer rows, a smaller network or a smaller batch.", 3)
    if isinstance(error, OSError) and error.errno in (errno.ENOSPC, errno.EDQUOT):
        _let_go_of_output()
        _fail("cannot write the output: no space left on the disk\n  Free some space.", 2)
    if not isinstance(error, Exception) or os.environ.get("DLRECIPE_TRACEBACK"):
        raise error
    if isinstance(error, OSError):
        where = f"{error.filename}  " if error.filename else ""
        _fail(f"{where}{(error.strerror or str(error)).lower()}\n  Look at the file and its disk.", 2)
    _fail(
        f"internal error: {type(error).__name__}: {error}\n"
        "  This is a fault of dlrecipe. Set DLRECIPE_TRACEBACK=1 to see where, and report it.",
        3,
    )


def _run(arguments: Sequence[str] | None) -> None:
    """Run the command, and flush its output while there is still someone to tell of a failure."""
    try:
        app(args=None if arguments is None else list(arguments))
    except Stopped:
        raise
    except SystemExit as end:
        if isinstance(end.__context__, typer.Exit) and isinstance(
            end.__context__.__cause__, KeyboardInterrupt
        ):
            raise KeyboardInterrupt from end  # typer makes a wordless exit of it
        sys.stdout.flush()
        raise


def _let_go_of_output() -> None:
    """Leave nothing for the interpreter to write at its end, into a pipe or a disk that takes no more."""
    with open(os.devnull, "w") as nowhere, suppress(OSError):
        os.dup2(nowhere.fileno(), sys.stdout.fileno())


def _fail(message: str, code: int) -> NoReturn:
    """Print a message, in which a file or column may have a name that a terminal would obey, and exit."""
    print("\n".join(map(printable, message.split("\n"))), file=sys.stderr)
    sys.exit(code)
