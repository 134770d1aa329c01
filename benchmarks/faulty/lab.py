"""A folder in which tiny experiments are run through the command line, within this process.

What a test of faults needs of a run: to make it, to stop it somewhere, to resume it, and to compare what is
left with the run that was never disturbed.
"""

import io
import json
import shutil
from collections.abc import Iterator, Mapping
from contextlib import chdir, contextmanager, redirect_stderr, redirect_stdout
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from unittest.mock import patch

import typer

from dlrecipe.cli import app as command_line
from dlrecipe.experiment import environment
from dlrecipe.experiment.run_hooks import RunHooks
from dlrecipe.store.checkpoints import Checkpoints
from dlrecipe.store.journal import read_journal
from dlrecipe.store.listing import list_runs
from dlrecipe.store.run_directory import RunDirectory
from dlrecipe.training.state import TrainingState

TINY: dict[str, Any] = {
    "name": "tiny",
    "data": {"source": {"type": "synthetic", "generator": "moons", "n": 60, "noise": 0.3}},
    "network": {"hidden": [4]},
    "regularization": {"l2": 0.1, "dropout": {"keep_prob": 0.9}},
    "training": {"epochs": 4, "batch_size": 16, "threads": 1},
    "early_stopping": {"monitor": "dev_cost", "patience": 20},
    # By steps and not by the clock, so that a run does the same file operations each time.
    "checkpoint": {"every_s": None, "every_epochs": 0.7},
}
"""Moments, dropout's stream, the order of the batches, the best epoch: all that a checkpoint has to carry."""


@dataclass(frozen=True)
class Outcome:
    """What a command left: its exit code and what it wrote."""

    code: int
    out: str
    err: str


@dataclass(frozen=True)
class Remains:
    """What must not depend on what happened on the way: the status and the bytes of two files."""

    status: str
    weights: bytes
    journal: bytes


@dataclass(frozen=True)
class Lab:
    """A folder with a config, whose `runs` is the runs directory."""

    folder: Path
    config: Mapping[str, Any] = field(default_factory=lambda: TINY)

    def __post_init__(self) -> None:
        self.folder.mkdir(parents=True, exist_ok=True)
        (self.folder / "config.yaml").write_text(json.dumps(self.config))

    @property
    def runs(self) -> Path:
        """The runs directory."""
        return self.folder / "runs"

    def __call__(self, *arguments: str) -> Outcome:
        """Run a command."""
        out, err = io.StringIO(), io.StringIO()
        code: object = None
        with chdir(self.folder), redirect_stdout(out), redirect_stderr(err), _fast():
            try:
                command_line.main(arguments)
            except SystemExit as exit_:
                code = exit_.code
        assert isinstance(code, int), f"{arguments} ended without an exit code"
        return Outcome(code, out.getvalue(), err.getvalue())

    def train(self, *settings: str) -> Outcome:
        """Train the config."""
        return self("train", "config.yaml", "--quiet", *(part for s in settings for part in ("--set", s)))

    def resume(self, *options: str) -> Outcome:
        """Go on with the newest run."""
        return self("resume", "latest", "--quiet", *options)

    def newest(self) -> Path:
        """Return the directory of the newest run."""
        return list_runs(self.runs)[-1].path

    def remains(self) -> Remains:
        """Return what is left of the newest run, each file checked against run.json."""
        run = RunDirectory(self.newest())
        return Remains(run.status, run.read_file("weights.safetensors"), run.read_file("metrics.jsonl"))

    def n_epochs(self) -> int:
        """Return the number of epochs in the newest run's journal, which must be intact."""
        return len(read_journal(self.newest() / "metrics.jsonl"))

    def copied_from(self, other: Path) -> None:
        """Make the runs directory a copy of another one."""
        if self.runs.exists():
            shutil.rmtree(self.runs)
        if other.exists():
            shutil.copytree(other, self.runs, symlinks=True)


class Killed(BaseException):
    """Stands for a SIGKILL at one moment: nothing that the program would do after it is done."""


@contextmanager
def killed_after(steps: int, *, saving: bool = True) -> Iterator[None]:
    """Kill the training in this process after so many steps.

    Args:
        saving: let checkpoints be saved until then; without, the run must start anew.
    """
    pause = RunHooks.pause

    def dying(hooks: RunHooks, state: TrainingState) -> bool:
        stop = pause(hooks, state)
        if state.step >= steps:
            raise Killed
        return stop

    with patch.object(RunHooks, "pause", dying):
        if saving:
            yield
        else:
            with patch.object(Checkpoints, "save", lambda *_: None):
                yield


@contextmanager
def stopped_after(steps: int) -> Iterator[None]:
    """Stop the training in this process after so many steps, as a Ctrl-C does: with a checkpoint."""
    pause = RunHooks.pause

    def stopping(hooks: RunHooks, state: TrainingState) -> bool:
        return pause(hooks, state) or state.step >= steps

    with patch.object(RunHooks, "pause", stopping):
        yield


def train_and_die(lab: Lab, steps: int, *, saving: bool = True) -> None:
    """Train the lab's config and kill it after so many steps."""
    with killed_after(steps, saving=saving):
        try:
            lab.train()
        except Killed:
            return
    raise AssertionError("the run was over before it could be killed")


@contextmanager
def _fast() -> Iterator[None]:
    """Leave out what costs more than a tiny run: git's two processes, and the making of the parser."""
    with patch.object(environment, "_git", lambda *_: None), patch.object(command_line, "app", _PARSER):
        yield


_PARSER = typer.main.get_command(command_line.app)
