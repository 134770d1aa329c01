"""Checkpoints of a run: all that resuming needs in one file, committed by one rename, the one before kept.

Two files take turns, `odd.checkpoint` and `even.checkpoint`, by the number of the save; a save thus replaces
the older one and never touches the newest. A file is

    dlrecipe-checkpoint 2 <number> <epochs> <SHA-256 of their lines in the journal> <SHA-256 of what follows
        this line> <SHA-256 of this line so far and of the run's name>
    <meta: one line of strict JSON>
    <arrays: safetensors>

(the first in one line), so that every flipped byte and every cut is noticed, a file of another run, and, from
the first line alone, a journal of another run. Knows nothing of what a training state is made of.
"""

import os
import stat
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, final

from dlrecipe.errors import RunDamaged, StoreError
from dlrecipe.store.array_files import digest, pack_arrays, unpack_arrays
from dlrecipe.store.atomic import (
    altered,
    is_there,
    os_errors_explained,
    read_bytes,
    sync_directory,
    write_bytes,
)
from dlrecipe.store.journal import NO_EPOCHS, Mark
from dlrecipe.store.strict_json import decode, encode, restore_nonfinite

if TYPE_CHECKING:
    from numpy.typing import NDArray

_KIND = b"dlrecipe-checkpoint 2"
_LONGEST_HEAD = 400


@dataclass(frozen=True)
class Checkpoint:
    """A state as it was saved.

    `number` counts the saves of the run from 1. `journal` is the mark of the epochs that it follows. `note`
    is empty, or says which file was damaged, so that this is perhaps not the newest state; nothing is lost by
    going on from it, only trained twice.
    """

    number: int
    arrays: "dict[str, NDArray[Any]]"
    meta: dict[str, Any]
    journal: Mark
    note: str = ""


@final
class Checkpoints:
    """The checkpoints in a directory, made if there is none; one writer at a time (it holds the run's lock).

    Args:
        directory: the run's `checkpoint/`.
        run: what tells the run from others for good: the id that it was created with.
        journal: called before each save to bring the journal to the disk, which a checkpoint may not be ahead
            of; it returns the journal's mark.
    """

    def __init__(
        self, directory: Path, run: str = "", *, journal: Callable[[], Mark] = lambda: NO_EPOCHS
    ) -> None:
        self._directory = directory
        self._run = run
        self._journal = journal
        self._newest: int | None = None  # unknown until the files have been looked at

    def save(self, arrays: "Mapping[str, NDArray[Any]]", meta: Mapping[str, object]) -> None:
        """Save a state; when it returns, neither a kill nor a loss of power takes it away.

        Args:
            arrays: of any shape and dtype that safetensors knows.
            meta: JSON-able; whole numbers of any length, NaN and infinity come back as they were.
        Raises:
            RunDamaged: there are checkpoints, and none is intact.
            StoreError: the disk is full, …; the checkpoints are as they were before.
        """
        if self._newest is None:
            self.load()
        mark = self._journal()
        number = (self._newest or 0) + 1
        if not self._exists():
            with os_errors_explained(self._directory):
                os.mkdir(self._directory)
                sync_directory(self._directory.parent)
        write_bytes(self._slot(number), _pack(number, self._run, mark, arrays, meta))
        self._newest = number

    def load(self) -> Checkpoint | None:
        """Return the newest intact state, or None if nothing was saved yet.

        Raises:
            RunDamaged: there are checkpoints, and none is intact.
        """
        intact: list[Checkpoint] = []
        faults: list[str] = []
        for path in (self._slot(1), self._slot(2)) if self._exists() else ():
            if is_there(path):
                try:
                    intact.append(self._read(path))
                except RunDamaged as error:
                    faults.append(f"{path.name}: {error.what}")
        if not intact and faults:
            raise RunDamaged(
                "no checkpoint is intact; " + "; ".join(faults),
                where=str(self._directory),
                remedy="The run cannot be resumed. Start a new one from the same config.",
            )
        newest = max(intact, key=lambda checkpoint: checkpoint.number, default=None)
        self._newest = newest.number if newest else 0
        if newest is None:
            return None
        if newest.number > 1 and len(intact) + len(faults) < 2:
            faults.append("one of the two files is missing")
        return replace(newest, note="; ".join(faults))

    def journal_marks(self) -> list[Mark]:
        """Return what the checkpoints note of the journal, without reading the states.

        A damaged one notes nothing: to report that is for `load`.
        """
        marks = []
        for number in (1, 2):
            with suppress(ValueError, StoreError):
                line, _, _ = read_bytes(self._slot(number), _LONGEST_HEAD).partition(b"\n")
                marks.append(_open_head(line, self._run).journal)
        return marks

    def _exists(self) -> bool:
        """Return whether the directory is there.

        Raises:
            RunDamaged: something else is: a link could lead a save out of the run.
        """
        with os_errors_explained(self._directory):
            try:
                mode = os.lstat(self._directory).st_mode
            except FileNotFoundError:
                return False
        if stat.S_ISDIR(mode):
            return True
        raise altered(self._directory, "this is not a directory")

    def _read(self, path: Path) -> Checkpoint:
        checkpoint = unpack_checkpoint(read_bytes(path), path, self._run)
        if self._slot(checkpoint.number) != path:
            raise altered(path, "the file is another one's copy")
        return checkpoint

    def _slot(self, number: int) -> Path:
        return self._directory / ("odd.checkpoint" if number % 2 else "even.checkpoint")


@dataclass(frozen=True)
class _Head:
    """The first line of a file."""

    number: int
    journal: Mark
    body_sha256: str

    def line(self, run: str) -> bytes:
        """Return it as it stands in a file of this run, without the line break."""
        fields = f"{self.number} {self.journal.n_epochs} {self.journal.sha256} {self.body_sha256}"
        start = b"%s %s " % (_KIND, fields.encode())
        return start + digest(start + run.encode()).encode()


def _open_head(line: bytes, run: str) -> _Head:
    """Return what a first line says.

    Raises:
        ValueError: it is not what was written, or not of this run.
    """
    number, n_epochs, of_lines, of_body, _ = line.removeprefix(_KIND).decode("ascii").split()
    head = _Head(int(number), Mark(int(n_epochs), of_lines), of_body)
    # It is made again rather than taken apart, so that not one byte of it is free to change.
    if head.line(run) != line:
        raise ValueError("its digest does not match")
    return head


def _pack(
    number: int, run: str, journal: Mark, arrays: "Mapping[str, NDArray[Any]]", meta: Mapping[str, object]
) -> bytes:
    body = encode(meta).encode() + b"\n" + pack_arrays(arrays)
    return _Head(number, journal, digest(body)).line(run) + b"\n" + body


def unpack_checkpoint(data: bytes, path: Path, run: str = "") -> Checkpoint:
    """Return the state in the bytes of a run's checkpoint; `path` is for the message.

    Raises:
        RunDamaged: they are not what was written.
    """
    try:
        line, _, body = data.partition(b"\n")
        head = _open_head(line, run)
        if head.body_sha256 != digest(body):
            raise ValueError("its digest does not match")
        meta, _, arrays = body.partition(b"\n")
        return Checkpoint(head.number, unpack_arrays(arrays), restore_nonfinite(decode(meta)), head.journal)
    except ValueError as error:
        raise altered(path) from error
