"""run.json: what a run says of itself, sealed, replaced whole. Knows nothing of the other files' contents.

The store keeps `schema_version`, `run_id`, `created`, `files` (SHA-256 by file name) and `files_pending`; the
rest (`status`, seeds, environment, results, …) belongs to the caller.
"""

import os
import re
from collections.abc import Mapping, Sequence
from datetime import datetime
from pathlib import Path
from typing import Any

from dlrecipe.errors import RunDamaged, StoreError
from dlrecipe.store.atomic import read_bytes, write_bytes
from dlrecipe.store.locks import is_held
from dlrecipe.store.seal import PAGE
from dlrecipe.store.strict_json import encode

RECORD = "run.json"
SCHEMA_VERSION = 1
KEPT_BY_STORE = frozenset({"schema_version", "run_id", "created", "files", "files_pending", "check"})
"""Keys that a caller may not set."""
_HEAD = ("schema_version", "run_id", "status", "created")
_FILE_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9_.-]{0,99}", re.ASCII)


def pack_record(record: Mapping[str, object]) -> bytes:
    """Return the bytes of a run.json."""
    return PAGE.close(encode(record, indent=2))


def write_record(directory: Path, record: Mapping[str, object]) -> None:
    """Replace the run.json of a run."""
    write_bytes(directory / RECORD, pack_record(record))


def read_record(directory: Path | str, keys: Sequence[str] | None = None) -> dict[str, Any]:
    """Return what the run.json of a run says.

    Args:
        keys: the caller's keys that are wanted, where not all are: with `run_id`, `status` and `created` they
            are read in half of the time.
    Raises:
        RunDamaged: it is missing, or is not what was written.
        StoreError: a newer version of dlrecipe wrote it.
    """
    path = os.path.join(directory, RECORD)  # a Path would take as long to make as the file to read
    try:
        data = read_bytes(path)
        record = PAGE.open(data) if keys is None else PAGE.open_sections(data, (*_HEAD, *keys))
        version = record.get("schema_version")
        if version != SCHEMA_VERSION:
            raise StoreError(
                f"the run has schema version {version!r}; this dlrecipe reads {SCHEMA_VERSION}",
                where=path,
                remedy="Use the version of dlrecipe that made the run.",
            )
        _check_head(record)
        if keys is None:
            _check_files(record)
    except ValueError as error:
        raise RunDamaged(str(error), where=path, remedy=_EDITED) from error
    return record


def check_callers_keys(changes: Mapping[str, object]) -> None:
    """Refuse keys that the store itself keeps.

    Raises:
        ValueError: there are such keys.
    """
    if KEPT_BY_STORE & changes.keys():
        raise ValueError(f"the store itself keeps {sorted(KEPT_BY_STORE & changes.keys())}")


def status_of(directory: Path | str, record: Mapping[str, Any]) -> str:
    """Return what the record says, or `interrupted` if it says `running` and nobody holds the lock."""
    status: str = record["status"]
    return "interrupted" if status == "running" and not is_held(Path(directory)) else status


def is_file_name(name: str) -> bool:
    """Return whether a file of a run may be called so: one plain name, that leads nowhere else."""
    return _FILE_NAME.fullmatch(name) is not None


def _check_head(record: Mapping[str, Any]) -> None:
    if {type(record.get(key)) for key in ("run_id", "status", "created")} != {str}:
        raise ValueError("run_id, status and created are not all texts")
    if datetime.fromisoformat(record["created"]).tzinfo is None:
        raise ValueError("created has no time zone")


def _check_files(record: Mapping[str, Any]) -> None:
    for files in (record.get("files"), record.get("files_pending", {})):
        if not isinstance(files, dict) or not all(isinstance(sha256, str) for sha256 in files.values()):
            raise ValueError("files is not a mapping from names to SHA-256")
        if not all(map(is_file_name, files)):
            raise ValueError("files holds a name that is none of a run's files")


_EDITED = "run.json is written by the store alone; if you edited it, undo that."
