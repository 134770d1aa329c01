"""The runs in a runs directory, and the one that a reference means. Reads run.json alone, and only reads.

Whatever lies in a runs directory, listing it succeeds: a damaged run is listed with the reason, and what is
no run at all is passed over.
"""

import os
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any

from dlrecipe.errors import RunDamaged, RunNotFound, StoreError
from dlrecipe.store.atomic import is_there, os_errors_explained
from dlrecipe.store.locks import is_held
from dlrecipe.store.record import RECORD, read_record, status_of
from dlrecipe.store.run_ids import LATEST, is_plain, time_of
from dlrecipe.suggestion import closest

if TYPE_CHECKING:
    from dlrecipe.store.run_directory import RunDirectory

DAMAGED = "damaged"
_SHOWN = 8


@dataclass(frozen=True)
class RunSummary:
    """A line of the listing.

    `status` is what run.json says, `interrupted` for a run whose writer is gone, or `damaged`, in which case
    `damage` is the reason and `record` is empty. `created` is None if a damaged run's name tells no time.
    `record` holds what was asked for of run.json.
    """

    runs_dir: Path
    id: str
    status: str
    created: datetime | None
    damage: str = ""
    beyond_repair: bool = False
    """Whether it has a run's name, and its run.json is not what was written: not so for one that only cannot
    be read here and now, that is still being written, or that something else than a run has left."""
    record: Mapping[str, Any] = field(default_factory=dict)

    @property
    def path(self) -> Path:
        """The run's directory."""
        return self.runs_dir / self.id


def each_run(runs_dir: Path, keys: Sequence[str] | None = None) -> Iterator[RunSummary]:
    """Yield all runs, in no order; none if there is no such directory.

    5,000 runs take about a quarter of a second (benchmarks/overheads.py), less than to keep them all.

    Args:
        keys: which of run.json's go into each `record`, beside its head; None for all.
    Raises:
        StoreError: the directory cannot be read.
    """
    return _summaries(runs_dir, _names(runs_dir), keys)


def list_runs(runs_dir: Path, keys: Sequence[str] | None = None) -> list[RunSummary]:
    """Return all runs, the oldest first; see `each_run`."""
    return sorted(each_run(runs_dir, keys), key=_age)


def _summaries(runs_dir: Path, names: Sequence[str], keys: Sequence[str] | None) -> Iterator[RunSummary]:
    return (summary for name in names if (summary := _summary(runs_dir, name, keys)))


def _age(summary: RunSummary) -> tuple[datetime, str]:
    return summary.created or _LONG_AGO, summary.id


def find_run(runs_dir: Path, reference: str) -> "RunDirectory":
    """Return the run of an id, of a unique start of an id, or the `latest` one.

    Raises:
        RunNotFound: no run, or more than one, goes by that name; or it is a path.
        RunDamaged: its run.json is not what was written.
    """
    # Imported here: a listing does without all that writes runs.
    from dlrecipe.store.run_directory import RunDirectory

    return RunDirectory(locate_run(runs_dir, reference))


def locate_run(runs_dir: Path, reference: str) -> Path:
    """Return the directory of the run that a reference means, damaged or not.

    Raises:
        RunNotFound: as for `find_run`.
    """
    if reference == LATEST:
        return _latest(runs_dir)
    if not is_plain(reference):
        name = os.path.basename(reference.rstrip("/"))
        hint = f"Did you mean {name!r}? " if is_plain(name) and _is_run(runs_dir / name, name) else ""
        raise RunNotFound(
            f"{reference[:80]!r} is not a run id",
            remedy=f"{hint}Give the id of a run, the start of one, or latest; not a path. "
            "--runs-dir says where runs are kept.",
        )
    whole = runs_dir / reference
    # To list the directory for each of 200 ids would take as long as to compare their runs.
    if time_of(reference) is not None and not whole.is_symlink() and whole.is_dir():
        return whole
    names = _names(runs_dir)
    starting = [reference] if reference in names else [name for name in names if name.startswith(reference)]
    matches = [name for name in starting if _is_run(runs_dir / name, name)]
    if len(matches) > 1:
        raise RunNotFound(
            f"{len(matches)} runs start with {reference!r}",
            where=str(runs_dir),
            remedy=f"Give more of the id: {_some(sorted(matches))}",
        )
    if not matches:
        runs = [name for name in names if _is_run(runs_dir / name, name)]
        raise RunNotFound(f"no run {reference!r}", where=str(runs_dir), remedy=_suggestion(reference, runs))
    return runs_dir / matches[0]


def _names(runs_dir: Path) -> list[str]:
    """Return the names of the directories that can be referred to: no links, hidden or odd names."""
    if not is_there(runs_dir):
        return []
    with os_errors_explained(runs_dir), os.scandir(runs_dir) as entries:
        return [
            entry.name for entry in entries if is_plain(entry.name) and entry.is_dir(follow_symlinks=False)
        ]


def _is_run(path: Path, name: str) -> bool:
    try:
        return time_of(name) is not None or is_there(path / RECORD)
    except StoreError:
        return True  # one that cannot be looked into is none to be silent about


def _summary(runs_dir: Path, name: str, keys: Sequence[str] | None) -> RunSummary | None:
    directory = os.path.join(runs_dir, name)
    try:
        record = read_record(directory, keys)
    except StoreError as error:
        path = runs_dir / name
        if not _is_run(path, name):
            return None
        return RunSummary(
            runs_dir,
            name,
            DAMAGED,
            time_of(name),
            damage=f"{Path(error.where).name}: {error.what}",
            beyond_repair=isinstance(error, RunDamaged) and time_of(name) is not None and not is_held(path),
        )
    created = datetime.fromisoformat(record["created"])
    return RunSummary(runs_dir, name, status_of(directory, record), created, record=record)


def _latest(runs_dir: Path) -> Path:
    """Return the newest run, damaged or not: to take an older one in its stead would mislead.

    An id tells the second of its creation, so that of thousands of runs only those of the last second need
    to be read, and directories that have been renamed.
    """
    seconds = {name: time_of(name) for name in _names(runs_dir)}
    last = max((second for second in seconds.values() if second), default=_LONG_AGO)
    names = [name for name, second in seconds.items() if second in (None, last)]
    newest = max((run for run in _summaries(runs_dir, names, ()) if run.created), key=_age, default=None)
    if newest is None:
        raise RunNotFound(
            "there are no runs yet", where=str(runs_dir), remedy="dlrecipe train CONFIG makes one."
        )
    now = datetime.now(UTC)
    # A clock that was ahead and was set right makes an older run look newer than those made since.
    made, _ = _age(newest)
    if made > now + _CLOCKS_DIFFER_BY:
        raise RunNotFound(
            f"which run is the latest cannot be told: {newest.id} is dated {made:%Y-%m-%d %H:%M} UTC, "
            f"and it is {now:%Y-%m-%d %H:%M} by the clock",
            where=str(runs_dir),
            remedy="Name the run by its id, or set the clock right; dlrecipe runs lists them.",
        )
    return newest.path


def _suggestion(reference: str, names: Sequence[str]) -> str:
    if not names:
        return "There are no runs yet; dlrecipe train CONFIG makes one."
    close = closest(reference, names, likeness=0.8)
    if close:
        return f"Did you mean {close!r}?"
    return f"There are: {_some(sorted(names))}"


def _some(names: Sequence[str]) -> str:
    more = len(names) - _SHOWN
    return ", ".join(names[:_SHOWN]) + (f" and {more} more" if more > 0 else "")


_CLOCKS_DIFFER_BY = timedelta(minutes=5)
"""As much as those of two machines on one disk may."""
_LONG_AGO = datetime.min.replace(tzinfo=UTC)
