"""Every error a user can meet, each with the exit code that the command line ends with.

    DlrecipeError                 exit code
    ├── InputError                2   what was given cannot be used: a config, data, an option
    │   ├── ConfigError           2   one or many problems in a config, each with its place
    │   ├── DataError             2   a data file or array
    │   ├── RunNotFound           2   no run, or more than one, goes by that name
    │   └── MissingExtra          2   an optional package is not installed
    └── StoreError                4   the run store is locked or damaged
        ├── RunLocked             4   another process is writing this run
        └── RunDamaged            4   a file of the run is not what was written

A run that diverges is a result, not an error: it is recorded, and the command exits 1.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import ClassVar


class DlrecipeError(Exception):
    """An error with a place, a statement and a remedy; printed without a traceback.

    Args:
        what: the statement, one sentence without a full stop.
        where: the file, `file:line:column`, row or option it is about; may be empty.
        remedy: what to do about it; may be empty, may have several lines.
    """

    exit_code: ClassVar[int] = 3

    def __init__(self, what: str, *, where: str = "", remedy: str = "") -> None:
        super().__init__(what)
        self.what = what
        self.where = where
        self.remedy = remedy

    def __str__(self) -> str:
        first = f"{self.where}  {self.what}" if self.where else self.what
        return "\n".join([first, *(f"  {line}" for line in self.remedy.splitlines())])


class InputError(DlrecipeError):
    """What was given cannot be used."""

    exit_code = 2


@dataclass(frozen=True)
class Problem:
    """One thing that is wrong in a config.

    `where` is `file:line:column` (or the option, such as `--set optimizer.type=adamm`), `path` the dotted
    key, `what` the statement, `remedy` what to do about it (may be empty, may have several lines).
    """

    where: str
    path: str
    what: str
    remedy: str = ""

    def __str__(self) -> str:
        subject = f"{self.path}: {self.what}" if self.path else self.what
        return "\n".join([f"{self.where}  {subject}", *(f"  {line}" for line in self.remedy.splitlines())])


SHOWN_PROBLEMS = 50
"""Problems of a config that are printed; a file that is no config at all may have thousands."""


class ConfigError(InputError):
    """All problems of a config at once, in the order of their places."""

    def __init__(self, problems: Sequence[Problem]) -> None:
        self.problems = tuple(problems)
        more = len(self.problems) - SHOWN_PROBLEMS
        told = [str(problem) for problem in self.problems[:SHOWN_PROBLEMS]]
        super().__init__("\n".join([*told, *([f"… and {more:,} more problems"] if more > 0 else [])]))


class DataError(InputError):
    """A data file or array that cannot be used as it is."""


class RunNotFound(InputError):
    """No run, or more than one, goes by the name given."""


class MissingExtra(InputError):
    """An optional package is not installed; the remedy is the install command."""


class StoreError(DlrecipeError):
    """The run store is locked or damaged."""

    exit_code = 4


class RunLocked(StoreError):
    """Another process is writing this run."""


class RunDamaged(StoreError):
    """A file of the run is missing, or is not what was written."""
