"""What a reader makes of a file: named series of numbers by step. Knows no format and no diagnosis."""

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import Any, TypeAlias

from dlrecipe.errors import InputError

LARGEST_BYTES = 1 << 28
"""Of a text file; logs of numbers are far smaller, and what is larger is something else."""
Point: TypeAlias = tuple[float, float]
"""A step (an epoch, a batch, whatever the program counts) and a value, which may be NaN."""


@dataclass(frozen=True)
class History:
    """The series of one training, by name, each by rising step. `notes` say what a reader should know."""

    series: Mapping[str, tuple[Point, ...]]
    notes: tuple[str, ...] = ()


@dataclass(frozen=True)
class Reader:
    """One format: what it is called, whether a path holds it, and its reading."""

    title: str
    recognizes: Callable[["Place"], bool]
    read: Callable[["Place"], History]


@dataclass
class Place:
    """A path that a history may be at, read no more than once."""

    path: Path
    is_folder: bool = field(init=False)

    def __post_init__(self) -> None:
        if not self.path.exists():
            raise InputError("no such file or folder", where=str(self.path), remedy="Check the path.")
        self.is_folder = self.path.is_dir()
        if not self.is_folder and not self.path.is_file():
            raise InputError("this is neither a file nor a folder", where=str(self.path))

    def refuse(self, what: str, remedy: str = "", *, line: int | None = None) -> InputError:
        """Return the error that something is wrong here."""
        where = str(self.path) if line is None else f"{self.path}:{line}"
        return InputError(what, where=where, remedy=remedy)

    @cached_property
    def head(self) -> bytes:
        """The first bytes of a file; none of a folder."""
        if self.is_folder:
            return b""
        with self.opened() as file:
            start: bytes = file.read(64)
        return start

    def opened(self) -> Any:
        """Open the file for reading bytes.

        Raises:
            InputError: it cannot be read.
        """
        try:
            return self.path.open("rb")
        except OSError as error:
            raise self.refuse(f"cannot read: {error.strerror}", "Check its permissions.") from error

    @cached_property
    def text(self) -> str:
        """The whole file as text.

        Raises:
            InputError: it is too large, or not text in UTF-8.
        """
        if self.path.stat().st_size > LARGEST_BYTES:
            raise self.refuse("the file is too large for a training history", "Give the log of one training.")
        with self.opened() as file:
            data = file.read()
        try:
            return str(data.decode("utf-8-sig"))
        except UnicodeDecodeError as error:
            raise self.refuse(f"byte {error.start + 1} is not text in UTF-8", KNOWN_FORMATS) from None

    @cached_property
    def json(self) -> Any:
        """The file as JSON, with NaN and Infinity as Python's own writer leaves them; None if it is none.

        A file with an object a line is the list of them.
        """
        if self.is_folder or self.head.lstrip()[:1] not in (b"{", b"["):
            return None
        try:
            try:
                return json.loads(self.text)
            except json.JSONDecodeError as error:
                if error.msg != "Extra data":
                    raise
            return [json.loads(line) for line in self.text.splitlines() if line.strip()]
        except json.JSONDecodeError as error:
            raise self.refuse(
                f"this is not whole JSON: {error.msg}", "Let the program that writes it end first.",
                line=error.lineno,
            ) from None  # fmt: skip
        except RecursionError:
            raise self.refuse("this JSON is nested too deeply", KNOWN_FORMATS) from None


KNOWN_FORMATS = (
    "Known are Keras CSVLogger, Lightning metrics.csv, MLflow (folder or SQLite), TensorBoard event files, "
    "DVCLive, Sacred,\nHugging Face trainer_state.json, evals_result of XGBoost and LightGBM, attributes of "
    "scikit-learn's MLP as JSON, JSON of lists or of an object an epoch, and CSV."
)


def as_number(value: Any) -> float | None:
    """Return a number of JSON as a float; None for anything else."""
    if isinstance(value, int | float) and not isinstance(value, bool):
        try:
            return float(value)
        except OverflowError:
            return float("inf")
    return None


def numbered(values: list[Any]) -> tuple[Point, ...] | None:
    """Return a list of numbers as a series that counts from 1; None where it holds anything else."""
    numbers = [as_number(value) for value in values]
    if any(number is None for number in numbers):
        return None
    return tuple((float(at), number) for at, number in enumerate(numbers, start=1) if number is not None)
