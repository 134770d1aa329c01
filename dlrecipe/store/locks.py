"""The lock of a run: one process writes, and the kernel frees the lock when that process dies.

The lock itself is `.lock`; beside it `.lock-holder.json` says who holds it, for the message alone.
Knows nothing of what is written under the lock.
"""

import fcntl
import json
import os
import socket
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from datetime import UTC, datetime
from pathlib import Path
from typing import final

from filelock import FileLock, Timeout

from dlrecipe.errors import RunLocked, StoreError
from dlrecipe.store.atomic import os_errors_explained, read_json

_LOCK = ".lock"
_HOLDER = ".lock-holder.json"
# Long enough to outlast is_held, which takes the lock for microseconds to see whether it is free.
_WAIT_S = 0.05


@final
class RunLock:
    """The lock of one run directory. Taking it again through the same object is free.

    Args:
        directory: the run's directory.
    """

    def __init__(self, directory: Path) -> None:
        self._directory = directory
        self._lock = FileLock(directory / _LOCK, thread_local=False)

    @property
    def is_ours(self) -> bool:
        """Whether this object holds the lock."""
        return self._lock.is_locked

    @contextmanager
    def held(self) -> Iterator[None]:
        """Hold the lock.

        Raises:
            RunLocked: another process, or another part of this one, holds it; the message says who.
            StoreError: the lock file cannot be made.
        """
        first = not self._lock.is_locked
        with os_errors_explained(self._directory / _LOCK):
            try:
                self._lock.acquire(timeout=_WAIT_S, poll_interval=_WAIT_S / 10)
            except Timeout:
                raise self._locked() from None
        try:
            if first:
                self._leave_name()
            yield
        finally:
            if first:
                with suppress(OSError):
                    (self._directory / _HOLDER).unlink()
            self._lock.release()

    def _leave_name(self) -> None:
        holder = {
            "pid": os.getpid(),
            "host": socket.gethostname(),
            "since": datetime.now(UTC).isoformat(timespec="seconds"),
        }
        # The name only serves a message: where there is no room for it, the lock holds all the same.
        with suppress(OSError):
            (self._directory / _HOLDER).write_text(json.dumps(holder))

    def _locked(self) -> RunLocked:
        try:
            holder = read_json(self._directory / _HOLDER)
            who = f"process {holder['pid']} on {holder['host']}, since {holder['since']}"
        except (StoreError, KeyError, TypeError):
            who = "another process"
        return RunLocked(
            f"the run is being written by {who}",
            where=str(self._directory),
            remedy="Wait until it ends, or stop it; the lock goes with the process.",
        )


def is_held(directory: Path) -> bool:
    """Return whether some process holds the lock of the run in `directory`.

    A lock that cannot be tried (it is another user's) counts as held.
    """
    try:
        descriptor = os.open(directory / _LOCK, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC)
    except FileNotFoundError:
        return False
    except OSError:
        return True
    try:
        # filelock takes the same flock; a FileLock made for this question alone costs 105 µs instead of 4,
        # which a listing of 5,000 runs would feel.
        fcntl.flock(descriptor, fcntl.LOCK_SH | fcntl.LOCK_NB)
    except OSError:
        return True
    finally:
        os.close(descriptor)
    return False
