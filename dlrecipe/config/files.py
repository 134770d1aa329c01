"""Reading a config's bytes: every way in which a file can fail to be a small UTF-8 text."""

import os
from pathlib import Path

from dlrecipe.config.tree import Fault, Place, refusal
from dlrecipe.printing import printable
from dlrecipe.suggestion import closest

MAX_BYTES = 1 << 18
"""A config is a page or two. A quarter of a megabyte of the worst kind is read in half a second."""

_UTF16 = (b"\xff\xfe", b"\xfe\xff")


def read_text(path: Path) -> str:
    """Return the text of a config file.

    Raises:
        ConfigError: no such file, a folder, unreadable, over 256 KiB, or not UTF-8.
    """
    name = printable(str(path))
    try:
        with path.open("rb") as file:
            content = file.read(MAX_BYTES + 1)
    except FileNotFoundError:
        raise _refused(name, "no such file", _neighbours(path)) from None
    except IsADirectoryError:
        raise _refused(name, "this is a folder", "Name a config file in it.") from None
    except (OSError, ValueError) as error:
        reason = error.strerror if isinstance(error, OSError) and error.strerror else str(error)
        raise _refused(name, f"cannot be read: {reason.lower()}", "Name a readable YAML file.") from None
    if len(content) > MAX_BYTES:
        raise _refused(name, "larger than 256 KiB", "A config is small; is this the right file?")
    if content.startswith(_UTF16):
        raise _refused(name, "this is UTF-16", "Save it as UTF-8.")
    try:
        return content.decode("utf-8")
    except UnicodeDecodeError as error:
        before = content[: error.start]
        line_start = before.rfind(b"\n") + 1
        column = len(before[line_start:].decode("utf-8")) + 1
        what = f"the byte 0x{content[error.start]:02x} is not UTF-8"
        place = Place(name, before.count(b"\n") + 1, column)
        raise refusal([Fault(place, "", what, "Save the file as UTF-8.")]) from None


def _refused(name: str, what: str, remedy: str) -> Exception:
    return refusal([Fault(Place(name), "", what, remedy)])


def _neighbours(path: Path) -> str:
    try:
        names = [name for name in os.listdir(path.parent) if name.endswith((".yaml", ".yml"))]
    except (OSError, ValueError):
        return f"There is no folder {printable(str(path.parent))}."
    # Without their endings, which would make all short names alike.
    by_stem = {name.rpartition(".")[0]: name for name in names}
    close = closest(path.stem, by_stem)
    if close is not None:
        return f"Did you mean {printable(str(path.parent / by_stem[close]))}?"
    listed = ", ".join(sorted(names)[:10])
    return (
        f"Configs in that folder: {printable(listed)}." if listed else "There is no YAML file in that folder."
    )
