"""SIGKILL at any moment: no line that was appended is lost, and the last checkpoint is whole."""

import random
import signal
import subprocess
import sys
import time
from pathlib import Path

import numpy as np

from dlrecipe.store.run_directory import RunDirectory

N_KILLS = 20
WRITER = """
import os, sys
from pathlib import Path
import numpy as np
from dlrecipe.store.journal import NO_EPOCHS
from dlrecipe.store.run_directory import RunDirectory

run = RunDirectory(Path(sys.argv[1]))
with run.lock():
    saved = run.checkpoints().load()
    epoch = saved.meta["epoch"] if saved else 0
    with run.journal(checkpoint=saved.journal if saved else NO_EPOCHS) as journal:
        checkpoints = run.checkpoints(journal)
        while True:
            epoch += 1
            journal.append({"epoch": epoch, "cost": 1 / epoch})
            os.write(1, f"{epoch}\\n".encode())
            if epoch % 3 == 0:
                checkpoints.save({"theta": np.full(20_000, float(epoch))}, {"epoch": epoch})
                run.write_weights("weights", {"W1": np.full(20_000, float(epoch))})
"""


def epochs_until_killed(path: Path, delay_s: float) -> int:
    """Run the writer, kill it `delay_s` after its first epoch, and return the last epoch that it finished."""
    with subprocess.Popen([sys.executable, "-c", WRITER, str(path)], stdout=subprocess.PIPE) as writer:
        assert writer.stdout is not None
        first = writer.stdout.readline()
        time.sleep(delay_s)
        writer.send_signal(signal.SIGKILL)
        finished = (first + writer.stdout.read()).splitlines()
    return int(finished[-1])


def test_no_finished_epoch_is_lost_and_no_state_is_a_mix(tmp_path: Path) -> None:
    run = RunDirectory.create(tmp_path, "killed", files={}, record={})
    delays = random.Random(0)
    for _ in range(N_KILLS):
        finished = epochs_until_killed(run.path, delays.uniform(0, 0.03))
        journal = run.read_journal()
        assert [line["epoch"] for line in journal] == list(range(1, len(journal) + 1))
        assert len(journal) >= finished
        saved = run.checkpoints().load()
        if saved is not None:
            assert saved.note == ""
            assert saved.meta["epoch"] <= len(journal)
            np.testing.assert_array_equal(saved.arrays["theta"], np.full(20_000, float(saved.meta["epoch"])))
        run.refresh()
        if run.has("weights.safetensors"):
            assert len(np.unique(run.read_weights("weights")["W1"])) == 1
    assert finished > N_KILLS, "the writers got nowhere"
    assert run.status == "interrupted"
    with run.lock():
        assert not list(run.path.glob("**/.*.tmp")), "the next writer did not tidy up"
