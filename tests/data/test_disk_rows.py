"""Rows that stay on disk: the same numbers as in memory, in an order that keeps to few blocks."""

import numpy as np
import pytest

from dlrecipe.data import disk_rows
from dlrecipe.data.batches import BatchOrder
from dlrecipe.data.disk_rows import DiskRows, gather
from dlrecipe.data.preparation import prepare
from dlrecipe.data.sources.arrays import load_arrays
from dlrecipe.data.specs import ArraySource, DataSpec


@pytest.fixture
def source(tmp_path, monkeypatch):
    """500 rows of 6 numbers, seven rows a block, three blocks in memory at once, nothing held back."""
    monkeypatch.setattr(disk_rows, "BLOCK_BYTES", 7 * 6 * 4)
    monkeypatch.setattr(disk_rows, "CACHED_BLOCKS", 6)
    monkeypatch.setattr("dlrecipe.data.preprocessing.IN_MEMORY_BYTES", 0)
    X = np.random.default_rng(0).normal(3, 2, size=(500, 6)).astype(np.float32)
    np.save(tmp_path / "x.npy", X)
    np.save(tmp_path / "y.npy", (X[:, 0] > 3).astype(int))
    return ArraySource(type="npy", path=str(tmp_path / "x.npy"), y=str(tmp_path / "y.npy"), in_memory=False)


def matrix(source) -> tuple[DiskRows, np.ndarray]:
    found = load_arrays(source).matrix
    assert isinstance(found, DiskRows)
    return found, np.load(source.path)


def test_any_way_of_asking_gives_what_an_array_gives(source):
    rows, X = matrix(source)
    for key in (slice(3, 60), slice(None, None, 5), np.array([499, 3, 3, 250]), 17, (slice(2, 9), 4)):
        np.testing.assert_array_equal(rows[key], X[key])
    np.testing.assert_array_equal(np.asarray(rows), X)
    chosen = np.arange(0, 500, 3)
    np.testing.assert_array_equal(rows.select(chosen)[5:9], X[chosen][5:9])


def test_batches_are_the_rows_asked_for_whether_from_few_blocks_or_many(source):
    rows, X = matrix(source)
    rng = np.random.default_rng(1)
    for positions in (np.arange(10), rng.permutation(20), rng.permutation(500)[:64], np.array([499, 0])):
        out = np.empty((len(positions), 6), np.float32)
        gather(rows, positions, out)
        np.testing.assert_array_equal(out, X[positions])


def test_an_epoch_visits_every_row_once_and_stays_among_few_blocks():
    blocks = np.arange(1000) // 10
    order = BatchOrder(0, 1000, blocks, blocks_at_once=8)
    first, second = order.of_epoch(1), order.of_epoch(2)
    assert sorted(first) == list(range(1000))
    assert not np.array_equal(first, second)
    np.testing.assert_array_equal(first, order.of_epoch(1))
    assert len(set(blocks[first[:80]])) == 8


@pytest.mark.parametrize("normalization", ["none", "center", "standard", "minmax", "robust", "quantile"])
def test_what_is_prepared_on_disk_equals_what_is_prepared_in_memory(source, tmp_path, normalization):
    def prepared(in_memory):
        spec = DataSpec(source=ArraySource(**{**vars(source), "in_memory": in_memory}))
        return prepare(
            spec,
            task=None,
            normalization=normalization,
            target_normalization="auto",
            seed=0,
            dtype=np.dtype(np.float32),
        )

    on_disk, in_memory = prepared(False), prepared(True)
    assert on_disk.fingerprint == in_memory.fingerprint
    for name, split in on_disk.splits.items():
        assert isinstance(split.X, DiskRows)
        if normalization in ("robust", "quantile"):  # fitted to a sample, here of one row
            continue
        np.testing.assert_allclose(split.X[:], in_memory.splits[name].X, atol=1e-6)
