"""What every reader of a file asks first: is it a file that ends? Reads nothing."""

from pathlib import Path
from stat import S_ISDIR, S_ISREG

from dlrecipe.errors import DataError


def refuse_devices(path: Path) -> None:
    """Refuse what has no end or cannot be read twice: a device, a named pipe, a socket.

    What is absent, or a folder, is left to the reader, which knows more to say.

    Raises:
        DataError: it is no regular file.
    """
    try:
        mode = path.stat().st_mode
    except (OSError, ValueError):
        return
    if not (S_ISREG(mode) or S_ISDIR(mode)):
        raise DataError(
            "a device, pipe or socket, not a regular file: data is read more than once",
            where=str(path),
            remedy="Write its contents to a file first, and name that.",
        )
