"""A state that overflowed is never a checkpoint, never the best, and its run ends the same after a kill."""

import json
from pathlib import Path

import numpy as np
import pytest
from safetensors.numpy import load_file

from benchmarks.faulty.lab import Killed, killed_after
from dlrecipe.store.run_directory import RunDirectory

DIVERGING = {
    "name": "iris",
    "data": {"source": "iris"},
    "normalization": "none",
    "network": {"hidden": [16]},
    "optimizer": {"type": "sgd", "learning_rate": 1e5},
    "training": {"epochs": 50, "batch_size": 8},
    "early_stopping": None,
    "checkpoint": {"every_s": None, "every_epochs": 0.1},
}


def remains(run: Path) -> tuple[bytes, bytes, str]:
    status = json.loads((run / "run.json").read_text())["status"]
    return (run / "weights.safetensors").read_bytes(), (run / "metrics.jsonl").read_bytes(), status


@pytest.mark.parametrize("learning_rate", [1e5, 1e8, 1e30])
def test_a_run_that_diverges_does_so_after_a_kill_as_well(cli, learning_rate):
    config = cli.write(DIVERGING | {"optimizer": {"type": "sgd", "learning_rate": learning_rate}})
    assert cli("train", config, "-q").code == 1
    (whole,) = cli.runs.iterdir()
    expected = remains(whole)
    assert expected[2] == "diverged"
    weights = load_file(whole / "weights.safetensors")
    assert all(np.isfinite(values).all() for values in weights.values())
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("dlrecipe.experiment.session.Session._finish", killed)
        assert cli("train", config, "-q").code == 130
    (stopped,) = set(cli.runs.iterdir()) - {whole}
    run = RunDirectory(stopped)
    checkpoint = run.checkpoints().load()
    if checkpoint is not None:
        assert all(np.isfinite(values).all() for values in checkpoint.arrays.values())
    assert run.status == "interrupted"
    assert cli("resume", stopped.name, "-q").code == 1
    assert remains(stopped) == expected


def killed(*_: object, **__: object) -> None:
    raise KeyboardInterrupt


def test_each_line_of_the_journal_is_strict_json(cli):
    cli("train", cli.write(DIVERGING), "-q")
    (run,) = cli.runs.iterdir()
    for line in (run / "metrics.jsonl").read_text().splitlines():
        json.loads(line, parse_constant=pytest.fail)


def test_a_kill_within_the_epoch_that_diverges_leads_to_the_same_end(cli):
    config = cli.write(DIVERGING)
    cli("train", config, "-q")
    (whole,) = cli.runs.iterdir()
    # 90 examples in batches of 8 are 12 steps an epoch; the state overflows in the course of the first ones.
    for step in (1, 3, 7, 11):
        with pytest.raises(Killed), killed_after(step):
            cli("train", config, "-q")
        assert cli("resume", "latest", "-q").code == 1
        newest = max(cli.runs.iterdir(), key=lambda path: path.stat().st_mtime_ns)
        assert remains(newest) == remains(whole)
