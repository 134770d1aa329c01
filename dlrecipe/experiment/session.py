"""One process's part of a run: the loop, the journal, the checkpoints and the display put together.

Prints nothing itself; who watches is handed in.
"""

import time
from collections.abc import Mapping
from contextlib import AbstractContextManager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from signal import Signals
from typing import Any, Protocol

import numpy as np

from dlrecipe.config.schema import Config
from dlrecipe.data.preparation import Prepared
from dlrecipe.errors import InputError
from dlrecipe.experiment.interruption import Interruption
from dlrecipe.experiment.promise import outcome
from dlrecipe.experiment.results import dropout_costs, figures
from dlrecipe.experiment.run_hooks import EpochSink, GivenUp, RunHooks, never
from dlrecipe.store.journal import NO_EPOCHS, Mark
from dlrecipe.store.run_directory import RunDirectory
from dlrecipe.training.loop import Trainer
from dlrecipe.training.state import TrainingState


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
    notes: tuple[str, ...] = ()


class Display(Protocol):
    """Who watches a run."""

    def watch(self, facts: RunFacts, state: TrainingState) -> AbstractContextManager[EpochSink]:
        """Show the run while the context is open; the sink takes each epoch's record."""

    def message(self, text: str) -> None:
        """Say something in between."""


@dataclass(frozen=True)
class RunResult:
    """How a run ended: the JSON of `train`, and the signal that came meanwhile, if any."""

    document: dict[str, Any]
    signal: Signals | None = None


@dataclass(frozen=True)
class Part:
    """What is asked of a run that is one of many.

    `diagnosed`: whether it is judged at its end; who reads only some of many runs judges these himself.
    `given_up` is asked after each epoch with its number and the lowest dev error so far: it returns why the
    run need not go on, in words, and nothing while it should.
    """

    diagnosed: bool = True
    given_up: GivenUp = never


ALONE = Part()


@dataclass
class Session:
    """One process's part of a run, under the run's lock."""

    run: RunDirectory
    config: Config
    prepared: Prepared
    trainer: Trainer
    display: Display
    started: float
    earlier: Mapping[str, Any] = field(default_factory=dict)
    checkpoint: Mark = NO_EPOCHS
    """What the checkpoint that training resumes from notes of the journal."""
    repeats: bool = True
    """Whether epochs that are trained again must come out as they did: not on another machine."""
    part: Part = ALONE
    stage: str = field(default="finishing the batch and saving", init=False)

    def go(self) -> RunResult:
        """Train, and leave the run in a state that says how it ended."""
        trainer = self.trainer
        trained_before = trainer.state.epoch
        with Interruption(self._announce) as interruption:
            with self.run.journal(checkpoint=self.checkpoint, repeats=self.repeats) as journal:
                began = time.perf_counter()
                with self.display.watch(self._facts(), trainer.state) as sink:
                    hooks = RunHooks(
                        journal,
                        self.run.checkpoints(journal),
                        interruption,
                        sink,
                        self.config.checkpoint,
                        trainer.steps_per_epoch,
                        trainer.state.step,
                        self.part.given_up,
                    )
                    # A kill may have come after the epoch in which it was given up.
                    hooks.ask(trainer.state)
                    status = "interrupted" if hooks.reason else trainer.fit(hooks)
                    given_up = hooks.reason if status == "interrupted" else ""
                training_s = time.perf_counter() - began
                # A run that diverged is trained again from the checkpoint before, should it be killed here.
                if status != "diverged":
                    hooks.save(trainer.state)
            self.stage = "measuring and saving what was trained"
            if given_up:
                status = "stopped_early"
            document = self._finish(
                status, training_s, trainer.state.epoch - trained_before, given_up=given_up
            )
            if status != "interrupted" and self.part.diagnosed:
                self._diagnose()
        return RunResult(document, interruption.signal)

    def _facts(self) -> RunFacts:
        trainer, target = self.trainer, self.prepared.fitted.target
        return RunFacts(
            run_id=self.run.id,
            path=self.run.path,
            config=self.config,
            n=self.prepared.n,
            n_params=trainer.network.parameters.n_params,
            widths=trainer.network.architecture.widths,
            steps_per_epoch=trainer.steps_per_epoch,
            task=target.task,
            targets=target.target_names,
            n_classes=len(target.classes),
            origins=self.prepared.origins,
            notes=self.prepared.notes,
        )

    def _announce(self, signal_name: str) -> None:
        self.display.message(f"{signal_name}: {self.stage}. Ctrl-C again aborts at once.")

    def _diagnose(self) -> None:
        # Imported here: training need not wait for the rules.
        from dlrecipe.experiment.diagnosing import diagnose_run

        # A run whose figures are beyond reading has ended all the same. It is judged alone, lest it end later
        # where thousands lie beside it.
        with suppress(InputError):
            diagnose_run(self.run, alone=True)

    def _finish(self, status: str, training_s: float, epochs: int, *, given_up: str) -> dict[str, Any]:
        """Measure the kept weights, write them, and set the run's record."""
        trainer, state, target = self.trainer, self.trainer.state, self.prepared.fitted.target
        trainer.load_kept()
        with np.errstate(all="ignore"):
            by_split = {
                name: figures(trainer.objective, split, target)
                for name, split in self.prepared.splits.items()
                if name != "test"
            }
            dropped = dropout_costs(trainer.objective, trainer.train, self.config.seed)
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
            "averaged": self.config.training.averaging is not None,
            "patience": None if stopping is None else stopping.patience,
            "monitor": None if stopping is None else stopping.monitor,
            "learning_rate": self.config.optimizer.learning_rate,
            "n": self.prepared.n,
            "dev_fingerprint": self.prepared.dev_fingerprint,
            "errors": {name: split["error"] for name, split in by_split.items()},
            "cost": {name: split["cost"] for name, split in by_split.items()},
            "metrics": {
                name: {key: value for key, value in split.items() if key != "confusion"}
                for name, split in by_split.items()
            },
            "dropout_costs": dropped,
            "wall_s": round(float(self.earlier.get("wall_s", 0)) + time.perf_counter() - self.started, 3),
            "examples_per_s": round(epochs * self.prepared.n["train"] / max(training_s, 1e-9), 1),
        }
        if given_up:
            document["given_up"] = given_up
        if "promise" in self.run.record and status != "interrupted":
            document["promise"] = outcome(self.run.record["promise"], document)
        confusion = {name: split["confusion"] for name, split in by_split.items() if "confusion" in split}
        changes = {"status": status, "result": document, "confusion": confusion}
        self.run.write_weights("weights", trainer.network.arrays(), changes)
        return document
