"""Whatever a file operation does, and whenever the power fails: the short forms of benchmarks/faults.py."""

import random
import shutil
from pathlib import Path

import pytest

from benchmarks.faulty import disks
from benchmarks.faulty.disk import Disk, survivors
from benchmarks.faulty.lab import Lab
from benchmarks.faulty.operations import COMMANDS, Bench, amiss_after, every_fault
from benchmarks.faulty.power import blackouts
from benchmarks.faulty.seam import KINDS, Call, Seam


def test_a_fault_at_any_file_operation_breaks_no_promise(folder: Path) -> None:
    problems, commands = [], set()
    for command, problem in every_fault(Bench.in_folder(folder), stride=53):
        commands.add(command)
        problems += [problem] if problem else []
    assert problems == []
    assert commands == {command.name for command in COMMANDS}


def test_the_first_and_the_last_operation_may_fail_in_every_way(folder: Path) -> None:
    bench = Bench.in_folder(folder)
    train = COMMANDS[0]
    for kind in KINDS:
        for at in (1, 2):
            assert amiss_after(bench, train, kind, at, lasting=True) == ""


def test_a_loss_of_power_at_any_moment_is_survived(folder: Path) -> None:
    record, wholes = blackouts(folder, states=4)
    assert record.n_states > 1_400
    assert [problem for problem in record.amiss(wholes, resume_every=25) if problem] == []


def test_a_store_that_forgot_to_sync_would_be_found_out(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(Disk, "_fsync", lambda *_: None)
    record, wholes = blackouts(folder, states=4)
    assert any(record.amiss(wholes, resume_every=10**9))


def test_what_was_not_synced_may_be_found_or_not(tmp_path: Path) -> None:
    disk = Disk(tmp_path)
    with Seam(tmp_path, disk).open():
        (tmp_path / "a").mkdir()
    trees = survivors(disk, 50, random.Random(0))
    assert trees[:2] == [{}, {"a": None}]
    assert {} in trees[2:]
    assert {"a": None} in trees[2:]


def test_a_seam_leaves_other_folders_alone(tmp_path: Path) -> None:
    seen: list[str] = []

    def noting(call: Call) -> object:
        seen.append(call.name)
        return call.go()

    (tmp_path / "inside").mkdir()
    with Seam(tmp_path / "inside", noting).open():
        (tmp_path / "note").write_text("outside")
        shutil.copytree(tmp_path / "inside", tmp_path / "copy")
    assert "write" not in seen
    assert "mkdir" not in seen


def test_a_file_that_may_not_grow_is_told_in_words(folder: Path) -> None:
    assert [(what, problem) for what, problem in disks.small_files(folder) if problem] == []


def test_a_disk_that_is_really_full_keeps_the_old_state(folder: Path) -> None:
    try:
        cases = list(disks.full_disks(folder, free=(1, 24)))
    except PermissionError:
        pytest.skip("this user may not mount a disk")
    assert [(what, problem) for what, problem in cases if problem] == []


def test_a_directory_that_can_only_be_read_is_read(folder: Path) -> None:
    try:
        cases = list(disks.unwritable(folder))
    except PermissionError:
        pytest.skip("this user may not mount a directory")
    assert [(what, problem) for what, problem in cases if problem] == []


def test_messages_that_nobody_takes_do_not_stop_a_training(folder: Path) -> None:
    lab = Lab(folder)
    assert lab.train().code == 0
    whole = lab.remains()
    for path in ("/dev/full", ""):
        shutil.rmtree(lab.runs)
        assert disks.without_messages(lab, path, whole) == ""
