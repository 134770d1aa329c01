"""A trial, one run among the many of a study, and how it ended. Knows nothing of where it is run.

Imports no engine: whoever hands trials out does without.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal, TypeAlias

if TYPE_CHECKING:
    from dlrecipe.config.loading import LoadedConfig
    from dlrecipe.studies.bar import Bar

Outcome: TypeAlias = Literal["done", "diverged", "failed", "killed"]
"""done: trained to its end. diverged: a figure overflowed. failed: an error, told in `error`. killed: each
process that worked on it died."""

KILLED = "each worker process that trained it died: out of memory, or a crash"
"""What is told of a trial that was killed."""


@dataclass(frozen=True)
class Trial:
    """One run to make.

    `id` is unique in its study: letters, digits, - and _. `config` is what `train` would get; it is trained
    on one thread. A run of this id that was begun and not finished is resumed. `epochs`: the run of this id
    that has ended is given so many epochs in all; None trains as the config says. `diagnosed`: whether the
    run is judged at its end. `bar`: what it has to come up to on its way; a run that does not is given up.
    """

    id: str
    config: "LoadedConfig"
    epochs: int | None = None
    diagnosed: bool = True
    bar: "Bar | None" = None


@dataclass(frozen=True)
class TrialResult:
    """How a trial ended.

    `document` is the JSON of `train` (errors, cost, n, epochs_run, …), empty without a run that ended.
    `course` are the lowest dev errors by part of the epochs that were planned, as far as it got.
    `wall_s` are the seconds of this attempt in its worker. `refused`: the config or its data cannot be used,
    which another attempt would not change. `unwritten`: the disk did not take it, no fault of its own.
    """

    id: str
    outcome: Outcome
    run_id: str | None = None
    document: Mapping[str, Any] = field(default_factory=dict)
    error: str = ""
    wall_s: float = 0.0
    refused: bool = False
    unwritten: bool = False
    course: tuple[float | None, ...] = ()


@dataclass(frozen=True)
class Place:
    """Where a study keeps its trials: paths that every worker can reach, absolute.

    `notes` is the folder in which each trial that was begun notes the id of its run.
    """

    study: str
    runs_dir: Path
    notes: Path


Work: TypeAlias = Callable[[Trial, Place], TrialResult]
"""What a worker does with a trial. Workers must be able to import it."""
