"""Files that are written whole or not at all, and files that are read only when they are plain files.

A write goes to a temporary file in the same directory, is brought to the disk, and takes its name by one
rename; a reader sees the old file or the new one. Knows nothing of what the files hold.
"""

import errno
import os
import stat
import threading
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

from dlrecipe.errors import RunDamaged, StoreError
from dlrecipe.store.strict_json import decode, encode

TEMPORARY = ".tmp"
"""How the names of temporary files end; one that is left belongs to a writer that was killed."""
_NEW_FILE = os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC
_DIRECTORY = os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC
# A link could lead out of the run, and opening a FIFO without O_NONBLOCK waits for ever.
_PLAIN_FILE = os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC
_LEAST_READ = 4096


def write_bytes(path: Path, data: bytes) -> None:
    """Write `data` to `path`, replacing what is there; when it returns, a loss of power takes nothing away.

    Raises:
        StoreError: the disk is full, the directory is not writable, …; the old file is intact.
    """
    write_in_turn(path.parent, [{path.name: data}])


def write_in_turn(directory: Path, turns: Sequence[Mapping[str, bytes]]) -> None:
    """Write files of a directory as `write_bytes` does; those of a turn take their names together.

    No file is there before those of the turns before it are on the disk. All contents are brought there at
    once, which for several takes hardly longer than for one.

    Raises:
        StoreError: the disk is full, …; each file is the old one or the new, those of later turns not newer.
    """
    contents = {name: data for turn in turns for name, data in turn.items()}
    left = {name: f".{name}.{os.urandom(4).hex()}{TEMPORARY}" for name in contents}
    with os_errors_explained(directory / next(iter(contents), "")):
        try:
            write_new_files(directory, {left[name]: data for name, data in contents.items()}, names_too=False)
            for turn in turns:
                for name in turn:
                    os.replace(directory / left[name], directory / name)
                    del left[name]
                sync_directory(directory)
        except BaseException:
            for temporary in left.values():
                with suppress(OSError):
                    os.unlink(directory / temporary)
            raise


def write_text(path: Path, text: str) -> None:
    """Write `text` in UTF-8 as `write_bytes` does."""
    write_bytes(path, text.encode())


def write_json(path: Path, value: object) -> None:
    """Write `value` as strict, indented JSON as `write_bytes` does; what is not finite becomes null, marked.

    Raises:
        TypeError: a value that JSON has no form for.
    """
    write_bytes(path, f"{encode(value, indent=2)}\n".encode())


def read_bytes(path: Path | str, limit: int | None = None) -> bytes:
    """Return what a plain file holds.

    Args:
        limit: how many of its first bytes are wanted; None for all.
    Raises:
        RunDamaged: it is missing, a link, a directory, a device.
        StoreError: it cannot be read.
    """
    with os_errors_explained(path):
        descriptor = os.open(path, _PLAIN_FILE)
        try:
            status = os.fstat(descriptor)
            if stat.S_ISREG(status.st_mode):
                if limit is None:
                    return _read_all(descriptor, status.st_size)
                return os.read(descriptor, limit)
        finally:
            os.close(descriptor)
    raise RunDamaged("this is not a plain file", where=str(path))


def is_there(path: Path) -> bool:
    """Return whether anything goes by this name, a link that leads nowhere included.

    Raises:
        StoreError: it cannot be told; to take that for a no would be to lose what may be there.
    """
    with os_errors_explained(path):
        try:
            os.lstat(path)
        except (FileNotFoundError, NotADirectoryError):
            return False
    return True


def read_json(path: Path) -> Any:
    """Return what a strict JSON file says.

    Raises:
        RunDamaged: it is missing or not strict JSON.
    """
    data = read_bytes(path)
    try:
        return decode(data)
    except ValueError as error:
        raise RunDamaged(f"this is not the JSON that was written: {error}", where=str(path)) from error


def write_new_files(directory: Path, files: Mapping[str, bytes], *, names_too: bool = True) -> None:
    """Write files that do not exist yet and bring them to the disk, all at once.

    Args:
        files: contents by file name.
        names_too: whether the names in the directory are brought to the disk with them.
    """
    descriptors = []
    try:
        for name, data in files.items():
            descriptors.append(os.open(directory / name, _NEW_FILE, 0o666))
            write_all(descriptors[-1], data)
        if names_too:
            sync_directory(directory, descriptors)
        else:
            _sync(descriptors)
    finally:
        for descriptor in descriptors:
            os.close(descriptor)


def _read_all(descriptor: int, expected: int) -> bytes:
    """Return what is left of a file; `expected` bytes, unless it grows or shrinks meanwhile."""
    # With room for one more, the first call tells that the file is at its end: one call for most files.
    data = os.read(descriptor, expected + 1)
    if len(data) == expected:
        return data
    parts = [data]
    while part := os.read(descriptor, max(expected - len(data), _LEAST_READ)):
        parts.append(part)
    return b"".join(parts)


def write_all(descriptor: int, data: bytes) -> None:
    """Write all of `data`: one call of the system may take only part of it."""
    written = os.write(descriptor, data)
    while written < len(data):
        written += os.write(descriptor, data[written:])


def remove_temporary(directory: Path) -> None:
    """Remove the temporary files that killed writers left in a directory; through a link, none."""
    with suppress(OSError):
        if stat.S_ISDIR(os.lstat(directory).st_mode):
            for name in os.listdir(directory):
                if name.startswith(".") and name.endswith(TEMPORARY):
                    with suppress(OSError):
                        os.unlink(directory / name)


def sync_directory(path: Path, files: Sequence[int] = ()) -> None:
    """Bring the names in a directory to the disk: without it, a loss of power may undo a rename.

    Args:
        files: open ones, whose contents are brought there too.
    """
    descriptor = os.open(path, _DIRECTORY)
    try:
        _sync([descriptor, *files])
    finally:
        os.close(descriptor)


def _sync(descriptors: Sequence[int]) -> None:
    """Bring open files and directories to the disk.

    They wait for it side by side: a file system that keeps a journal commits once for all who wait. Six small
    files on ext4 took 2 ms so, and 25 one after the other.

    Raises:
        OSError: the first one's that failed; all have come to an end.
    """
    errors: dict[int, BaseException] = {}

    def bring(descriptor: int) -> None:
        try:
            os.fsync(descriptor)
        except BaseException as error:  # raised below, in the thread that asked
            errors[descriptor] = error

    at_work: list[threading.Thread] = []
    try:
        for each in descriptors[1:]:
            thread = threading.Thread(target=bring, args=(each,))
            try:
                thread.start()
            except RuntimeError:  # the system has no thread left
                bring(each)
            else:
                at_work.append(thread)
        for each in descriptors[:1]:
            bring(each)
    finally:
        for thread in at_work:
            thread.join()
    for descriptor in descriptors:
        if descriptor in errors:
            raise errors[descriptor]


def altered(path: Path, what: str = "the file was cut or altered since it was written") -> RunDamaged:
    """Return the error that a file of a run is not what was written."""
    return RunDamaged(what, where=str(path), remedy=_ALTERED)


@contextmanager
def os_errors_explained(path: Path | str) -> Iterator[None]:
    """Turn the system's errors into one that a user understands.

    Raises:
        RunDamaged: the file, or the directory it should be in, is missing.
        StoreError: for any other OSError, with the file, what happened and a remedy.
    """
    try:
        yield
    except OSError as error:
        if isinstance(error, FileNotFoundError | FileExistsError) and _is_dead_link(path):
            raise StoreError("this link leads nowhere", where=str(path), remedy=_DEAD) from error
        if isinstance(error, FileNotFoundError):
            raise RunDamaged("the file or its directory is missing", where=str(path), remedy=_GONE) from error
        what, remedy = _EXPLAINED.get(error.errno or 0, (f"{error.strerror or error}".lower(), _LOOK))
        raise StoreError(what, where=str(path), remedy=remedy) from error


def _is_dead_link(path: Path | str) -> bool:
    return os.path.islink(path) and not os.path.exists(path)


_ALTERED = "Put the file back from a copy, or train anew from the run's config.original.yaml."
_GONE = "Unless the run was moved or deleted, put it back from a copy."
_LOOK = "Look at the disk and its permissions; what was complete before is intact."
_FULL = "Free some space, or choose a directory on another disk; what was complete before is intact."
_DENIED = "Change the permissions, or choose a directory that you may write to."
_DEAD = "Bring back what it leads to (is a disk not mounted?), or name another directory."
_NO_DIRECTORY = "Name another directory, or move the file away."
_ODD = "Move it away: the run store makes only plain files and directories."
_EXPLAINED: dict[int, tuple[str, str]] = {
    errno.ENOSPC: ("no space left on the disk", _FULL),
    errno.EDQUOT: ("your disk quota is used up", _FULL),
    errno.EFBIG: ("the file would be larger than is allowed here", _FULL),
    errno.EACCES: ("permission denied", _DENIED),
    errno.EPERM: ("permission denied", _DENIED),
    errno.EROFS: ("the disk can only be read", _DENIED),
    errno.EIO: ("the disk failed to read or write (input/output error)", _LOOK),
    errno.EEXIST: ("a file stands where a directory should be", _NO_DIRECTORY),
    errno.ENOTDIR: ("a file stands where a directory should be", _NO_DIRECTORY),
    errno.EISDIR: ("a directory stands where a file should be", _ODD),
    errno.ENAMETOOLONG: ("the name is too long for this disk", "Choose a shorter one."),
    errno.ELOOP: ("a link stands where a file should be", _ODD),
}
