"""One process writes a run; the kernel frees the lock of a dead one."""

import os
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path

import pytest

from dlrecipe.errors import RunLocked
from dlrecipe.store.locks import RunLock, is_held
from dlrecipe.store.run_directory import RunDirectory

HOLDER = """
import sys
from pathlib import Path
from dlrecipe.errors import RunLocked
from dlrecipe.store.run_directory import RunDirectory

try:
    with RunDirectory(Path(sys.argv[1])).lock():
        print("won", flush=True)
        sys.stdin.read()
except RunLocked:
    print("lost", flush=True)
"""


@pytest.fixture
def run(tmp_path: Path) -> RunDirectory:
    return RunDirectory.create(tmp_path, "locked", files={}, record={})


def start_holder(run: RunDirectory) -> subprocess.Popen[str]:
    command = [sys.executable, "-c", HOLDER, str(run.path)]
    return subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)


def said(holder: subprocess.Popen[str]) -> str:
    assert holder.stdout is not None
    return holder.stdout.readline().strip()


@contextmanager
def held_elsewhere(run: RunDirectory) -> Iterator[subprocess.Popen[str]]:
    with start_holder(run) as holder:
        assert said(holder) == "won"
        yield holder
        holder.kill()


def test_the_second_process_is_refused_and_told_who_holds_the_lock(run: RunDirectory) -> None:
    with held_elsewhere(run) as holder, pytest.raises(RunLocked) as caught, run.lock():
        pytest.fail("two processes hold one lock")
    assert caught.value.exit_code == 4
    assert f"process {holder.pid} on {socket.gethostname()}, since 20" in str(caught.value)


def test_every_write_is_refused_while_another_process_writes(run: RunDirectory) -> None:
    with held_elsewhere(run):
        before = sorted(path.name for path in run.path.iterdir())
        with pytest.raises(RunLocked):
            run.update_record({"status": "finished"})
        with pytest.raises(RunLocked):
            run.write_text("report.html", "<p>")
        with pytest.raises(RunLocked), run.journal():
            pytest.fail("the journal was opened")
        assert sorted(path.name for path in run.path.iterdir()) == before


def test_the_lock_of_a_killed_process_is_free(run: RunDirectory) -> None:
    with held_elsewhere(run) as holder:
        assert run.status == "running"
        os.kill(holder.pid, signal.SIGKILL)
        holder.wait()
        assert run.status == "interrupted"
        with run.lock():
            assert run.status == "running"


def test_of_many_processes_at_once_exactly_one_wins(run: RunDirectory) -> None:
    holders = [start_holder(run) for _ in range(4)]
    try:
        assert sorted(said(holder) for holder in holders) == ["lost", "lost", "lost", "won"]
    finally:
        for holder in holders:
            holder.communicate("")


def test_taking_the_lock_again_is_free_and_it_is_held_to_the_outer_end(run: RunDirectory) -> None:
    with run.lock():
        with run.lock():
            run.update_record({"status": "finished"})
        with pytest.raises(RunLocked), RunLock(run.path).held():
            pytest.fail("the inner end freed the lock")
    with RunLock(run.path).held():
        pass


def test_the_lock_belongs_to_the_object_and_not_to_the_thread(run: RunDirectory) -> None:
    with run.lock(), ThreadPoolExecutor(1) as pool:
        pool.submit(run.update_record, {"status": "finished"}).result()
    assert run.record["status"] == "finished"


def test_asking_whether_a_run_is_locked_neither_takes_nor_makes_the_lock(run: RunDirectory) -> None:
    assert not is_held(run.path)
    assert not (run.path / ".lock").exists()
    with run.lock():
        assert is_held(run.path)
    assert not is_held(run.path)


def test_a_holder_whose_name_cannot_be_read_still_holds(run: RunDirectory) -> None:
    with run.lock():
        (run.path / ".lock").write_text("{")
        with pytest.raises(RunLocked, match="another process"), RunLock(run.path).held():
            pytest.fail("two hold one lock")
