"""One run's directory: run.json, which knows the SHA-256 of the others, and the files that it vouches for.

Files are written under the run's lock and are read only when their digest is the one in run.json. Where a
file is replaced, run.json names the new digest beside the old one (`files_pending`) until the change is
complete, so that a kill at any point leaves the old file or the new one. Knows nothing of configs, training
or terminals: it deals in texts, arrays and mappings.
"""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, Self, final

from dlrecipe.errors import RunDamaged
from dlrecipe.store.array_files import digest, pack_arrays, unpack_arrays
from dlrecipe.store.atomic import altered, is_there, read_bytes, remove_temporary, write_in_turn
from dlrecipe.store.checkpoints import Checkpoints
from dlrecipe.store.creation import CHECKPOINTS, create_directory
from dlrecipe.store.journal import NO_EPOCHS, Journal, Mark, parse_journal, read_journal
from dlrecipe.store.locks import RunLock
from dlrecipe.store.record import (
    RECORD,
    check_callers_keys,
    is_file_name,
    pack_record,
    read_record,
    status_of,
    write_record,
)
from dlrecipe.store.strict_json import decode, encode, restore_nonfinite

if TYPE_CHECKING:
    from numpy.typing import NDArray

JOURNAL = "metrics.jsonl"
_PREPROCESSING = "preprocessing.json"
_PREPROCESSING_ARRAYS = "preprocessing"
_READ_ATTEMPTS = 3
_NOTHING: Mapping[str, object] = MappingProxyType({})


@final
class RunDirectory:
    """A run on the disk. Reading needs no lock; every write takes it, and is refused while another holds it.

    Args:
        path: the directory; its name is the run's id.
    Raises:
        RunDamaged: run.json is missing or altered.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        self._record = read_record(path)
        self._lock = RunLock(path)
        self._is_noted = True

    @classmethod
    def create(
        cls, runs_dir: Path, name: str, *, files: Mapping[str, str | bytes], record: Mapping[str, object]
    ) -> Self:
        """Make a new run, complete or not at all; see `creation.create_directory`."""
        for file_name in files:
            _check_file_name(file_name)
        return cls(create_directory(runs_dir, name, files=files, record=record))

    @property
    def id(self) -> str:
        """The run's id."""
        return self.path.name

    @property
    def record(self) -> Mapping[str, Any]:
        """What run.json says, as last read or written by this object."""
        return MappingProxyType(self._record)

    @property
    def status(self) -> str:
        """The recorded status, but `interrupted` for a run that says `running` and that nobody writes."""
        return status_of(self.path, self._record)

    def refresh(self) -> None:
        """Read run.json again.

        Raises:
            RunDamaged: it is missing or altered.
        """
        if self._is_noted:  # else this object holds the lock, and knows more than the file
            self._record = read_record(self.path)

    @contextmanager
    def lock(self) -> Iterator[None]:
        """Be the one that writes; what a writer that was killed left half done is completed first.

        Raises:
            RunLocked: another process is writing the run.
        """
        first = not self._lock.is_ours
        with self._lock.held():
            if first:
                self.refresh()
                self._finish_killed_writes()
            try:
                yield
            finally:
                if first and not self._is_noted:
                    self._commit(self._record)

    def update_record(self, changes: Mapping[str, object]) -> None:
        """Set top-level keys of run.json in one atomic write.

        Raises:
            ValueError: a key that the store itself keeps.
        """
        check_callers_keys(changes)
        with self.lock():
            self._commit({**self._record, **changes})

    def has(self, name: str) -> bool:
        """Return whether run.json vouches for a file of this name."""
        return name in self._record["files"]

    def write_files(self, files: Mapping[str, bytes], changes: Mapping[str, object] = _NOTHING) -> None:
        """Write files, note their digests, and set keys of run.json along with them.

        Args:
            files: contents by file name.
            changes: keys of run.json to set when the files are there.
        Raises:
            RunLocked, StoreError: nothing has changed, or the change is completed by the next writer.
        """
        check_callers_keys(changes)
        for name in files:
            _check_file_name(name)
        digests = {name: digest(data) for name, data in files.items()}
        with self.lock():
            known = self._record["files"]
            if known.keys() & digests.keys():
                self._commit({**self._record, "files_pending": digests})
            record = {**self._record, **changes, "files": {**known, **digests}}
            record.pop("files_pending", None)
            write_in_turn(self.path, [files, {RECORD: pack_record(record)}])
            self._record, self._is_noted = record, True

    def read_file(self, name: str) -> bytes:
        """Return the contents of a file, checked against run.json.

        Raises:
            RunDamaged: it is missing, cut or altered, or run.json does not vouch for it.
        """
        for _ in range(_READ_ATTEMPTS):
            accepted = self._digests(name)
            if accepted:
                data = read_bytes(self.path / name)
                if digest(data) in accepted:
                    return data
            self.refresh()  # a run that is going on may have replaced both in the meantime
        if not self._digests(name):
            raise RunDamaged("run.json does not vouch for this file", where=str(self.path / name))
        raise altered(self.path / name)

    def write_text(self, name: str, text: str) -> None:
        """Write a text in UTF-8, such as `report.html`."""
        self.write_files({name: text.encode()})

    def read_text(self, name: str) -> str:
        """Return a text, checked against run.json."""
        return self.read_file(name).decode()

    def write_weights(
        self, name: str, arrays: "Mapping[str, NDArray[Any]]", changes: Mapping[str, object] = _NOTHING
    ) -> None:
        """Write arrays as `<name>.safetensors`, and set keys of run.json along with them."""
        self.write_files({f"{name}.safetensors": pack_arrays(arrays)}, changes)

    def read_weights(self, name: str) -> "dict[str, NDArray[Any]]":
        """Return the arrays of `<name>.safetensors`, checked against run.json; all of them are finite.

        Raises:
            RunDamaged: the file is not what was written, or holds what no run keeps.
        """
        import numpy as np

        path = self.path / f"{name}.safetensors"
        try:
            arrays = unpack_arrays(self.read_file(path.name))
        except ValueError as error:
            raise altered(path, str(error)) from error
        for array_name, array in arrays.items():
            if not np.isfinite(array).all():
                raise RunDamaged(f"{array_name} holds numbers that are not finite", where=str(path))
        return arrays

    def read_preprocessing(self) -> "tuple[dict[str, Any], dict[str, NDArray[Any]]]":
        """Return what `preprocessing_files` was given, checked against run.json."""
        meta = restore_nonfinite(decode(self.read_file(_PREPROCESSING)))
        return meta, self.read_weights(_PREPROCESSING_ARRAYS)

    @contextmanager
    def journal(self, *, checkpoint: Mark | None = None, repeats: bool = True) -> Iterator[Journal]:
        """Hold the lock and the open journal.

        After a clean end run.json notes its digest too: with the next change, or when the lock is let go.

        Args:
            checkpoint, repeats: see `Journal`.
        """
        with self.lock():
            if self.has(JOURNAL):
                self.read_file(JOURNAL)
                files = {name: sha256 for name, sha256 in self._record["files"].items() if name != JOURNAL}
                self._commit({**self._record, "files": files})
            path = self.path / JOURNAL
            with Journal(path, checkpoint=checkpoint, repeats=repeats) as journal:
                yield journal
            files = {**self._record["files"], JOURNAL: digest(read_bytes(path))}
            self._record, self._is_noted = {**self._record, "files": files}, False

    def read_journal(self) -> list[dict[str, Any]]:
        """Return the records of all epochs, also while the run is going on.

        Raises:
            RunDamaged: a line is not what was written, or not of this run.
        """
        try:
            self.refresh()
            if self.has(JOURNAL):
                return parse_journal(self.read_file(JOURNAL), self.path / JOURNAL)
        except RunDamaged:
            if self.has(JOURNAL):
                raise
        # Where run.json does not vouch for it (yet), the checkpoints know the epochs up to them.
        return read_journal(self.path / JOURNAL, self.checkpoints().journal_marks())

    @property
    def n_epochs(self) -> int:
        """How many epochs have come to their end, by the lines of the journal; they are not checked."""
        path = self.path / JOURNAL
        return read_bytes(path).count(b"\n") if is_there(path) else 0

    def checkpoints(self, journal: Journal | None = None) -> Checkpoints:
        """Return the run's checkpoints; to save, give the journal, which a checkpoint may not be ahead of."""
        return Checkpoints(
            self.path / CHECKPOINTS,
            self._record["run_id"],
            journal=journal.mark if journal else lambda: NO_EPOCHS,
        )

    def _digests(self, name: str) -> set[str]:
        listed = (self._record["files"], self._record.get("files_pending", {}))
        return {files[name] for files in listed if name in files}

    def _commit(self, record: dict[str, Any]) -> None:
        write_record(self.path, record)
        self._record, self._is_noted = record, True

    def _finish_killed_writes(self) -> None:
        """Settle which of the pending files arrived, and remove temporary files that nobody will rename."""
        pending = self._record.get("files_pending")
        if pending:
            arrived = {name: sha256 for name, sha256 in pending.items() if self._is_on_disk(name, sha256)}
            record = {**self._record, "files": {**self._record["files"], **arrived}}
            del record["files_pending"]
            self._commit(record)
        for directory in (self.path, self.path / CHECKPOINTS):
            remove_temporary(directory)

    def _is_on_disk(self, name: str, sha256: str) -> bool:
        try:
            return digest(read_bytes(self.path / name)) == sha256
        except RunDamaged:
            return False


def preprocessing_files(meta: Mapping[str, object], arrays: "Mapping[str, NDArray[Any]]") -> dict[str, bytes]:
    """Return the files that `read_preprocessing` reads, by name."""
    return {
        _PREPROCESSING: f"{encode(meta, indent=2)}\n".encode(),
        f"{_PREPROCESSING_ARRAYS}.safetensors": pack_arrays(arrays),
    }


def _check_file_name(name: str) -> None:
    if not is_file_name(name) or name in (RECORD, JOURNAL):
        raise ValueError(f"{name!r} cannot be the name of a run's file")
