"""What a worker process does: one trial, as an ordinary run on one thread. Knows nothing of schedulers.

A worker is used for many trials: what is imported stays imported, and data that several trials share are
prepared once and kept.
"""

import socket
import threading
import time
from collections import OrderedDict
from collections.abc import Iterable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import replace
from pathlib import Path

from dlrecipe.config.loading import LoadedConfig
from dlrecipe.config.schema import Config
from dlrecipe.data.checks.catalogue import DataReport
from dlrecipe.data.preparation import Prepared
from dlrecipe.errors import DlrecipeError, InputError, RunLocked, RunNotFound, StoreError
from dlrecipe.experiment.run_hooks import EpochSink
from dlrecipe.experiment.session import Part, RunFacts, RunResult
from dlrecipe.experiment.silence import SilentDisplay
from dlrecipe.experiment.training_run import prepare_for_training, resume, train
from dlrecipe.store.atomic import is_there, os_errors_explained, read_bytes
from dlrecipe.store.listing import find_run
from dlrecipe.store.run_directory import RunDirectory
from dlrecipe.store.run_ids import time_of
from dlrecipe.studies.bar import Course
from dlrecipe.studies.trial import Outcome, Place, Trial, TrialResult
from dlrecipe.training.hooks import Record
from dlrecipe.training.state import TrainingState
from dlrecipe.training.threads import limited_threads

KEPT_BYTES = 2**30
"""Of prepared data that a worker keeps for its next trials; the last one's are kept whatever their size."""


def run_trial(trial: Trial, place: Place) -> TrialResult:
    """Train a trial, or go on with its run; whatever becomes of it, say so. Raises nothing of its own."""
    began = time.perf_counter()
    display = _Noting(place.notes / trial.id, trial)
    try:
        _require_shared_disk(place)
        with limited_threads(1):
            document = _trained(trial, place, display).document
        outcome: Outcome = "diverged" if document["status"] == "diverged" else "done"
        course = tuple(display.course.lowest)
        result = TrialResult(trial.id, outcome, document["run_id"], document, course=course)
    except DlrecipeError as error:
        # What is more than a StoreError is about the trial's own run: it is locked or damaged.
        refused, unwritten = isinstance(error, InputError), type(error) is StoreError
        result = TrialResult(
            trial.id, "failed", display.run_id, error=str(error), refused=refused, unwritten=unwritten
        )
    except (MemoryError, OSError, ArithmeticError, ValueError, RuntimeError) as error:
        told = f"{type(error).__name__}: {error}"
        result = TrialResult(trial.id, "failed", display.run_id, error=told)
    return replace(result, wall_s=round(time.perf_counter() - began, 3))


def _trained(trial: Trial, place: Place, display: "_Noting") -> RunResult:
    loaded = on_one_thread(trial.config)

    def preparing(config: Config) -> tuple[Prepared, DataReport | None]:
        return _KEPT.prepared(place.study, config)

    run = _begun(place, trial.id)
    if run is not None and _is_over(run, trial):
        display.take(run.read_journal())
        return RunResult(dict(run.record["result"]))
    if run is not None:
        overrides = [] if trial.epochs is None else [f"training.epochs={trial.epochs}"]
        # Where the worker that was given up for lost is still writing it, the trial begins anew.
        with suppress(RunLocked):
            return resume(
                run, place.runs_dir, display, overrides=overrides, preparing=preparing, part=display.part
            )
    origin = {"study": place.study, "trial": trial.id}
    return train(loaded, place.runs_dir, display, origin=origin, preparing=preparing, part=display.part)


def epochs_begun(place: Place, trial_id: str) -> tuple[str | None, int]:
    """Return the run that attempts at a trial have made so far, if any, and how many epochs it has done."""
    run = _begun(place, trial_id)
    return (None, 0) if run is None else (run.id, run.n_epochs)


def on_one_thread(loaded: LoadedConfig) -> LoadedConfig:
    """Return the config with training.threads: 1; the processors are taken by the other trials."""
    config = loaded.config
    return replace(loaded, config=replace(config, training=replace(config.training, threads=1)))


def _require_shared_disk(place: Place) -> None:
    if not is_there(place.notes):
        raise InputError(
            f"the worker on {socket.gethostname()} does not see the study's directory",
            where=str(place.notes),
            remedy="A cluster's workers must share the disk that --runs-dir is on, under the same path.",
        )


def _begun(place: Place, trial_id: str) -> RunDirectory | None:
    """Return the run that an earlier attempt at the trial began; None where it is not there or damaged."""
    note = place.notes / trial_id
    if not is_there(note):
        return None
    try:
        run_id = read_bytes(note).decode().strip()
        return find_run(place.runs_dir, run_id) if time_of(run_id) else None
    except (RunNotFound, StoreError, UnicodeDecodeError):
        return None


def _is_over(run: RunDirectory, trial: Trial) -> bool:
    """Return whether the run has come to its end, and no more epochs are asked for."""
    status, result = run.status, run.record.get("result")
    if result is None or status == "interrupted":
        return False
    return status != "finished" or trial.epochs is None or result["epochs_run"] >= trial.epochs


class _Noting(SilentDisplay):
    """Says nothing, notes the id of a run as soon as there is one, and the course of its dev error."""

    def __init__(self, note: Path, trial: Trial) -> None:
        super().__init__()
        self._note, self._bar = note, trial.bar
        self._epochs = trial.epochs or trial.config.config.training.epochs
        self.part = Part(trial.diagnosed, self._given_up)
        self.course = Course(self._epochs)
        self.run_id: str | None = None

    @contextmanager
    def watch(self, facts: RunFacts, state: TrainingState) -> Iterator[EpochSink]:
        """Note the run."""
        self.run_id = facts.run_id
        # The system brings it to the disk within half a minute: no more of a trial than that can be lost.
        with os_errors_explained(self._note):
            self._note.write_text(f"{facts.run_id}\n")
        if state.epoch:
            self.take(RunDirectory(facts.path).read_journal()[: state.epoch])
        yield lambda record: self.take([record])

    def take(self, records: Iterable[Record]) -> None:
        """Take in epochs."""
        for record in records:
            self.course.take(record["epoch"], record["error"]["dev"])

    def _given_up(self, epoch: int, dev: float) -> str:
        return "" if self._bar is None else self._bar.given_up(epoch, self._epochs, dev)


class _KeptData:
    """Prepared data by what they depend on, the latest used last."""

    def __init__(self) -> None:
        self._kept: OrderedDict[str, tuple[Prepared, DataReport | None]] = OrderedDict()
        # Workers of a cluster may have several threads.
        self._lock = threading.Lock()

    def prepared(self, study: str, config: Config) -> tuple[Prepared, DataReport | None]:
        """Return the data of a config, prepared now or for an earlier trial of the same study."""
        key = _data_key(study, config)
        with self._lock:
            if key in self._kept:
                self._kept.move_to_end(key)
            else:
                self._kept[key] = prepare_for_training(config)
                while len(self._kept) > 1 and sum(map(_size_bytes, self._kept.values())) > KEPT_BYTES:
                    self._kept.popitem(last=False)
            return self._kept[key]


def _data_key(study: str, config: Config) -> str:
    # The study is part of it: the file behind a path may be another one by the time of the next study.
    parts = (
        study,
        config.data,
        config.seed,
        config.task,
        config.checks,
        config.diagnosis,
        config.normalization,
        config.target_normalization,
        config.augmentation,
        config.network.embeddings,
        config.training.precision,
    )
    return repr(parts)


def _size_bytes(kept: tuple[Prepared, DataReport | None]) -> int:
    return sum(split.X.nbytes for split in kept[0].splits.values())


_KEPT = _KeptData()
