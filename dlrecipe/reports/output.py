"""Files that a command was asked to write, outside of any run."""

from pathlib import Path

from dlrecipe.errors import InputError, StoreError
from dlrecipe.store.atomic import write_bytes


def write_output(path: Path, data: bytes) -> None:
    """Write a file whole, or not at all.

    Raises:
        InputError: it cannot be written there; what was there before is intact.
    """
    if path.is_dir():
        raise InputError("is a folder", where=str(path), remedy="Give the name of a file with -o.")
    if not path.parent.is_dir():
        raise InputError("no such folder", where=str(path.parent), remedy="Make it, or give another with -o.")
    try:
        write_bytes(path, data)
    except StoreError as error:
        raise InputError(error.what, where=error.where or str(path), remedy=error.remedy) from error
