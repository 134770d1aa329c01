"""Kills at random moments, and processes that want the same: the short forms of benchmarks/faults.py."""

import os
import subprocess
import sys
from pathlib import Path

PROGRAM = """
import random, sys
from pathlib import Path
from benchmarks.faulty.lab import Lab
from benchmarks.faulty.processes import LONG, Kills, races

folder = Path(sys.argv[1])
test = Kills(Lab(folder / "kills", LONG), random.Random(0))
test.until(15)
print(test.amiss, [problem for problem in races(Lab(folder / "races"), 10) if problem])
"""


def test_kills_lose_no_epoch_and_of_two_that_resume_one_wins(folder: Path) -> None:
    # In a process without threads, which may be forked.
    environment = os.environ | {"OPENBLAS_NUM_THREADS": "1"}
    done = subprocess.run(
        [sys.executable, "-c", PROGRAM, str(folder)], env=environment, capture_output=True, text=True
    )
    assert done.stdout == "[] []\n", done.stderr


def test_runs_created_at_once_by_processes_all_get_an_id_of_their_own(folder: Path) -> None:
    script = (
        "import sys; from pathlib import Path; from benchmarks.faulty.processes import created_at_once; "
        "print(created_at_once(Path(sys.argv[1]), 4, 25))"
    )
    done = subprocess.run([sys.executable, "-c", script, str(folder)], capture_output=True, text=True)
    assert done.stdout == "100\n", done.stderr
