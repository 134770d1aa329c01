"""What the benchmarks share: the command line run as a user runs it, and the table of what came out.

Knows nothing of dlrecipe's insides: only its commands, their JSON and the files of a run.
"""

import json
import os
import platform
import resource
import statistics
import subprocess
import sys
import time
from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass
from importlib.metadata import version
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[1]
DATA = ROOT.parent / "shared" / "data"
DLRECIPE = str(Path(sys.executable).with_name("dlrecipe"))
ENVIRONMENT = {name: value for name, value in os.environ.items() if name != "PYTHONDONTWRITEBYTECODE"}
"""As a user has it, where Python keeps what it has compiled; else each start compiles all modules anew."""


@dataclass(frozen=True)
class Outcome:
    """A command that has ended: its exit code, what it printed, and what it took."""

    code: int
    out: str
    err: str
    wall_s: float
    cpu_s: float
    """Processor time of the process; unlike wall_s it hardly moves when others use the machine."""


@dataclass(frozen=True)
class Row:
    """One line of a table: a figure, what is asked of it, and what was measured."""

    figure: str
    asked: str
    measured: str
    met: bool | None
    """None: not measured, or not a requirement."""
    command: str


def run(*command: str) -> Outcome:
    """Run a command from the repository's root and wait for its end."""
    before, started = _children_cpu_s(), time.perf_counter()
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False, env=ENVIRONMENT)
    wall_s = time.perf_counter() - started
    return Outcome(done.returncode, done.stdout, done.stderr, wall_s, _children_cpu_s() - before)


def _children_cpu_s() -> float:
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime


@dataclass(frozen=True)
class Bench:
    """Where the runs of a benchmark go, and the settings that all of them get."""

    runs_dir: Path
    settings: tuple[str, ...] = ()

    def train(self, config: str, *settings: str) -> dict[str, Any]:
        """Train a config with some settings changed and return the JSON of `dlrecipe train`.

        Raises:
            RuntimeError: the command failed; with its message.
        """
        changes = [part for setting in (*self.settings, *settings) for part in ("--set", setting)]
        return self._json("train", config, *changes, "--quiet")

    def test_error(self, run_id: str) -> float:
        """Return the error of a run on its test split."""
        return float(self.evaluate(run_id)["error"])

    def evaluate(self, run_id: str) -> dict[str, Any]:
        """Return the figures of a run on its test split."""
        return self._json("evaluate", run_id, "--split", "test")

    def _json(self, *arguments: str) -> dict[str, Any]:
        done = run(DLRECIPE, *arguments, "--runs-dir", str(self.runs_dir), "--json")
        if done.code != 0:
            raise RuntimeError(f"dlrecipe {' '.join(arguments)} ended with {done.code}:\n{done.err}")
        document: dict[str, Any] = json.loads(done.out)
        return document


def command_line(config: str, *settings: str) -> str:
    """Return the command as a person would type it."""
    return " ".join(["dlrecipe train", config, *(f"--set {setting}" for setting in settings)])


def percentages(errors: Iterable[float]) -> str:
    """Return errors as percentages: `1.9, 2.2, 1.4 %`."""
    return ", ".join(f"{error:.2%}".removesuffix("%") for error in errors) + " %"


def timing(seconds: Sequence[float], digits: int = 2) -> str:
    """Return median and least of some durations."""
    return f"{statistics.median(seconds):.{digits}f} s (least {min(seconds):.{digits}f})"


def machine() -> dict[str, Any]:
    """Return what the figures depend on: cores, versions, and how busy the machine is."""
    return {
        "cores": os.cpu_count(),
        "processor": platform.machine(),
        "load": [round(load, 1) for load in os.getloadavg()],
        "python": platform.python_version(),
        "numpy": version("numpy"),
        "date": time.strftime("%Y-%m-%d"),
    }


def report(rows: Sequence[Row], to: Path | None) -> None:
    """Print the rows as a Markdown table, and save them with the machine's description as JSON."""
    described = machine()
    print("  ".join(f"{key} {value}" for key, value in described.items()), end="\n\n")
    print("| figure | asked or published | measured | met | command |\n|---|---|---|---|---|")
    for row in rows:
        met = {True: "yes", False: "**no**", None: ""}[row.met]
        command = f"`{row.command}`" if row.command else ""
        print(f"| {row.figure} | {row.asked} | {row.measured} | {met} | {command} |")
    if to is not None:
        to.write_text(json.dumps({"machine": described, "rows": [asdict(row) for row in rows]}, indent=2))


def progress(text: str) -> None:
    """Say on stderr what is being measured."""
    print(text, file=sys.stderr, flush=True)
