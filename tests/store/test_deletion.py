"""A run is deleted whole or not at all, and never while it is being written."""

import errno
import os
from collections.abc import Callable
from pathlib import Path

import pytest

from dlrecipe.errors import RunDamaged, RunLocked, StoreError
from dlrecipe.store.creation import clear_left_behind
from dlrecipe.store.deletion import delete_directory
from dlrecipe.store.listing import list_runs
from dlrecipe.store.locks import RunLock
from dlrecipe.store.run_directory import RunDirectory


@pytest.fixture
def run(tmp_path: Path) -> RunDirectory:
    return RunDirectory.create(tmp_path / "runs", "doomed", files={"config.yaml": "a: 1"}, record={})


def test_nothing_is_left_of_a_deleted_run(run: RunDirectory) -> None:
    assert delete_directory(run.path)
    assert list(run.path.parent.iterdir()) == []


def test_a_run_that_is_being_written_is_left_alone(run: RunDirectory) -> None:
    with RunLock(run.path).held(), pytest.raises(RunLocked):
        delete_directory(run.path)
    assert [summary.damage for summary in list_runs(run.path.parent)] == [""]


def test_a_run_that_somebody_went_on_with_meanwhile_is_left_alone(run: RunDirectory) -> None:
    assert not delete_directory(run.path, lambda: False)
    assert run.path.exists()


def test_a_run_that_was_deleted_cannot_be_written_any_more(run: RunDirectory) -> None:
    other = RunDirectory(run.path)
    delete_directory(run.path)
    with pytest.raises(RunDamaged, match="missing"):
        other.update_record({"status": "finished"})
    assert not run.path.exists()


def test_the_lock_of_a_run_that_was_deleted_in_the_last_moment_is_none(
    run: RunDirectory, monkeypatch: pytest.MonkeyPatch
) -> None:
    moved = run.path.with_name("moved")
    flock = __import__("fcntl").flock

    def moving(descriptor: int, operation: int) -> None:
        flock(descriptor, operation)
        os.rename(run.path, moved)

    monkeypatch.setattr("dlrecipe.store.locks.fcntl.flock", moving)
    with pytest.raises(RunDamaged, match="missing"), run.lock():
        pytest.fail("the lock of nothing was taken")


def make_directory(lock: Path) -> None:
    lock.mkdir()


def make_link(lock: Path) -> None:
    lock.symlink_to("/etc/hostname")


@pytest.mark.parametrize("make", [make_directory, make_link, os.mkfifo])
def test_a_run_whose_lock_is_none_can_be_deleted(run: RunDirectory, make: Callable[[Path], None]) -> None:
    make(run.path / ".lock")
    assert delete_directory(run.path)


def test_a_full_disk_without_room_for_a_lock_can_be_cleared(
    run: RunDirectory, monkeypatch: pytest.MonkeyPatch
) -> None:
    opened = os.open

    def full(path: str, flags: int, *rest: int, **settings: int) -> int:
        if flags & os.O_CREAT:
            raise OSError(errno.ENOSPC, "No space left on device")
        return opened(path, flags, *rest, **settings)

    monkeypatch.setattr(os, "open", full)
    assert delete_directory(run.path)


def test_a_lock_that_may_not_be_opened_is_not_passed_by(
    run: RunDirectory, monkeypatch: pytest.MonkeyPatch
) -> None:
    (run.path / ".lock").touch()
    opened = os.open

    def denied(path: str, flags: int, *rest: int, **settings: int) -> int:
        if Path(path).name == ".lock":
            raise PermissionError(errno.EACCES, "Permission denied")
        return opened(path, flags, *rest, **settings)

    monkeypatch.setattr(os, "open", denied)
    with pytest.raises(StoreError, match="permission denied"):
        delete_directory(run.path)
    assert run.path.exists()


@pytest.mark.parametrize("make", [make_link, lambda path: path.touch(), lambda path: None])
def test_what_is_no_directory_is_not_deleted(tmp_path: Path, make: Callable[[Path], None]) -> None:
    make(tmp_path / "doomed")
    before = sorted(tmp_path.iterdir())
    with pytest.raises(RunDamaged):
        delete_directory(tmp_path / "doomed")
    assert sorted(tmp_path.iterdir()) == before


def test_files_that_cannot_be_removed_are_named_and_are_no_run(
    run: RunDirectory, monkeypatch: pytest.MonkeyPatch
) -> None:
    def stuck(path: str) -> None:
        raise PermissionError(errno.EACCES, "Permission denied")

    monkeypatch.setattr("os.unlink", stuck)
    with pytest.raises(StoreError, match=r"\.deleting-.* the run is deleted") as caught:
        delete_directory(run.path)
    assert Path(caught.value.where).exists()
    assert list_runs(run.path.parent) == []


def test_what_a_killed_deletion_left_is_cleared_by_the_next_creation(run: RunDirectory) -> None:
    hidden = run.path.with_name(".deleting-0123")
    run.path.rename(hidden)
    assert list_runs(hidden.parent) == []
    new = RunDirectory.create(hidden.parent, "next", files={}, record={})
    assert list(hidden.parent.iterdir()) == [new.path]


def test_clearing_a_directory_that_is_not_there_is_no_error(tmp_path: Path) -> None:
    clear_left_behind(tmp_path / "nowhere")
