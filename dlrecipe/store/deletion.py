"""The deletion of a run: gone at once, or still there whole.

The directory is moved out of sight by one rename, under the run's lock, and only then emptied; a kill in
between leaves a hidden directory that the next creation or deletion clears away. Knows nothing of what a run
holds: a damaged one is deleted like any other.
"""

import os
import secrets
import stat
from collections.abc import Callable
from contextlib import ExitStack, suppress
from pathlib import Path

from dlrecipe.errors import RunDamaged, RunLocked, StoreError
from dlrecipe.store.atomic import os_errors_explained, sync_directory
from dlrecipe.store.locks import LOCK, RunLock
from dlrecipe.store.trees import remove_tree

DELETING = ".deleting-"
"""How the hidden name of a directory starts that is being deleted."""


def delete_directory(path: Path, still_wanted: Callable[[], bool] = lambda: True) -> bool:
    """Delete the run in `path`, and return whether it was.

    Args:
        still_wanted: asked under the lock, since somebody may have gone on with the run in the meantime.
    Raises:
        RunLocked: a process is writing the run; nothing has changed.
        RunDamaged: there is no such directory, or it is a link.
        StoreError: it cannot be moved away (nothing has changed), or cannot be emptied (it is no run any
            more, and the message says what is left).
    """
    hidden = path.with_name(f"{DELETING}{secrets.token_hex(8)}")
    with os_errors_explained(path):
        if not stat.S_ISDIR(os.lstat(path).st_mode):
            raise RunDamaged("this is not a directory", where=str(path), remedy="Delete it by hand.")
        with ExitStack() as stack:
            _take_lock(path, stack)
            if not still_wanted():
                return False
            os.rename(path, hidden)
        sync_directory(path.parent)
    try:
        remove_tree(hidden)
    except OSError as error:
        raise StoreError(
            f"the run is deleted, but its files could not all be removed: {error.strerror or error}",
            where=str(hidden),
            remedy="Remove that directory by hand.",
        ) from error
    return True


def _take_lock(path: Path, stack: ExitStack) -> None:
    """Take the run's lock, unless there is none that anybody could hold.

    On a full disk there is no room to make one, and in a damaged run anything may stand in its place.
    """
    try:
        stack.enter_context(RunLock(path).held())
    except RunLocked:
        raise
    except StoreError:
        with suppress(FileNotFoundError):
            if stat.S_ISREG(os.lstat(path / LOCK).st_mode):
                raise


def clear_deleted(runs_dir: Path) -> None:
    """Empty what deletions that were killed have left."""
    with suppress(OSError):
        for name in os.listdir(runs_dir):
            if name.startswith(DELETING):
                with suppress(OSError):
                    remove_tree(runs_dir / name)
