"""The terminal: data to stdout, messages to stderr, in the width, colour and quantity that were asked for.

rich is imported when a terminal is opened, not with this module, so that `--help` and `--json` do without it.
Knows nothing of what it prints.
"""

import os
import sys
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any, TextIO, TypeVar, final

from dlrecipe.errors import InputError
from dlrecipe.reports.wording import printable
from dlrecipe.store.strict_json import encode

if TYPE_CHECKING:
    from rich.console import Console, RenderableType

Document = TypeVar("Document", bound=Mapping[str, Any])

PIPED_WIDTH = 100
"""Columns where nothing says how wide the reader's are: a file, a pipe, a log."""
NARROWEST = 20


@final
@dataclass(frozen=True, kw_only=True)
class Terminal:
    """Where a command's output goes: `out` is for data, `err` for messages and progress."""

    out: "Console"
    err: "Console"
    quiet: bool = False
    verbose: bool = False

    @property
    def animated(self) -> bool:
        """Whether progress may be drawn over itself: FORCE_COLOR alone makes no terminal of a pipe."""
        return not self.quiet and self.err.is_interactive and _is_tty(self.err.file)

    def show(self, data: "RenderableType") -> None:
        """Print what was asked for, to stdout."""
        self.out.print(data)

    def say(self, message: "RenderableType") -> None:
        """Print a message to stderr, unless quiet."""
        if not self.quiet:
            self._tell(message)

    def detail(self, message: "RenderableType") -> None:
        """Print to stderr what only the verbose want to know."""
        if self.verbose:
            self._tell(message)

    def say_line(self, line: str) -> None:
        """Print one line to stderr, unless quiet. Not broken in a log: that is searched by the line."""
        if not self.quiet:
            self._tell(printable(line), soft_wrap=not _is_tty(self.err.file))

    def _tell(self, message: "RenderableType", *, soft_wrap: bool = False) -> None:
        # Messages are not what the work is for: where nobody takes them any more (`2>&1 | head`, a full
        # disk), it goes on.
        with suppress(OSError):
            self.err.print(message, soft_wrap=soft_wrap)

    @contextmanager
    def status(self) -> Iterator[Callable[[str], None]]:
        """Show on stderr what is being looked at, over itself; nothing where that would fill a log."""
        if not self.animated:
            yield lambda what: None
            return
        with self.err.status("") as shown:
            yield lambda what: shown.update(f"Looking at {printable(what)} …")


def open_terminal(*, quiet: bool = False, verbose: bool = False) -> Terminal:
    """Return the terminal of this process. NO_COLOR, TERM and COLUMNS are obeyed.

    Args:
        quiet: no messages (`-q`).
        verbose: more of them (`-v`). Both: quiet wins.
    """
    return Terminal(
        out=_console(to_stderr=False),
        err=_console(to_stderr=True),
        quiet=quiet,
        verbose=verbose and not quiet,
    )


def show(document: Document, view: "Callable[[Document], RenderableType]", *, json: bool) -> None:
    """Print a command's result to stdout: the document itself as JSON, or the view of it for a person."""
    if json:
        write_json(document)
    else:
        open_terminal().show(view(document))


def write_json(document: Mapping[str, Any]) -> None:
    """Print one strict JSON document to stdout, in ASCII; what is not finite is null, marked."""
    sys.stdout.write(encode(document, indent=2) + "\n")


def write_data(text: str, output: Path | None) -> None:
    """Write text in UTF-8 to a file, or as it is to stdout: whatever the locale, no character is lost.

    Raises:
        InputError: the file cannot be written.
    """
    if output is None:
        if hasattr(sys.stdout, "reconfigure"):
            sys.stdout.reconfigure(encoding="utf-8")
        sys.stdout.write(text)
        return
    try:
        # Written in place, not replaced: the path may be a pipe or a device.
        output.write_text(text, encoding="utf-8", newline="")
    except OSError as error:
        raise _unwritable(output, error.strerror or str(error)) from error


def require_writable(output: Path) -> None:
    """Refuse a file that plainly cannot be written in the end, before what would be written is worked for.

    Raises:
        InputError: its folder is missing, it is a folder itself, or it may not be written to.
    """
    if not output.parent.is_dir():
        raise _unwritable(output, "there is no such folder")
    if output.is_dir():
        raise _unwritable(output, "a folder goes by this name")
    if not os.access(output if output.exists() else output.parent, os.W_OK):
        raise _unwritable(output, "permission denied")


def _unwritable(output: Path, why: str) -> InputError:
    return InputError(
        f"cannot write: {why}",
        where=str(output),
        remedy="Give the path of a file in a folder that exists and can be written to.",
    )


def _console(*, to_stderr: bool) -> "Console":
    from rich.console import Console

    # No markup, emoji codes or guessed highlights: names and paths are printed as they are.
    console = Console(stderr=to_stderr, markup=False, emoji=False, highlight=False)
    if to_stderr:
        # By itself rich would end the process, and throw away stdout, when nobody reads stderr any more.
        setattr(console, "on_broken_pipe", partial(setattr, console, "quiet", True))  # noqa: B010
    _replace_what_it_cannot_write(console.file)
    width = _fixed_width(is_tty=_is_tty(console.file))
    if width is not None:
        console.width = width
    return console


def _fixed_width(*, is_tty: bool) -> int | None:
    """Return the width to keep to; None to follow the terminal's, also while it is resized."""
    columns = os.environ.get("COLUMNS", "")
    if columns.isdecimal() and int(columns) > 0:
        return max(int(columns), NARROWEST)
    return None if is_tty and not columns else PIPED_WIDTH


def _is_tty(stream: Any) -> bool:
    try:
        return bool(stream.isatty())
    except (AttributeError, ValueError):  # no stream at all (`2>&-`), or closed by now
        return False


def _replace_what_it_cannot_write(stream: TextIO | Any) -> None:
    """Let a stream that is not UTF-8 write `?` for what it lacks, where it would raise an error."""
    if hasattr(stream, "reconfigure"):
        stream.reconfigure(errors="replace")
