"""A checkpoint is whole, intact and exact, or it is not loaded; the one before it is always kept."""

import errno
import math
from pathlib import Path

import numpy as np
import pytest

from dlrecipe.errors import RunDamaged, StoreError
from dlrecipe.store import atomic
from dlrecipe.store.checkpoints import Checkpoints
from dlrecipe.store.journal import Mark


def theta(value: float) -> dict[str, np.ndarray]:
    return {"theta": np.full(3, value), "order": np.array([2, 0, 1])}


@pytest.fixture
def directory(tmp_path: Path) -> Path:
    return tmp_path / "checkpoint"


def newest_file(directory: Path, number: int) -> Path:
    return directory / ("odd.checkpoint" if number % 2 else "even.checkpoint")


def test_before_the_first_save_there_is_nothing_to_load(directory: Path) -> None:
    assert Checkpoints(directory).load() is None


def test_arrays_and_meta_come_back_exactly(directory: Path) -> None:
    meta = {
        "epoch": 3,
        "streams": {"batches": np.random.PCG64(1).state},
        "best": {"dev_error": math.inf, "seen": [math.nan, 0.1]},
    }
    Checkpoints(directory).save(theta(0.1), meta)
    loaded = Checkpoints(directory).load()
    assert loaded is not None
    assert repr(loaded.meta) == repr(meta)
    for name, array in theta(0.1).items():
        np.testing.assert_array_equal(loaded.arrays[name], array)
    assert loaded.note == ""


def test_the_last_of_many_saves_is_loaded_also_across_processes(directory: Path) -> None:
    for epoch in range(1, 8):
        Checkpoints(directory).save(theta(epoch), {"epoch": epoch})
        loaded = Checkpoints(directory).load()
        assert loaded is not None
        assert (loaded.number, loaded.meta["epoch"], loaded.note) == (epoch, epoch, "")
    assert len(list(directory.iterdir())) == 2


def test_every_flipped_byte_and_every_cut_is_noticed(directory: Path) -> None:
    Checkpoints(directory).save({"t": np.ones(2)}, {"epoch": 1})
    path = newest_file(directory, 1)
    whole = path.read_bytes()
    flips = [
        whole[:i] + bytes([whole[i] ^ bit]) + whole[i + 1 :]
        for i in range(len(whole))
        for bit in (1, 32, 128)
    ]
    cuts = [whole[:length] for length in range(len(whole))]
    for damaged in (*flips, *cuts, whole + b"\0", whole + whole):
        path.write_bytes(damaged)
        with pytest.raises(RunDamaged, match=r"odd\.checkpoint: the file was cut or altered"):
            Checkpoints(directory).load()


@pytest.mark.parametrize("n_saves", [2, 3])
def test_when_the_newest_is_damaged_the_one_before_is_loaded_and_says_so(
    directory: Path, n_saves: int
) -> None:
    checkpoints = Checkpoints(directory)
    for epoch in range(1, n_saves + 1):
        checkpoints.save(theta(epoch), {"epoch": epoch})
    damaged = newest_file(directory, n_saves)
    damaged.write_bytes(damaged.read_bytes()[:-1])
    loaded = Checkpoints(directory).load()
    assert loaded is not None
    assert loaded.meta == {"epoch": n_saves - 1}
    assert damaged.name in loaded.note


def test_going_on_after_damage_replaces_the_damaged_file_and_keeps_the_intact_one(directory: Path) -> None:
    checkpoints = Checkpoints(directory)
    for epoch in (1, 2, 3):
        checkpoints.save(theta(epoch), {"epoch": epoch})
    newest_file(directory, 3).write_bytes(b"damaged")
    intact = newest_file(directory, 2).read_bytes()
    Checkpoints(directory).save(theta(3), {"epoch": 3})
    assert newest_file(directory, 2).read_bytes() == intact
    loaded = Checkpoints(directory).load()
    assert loaded is not None
    assert (loaded.meta, loaded.note) == ({"epoch": 3}, "")


@pytest.mark.parametrize("vanished", [2, 3])
def test_a_file_that_vanished_is_mentioned(directory: Path, vanished: int) -> None:
    checkpoints = Checkpoints(directory)
    for epoch in (1, 2, 3):
        checkpoints.save(theta(epoch), {"epoch": epoch})
    newest_file(directory, vanished).unlink()
    loaded = Checkpoints(directory).load()
    assert loaded is not None
    assert loaded.meta == {"epoch": 5 - vanished}
    assert "missing" in loaded.note


def test_when_both_are_damaged_nothing_is_loaded_and_nothing_overwritten(directory: Path) -> None:
    checkpoints = Checkpoints(directory)
    for epoch in (1, 2):
        checkpoints.save(theta(epoch), {"epoch": epoch})
        newest_file(directory, epoch).write_bytes(b"damaged")
    with pytest.raises(RunDamaged, match="no checkpoint is intact"):
        Checkpoints(directory).load()
    with pytest.raises(RunDamaged, match="no checkpoint is intact"):
        Checkpoints(directory).save(theta(3), {"epoch": 3})


@pytest.mark.parametrize("call", ["write", "fsync", "replace"])
def test_a_failed_save_leaves_both_checkpoints_as_they_were(
    directory: Path, monkeypatch: pytest.MonkeyPatch, call: str
) -> None:
    checkpoints = Checkpoints(directory)
    for epoch in (1, 2):
        checkpoints.save(theta(epoch), {"epoch": epoch})
    before = {path.name: path.read_bytes() for path in directory.iterdir()}

    def failing(*_: object) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    with monkeypatch.context() as patch:
        patch.setattr(atomic.os, call, failing)
        with pytest.raises(StoreError, match="no space left"):
            checkpoints.save(theta(3), {"epoch": 3})
    assert {path.name: path.read_bytes() for path in directory.iterdir()} == before
    checkpoints.save(theta(3), {"epoch": 3})
    loaded = Checkpoints(directory).load()
    assert loaded is not None
    assert loaded.meta == {"epoch": 3}


def test_the_journal_is_on_the_disk_before_the_checkpoint(directory: Path) -> None:
    seen: list[bool] = []
    mark = Mark.of([b"{}\n"])

    def synced() -> Mark:
        seen.append(newest_file(directory, 1).exists())
        return mark

    Checkpoints(directory, journal=synced).save(theta(1), {"epoch": 1})
    assert seen == [False]
    loaded = Checkpoints(directory).load()
    assert loaded is not None
    assert loaded.journal == mark


def test_what_a_checkpoint_notes_of_the_journal_is_known_without_its_state(directory: Path) -> None:
    marks = [Mark.of([b"{}\n"] * n) for n in (1, 2)]
    for mark in marks:
        Checkpoints(directory, "a-run", journal=lambda mark=mark: mark).save(theta(1), {})
    assert Checkpoints(directory, "a-run").journal_marks() == marks
    assert Checkpoints(directory, "another").journal_marks() == []
    whole = newest_file(directory, 1).read_bytes()
    for index in range(whole.index(b"\n")):
        newest_file(directory, 1).write_bytes(whole[:index] + bytes([whole[index] ^ 1]) + whole[index + 1 :])
        assert Checkpoints(directory, "a-run").journal_marks() == marks[1:]
    newest_file(directory, 1).unlink()
    newest_file(directory, 1).mkdir()
    assert Checkpoints(directory, "a-run").journal_marks() == marks[1:]


def test_a_checkpoint_holds_no_pickle(directory: Path) -> None:
    with pytest.raises(ValueError, match="cannot be stored"):
        Checkpoints(directory).save({"objects": np.array([{}], dtype=object)}, {})
