"""Training on a file larger than memory: what is on disk is read in pieces by everything that a run does."""

from pathlib import Path

import numpy as np
import pytest

from dlrecipe.config.loading import load_config_text
from dlrecipe.data import disk_rows, normalization
from dlrecipe.data.sources import arrays
from dlrecipe.experiment.diagnosing import diagnose_run
from dlrecipe.experiment.silence import SilentDisplay
from dlrecipe.experiment.training_run import train
from dlrecipe.store.listing import find_run

ROWS = 60_000


def test_no_step_of_a_run_reads_the_rows_as_a_whole(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    rng = np.random.default_rng(0)
    X = rng.normal(size=(ROWS, 4)).astype(np.float32)
    np.save(tmp_path / "x.npy", X)
    np.save(tmp_path / "y.npy", (X[:, 0] > 0).astype(np.int64))
    # What 128 MB and a million numbers are to gigabytes, these are to 60,000 rows.
    monkeypatch.setattr("dlrecipe.data.preprocessing.IN_MEMORY_BYTES", 0)
    monkeypatch.setattr(normalization, "CHUNK_NUMBERS", 20_000)
    monkeypatch.setattr(arrays, "CHUNK_VALUES", 20_000)
    read, largest = disk_rows.DiskRows._read, 0

    def spied(rows: disk_rows.DiskRows, file_rows: disk_rows.Indices) -> disk_rows.NDArray[object]:
        nonlocal largest
        largest = max(largest, len(file_rows))
        return read(rows, file_rows)

    monkeypatch.setattr(disk_rows.DiskRows, "_read", spied)
    text = (
        f"data: {{source: {{type: npy, path: {tmp_path}/x.npy, y: {tmp_path}/y.npy, in_memory: false}}}}\n"
        "network: {hidden: [4]}\ntraining: {epochs: 1, threads: 1}\n"
    )
    document = train(load_config_text(text), tmp_path / "runs", SilentDisplay()).document
    diagnose_run(find_run(tmp_path / "runs", document["run_id"]))
    assert 0 < largest <= ROWS / 4
