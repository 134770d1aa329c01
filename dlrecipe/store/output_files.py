"""Files of the user's own, outside of any run: written whole or not at all, over others only if asked.

Every command that writes where it is told to asks here, before it begins and at the end.
"""

from pathlib import Path

from dlrecipe.errors import InputError, StoreError
from dlrecipe.store.atomic import write_bytes


def require_free(path: Path, *, force: bool) -> None:
    """Refuse a path that cannot be written to, or at which a file is.

    Raises:
        InputError: there is a file and `force` is not given, or a folder, or no folder to write it in.
    """
    if path.is_dir():
        raise InputError("this is a folder", where=str(path), remedy="Give the path of a file.")
    if path.exists() and not force:
        raise InputError(
            "the file exists already",
            where=str(path),
            remedy="Give another path, or --force to replace it.",
        )
    if not path.parent.is_dir():
        raise InputError(
            "no such folder", where=str(path.parent), remedy="Make it, or give the path of a file elsewhere."
        )


def write_output(path: Path, data: bytes) -> None:
    """Write a file, or replace the one that is there.

    Raises:
        InputError: it cannot be written there; what was there before is intact.
    """
    require_free(path, force=True)
    try:
        write_bytes(path, data)
    except StoreError as error:  # not the run store's: the user has chosen the path
        raise InputError(
            f"cannot write: {error.what}",
            where=str(path),
            remedy="Give the path of a file in a folder that exists and can be written to.",
        ) from error
