"""What the shell offers when a run or a config is to be named. Called at every Tab, so it imports little.

`dlrecipe --install-completion` sets it up, and `dlrecipe --show-completion` prints what that would write.
"""

import os
from collections.abc import Iterator
from contextlib import suppress
from datetime import datetime
from pathlib import Path

import typer

from dlrecipe.store.run_ids import LATEST, time_of

CONFIG_ENDINGS = (".yaml", ".yml")
MOST_OFFERED = 200
"""Names beyond which a list helps nobody; what is typed next narrows it."""


def run_ids(context: typer.Context, incomplete: str) -> list[str]:
    """Return the ids of runs that begin so, the newest first, and `latest`."""
    runs_dir = Path(context.params.get("runs_dir") or "runs")
    found: list[tuple[datetime, str]] = []
    with suppress(OSError), os.scandir(runs_dir) as entries:
        for entry in entries:
            created = time_of(entry.name)
            if created is not None and entry.name.startswith(incomplete) and entry.is_dir():
                found.append((created, entry.name))
    names = [name for _, name in sorted(found, reverse=True)[:MOST_OFFERED]]
    return [*([LATEST] if LATEST.startswith(incomplete) and names else []), *names]


def config_files(incomplete: str) -> list[str]:
    """Return the YAML files that begin so, and the folders to look further in."""
    return sorted(_paths(incomplete))[:MOST_OFFERED]


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
