"""What the shell offers when a run, a study or a config is to be named. Called at every Tab: imports little.

`dlrecipe --install-completion` sets it up, and `dlrecipe --show-completion` prints what that would write.
"""

import os
from collections.abc import Iterator
from contextlib import suppress
from datetime import datetime
from pathlib import Path

import typer

from dlrecipe.store.run_ids import LATEST, STUDIES, time_of

CONFIG_ENDINGS = (".yaml", ".yml")
MOST_OFFERED = 200
"""Names beyond which a list helps nobody; what is typed next narrows it."""


def run_ids(context: typer.Context, incomplete: str) -> list[str]:
    """Return the ids of runs that begin so, the newest first, and `latest`."""
    names = _ids(_runs_dir(context), incomplete)
    return [*([LATEST] if LATEST.startswith(incomplete) and names else []), *names]


def runs_and_studies(context: typer.Context, incomplete: str) -> list[str]:
    """Return what `run_ids` returns, and before it the studies: ids, or folders after a slash.

    A study is shown alone: after a first run there are runs to compare with it.
    """
    if context.params.get("runs"):
        return run_ids(context, incomplete)
    if "/" in incomplete:
        return sorted(path for path in _paths(incomplete) if path.endswith("/"))[:MOST_OFFERED]
    # Before the runs: a study has made many of them since, and would be far below.
    return [*_ids(_runs_dir(context) / STUDIES, incomplete), *run_ids(context, incomplete)]


def config_files(incomplete: str) -> list[str]:
    """Return the YAML files that begin so, and the folders to look further in."""
    return sorted(_paths(incomplete))[:MOST_OFFERED]


def _runs_dir(context: typer.Context) -> Path:
    return Path(context.params.get("runs_dir") or "runs")


def _ids(folder: Path, start: str) -> list[str]:
    """Return the names in a folder that are ids and begin so, the newest first."""
    found: list[tuple[datetime, str]] = []
    with suppress(OSError), os.scandir(folder) as entries:
        for entry in entries:
            created = time_of(entry.name)
            if created is not None and entry.name.startswith(start) and entry.is_dir():
                found.append((created, entry.name))
    return [name for _, name in sorted(found, reverse=True)[:MOST_OFFERED]]


def _paths(incomplete: str) -> Iterator[str]:
    folder, _, start = incomplete.rpartition("/")
    shown = f"{folder}/" if "/" in incomplete else ""
    with suppress(OSError), os.scandir(os.path.expanduser(shown) or ".") as entries:
        for entry in entries:
            if not entry.name.startswith(start) or (entry.name.startswith(".") and not start):
                continue
            if entry.is_dir():
                yield f"{shown}{entry.name}/"
            elif entry.name.endswith(CONFIG_ENDINGS):
                yield f"{shown}{entry.name}"
