"""Which runs are to be deleted, and their deletion. Asks nobody: that is the command's part."""

import os
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from dlrecipe.errors import RunLocked, StoreError
from dlrecipe.store.creation import CHECKPOINTS, clear_left_behind
from dlrecipe.store.deletion import delete_directory
from dlrecipe.store.listing import RunSummary, list_runs, locate_run
from dlrecipe.store.run_directory import JOURNAL, RunDirectory


@dataclass(frozen=True)
class Condemned:
    """A run that is to be deleted, and why. `pruned`: because of its state, not because it was named."""

    id: str
    path: Path
    reason: str
    pruned: bool = False


def named_runs(runs_dir: Path, references: Sequence[str]) -> list[Condemned]:
    """Return the runs of these ids (or starts of ids), each once.

    Raises:
        RunNotFound: a reference means no run, or more than one.
    """
    paths = dict.fromkeys(locate_run(runs_dir, reference) for reference in references)
    standing = {summary.id: _standing(summary) for summary in list_runs(runs_dir)}
    return [Condemned(path.name, path, standing.get(path.name, "gone")) for path in paths]


def useless_runs(runs_dir: Path) -> list[Condemned]:
    """Return the runs that nothing can be done with: damaged ones, and those in which nothing was trained.

    A run that is being written, or that another version of dlrecipe made, is none of them.
    """
    return [
        Condemned(summary.id, summary.path, reason, pruned=True)
        for summary in list_runs(runs_dir)
        if (reason := _uselessness(summary))
    ]


def delete_runs(runs_dir: Path, condemned: Sequence[Condemned]) -> tuple[list[str], list[RunLocked]]:
    """Delete runs, and clear away what killed deletions and creations have left.

    Returns:
        The ids of the runs deleted, and an error for each that is being written and so was left alone.
    Raises:
        StoreError: one could not be deleted; those before it are.
    """
    clear_left_behind(runs_dir)
    deleted, locked = [], []
    for run in condemned:
        try:
            if delete_directory(run.path, partial(_still_useless, run)):
                deleted.append(run.id)
        except RunLocked as error:
            locked.append(error)
    return deleted, locked


def _still_useless(run: Condemned) -> bool:
    """Return whether a pruned run is as useless as it was; one that was named is deleted as it is."""
    if not run.pruned:
        return True
    try:
        return RunDirectory(run.path).record["status"] == "running" and not _has_trained(run.path)
    except StoreError:
        return True


def _uselessness(summary: RunSummary) -> str:
    """Return why nothing can be done with a run; an empty text if something can."""
    if summary.beyond_repair:
        return f"damaged: {summary.damage}"
    if summary.status == "interrupted" and not _has_trained(summary.path):
        return "interrupted before its first epoch was done"
    return ""


def _standing(summary: RunSummary) -> str:
    return f"damaged: {summary.damage}" if summary.damage else summary.status


def _has_trained(path: Path) -> bool:
    """Return whether a run has an epoch in its journal, or a checkpoint; where it cannot be told, it may."""
    try:
        return _has_any(path / JOURNAL, lambda journal: os.lstat(journal).st_size > 0) or _has_any(
            path / CHECKPOINTS, lambda folder: bool(os.listdir(folder))
        )
    except OSError:
        return True


def _has_any(path: Path, content: Callable[[Path], bool]) -> bool:
    try:
        return content(path)
    except FileNotFoundError:
        return False
