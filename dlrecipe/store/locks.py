"""The lock of a run: one process writes, and the kernel frees the lock when that process dies.

The lock is a `flock` on `.lock`, whose contents say who holds it, for the message alone. Knows nothing of
what is written under the lock.
"""

import fcntl
import json
import os
import stat
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from datetime import UTC, datetime
from pathlib import Path
from typing import final

from dlrecipe.errors import RunDamaged, RunLocked
from dlrecipe.store.atomic import os_errors_explained, write_all

LOCK = ".lock"
"""The file that is locked, in the run's directory."""
# Neither a link that leads out of the run nor a FIFO that waits for ever; nothing is truncated.
_FLAGS = os.O_RDWR | os.O_CREAT | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC
# Long enough to outlast is_held, which takes the lock for microseconds to see whether it is free.
_WAIT_S = 0.05
# How long the loser of a race waits for the winner to have written its name.
_NAMED_WITHIN_S = 1.0
_POLL_S = 0.005
_LONGEST_NAME = 1000


@final
class RunLock:
    """The lock of one run directory. Taking it again through the same object is free.

    Args:
        directory: the run's directory.
    """

    def __init__(self, directory: Path) -> None:
        self._path = directory / LOCK
        self._descriptor = -1
        self._depth = 0

    @property
    def is_ours(self) -> bool:
        """Whether this object holds the lock."""
        return self._depth > 0

    @contextmanager
    def held(self) -> Iterator[None]:
        """Hold the lock.

        Raises:
            RunLocked: another process, or another part of this one, holds it; the message says who.
            RunDamaged: the run is gone, or something else stands in the lock's place.
            StoreError: the lock file cannot be made.
        """
        if not self._depth:
            with os_errors_explained(self._path):
                self._take()
        self._depth += 1
        try:
            yield
        finally:
            self._depth -= 1
            if not self._depth:
                self._free()

    def _take(self) -> None:
        descriptor = os.open(self._path, _FLAGS, 0o666)
        try:
            if not stat.S_ISREG(os.fstat(descriptor).st_mode):
                raise RunDamaged("this is not a plain file", where=str(self._path))
            if not _locked_within(descriptor, _WAIT_S):
                raise self._refusal(descriptor)
            # Whoever deletes a run moves it away under its lock: then this is the lock of nothing any more.
            if not os.path.samestat(os.fstat(descriptor), os.stat(self._path, follow_symlinks=False)):
                raise FileNotFoundError(str(self._path))
            _leave_name(descriptor)
        except BaseException:
            os.close(descriptor)
            raise
        self._descriptor = descriptor

    def _free(self) -> None:
        descriptor, self._descriptor = self._descriptor, -1
        # A file that cannot be closed properly is closed, and with it goes the lock.
        try:
            with suppress(OSError):
                os.ftruncate(descriptor, 0)
        finally:
            with suppress(OSError):
                os.close(descriptor)

    def _refusal(self, descriptor: int) -> RunLocked:
        until = time.monotonic() + _NAMED_WITHIN_S
        while (who := _holder(descriptor)) is None and time.monotonic() < until:
            time.sleep(_POLL_S)
        return RunLocked(
            f"the run is being written by {who or 'another process'}",
            where=str(self._path.parent),
            remedy="Wait until it ends, or stop it; the lock goes with the process.",
        )


def is_held(directory: Path) -> bool:
    """Return whether some process holds the lock of the run in `directory`.

    A lock that cannot be tried (it is another user's) counts as held.
    """
    try:
        descriptor = os.open(directory / LOCK, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC)
    except FileNotFoundError:
        return False
    except OSError:
        return True
    try:
        fcntl.flock(descriptor, fcntl.LOCK_SH | fcntl.LOCK_NB)
    except OSError:
        return True
    finally:
        os.close(descriptor)
    return False


def _locked_within(descriptor: int, wait_s: float) -> bool:
    until = time.monotonic() + wait_s
    while True:
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            if time.monotonic() >= until:
                return False
            time.sleep(_POLL_S)
        else:
            return True


def _leave_name(descriptor: int) -> None:
    holder = {
        "pid": os.getpid(),
        "host": os.uname().nodename,
        "since": datetime.now(UTC).isoformat(timespec="seconds"),
    }
    # The name only serves a message: where there is no room for it, the lock holds all the same.
    with suppress(OSError):
        os.ftruncate(descriptor, 0)
        os.lseek(descriptor, 0, os.SEEK_SET)
        write_all(descriptor, json.dumps(holder).encode())


def _holder(descriptor: int) -> str | None:
    """Return who holds the lock; None where the name is not there (yet) or is that of a dead process."""
    try:
        holder = json.loads(os.pread(descriptor, _LONGEST_NAME, 0))
        pid, host, since = int(holder["pid"]), str(holder["host"]), str(holder["since"])
        if host == os.uname().nodename:
            os.kill(pid, 0)
    except PermissionError:
        pass  # it lives, and is another user's
    except (OSError, ValueError, KeyError, TypeError, OverflowError):
        return None
    return f"process {pid} on {host}, since {since}"
