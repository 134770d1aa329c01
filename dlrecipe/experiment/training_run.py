"""Train and resume: a trainer, a run directory and a display put together. Prints nothing itself."""

import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import AbstractContextManager, contextmanager, suppress
from dataclasses import dataclass, field, replace
from pathlib import Path
from signal import Signals
from typing import Any, Protocol, TypeAlias

import numpy as np

from dlrecipe.config.loading import LoadedConfig, load_config_text
from dlrecipe.config.schema import Config
from dlrecipe.config.writing import dump_config
from dlrecipe.data.preparation import Prepared
from dlrecipe.errors import ConfigError, DataError, InputError, Problem, RunDamaged
from dlrecipe.experiment.assembly import build_trainer, prepare_data, weights_refused
from dlrecipe.experiment.environment import describe_environment, differences
from dlrecipe.experiment.interruption import Interruption
from dlrecipe.experiment.reading import read_fitted, weights_reader
from dlrecipe.experiment.results import data_facts, figures
from dlrecipe.nn.specs import RunInit
from dlrecipe.store.checkpoints import Checkpoints
from dlrecipe.store.journal import Journal
from dlrecipe.store.listing import find_run
from dlrecipe.store.run_directory import PREPROCESSING, RunDirectory
from dlrecipe.training.hooks import Record
from dlrecipe.training.loop import Trainer
from dlrecipe.training.measurement import measure
from dlrecipe.training.state import TrainingState

EpochSink: TypeAlias = Callable[[Record], None]
CHECKPOINT_EVERY_S = 2.0
"""Seconds between checkpoints. Epochs in between are in the journal, and are trained again after a kill."""


@dataclass(frozen=True)
class RunFacts:
    """What a display says of a run before its first epoch."""

    run_id: str
    path: Path
    config: Config
    n: Mapping[str, int]
    n_params: int
    widths: tuple[int, ...]
    steps_per_epoch: int
    task: str
    targets: tuple[str, ...]
    n_classes: int
    origins: Mapping[str, str]


class Display(Protocol):
    """Who watches a run."""

    def watch(self, facts: RunFacts, state: TrainingState) -> AbstractContextManager[EpochSink]:
        """Show the run while the context is open; the sink takes each epoch's record."""

    def message(self, text: str) -> None:
        """Say something in between."""


@dataclass(frozen=True)
class RunResult:
    """How a run ended: the JSON of `train`, and the signal that interrupted it."""

    document: dict[str, Any]
    signal: Signals | None = None


def train(loaded: LoadedConfig, runs_dir: Path, display: Display) -> RunResult:
    """Run the experiment of a config in a new run directory.

    Raises:
        InputError: the config or the data cannot be used; nothing is left under `runs_dir`.
        StoreError: the run directory cannot be written.
    """
    started = time.perf_counter()
    with places_from(loaded):
        config = _pinned(loaded.config, runs_dir)
        prepared = prepare_data(config, np.dtype(config.training.precision))
        trainer = build_trainer(config, prepared, prepared.splits["train"].X.dtype, weights_reader(runs_dir))
    folder = loaded.path.parent if loaded.path else Path()
    with np.errstate(all="ignore"):
        initial = {name: measure(trainer.objective, prepared.splits[name]) for name in ("train", "dev")}
        initial_penalty = trainer.objective.penalty_value()
    run = RunDirectory.create(
        runs_dir,
        config.name,
        files={"config.yaml": dump_config(config), "config.original.yaml": loaded.text},
        record={
            "status": "running",
            "name": config.name,
            "seed": config.seed,
            "overrides": list(loaded.overrides),
            "environment": describe_environment(folder),
            "data": data_facts(prepared),
            "network": {
                "widths": list(trainer.network.architecture.widths),
                "n_params": trainer.network.parameters.n_params,
            },
            "initial": {
                "cost": {name: value.cost for name, value in initial.items()},
                "penalty": initial_penalty,
                "error": {name: value.error for name, value in initial.items()},
            },
            "looks": {"test": 0},
        },
    )
    with run.lock():
        run.write_preprocessing(*prepared.fitted.to_state())
        return _Session(run, config, prepared, trainer, display, started).go()


def resume(run: RunDirectory, runs_dir: Path, display: Display, *, epochs: int | None = None) -> RunResult:
    """Go on with a run where its last checkpoint is; a finished one only with more epochs.

    Args:
        epochs: a new total number of epochs; None keeps the config's.
    Raises:
        InputError: there is nothing left to do, or the data are no longer those of the run.
        RunLocked: another process is writing the run.
        RunDamaged: a file of the run is not what was written.
    """
    started = time.perf_counter()
    with run.lock():
        config_text = run.read_text("config.yaml")
        overrides = [] if epochs is None else [f"training.epochs={epochs}"]
        config = load_config_text(config_text, name=f"{run.id}/config.yaml", overrides=overrides).config
        _require_work_left(run, config)
        # A run that was killed at once may not have got as far as writing what it learned of the data.
        fitted = read_fitted(run) if run.has(PREPROCESSING) else None
        prepared = prepare_data(config, np.dtype(config.training.precision), fitted)
        if prepared.fingerprint != run.record["data"]["fingerprint"]:
            raise InputError(
                "the data are not those that this run was trained on",
                where=", ".join(sorted(set(prepared.origins.values()))),
                remedy="Put the old data back, or start a new run with dlrecipe train.",
            )
        trainer = build_trainer(config, prepared, prepared.splits["train"].X.dtype, weights_reader(runs_dir))
        checkpoint = run.checkpoints().load()
        if checkpoint is not None:
            if checkpoint.note:
                display.message(f"An older checkpoint is used: {checkpoint.note}.")
            try:
                trainer.state.restore(checkpoint.arrays, checkpoint.meta)
            except ValueError as error:
                raise RunDamaged(f"the checkpoint does not fit the run: {error}", where=run.id) from error
        changes = differences(run.record["environment"], describe_environment(Path()))
        if changes:
            display.message("The result may differ in the last bits: " + "; ".join(changes) + ".")
        if epochs is not None:
            run.write_text("config.yaml", dump_config(config))
        if fitted is None:
            run.write_preprocessing(*prepared.fitted.to_state())
        run.update_record({"status": "running"})
        earlier = run.record.get("result", {})
        return _Session(run, config, prepared, trainer, display, started, earlier).go()


def _pinned(config: Config, runs_dir: Path) -> Config:
    """Name the run that initial weights come from by its whole id: `latest` means another run tomorrow."""
    if not isinstance(config.initialization, RunInit):
        return config
    try:
        source = find_run(runs_dir, config.initialization.run)
    except InputError as error:
        raise weights_refused(error) from error
    return replace(config, initialization=RunInit(run=source.id))


def _require_work_left(run: RunDirectory, config: Config) -> None:
    status, done = run.status, run.record.get("result", {}).get("epochs_run", 0)
    if status == "diverged":
        raise InputError(
            f"{run.id} diverged; going on from there leads nowhere",
            remedy=f"See dlrecipe diagnose {run.id} for what to change, and train anew.",
        )
    if status == "interrupted" and done >= config.training.epochs:
        raise InputError(
            f"{run.id} has trained for {done} epochs already", remedy="Give --epochs a larger number."
        )
    if status == "finished" and done >= config.training.epochs:
        raise InputError(
            f"{run.id} has finished its {done} epochs",
            remedy=f"Give it more: dlrecipe resume {run.id} --epochs {2 * done}",
        )
    if status == "stopped_early":
        raise InputError(
            f"{run.id} was stopped early at epoch {done}, as its config asks",
            remedy="Train anew with a larger early_stopping.patience, or with early_stopping: null.",
        )


@contextmanager
def places_from(loaded: LoadedConfig) -> Iterator[None]:
    """Give problems that show only once the data are known their places in the config."""
    try:
        yield
    except ConfigError as error:
        placed = [
            problem if problem.where else Problem(loaded.where(problem.path), *_rest(problem))
            for problem in error.problems
        ]
        raise ConfigError(placed) from error
    except DataError as error:
        if error.where:
            raise
        raise DataError(error.what, where=loaded.where("data"), remedy=error.remedy) from error


def _rest(problem: Problem) -> tuple[str, str, str]:
    return problem.path, problem.what, problem.remedy


@dataclass
class _Session:
    """One process's part of a run, under the run's lock."""

    run: RunDirectory
    config: Config
    prepared: Prepared
    trainer: Trainer
    display: Display
    started: float
    earlier: Mapping[str, Any] = field(default_factory=dict)

    def go(self) -> RunResult:
        """Train, and leave the run in a state that says how it ended."""
        trainer, architecture = self.trainer, self.trainer.network.architecture
        target = self.prepared.fitted.target
        facts = RunFacts(
            run_id=self.run.id,
            path=self.run.path,
            config=self.config,
            n=self.prepared.n,
            n_params=trainer.network.parameters.n_params,
            widths=architecture.widths,
            steps_per_epoch=trainer.steps_per_epoch,
            task=target.task,
            targets=target.target_names,
            n_classes=len(target.classes),
            origins=self.prepared.origins,
        )
        trained_before = trainer.state.epoch
        with (
            self.run.journal(checkpoint_epoch=trainer.state.epoch) as journal,
            Interruption(self._announce) as interruption,
        ):
            checkpoints = self.run.checkpoints(journal)
            began = time.perf_counter()
            with self.display.watch(facts, trainer.state) as sink:
                status = trainer.fit(_RunHooks(journal, checkpoints, interruption, sink))
            training_s = time.perf_counter() - began
            checkpoints.save(*trainer.state.to_checkpoint())
        epochs = trainer.state.epoch - trained_before
        document = self._finish(status, training_s, epochs)
        if status != "interrupted":
            # Imported here: training need not wait for the rules.
            from dlrecipe.experiment.diagnosing import diagnose_run

            # A run whose figures are beyond reading has ended all the same.
            with suppress(InputError):
                diagnose_run(self.run)
        return RunResult(document, interruption.signal if status == "interrupted" else None)

    def _announce(self, signal_name: str) -> None:
        self.display.message(f"{signal_name}: finishing the batch and saving. Ctrl-C again aborts at once.")

    def _finish(self, status: str, training_s: float, epochs: int) -> dict[str, Any]:
        """Measure the kept weights, write them, and set the run's record."""
        trainer, state, target = self.trainer, self.trainer.state, self.prepared.fitted.target
        trainer.load_kept()
        with np.errstate(all="ignore"):
            by_split = {
                name: figures(trainer.objective, split, target)
                for name, split in self.prepared.splits.items()
                if name != "test"
            }
        stopping = self.config.early_stopping
        document: dict[str, Any] = {
            "schema_version": 1,
            "run_id": self.run.id,
            "status": status,
            "path": str(self.run.path),
            "task": target.task,
            "epochs_run": state.epoch,
            "epochs_planned": self.config.training.epochs,
            "best_epoch": state.best.epoch,
            "kept_epoch": state.kept_epoch,
            "patience": None if stopping is None else stopping.patience,
            "monitor": None if stopping is None else stopping.monitor,
            "learning_rate": self.config.optimizer.learning_rate,
            "n": self.prepared.n,
            "errors": {name: split["error"] for name, split in by_split.items()},
            "cost": {name: split["cost"] for name, split in by_split.items()},
            "metrics": {
                name: {key: value for key, value in split.items() if key != "confusion"}
                for name, split in by_split.items()
            },
            "wall_s": round(float(self.earlier.get("wall_s", 0)) + time.perf_counter() - self.started, 3),
            "examples_per_s": round(epochs * self.prepared.n["train"] / max(training_s, 1e-9), 1),
        }
        self.run.write_weights("weights", trainer.network.arrays())
        confusion = {name: split["confusion"] for name, split in by_split.items() if "confusion" in split}
        self.run.update_record({"status": status, "result": document, "confusion": confusion})
        return document


@dataclass
class _RunHooks:
    """Journal, checkpoint and display for each epoch; the signal for each batch."""

    journal: Journal
    checkpoints: Checkpoints
    interruption: Interruption
    sink: EpochSink
    saved_at: float = field(default_factory=time.monotonic)

    def epoch_finished(self, record: Record, state: TrainingState) -> None:
        """Note the epoch, then save the state if it is time."""
        self.journal.append(record)
        self.sink(record)
        if time.monotonic() - self.saved_at >= CHECKPOINT_EVERY_S:
            self.checkpoints.save(*state.to_checkpoint())
            self.saved_at = time.monotonic()

    def interrupted(self) -> bool:
        """Return whether a signal has come."""
        return self.interruption.signal is not None
