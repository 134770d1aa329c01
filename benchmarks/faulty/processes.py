"""Processes that are forked, so that a thousand of them take seconds: killed at random moments, and in races.

What a new process costs (half a second of imports) is paid once, by the parent. It must have no threads:
OPENBLAS_NUM_THREADS=1.
"""

import os
import random
import signal
import sys
import time
import traceback
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from unittest.mock import patch

from benchmarks.faulty.lab import TINY, Lab
from dlrecipe.experiment.session import RunResult, Session
from dlrecipe.store.journal import read_journal
from dlrecipe.store.listing import list_runs
from dlrecipe.store.run_directory import RunDirectory

LONG = {
    **TINY,
    "training": {**TINY["training"], "epochs": 60},
    "early_stopping": {"monitor": "dev_cost", "patience": 60},
    "checkpoint": {"every_s": 0.002, "every_epochs": None},
}
"""Long enough to be killed several times, with a checkpoint every few epochs."""


def forked(action: Callable[[], int]) -> int:
    """Run an action in a process of its own, which ends with the code it returns; return its id."""
    sys.stdout.flush()
    sys.stderr.flush()
    process = os.fork()
    if process:
        return process
    code = 99
    try:
        code = action()
    except BaseException:
        traceback.print_exc()
    finally:
        os._exit(code)


def exit_code(process: int) -> int:
    """Wait for a process; return its exit code, or minus the signal that killed it."""
    return os.waitstatus_to_exitcode(os.waitpid(process, 0)[1])


@dataclass
class Kills:
    """Runs that are killed at random moments and resumed, again and again, until they are done."""

    lab: Lab
    rng: random.Random = field(default_factory=lambda: random.Random(0))
    n_kills: int = 0
    n_runs: int = 0
    amiss: list[str] = field(default_factory=list)

    def until(self, n_kills: int) -> None:
        """Go on until so many processes have been killed, and the last run is done."""
        began = time.perf_counter()
        assert exit_code(forked(lambda: self.lab.train().code)) == 0
        longest_s = time.perf_counter() - began
        whole = self.lab.remains()
        while self.n_kills < n_kills:
            self._one_run(whole, longest_s)

    def _one_run(self, whole: object, longest_s: float) -> None:
        known, lines = {run.id for run in list_runs(self.lab.runs)}, b""
        action: Callable[[], int] = lambda: self.lab.train().code  # noqa: E731
        while True:
            process = forked(action)
            time.sleep(self.rng.uniform(0, longest_s))
            os.kill(process, signal.SIGKILL)
            code = exit_code(process)
            self.n_kills += code == -signal.SIGKILL
            if {run.id for run in list_runs(self.lab.runs)} == known:
                continue  # killed before there was a run
            lines = self._journal_after(lines)
            if code != -signal.SIGKILL:
                if code != 0:
                    self.amiss.append(f"ended with {code}")
                break
            action = lambda: self._resumed()  # noqa: E731
        self.n_runs += 1
        if self.lab.remains() != whole:
            self.amiss.append("ends elsewhere")

    def _resumed(self) -> int:
        if RunDirectory(self.lab.newest()).record["status"] == "finished":
            return 0  # killed after its last word
        return self.lab.resume().code

    def _journal_after(self, before: bytes) -> bytes:
        """Return the journal's whole lines, those of before among them."""
        path = self.lab.newest() / "metrics.jsonl"
        data = path.read_bytes() if path.exists() else b""
        read_journal(path)
        lines = data[: data.rfind(b"\n") + 1]
        if not lines.startswith(before):
            self.amiss.append("a finished epoch is lost")
        return lines


def race(lab: Lab, prepared: Path, options: tuple[str, ...]) -> str:
    """Let two processes resume one run at once; return what is amiss.

    The winner is held before its first step until the other has ended, so that the two always meet.
    """
    lab.copied_from(prepared)
    go_read, go_write = os.pipe()
    won_read, won_write = os.pipe()
    said = [lab.folder / "said-1", lab.folder / "said-2"]

    def contend(number: int) -> int:
        go = Session.go

        def waiting(session: Session) -> RunResult:
            os.write(won_write, bytes([number]))
            os.read(go_read, 1)
            return go(session)

        with patch.object(Session, "go", waiting):
            outcome = lab.resume(*options)
        said[number].write_text(outcome.err)
        return outcome.code

    processes = [forked(lambda: contend(0)), forked(lambda: contend(1))]
    winner = os.read(won_read, 1)[0]
    loser_code = exit_code(processes[1 - winner])
    os.write(go_write, b"!")
    winner_code = exit_code(processes[winner])
    for descriptor in (go_read, go_write, won_read, won_write):
        os.close(descriptor)
    words = said[1 - winner].read_text()
    if (winner_code, loser_code) != (0, 4):
        return f"ended with {winner_code} and {loser_code}"
    return "" if f"process {processes[winner]} on " in words else f"does not name the winner: {words}"


def races(lab: Lab, n: int) -> Iterator[str]:
    """Yield what is amiss with each of n races on a run that has ended and is to go on."""
    assert lab.train().code == 0
    prepared = lab.folder / "prepared"
    lab.runs.rename(prepared)
    for _ in range(n):
        yield race(lab, prepared, ("--epochs", "5"))


def created_at_once(runs_dir: Path, n_processes: int, n_runs: int) -> int:
    """Create runs in several processes at once; return how many different runs there are then, all intact."""

    def create() -> int:
        for _ in range(n_runs):
            RunDirectory.create(runs_dir, "crowd", files={"config.yaml": "a: 1\n"}, record={})
        return 0

    processes = [forked(create) for _ in range(n_processes)]
    assert [exit_code(process) for process in processes] == [0] * n_processes
    return len({run.id for run in list_runs(runs_dir) if not run.damage})
