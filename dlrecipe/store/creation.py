"""The making of a run directory: complete, or not at all.

It is built under a hidden name beside its place and gets its name by one rename, so that no listing ever sees
half a run. Knows nothing of what the files say.
"""

import errno
import os
import secrets
import time
from collections.abc import Mapping
from contextlib import suppress
from datetime import UTC, datetime
from pathlib import Path

from dlrecipe.store.array_files import digest
from dlrecipe.store.atomic import os_errors_explained, sync_directory, write_new_files
from dlrecipe.store.deletion import clear_deleted
from dlrecipe.store.record import RECORD, SCHEMA_VERSION, check_callers_keys, pack_record
from dlrecipe.store.run_ids import new_run_id
from dlrecipe.store.trees import remove_tree

CHECKPOINTS = "checkpoint"
_HIDDEN = ".creating-"
_LEFT_BEHIND_S = 3600.0


def create_directory(
    runs_dir: Path, name: str, *, files: Mapping[str, str | bytes], record: Mapping[str, object]
) -> Path:
    """Make a run directory and return its path; the runs directory is made if there is none.

    Args:
        name: the config's name, the first part of the id.
        files: contents by file name, such as `config.yaml`; texts are written in UTF-8.
        record: the caller's part of run.json; `status` is `running` unless it says otherwise.
    Raises:
        ValueError: the name does not fit into an id, or the record sets what the store keeps.
        StoreError: the runs directory cannot be written to; nothing is left there.
    """
    check_callers_keys(record)
    with os_errors_explained(runs_dir):
        _make_lasting(runs_dir)
        clear_left_behind(runs_dir)
        while True:
            created = datetime.now(UTC)
            run_id = new_run_id(name, created)
            hidden = runs_dir / f"{_HIDDEN}{secrets.token_hex(8)}"
            try:
                hidden.mkdir()
                _fill(hidden, run_id, created, files, record)
                if _renamed(hidden, runs_dir / run_id):
                    sync_directory(runs_dir)
                    return runs_dir / run_id
            finally:
                with suppress(OSError):  # nothing is there any more if it was renamed
                    remove_tree(hidden)


def _make_lasting(directory: Path) -> None:
    """Make a directory and those above it, and bring the new names to the disk."""
    missing = [path for path in (directory, *directory.parents) if not path.exists()]
    directory.mkdir(parents=True, exist_ok=True)
    for path in missing:
        sync_directory(path.parent)


def _fill(
    directory: Path,
    run_id: str,
    created: datetime,
    files: Mapping[str, str | bytes],
    record: Mapping[str, object],
) -> None:
    contents = {name: each.encode() if isinstance(each, str) else each for name, each in files.items()}
    own = {
        "schema_version": SCHEMA_VERSION,
        "run_id": run_id,
        "status": "running",
        "created": created.isoformat(timespec="microseconds"),
        "writer": {"pid": os.getpid(), "host": os.uname().nodename},
    }
    digests = {name: digest(data) for name, data in contents.items()}
    contents[RECORD] = pack_record({**own, **record, "files": digests})
    (directory / CHECKPOINTS).mkdir()
    write_new_files(directory, contents)


def _renamed(hidden: Path, target: Path) -> bool:
    """Give a directory its name, unless another run has it already."""
    try:
        os.rename(hidden, target)
    except OSError as error:
        if error.errno in (errno.EEXIST, errno.ENOTEMPTY):
            return False
        raise
    return True


def clear_left_behind(runs_dir: Path) -> None:
    """Remove what killed processes left: deletions half done, and creations that are certainly over."""
    clear_deleted(runs_dir)
    with suppress(OSError):
        for name in os.listdir(runs_dir):
            if name.startswith(_HIDDEN):
                with suppress(OSError):
                    if time.time() - os.lstat(runs_dir / name).st_mtime > _LEFT_BEHIND_S:
                        remove_tree(runs_dir / name)
