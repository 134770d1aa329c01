"""A file is the old one or the new one, whatever fails; and only plain files are read."""

import errno
import os
import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from dlrecipe.errors import RunDamaged, StoreError
from dlrecipe.store import atomic
from dlrecipe.store.atomic import read_bytes, read_json, write_bytes, write_in_turn, write_json, write_text


def fail_at(monkeypatch: pytest.MonkeyPatch, call: str, error: BaseException) -> None:
    def failing(*_: object, **__: object) -> Any:
        raise error

    monkeypatch.setattr(atomic.os, call, failing)


def test_what_was_written_is_read_back(tmp_path: Path) -> None:
    write_bytes(tmp_path / "a", b"\x00\xff")
    write_text(tmp_path / "b", "größe\n")
    write_json(tmp_path / "c", {"cost": 0.25})
    assert read_bytes(tmp_path / "a") == b"\x00\xff"
    assert (tmp_path / "b").read_text(encoding="utf-8") == "größe\n"
    assert read_json(tmp_path / "c") == {"cost": 0.25}


@pytest.mark.parametrize("call", ["open", "write", "fsync", "replace"])
@pytest.mark.parametrize("code", [errno.ENOSPC, errno.EIO, errno.EACCES])
def test_a_failed_write_leaves_the_old_file_and_nothing_else(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, call: str, code: int
) -> None:
    path = tmp_path / "run.json"
    write_bytes(path, b"old")
    with monkeypatch.context() as patch:
        fail_at(patch, call, OSError(code, os.strerror(code)))
        with pytest.raises(StoreError) as caught:
            write_bytes(path, b"new")
    assert caught.value.exit_code == 4
    assert caught.value.where == str(path)
    assert caught.value.remedy
    assert os.listdir(tmp_path) == ["run.json"]
    assert path.read_bytes() == b"old"


@pytest.mark.parametrize("error", [KeyboardInterrupt(), MemoryError()])
def test_an_interrupted_write_leaves_the_old_file_and_nothing_else(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, error: BaseException
) -> None:
    path = tmp_path / "run.json"
    write_bytes(path, b"old")
    fail_at(monkeypatch, "fsync", error)
    with pytest.raises(type(error)):
        write_bytes(path, b"new")
    assert os.listdir(tmp_path) == ["run.json"]
    assert path.read_bytes() == b"old"


@pytest.fixture
def calls(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """What is asked of the system, as it comes."""
    calls: list[str] = []

    def recorded(name: str) -> Callable[..., Any]:
        real = getattr(os, name)

        def call(*args: Any, **kwargs: Any) -> Any:
            is_directory = name == "fsync" and os.path.isdir(f"/proc/self/fd/{args[0]}")
            calls.append("fsync directory" if is_directory else name)
            return real(*args, **kwargs)

        return call

    for name in ("write", "fsync", "replace"):
        monkeypatch.setattr(atomic.os, name, recorded(name))
    return calls


def test_the_contents_are_on_the_disk_before_the_name_and_the_name_before_the_return(
    tmp_path: Path, calls: list[str]
) -> None:
    write_bytes(tmp_path / "a", b"new")
    assert calls == ["write", "fsync", "replace", "fsync directory"]


def test_files_of_a_later_turn_take_their_names_when_the_earlier_ones_are_on_the_disk(
    tmp_path: Path, calls: list[str]
) -> None:
    write_in_turn(tmp_path, [{"weights": b"w", "more": b"m"}, {"run.json": b"r"}])
    assert calls == [
        *["write"] * 3,
        *["fsync"] * 3,
        *["replace"] * 2,
        *["fsync directory", "replace"],
        "fsync directory",
    ]
    assert {name: (tmp_path / name).read_bytes() for name in os.listdir(tmp_path)} == {
        "weights": b"w",
        "more": b"m",
        "run.json": b"r",
    }


def test_a_system_that_gives_no_more_threads_writes_all_the_same(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refused(_: threading.Thread) -> None:
        raise RuntimeError("can't start new thread")

    monkeypatch.setattr(threading.Thread, "start", refused)
    write_in_turn(tmp_path, [{"a": b"1", "b": b"2"}])
    assert (tmp_path / "b").read_bytes() == b"2"


@pytest.mark.parametrize("failing", [1, 2, 3])
def test_a_disk_that_fails_one_of_several_files_leaves_the_old_ones(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, failing: int
) -> None:
    write_in_turn(tmp_path, [{"weights": b"old"}, {"run.json": b"old"}])
    real, asked = os.fsync, iter(range(1, 100))

    def fsync(descriptor: int) -> None:
        if next(asked) == failing:
            raise OSError(errno.EIO, "Input/output error")
        real(descriptor)

    monkeypatch.setattr(atomic.os, "fsync", fsync)
    with pytest.raises(StoreError, match="failed to read or write"):
        write_in_turn(tmp_path, [{"weights": b"new", "more": b"new"}, {"run.json": b"new"}])
    assert {name: (tmp_path / name).read_bytes() for name in os.listdir(tmp_path)} == {
        "weights": b"old",
        "run.json": b"old",
    }


def test_a_write_that_the_system_takes_in_pieces_is_whole(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    real = os.write
    monkeypatch.setattr(atomic.os, "write", lambda descriptor, data: real(descriptor, data[:3]))
    write_bytes(tmp_path / "a", b"0123456789")
    assert (tmp_path / "a").read_bytes() == b"0123456789"


def test_a_full_disk_is_named_as_such(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    fail_at(monkeypatch, "write", OSError(errno.ENOSPC, "No space left on device"))
    with pytest.raises(StoreError, match=r"no space left(.|\n)*Free some space"):
        write_bytes(tmp_path / "a", b"new")


def make_link(path: Path) -> None:
    (path.parent / "elsewhere").write_bytes(b"{}")
    path.symlink_to("elsewhere")


@pytest.mark.parametrize("make", [make_link, os.mkfifo, os.mkdir, lambda path: None])
def test_only_a_plain_file_is_read(tmp_path: Path, make: Callable[[Path], None]) -> None:
    make(tmp_path / "run.json")
    with pytest.raises(StoreError, match=r"run\.json"):
        read_json(tmp_path / "run.json")


def test_a_missing_directory_is_damage_and_not_a_traceback(tmp_path: Path) -> None:
    with pytest.raises(RunDamaged, match="missing"):
        write_bytes(tmp_path / "gone" / "a", b"new")


def test_damaged_json_is_reported_with_its_file(tmp_path: Path) -> None:
    (tmp_path / "run.json").write_text('{"status": "fini')
    with pytest.raises(RunDamaged, match=r"run\.json"):
        read_json(tmp_path / "run.json")


@pytest.mark.parametrize("content", [b"", b"more", b"much more" * 2000])
def test_a_file_that_changes_its_length_while_it_is_opened_is_read_to_its_end(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, content: bytes
) -> None:
    path = tmp_path / "journal"
    path.write_bytes(b"abc")
    fstat = os.fstat

    def changing(descriptor: int) -> os.stat_result:
        status = fstat(descriptor)
        path.write_bytes(content)
        return status

    monkeypatch.setattr(os, "fstat", changing)
    assert atomic.read_bytes(path) == content
