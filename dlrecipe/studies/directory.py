"""A study on the disk: `<runs>/studies/<id>/`, what it was asked for, and the trials that have ended.

`study.json`, sealed, says what was asked, the most of it where more was asked later; `trials.jsonl` gets a
sealed line a trial as it ends, so that a study can be stopped at any time and resumed; `trials/` holds the
note of each trial's run.
The runs themselves lie with all others in the runs directory. Knows nothing of what is studied.
"""

import os
import secrets
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from datetime import UTC, datetime
from itertools import chain
from pathlib import Path
from typing import Any, Self, final

from dlrecipe.errors import InputError, RunDamaged, StoreError
from dlrecipe.store.atomic import (
    is_there,
    os_errors_explained,
    read_bytes,
    sync_directory,
    write_all,
    write_bytes,
)
from dlrecipe.store.journal import whole_lines
from dlrecipe.store.locks import RunLock
from dlrecipe.store.run_ids import STUDIES, is_plain, new_run_id, time_of
from dlrecipe.store.seal import LINE, PAGE
from dlrecipe.store.strict_json import encode
from dlrecipe.studies.trial import Place

RECORD, JOURNAL, NOTES = "study.json", "trials.jsonl", "trials"
SCHEMA_VERSION = 1
_TOLD = 3
"""Differences of two studies up to which the one is taken for what the other meant to go on with."""
_APPEND = os.O_RDWR | os.O_CREAT | os.O_APPEND | os.O_NOFOLLOW | os.O_CLOEXEC


@final
class StudyDirectory:
    """A study that is there.

    Args:
        path: its directory; its name is the study's id.
    Raises:
        RunDamaged: study.json is missing or altered.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        file = path / RECORD
        try:
            self.record: Mapping[str, Any] = PAGE.open(read_bytes(file))
        except ValueError as error:
            raise RunDamaged(str(error), where=str(file)) from error

    @classmethod
    def create(cls, runs_dir: Path, name: str, record: Mapping[str, Any]) -> Self:
        """Make a new study, complete or not at all.

        Args:
            name: the first part of its id, such as `digits-sweep`.
            record: what was asked for; `kind` says what made it.
        Raises:
            StoreError: the runs directory cannot be written to.
        """
        created = datetime.now(UTC)
        parent = runs_dir / STUDIES
        with os_errors_explained(parent):
            parent.mkdir(parents=True, exist_ok=True)
            study_id = new_run_id(name[:64], created)
            hidden = parent / f".creating-{secrets.token_hex(8)}"
            (hidden / NOTES).mkdir(parents=True)
            own = {"schema_version": SCHEMA_VERSION, "study_id": study_id, "created": created.isoformat()}
            write_bytes(hidden / RECORD, PAGE.close(encode({**own, **record}, indent=2)))
            os.rename(hidden, parent / study_id)
            sync_directory(parent)
        return cls(parent / study_id)

    @property
    def id(self) -> str:
        """The study's id."""
        return self.path.name

    def place(self, runs_dir: Path) -> Place:
        """Return where its trials are kept, for workers."""
        return Place(self.id, runs_dir.absolute(), (self.path / NOTES).absolute())

    def ask(self, asked: Mapping[str, Any]) -> None:
        """Note that this is asked of it now; only who writes the study may.

        Raises:
            StoreError: the runs directory cannot be written to.
        """
        if self.record.get("asked") != asked:
            record = {**self.record, "asked": dict(asked)}
            with os_errors_explained(self.path):
                write_bytes(self.path / RECORD, PAGE.close(encode(record, indent=2)))
            self.record = record

    def results(self) -> list[dict[str, Any]]:
        """Return what was noted of trials, in the order in which they ended; a torn last line is left out.

        Raises:
            RunDamaged: a line before is not what was written.
        """
        path = self.path / JOURNAL
        data = read_bytes(path) if is_there(path) else b""
        return [_opened(line, f"{path}:{number}") for number, line in enumerate(whole_lines(data), start=1)]

    @contextmanager
    def writing(self) -> Iterator["StudyJournal"]:
        """Be the one that notes results; a torn last line is cut off.

        Raises:
            RunLocked: another process works on the study.
            RunDamaged: a line before is not what was written.
        """
        with RunLock(self.path).held():
            path = self.path / JOURNAL
            self.results()  # a damaged journal is refused before it grows
            with os_errors_explained(path):
                descriptor = os.open(path, _APPEND, 0o666)
                try:
                    data = read_bytes(path)
                    os.ftruncate(descriptor, data.rfind(b"\n") + 1)
                    yield StudyJournal(descriptor, path)
                finally:
                    os.close(descriptor)


@final
class StudyJournal:
    """The journal of a study, open for appending."""

    def __init__(self, descriptor: int, path: Path) -> None:
        self._descriptor, self._path = descriptor, path

    def append(self, record: Mapping[str, Any]) -> None:
        """Note a result; when this returns, it is on the disk."""
        with os_errors_explained(self._path):
            write_all(self._descriptor, LINE.close(encode(record)))
            os.fsync(self._descriptor)


def new_study(runs_dir: Path, kind: str, name: str, asked: Mapping[str, Any]) -> StudyDirectory:
    """Make the study of a config.

    Args:
        kind: what makes it, such as `sweep`.
        name: the config's name.
        asked: what is asked for, by which `open_study` finds it again.
    Raises:
        StoreError: the runs directory cannot be written to.
    """
    head = name[: 64 - len(kind) - 1]
    return StudyDirectory.create(runs_dir, f"{head}-{kind}", {"kind": kind, "asked": asked})


def open_study(
    runs_dir: Path,
    kind: str,
    name: str,
    asked: Mapping[str, Any],
    *,
    resume: bool,
    goes_on: Callable[[Mapping[str, Any]], bool] = lambda old: False,
) -> StudyDirectory:
    """Return a new study, or the newest one of a kind that was asked the same, to go on with.

    Args:
        name, asked: as `new_study`.
        goes_on: whether a study that was asked something else can go on as what is asked now; the newest of
            these is taken where none was asked the same.
    Raises:
        InputError: there is none to go on with.
        StoreError: the runs directory cannot be written to.
    """
    if not resume:
        return new_study(runs_dir, kind, name, asked)
    studies = find_studies(runs_dir, kind)
    same = (study for study in studies if study.record.get("asked") == asked)
    others = (study for study in studies if goes_on(study.record.get("asked") or {}))
    for study in chain(same, others):
        return study
    raise InputError(
        f"there is no {kind.replace('-', ' ')} of this config with these options to go on with",
        where=str(runs_dir / STUDIES),
        remedy="Give the same command as before with --resume beside it, or leave out --resume."
        + _nearest(studies, asked),
    )


def _nearest(studies: Sequence[StudyDirectory], asked: Mapping[str, Any]) -> str:
    """Return in what that study differs which was asked most nearly the same; nothing where none is near."""
    found = [(differences(study.record.get("asked"), asked), study.id) for study in studies]
    differing, study_id = min(found, key=lambda each: len(each[0]), default=([], ""))
    # Of a learning curve's config only a digest is kept, which tells nobody what is different.
    if not 0 < len(differing) <= _TOLD or any(path == "config_key" for path, _, _ in differing):
        return ""
    told = ", ".join(
        f"{path.removeprefix('config.')} is {encode(new)} and was {encode(old)}"
        for path, old, new in differing
    )
    return f"\nNearest is {study_id}: {told}."


def differences(old: Any, new: Any, path: str = "") -> list[tuple[str, Any, Any]]:
    """Return the paths at which two trees of plain data differ, with what stands there in each."""
    if not isinstance(old, Mapping) or not isinstance(new, Mapping):
        return [] if old == new else [(path, old, new)]
    return [
        each
        for key in dict.fromkeys([*old, *new])
        for each in differences(old.get(key), new.get(key), f"{path}.{key}".removeprefix("."))
    ]


def find_studies(runs_dir: Path, kind: str) -> list[StudyDirectory]:
    """Return the studies of a kind, the newest first; one that is damaged is passed over."""
    folder = runs_dir / STUDIES
    if not is_there(folder):
        return []
    with os_errors_explained(folder):
        names = [name for name in os.listdir(folder) if is_plain(name) and time_of(name)]
    found = []
    for name in names:
        with suppress(StoreError):
            found.append(StudyDirectory(folder / name))
    studies = [study for study in found if study.record.get("kind") == kind]
    return sorted(studies, key=lambda study: str(study.record["created"]), reverse=True)


def _opened(line: bytes, where: str) -> dict[str, Any]:
    try:
        return LINE.open(line)
    except ValueError as error:
        raise RunDamaged(f"the line is damaged: {error}", where=where) from error
