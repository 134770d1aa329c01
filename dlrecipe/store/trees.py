"""A directory removed with all that is in it. Follows no link."""

import errno
import os
from pathlib import Path


def remove_tree(path: Path) -> None:
    """Remove a directory and all below it.

    shutil's function closes a descriptor a second time when it is interrupted in between, and then raises
    that error, or with `ignore_errors` none at all: the Ctrl-C would be lost.

    Raises:
        OSError: something cannot be removed (what came before it is gone), or it is no directory.
    """
    if os.path.islink(path):
        raise NotADirectoryError(errno.ENOTDIR, os.strerror(errno.ENOTDIR), str(path))
    for folder, directories, files in os.walk(path, topdown=False, onerror=_raise):
        for name in files:
            os.unlink(os.path.join(folder, name))
        for name in directories:
            below = os.path.join(folder, name)
            if os.path.islink(below):
                os.unlink(below)
            else:
                os.rmdir(below)
    os.rmdir(path)


def _raise(error: OSError) -> None:
    raise error
