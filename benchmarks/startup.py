"""How long dlrecipe takes before it does what was asked: help, a config error, the first training step.

    python -m benchmarks.startup
    python -m benchmarks.startup --runs 31 --save startup.json

Each command is a new process, and the commands take turns, so that a busy minute falls on all of them alike.
The first training step is timed from above: the whole batch of a small .npz is one step, and the clock stops
when the line of its epoch, figures and all, arrives on stderr.
"""

import argparse
import math
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from statistics import median

import numpy as np

from benchmarks.common import DLRECIPE, ENVIRONMENT, Outcome, Row, report, run

BARE = "python -c pass"
FIRST_STEP = "the first training step"
LIMITS_MS = {"--help": 160, "a config error": 350, FIRST_STEP: 500}
STEP = """\
data: {source: {type: npz, path: rows.npz}}
task: classification
network: {hidden: [16]}
training: {epochs: 1, batch_size: full}
early_stopping: null
"""


def commands(folder: Path) -> dict[str, tuple[str, ...]]:
    """Write what the commands need into the folder, and return them by name."""
    rng = np.random.default_rng(0)
    np.savez(folder / "rows.npz", x=rng.standard_normal((200, 10)), y=np.arange(200) % 2)
    (folder / "step.yaml").write_text(STEP)
    (folder / "wrong.yaml").write_text(STEP.replace("hidden", "hiden"))
    runs_dir = ("--runs-dir", str(folder / "runs"))
    return {
        BARE: (sys.executable, "-c", "pass"),
        "--help": (DLRECIPE, "--help"),
        "a config error": (DLRECIPE, "train", str(folder / "wrong.yaml"), *runs_dir),
        FIRST_STEP: (DLRECIPE, "train", str(folder / "step.yaml"), *runs_dir),
        "that run to its end": (DLRECIPE, "train", str(folder / "step.yaml"), *runs_dir),
        "import numpy": (sys.executable, "-c", "import numpy"),
        "import typer": (sys.executable, "-c", "import typer"),
    }


def measure(by_name: dict[str, tuple[str, ...]], n_runs: int) -> dict[str, list[Outcome]]:
    """Return the outcomes of each command, the first run (cold caches) left out."""
    outcomes: dict[str, list[Outcome]] = {name: [] for name in by_name}
    for _ in range(n_runs + 1):
        for name, command in by_name.items():
            outcomes[name].append(_until_an_epoch(command) if name == FIRST_STEP else run(*command))
    assert {one.code for one in outcomes["a config error"]} == {2}
    assert {one.code for name in outcomes if name != "a config error" for one in outcomes[name]} == {0}
    return {name: measured[1:] for name, measured in outcomes.items()}


def _until_an_epoch(command: tuple[str, ...]) -> Outcome:
    """Run a command; its duration ends with the first epoch's line, and its processor time is not known."""
    started = time.perf_counter()
    with subprocess.Popen(
        command, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True, env=ENVIRONMENT
    ) as process:
        assert process.stderr is not None
        line = next((line for line in process.stderr if line.startswith("epoch")), None)
        wall_s = time.perf_counter() - started
        rest = process.stderr.read()
    assert line is not None, "the run printed no epoch"
    return Outcome(process.returncode, "", line + rest, wall_s, math.nan)


def as_row(name: str, outcomes: list[Outcome], bare_ms: float) -> Row:
    """Return the row of one command."""
    wall = [1000 * one.wall_s for one in outcomes]
    cpu = [1000 * one.cpu_s for one in outcomes]
    ratio = "" if name == BARE else f"; {median(wall) / bare_ms:.1f} × {BARE}"
    processor = "" if math.isnan(cpu[0]) else f"; processor {median(cpu):.0f} ms"
    measured = f"{median(wall):.0f} ms (least {min(wall):.0f}){processor}{ratio}"
    limit = LIMITS_MS.get(name)
    asked, met = ("", None) if limit is None else (f"≤ {limit} ms", median(wall) <= limit)
    return Row(name, asked, measured, met, "python -m benchmarks.startup")


def main() -> None:
    """Measure all commands and print their table."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--runs", type=int, default=21, help="runs of each command")
    parser.add_argument("--save", type=Path, metavar="FILE", help="save the table as JSON")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="dlrecipe-benchmark-") as folder:
        outcomes = measure(commands(Path(folder)), options.runs)
    bare_ms = median(1000 * one.wall_s for one in outcomes[BARE])
    report([as_row(name, measured, bare_ms) for name, measured in outcomes.items()], options.save)


if __name__ == "__main__":
    main()
