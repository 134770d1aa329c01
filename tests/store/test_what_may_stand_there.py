"""Whatever stands where the store has its files, and whatever the system says of them."""

import errno
import json
import os
import shutil
import socket
from contextlib import suppress
from pathlib import Path

import numpy as np
import pytest

from dlrecipe.errors import RunDamaged, RunLocked, StoreError
from dlrecipe.rng import stream
from dlrecipe.store.atomic import is_there
from dlrecipe.store.checkpoints import Checkpoints
from dlrecipe.store.journal import NO_EPOCHS, Journal
from dlrecipe.store.listing import find_run, list_runs
from dlrecipe.store.locks import RunLock, is_held
from dlrecipe.store.record import pack_record, read_record
from dlrecipe.store.run_directory import RunDirectory
from dlrecipe.store.run_ids import time_of
from dlrecipe.store.seal import PAGE
from dlrecipe.training.state import TrainingState


@pytest.fixture
def run(tmp_path: Path) -> RunDirectory:
    return RunDirectory.create(tmp_path, "odd", files={"config.yaml": "a: 1"}, record={})


def rewritten(run: RunDirectory, **changes: object) -> None:
    (run.path / "run.json").write_bytes(pack_record({**run.record, **changes}))


@pytest.mark.parametrize("name", ["../config.yaml", "/etc/passwd", "a/b", "", ".lock", "a\0b", "x" * 101])
@pytest.mark.parametrize("key", ["files", "files_pending"])
def test_a_record_that_names_files_elsewhere_is_damaged(run: RunDirectory, key: str, name: str) -> None:
    rewritten(run, **{key: {name: "0" * 64}})
    with pytest.raises(RunDamaged, match="none of a run's files"):
        run.refresh()


def test_what_is_sealed_and_no_object_is_damaged(run: RunDirectory) -> None:
    (run.path / "run.json").write_bytes(PAGE.close("[\n  1\n}"))
    with pytest.raises(RunDamaged):
        read_record(run.path)


def test_the_journal_of_a_run_that_is_killed_is_read_though_its_record_is_damaged(run: RunDirectory) -> None:
    with suppress(KeyboardInterrupt), run.journal() as journal:
        journal.append({"epoch": 1})
        raise KeyboardInterrupt
    (run.path / "run.json").write_text("{}")
    assert run.read_journal() == [{"epoch": 1}]


def test_a_sealed_abyss_is_damaged(run: RunDirectory) -> None:
    (run.path / "run.json").write_bytes(PAGE.close('{"a": ' + "[" * 100_000 + "\n}"))
    with pytest.raises(RunDamaged, match="nested too deeply"):
        read_record(run.path)


def test_a_time_that_no_clock_shows_is_none() -> None:
    assert time_of("digits-20261345-996199-abcdef") is None


def test_weights_that_are_not_finite_are_not_loaded(run: RunDirectory) -> None:
    run.write_weights("weights", {"W1": np.ones(2), "b1": np.array([0.0, np.nan])})
    with pytest.raises(RunDamaged, match="b1 holds numbers that are not finite"):
        run.read_weights("weights")


def test_a_file_that_is_as_written_and_holds_no_arrays_is_damaged(run: RunDirectory) -> None:
    run.write_files({"weights.safetensors": b"no arrays"})
    with pytest.raises(RunDamaged, match="not a safetensors file"):
        run.read_weights("weights")


def test_a_pending_file_that_is_gone_has_not_arrived(run: RunDirectory) -> None:
    rewritten(run, files_pending={"weights.safetensors": "0" * 64})
    with run.lock():
        assert "files_pending" not in run.record
        assert not run.has("weights.safetensors")


def test_the_checkpoint_of_another_run_is_not_loaded(run: RunDirectory, tmp_path: Path) -> None:
    other = RunDirectory.create(tmp_path / "others", "odd", files={}, record={})
    other.checkpoints().save({"theta": np.ones(2)}, {"epoch": 1})
    run.checkpoints().save({"theta": np.zeros(2)}, {"epoch": 1})
    shutil.copyfile(*(each.path / "checkpoint/odd.checkpoint" for each in (other, run)))
    with pytest.raises(RunDamaged, match="no checkpoint is intact"):
        run.checkpoints().load()


def test_a_copied_run_keeps_its_checkpoints(run: RunDirectory, tmp_path: Path) -> None:
    run.checkpoints().save({"theta": np.ones(2)}, {"epoch": 1})
    shutil.copytree(run.path, tmp_path / "copy")
    loaded = find_run(tmp_path, "copy").checkpoints().load()
    assert loaded is not None
    assert loaded.meta == {"epoch": 1}


def test_a_checkpoint_in_the_others_place_is_not_loaded(tmp_path: Path) -> None:
    checkpoints = Checkpoints(tmp_path)
    for epoch in (1, 2):
        checkpoints.save({"theta": np.ones(2)}, {"epoch": epoch})
    shutil.copyfile(tmp_path / "odd.checkpoint", tmp_path / "even.checkpoint")
    loaded = Checkpoints(tmp_path).load()
    assert loaded is not None
    assert (loaded.meta, "even.checkpoint" in loaded.note) == ({"epoch": 1}, True)


def test_a_link_in_the_place_of_the_checkpoints_is_not_followed(run: RunDirectory, tmp_path: Path) -> None:
    elsewhere = tmp_path / "elsewhere"
    elsewhere.mkdir()
    (elsewhere / ".mine.tmp").touch()
    (run.path / "checkpoint").rmdir()
    (run.path / "checkpoint").symlink_to(elsewhere)
    with pytest.raises(RunDamaged, match="not a directory"):
        run.checkpoints().save({"theta": np.ones(2)}, {})
    with run.lock():
        assert [path.name for path in elsewhere.iterdir()] == [".mine.tmp"]


def test_a_missing_directory_of_checkpoints_is_made(run: RunDirectory) -> None:
    (run.path / "checkpoint").rmdir()
    assert run.checkpoints().load() is None
    run.checkpoints().save({"theta": np.ones(2)}, {})
    assert run.checkpoints().load() is not None


def test_a_directory_in_the_place_of_a_temporary_file_stays(run: RunDirectory) -> None:
    (run.path / ".a.tmp").mkdir()
    (run.path / ".b.tmp").touch()
    with run.lock():
        assert [path.name for path in run.path.glob(".*.tmp")] == [".a.tmp"]


def test_a_pipe_in_the_place_of_the_lock_is_no_lock(run: RunDirectory) -> None:
    os.mkfifo(run.path / ".lock")
    with pytest.raises(RunDamaged, match="not a plain file"), run.lock():
        pytest.fail("a pipe was locked")


def test_a_link_in_the_place_of_the_lock_counts_as_held_and_is_not_touched(
    run: RunDirectory, tmp_path: Path
) -> None:
    (tmp_path / "note").write_text("mine")
    (run.path / ".lock").symlink_to(tmp_path / "note")
    assert is_held(run.path)
    with pytest.raises(StoreError, match="a link stands"), run.lock():
        pytest.fail("a link was followed")
    assert (tmp_path / "note").read_text() == "mine"


def test_a_lock_file_that_was_replaced_is_no_lock(run: RunDirectory, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("dlrecipe.store.locks.os.path.samestat", lambda first, second: False)
    with pytest.raises(RunDamaged, match="missing"), run.lock():
        pytest.fail("the lock of nothing was taken")


@pytest.mark.parametrize(
    ("holder", "who"),
    [
        ({"pid": 1, "host": "elsewhere", "since": "noon"}, "process 1 on elsewhere, since noon"),
        ({"pid": 2**22 + 1, "host": socket.gethostname(), "since": "noon"}, "another process"),
        ({"pid": 10**40, "host": socket.gethostname(), "since": "noon"}, "another process"),
        ([1], "another process"),
    ],
)
def test_the_holder_is_named_if_it_lives_or_may(run: RunDirectory, holder: object, who: str) -> None:
    with run.lock():
        (run.path / ".lock").write_text(json.dumps(holder))
        with pytest.raises(RunLocked, match=who), RunLock(run.path).held():
            pytest.fail("two hold one lock")


def test_another_users_process_may_hold_a_lock(run: RunDirectory, monkeypatch: pytest.MonkeyPatch) -> None:
    def denied(pid: int, number: int) -> None:
        raise PermissionError(errno.EPERM, "Operation not permitted")

    monkeypatch.setattr("dlrecipe.store.locks.os.kill", denied)
    with (
        run.lock(),
        pytest.raises(RunLocked, match=f"process {os.getpid()} on"),
        RunLock(run.path).held(),
    ):
        pytest.fail("two hold one lock")


def test_what_is_not_there_is_not_there(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    assert not is_there(tmp_path / "nothing")
    assert not is_there(tmp_path / "file" / "below")


def test_a_directory_that_cannot_be_looked_into_is_not_passed_over(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "foreign").mkdir()
    lstat = os.lstat

    def failing(path: Path, **settings: int) -> os.stat_result:
        if Path(path).name == "run.json":
            raise OSError(errno.EIO, "Input/output error")
        return lstat(path, **settings)

    assert list_runs(tmp_path) == []
    monkeypatch.setattr(os, "lstat", failing)
    assert [run.status for run in list_runs(tmp_path)] == ["damaged"]


def test_a_closed_journal_is_closed_again_without_harm(tmp_path: Path) -> None:
    with Journal(tmp_path / "metrics.jsonl") as journal:
        journal.append({"epoch": 1, "a": 1, "b": 2})
        with pytest.raises(ValueError, match="appended by this very process"):
            journal.append({"epoch": 1, "a": 1, "b": 2})
    journal.close()
    with (
        pytest.raises(RunDamaged, match="another order"),
        Journal(tmp_path / "metrics.jsonl", checkpoint=NO_EPOCHS) as journal,
    ):
        journal.append({"epoch": 1, "b": 2, "a": 1})


def state(**moments: np.ndarray) -> TrainingState:
    return TrainingState(np.ones(2), dict(moments), (stream(0, "dropout"),), np.zeros(1))


def test_a_moment_may_overflow_and_may_not_be_nan() -> None:
    assert state(v=np.array([np.inf, 1.0])).is_sound()
    assert not state(v=np.array([np.nan, 1.0])).is_sound()


def test_a_state_with_numbers_that_are_not_finite_is_refused_and_nothing_is_changed() -> None:
    arrays, meta = state().to_checkpoint()
    restored = state()
    arrays = {name: array.copy() for name, array in arrays.items()} | {"kept_statistics": np.array([np.nan])}
    arrays["theta"][:] = 5
    with pytest.raises(ValueError, match="kept_statistics holds numbers that are not finite"):
        restored.restore(arrays, meta)
    np.testing.assert_array_equal(restored.theta, np.ones(2))


@pytest.mark.parametrize("value", [-1, 1.0, True, "1", None])
def test_a_count_is_a_whole_number(value: object) -> None:
    arrays, meta = state().to_checkpoint()
    with pytest.raises(ValueError, match="not a count"):
        state().restore(arrays, {**meta, "epoch": value})


@pytest.mark.parametrize("value", ["1", True, float("nan"), [1]])
def test_a_figure_is_a_number(value: object) -> None:
    arrays, meta = state().to_checkpoint()
    with pytest.raises(ValueError, match="not a number"):
        state().restore(arrays, {**meta, "initial_cost": value})
