"""Run ids: `<name>-<YYYYMMDD-HHMMSS>-<six random characters>`, the time in UTC.

An id is one plain path component, so that no reference to a run can lead out of the runs directory.
"""

import os
import re
from datetime import UTC, datetime

LATEST = "latest"
STUDIES = "studies"
"""The folder of studies in the runs directory: no run's id, so that listings of runs pass it over."""
_ALPHABET = "abcdefghijklmnopqrstuvwxyz234567"  # base32, in small letters
_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9_-]{0,63}", re.ASCII)
_REFERENCE = re.compile(r"[A-Za-z0-9_][A-Za-z0-9_.-]{0,254}", re.ASCII)
_ID = re.compile(r"(?P<name>.+)-(?P<time>\d{8}-\d{6})-[a-z2-7]{6}", re.ASCII)
_TIME = "%Y%m%d-%H%M%S"


def new_run_id(name: str, created: datetime) -> str:
    """Return a new id for a run of the config `name`; that it is free is for the caller to see.

    Raises:
        ValueError: the name is not 1 to 64 letters, digits, - and _, a letter or digit first.
    """
    if not is_name(name):
        raise ValueError(f"{name[:80]!r} does not fit into a run id")
    random = "".join(_ALPHABET[byte % len(_ALPHABET)] for byte in os.urandom(6))
    return f"{name}-{created.astimezone(UTC).strftime(_TIME)}-{random}"


def is_name(name: str) -> bool:
    """Return whether a config's name can be the first part of an id."""
    return _NAME.fullmatch(name) is not None


def time_of(run_id: str) -> datetime | None:
    """Return when the run of this id was created, to the second; None if it is no run id."""
    match = _ID.fullmatch(run_id)
    if match is None:
        return None
    try:
        return datetime.strptime(match["time"], _TIME).replace(tzinfo=UTC)
    except ValueError:
        return None


def is_plain(reference: str) -> bool:
    """Return whether a reference can be an id or the start of one: no path, no hidden file, at most 255."""
    return _REFERENCE.fullmatch(reference) is not None
