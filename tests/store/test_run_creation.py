"""A run directory is made complete or not at all, under an id of its own."""

import errno
import os
import socket
import time
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from dlrecipe.errors import StoreError
from dlrecipe.store import atomic, creation
from dlrecipe.store.run_directory import RunDirectory
from dlrecipe.store.run_ids import new_run_id, time_of

FILES = {"config.yaml": "name: digits\n", "config.original.yaml": "name: digits # größe\n"}


def create(runs_dir: Path) -> RunDirectory:
    return RunDirectory.create(runs_dir, "digits", files=FILES, record={"seed": 7})


def test_a_new_run_says_what_it_is(tmp_path: Path) -> None:
    run = create(tmp_path / "made" / "runs")
    assert run.path == tmp_path / "made" / "runs" / run.id
    assert run.record["schema_version"] == 1
    assert run.record["run_id"] == run.id
    assert run.record["seed"] == 7
    assert run.record["writer"] == {"pid": os.getpid(), "host": socket.gethostname()}
    assert datetime.now(UTC) - datetime.fromisoformat(run.record["created"]) < timedelta(minutes=1)
    assert {name: run.read_text(name) for name in FILES} == FILES


def test_the_id_is_the_name_the_time_and_chance() -> None:
    created = datetime(2026, 3, 1, 23, 59, 58, tzinfo=UTC)
    run_id = new_run_id("my_net-2", created)
    assert run_id.startswith("my_net-2-20260301-235958-")
    assert time_of(run_id) == created
    assert len(run_id.rpartition("-")[2]) == 6


@pytest.mark.parametrize("name", ["", "-x", "a/b", "..", "a b", "größe", "x" * 65, "a\n", "a\0"])
def test_a_name_that_does_not_fit_into_an_id_is_refused(tmp_path: Path, name: str) -> None:
    with pytest.raises(ValueError, match="does not fit"):
        RunDirectory.create(tmp_path, name, files={}, record={})


def test_runs_created_at_once_all_get_an_id_of_their_own(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(atomic.os, "fsync", lambda _: None)
    with ThreadPoolExecutor(8) as pool:
        runs = list(pool.map(create, [tmp_path] * 2000))
    assert len({run.id for run in runs}) == 2000
    assert len(os.listdir(tmp_path)) == 2000


def test_an_id_that_is_taken_is_drawn_again(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    ids = iter(["first-1", "first-1", "second-2"])
    monkeypatch.setattr(creation, "new_run_id", lambda *_: next(ids))
    first, second = create(tmp_path), create(tmp_path)
    assert (first.id, second.id) == ("first-1", "second-2")
    assert second.record["run_id"] == "second-2"
    assert sorted(os.listdir(tmp_path)) == ["first-1", "second-2"]


class FailingCall:
    """A call of the system that fails at its n-th use."""

    def __init__(self, name: str, fail_at: int) -> None:
        self.real = getattr(os, name)
        self.left = fail_at

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        self.left -= 1
        if self.left == 0:
            raise OSError(errno.ENOSPC, "No space left on device")
        return self.real(*args, **kwargs)


# Uses of each call while a run of two files is made: run.json and the two; these and their directory; the
# run's name; the runs directory, the run and its checkpoint/. A fifth fsync comes when the run is there.
@pytest.mark.parametrize(("call", "n_uses"), [("write", 3), ("fsync", 4), ("rename", 1), ("mkdir", 3)])
def test_a_failure_at_any_point_leaves_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, call: str, n_uses: int
) -> None:
    for fail_at in range(1, n_uses + 1):
        with monkeypatch.context() as patch:
            patch.setattr(atomic.os, call, FailingCall(call, fail_at))
            with pytest.raises(StoreError, match=r"no space left(.|\n)*Free some space"):
                create(tmp_path / f"runs{fail_at}")
        assert not list(tmp_path.glob("runs*/*"))


def test_a_run_whose_name_could_not_be_brought_to_the_disk_is_complete(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with monkeypatch.context() as patch:
        patch.setattr(atomic.os, "fsync", FailingCall("fsync", 5))
        with pytest.raises(StoreError):
            create(tmp_path)
    [path] = tmp_path.iterdir()
    assert {name: RunDirectory(path).read_text(name) for name in FILES} == FILES


def test_an_unwritable_runs_directory_is_named_with_a_remedy(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def denied(*_: object) -> None:  # as the system would, but not for root
        raise PermissionError(errno.EACCES, "Permission denied")

    monkeypatch.setattr(creation.os, "mkdir", denied)
    with pytest.raises(StoreError, match=r"runs  permission denied(.|\n)*choose a directory"):
        create(tmp_path / "runs")


def test_a_file_in_the_place_of_the_runs_directory_is_named_with_a_remedy(tmp_path: Path) -> None:
    (tmp_path / "runs").write_text("")
    with pytest.raises(StoreError, match=r"a file stands where a directory should be"):
        create(tmp_path / "runs")


def test_what_a_killed_creation_left_goes_away_later_but_not_at_once(tmp_path: Path) -> None:
    old, fresh = tmp_path / ".creating-old", tmp_path / ".creating-fresh"
    for directory in (old, fresh):
        directory.mkdir()
    two_hours_ago = time.time() - 7200
    os.utime(old, (two_hours_ago, two_hours_ago))
    create(tmp_path)
    assert not old.exists()
    assert fresh.exists()


@pytest.mark.parametrize("key", ["run_id", "files", "created", "schema_version", "check"])
def test_what_the_store_keeps_cannot_be_set(tmp_path: Path, key: str) -> None:
    with pytest.raises(ValueError, match=key):
        RunDirectory.create(tmp_path, "digits", files={}, record={key: "mine"})
    with pytest.raises(ValueError, match=key):
        create(tmp_path).update_record({key: "mine"})


@pytest.mark.parametrize("name", ["run.json", "metrics.jsonl", "../out", "/etc/x", ".lock", "a/b", ""])
def test_a_file_that_would_leave_the_run_or_replace_its_own_is_refused(tmp_path: Path, name: str) -> None:
    with pytest.raises(ValueError, match="cannot be the name"):
        RunDirectory.create(tmp_path, "digits", files={name: ""}, record={})
