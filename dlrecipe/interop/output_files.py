"""Files that leave the run store: written whole or not at all, and over what is there only when asked to."""

from pathlib import Path

from dlrecipe.errors import InputError, StoreError
from dlrecipe.store.atomic import write_bytes

REMEDY = "Give the path of a file in a folder that exists and can be written to."


def require_free(path: Path, *, force: bool) -> None:
    """Refuse a path at which something is.

    Raises:
        InputError: there is a file and `force` is not given, or a directory, or no folder to write it in.
    """
    if path.is_dir():
        raise InputError("this is a directory", where=str(path), remedy="Give the path of a file.")
    if path.exists() and not force:
        raise InputError(
            "the file exists", where=str(path), remedy="Give another path, or --force to replace it."
        )
    if not path.parent.is_dir():
        raise InputError("there is no such folder", where=str(path.parent), remedy=REMEDY)


def write_output(path: Path, data: bytes) -> None:
    """Write a file of the user's own, whole or not at all.

    Raises:
        InputError: it cannot be written.
    """
    try:
        write_bytes(path, data)
    except StoreError as error:  # not the run store's: the user has chosen the path
        raise InputError(f"cannot write: {error.what}", where=str(path), remedy=REMEDY) from error
