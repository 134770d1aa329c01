"""The journal of a run, metrics.jsonl: one line an epoch, appended and never rewritten.

A line is one JSON object with `epoch` (1, 2, 3, …), sealed by a `check`. It goes to the system in one
unbuffered write, so a killed process loses nothing; it is brought to the disk at most once a second, so a
loss of power takes the epochs of about the last second, and they are trained again from the checkpoint.
Knows nothing of what the figures in a line mean.
"""

import hashlib
import os
import time
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from types import TracebackType
from typing import Any, NamedTuple, NoReturn, Self, final

from dlrecipe.errors import RunDamaged
from dlrecipe.store.atomic import (
    altered,
    is_there,
    os_errors_explained,
    read_bytes,
    sync_directory,
    write_all,
)
from dlrecipe.store.seal import LINE
from dlrecipe.store.strict_json import encode

_SYNC_EVERY_S = 1.0
_FLAGS = os.O_RDWR | os.O_CREAT | os.O_APPEND | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC


class Mark(NamedTuple):
    """What a checkpoint notes of the journal: how many epochs it follows, and the SHA-256 of their lines.

    Nothing in a line tells one run from another, for a run that was resumed must leave the lines of one that
    was not. By its mark a journal that belongs to another run is known all the same.
    """

    n_epochs: int
    sha256: str

    @classmethod
    def of(cls, lines: Sequence[bytes]) -> Self:
        """Return the mark of the epochs with these lines."""
        return cls(len(lines), hashlib.sha256(b"".join(lines)).hexdigest())


NO_EPOCHS = Mark.of(())
"""The mark of a journal that is yet to be begun."""


def read_journal(path: Path, marks: Iterable[Mark] = ()) -> list[dict[str, Any]]:
    """Return the records of a journal, in order, also while a run is writing it; none if there is no file.

    Args:
        marks: what checkpoints note of it; they are read before it, as it goes on while it is read.
    Raises:
        RunDamaged: a line other than a torn last one is not what was written, or not of this run.
    """
    return parse_journal(read_bytes(path) if is_there(path) else b"", path, marks)


def parse_journal(data: bytes, path: Path, marks: Iterable[Mark] = ()) -> list[dict[str, Any]]:
    """Return the records of a journal's bytes; `path` is for the message. See `read_journal`."""
    lines = whole_lines(data)
    records = [_record(line, number, path) for number, line in enumerate(lines, start=1)]
    for mark in marks:
        _check_mark(lines, mark, path)
    return records


@final
class Journal:
    """A journal open for appending, by one writer at a time (the caller holds the run's lock).

    Args:
        path: the file, made if there is none. A torn last line is cut off.
        checkpoint: the mark in the checkpoint that training resumes from. Epochs after it will be trained
            again, so damage there (a loss of power may tear lines that were not on the disk yet) is cut off;
            without it, all damage before the last line is an error.
        repeats: whether an epoch that is trained again must give the line that is there. On another machine
            its last bits may differ; then the line stays as it was first written.
    Raises:
        RunDamaged: a line that cannot be written again is not what was written, not of this run, or missing.
        StoreError: the file cannot be opened.
    """

    def __init__(self, path: Path, *, checkpoint: Mark | None = None, repeats: bool = True) -> None:
        self._path = path
        self._repeats = repeats
        with os_errors_explained(path):
            self._descriptor = os.open(path, _FLAGS, 0o666)
            try:
                data = read_bytes(path)
                self._lines = _repeatable(data, path, checkpoint)
                self._size = sum(map(len, self._lines))
                if self._size < len(data):
                    os.ftruncate(self._descriptor, self._size)
                sync_directory(path.parent, [self._descriptor])
            except BaseException:
                os.close(self._descriptor)
                raise
        self._n_epochs = len(self._lines)
        # Of the epochs that are trained, now or before the checkpoint: those after it are there, and to come.
        self._n_trained = self._n_epochs if checkpoint is None else checkpoint.n_epochs
        self._trained = hashlib.sha256(b"".join(self._lines[: self._n_trained]))
        self._synced_at, self._is_on_disk = time.monotonic(), True

    @property
    def n_epochs(self) -> int:
        """How many epochs the journal holds."""
        return self._n_epochs

    def append(self, record: Mapping[str, object]) -> None:
        """Append the record of an epoch, or check that it repeats the one already there.

        Written for speed: 15,000 epochs must cost a fraction of a second (benchmarks/overheads.py).

        Args:
            record: `epoch`, counted from 1, and whatever the epoch has to tell; what is not finite becomes
                null, marked. It must not depend on the clock, or a resumed run could not repeat it.
        Raises:
            RunDamaged: the epoch is there already and differs where it must repeat, or the one before it is
                missing.
            StoreError: the disk is full, …; the journal is as it was before.
        """
        line = LINE.close(encode(record))
        epoch: Any = record["epoch"]
        if epoch != self._n_epochs + 1:
            self._check_repeats(epoch, record, line)
            self._note_trained(self._lines[epoch - 1])
            return
        try:
            write_all(self._descriptor, line)
        except OSError as error:
            self._drop_part_of_line(error)
        self._size += len(line)
        self._n_epochs += 1
        self._is_on_disk = False
        self._note_trained(line)
        if time.monotonic() - self._synced_at >= _SYNC_EVERY_S:
            self.sync()

    def mark(self) -> Mark:
        """Return the mark of the epochs trained so far, for a checkpoint.

        All lines are brought to the disk first, as a checkpoint may not be ahead of the journal.
        """
        self.sync()
        return Mark(self._n_trained, self._trained.hexdigest())

    def sync(self) -> None:
        """Bring all lines to the disk, if they are not there."""
        if self._is_on_disk:
            return
        with os_errors_explained(self._path):
            os.fsync(self._descriptor)
        self._synced_at, self._is_on_disk = time.monotonic(), True

    def close(self) -> None:
        """Bring all lines to the disk and close the file; a second call does nothing."""
        if self._descriptor < 0:
            return
        with os_errors_explained(self._path):
            try:
                self.sync()
            finally:
                descriptor, self._descriptor = self._descriptor, -1
                os.close(descriptor)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def _note_trained(self, line: bytes) -> None:
        self._n_trained += 1
        self._trained.update(line)

    def _drop_part_of_line(self, error: OSError) -> NoReturn:
        with os_errors_explained(self._path):
            os.ftruncate(self._descriptor, self._size)
            raise error

    def _check_repeats(self, epoch: Any, record: Mapping[str, object], line: bytes) -> None:
        where = f"{self._path}:{epoch}"
        if not isinstance(epoch, int) or epoch < 1:
            raise ValueError(f"epochs are counted from 1, not {epoch!r}")
        if epoch > self._n_epochs:
            raise RunDamaged(
                f"epoch {epoch} follows epoch {self._n_epochs}: the lines between them are missing",
                where=where,
                remedy=_START_AGAIN,
            )
        if epoch > len(self._lines):
            raise ValueError(f"epoch {epoch} was appended by this very process")
        if line != self._lines[epoch - 1] and self._repeats:
            before = LINE.open(self._lines[epoch - 1])
            now = LINE.open(line)
            raise RunDamaged(
                f"the resumed run does not repeat what was written: epoch {epoch} {_difference(before, now)}",
                where=where,
                remedy=f"Has a library, the processor or a file changed since?\n{_START_AGAIN}",
            )


_START_AGAIN = "Start a new run from the same config; this one is left as it is."


def whole_lines(data: bytes) -> list[bytes]:
    """Return the lines that end in a newline; what follows the last one is torn, or being written."""
    return data[: data.rfind(b"\n") + 1].splitlines(keepends=True)


def _repeatable(data: bytes, path: Path, checkpoint: Mark | None) -> list[bytes]:
    """Return the lines to keep: all whole ones, up to the first damaged one that is to be written again."""
    lines = whole_lines(data)
    for number, line in enumerate(lines, start=1):
        try:
            _record(line, number, path)
        except RunDamaged:
            if checkpoint is None or number <= checkpoint.n_epochs:
                raise
            lines = lines[: number - 1]
            break
    if checkpoint is not None:
        _check_mark(lines, checkpoint, path)
    return lines


def _check_mark(lines: Sequence[bytes], mark: Mark, path: Path) -> None:
    if len(lines) < mark.n_epochs:
        raise RunDamaged(
            f"the journal ends at epoch {len(lines)}, before the checkpoint of epoch {mark.n_epochs}",
            where=str(path),
            remedy=_START_AGAIN,
        )
    if Mark.of(lines[: mark.n_epochs]) != mark:
        raise altered(
            path,
            f"its epochs 1 to {mark.n_epochs} are not those that the run's checkpoint follows: it is another "
            "run's journal, or was altered",
        )


def _record(line: bytes, number: int, path: Path) -> dict[str, Any]:
    try:
        record = LINE.open(line)
    except ValueError as error:
        raise RunDamaged(f"the line is damaged: {error}", where=f"{path}:{number}") from error
    if record.get("epoch") != number:
        raise RunDamaged(
            f"epoch {number} should stand here, not {record.get('epoch')!r}", where=f"{path}:{number}"
        )
    return record


def _difference(before: Mapping[str, object], now: Mapping[str, object]) -> str:
    for key in (*before, *now):
        if before.get(key) != now.get(key):
            return f"had {key} {before.get(key)!r} and now has {now.get(key)!r}"
    return "had its figures in another order"
