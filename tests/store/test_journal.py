"""metrics.jsonl: appended, never rewritten; a torn end is cut, damage is reported, a repeat is checked."""

import errno
import json
import math
import os
from pathlib import Path

import numpy as np
import pytest

from dlrecipe.errors import RunDamaged, StoreError
from dlrecipe.store import atomic, journal
from dlrecipe.store.journal import NO_EPOCHS, Journal, Mark, read_journal


def record(epoch: int) -> dict[str, object]:
    return {"epoch": epoch, "cost": {"train": 1 / epoch, "dev": 2 / epoch}, "norms": [epoch, 0.5]}


def write(path: Path, n_epochs: int) -> bytes:
    with Journal(path) as opened:
        for epoch in range(1, n_epochs + 1):
            opened.append(record(epoch))
    return path.read_bytes()


def mark_of(whole: bytes, n_epochs: int) -> Mark:
    """What a checkpoint notes that follows the first epochs of a journal."""
    return Mark.of(whole.splitlines(keepends=True)[:n_epochs])


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "metrics.jsonl"


def test_every_record_comes_back_in_order(path: Path) -> None:
    write(path, 5)
    assert read_journal(path) == [record(epoch) for epoch in range(1, 6)]


def test_every_line_is_strict_json_also_when_training_diverged(path: Path) -> None:
    with Journal(path) as opened:
        opened.append({"epoch": 1, "cost": np.float32("inf"), "error": math.nan})
    [line] = path.read_text().splitlines()
    parsed = json.loads(line, parse_constant=lambda constant: pytest.fail(constant))
    assert parsed["cost"] is None
    assert parsed["nonfinite"] == {"cost": "inf", "error": "nan"}


def test_a_journal_that_was_never_begun_has_no_records(path: Path) -> None:
    assert read_journal(path) == []


def test_a_line_is_with_the_system_as_soon_as_it_is_appended(path: Path) -> None:
    opened = Journal(path)
    opened.append(record(1))
    assert read_journal(path) == [record(1)]
    opened.close()


def test_a_torn_last_line_is_passed_over_by_readers_and_cut_before_appending(path: Path) -> None:
    whole = write(path, 3)
    start_of_last = whole[:-1].rfind(b"\n") + 1
    for length in range(start_of_last, len(whole)):
        path.write_bytes(whole[:length])
        assert read_journal(path) == [record(1), record(2)]
        assert path.stat().st_size == length, "a reader changed the file"
        with Journal(path) as opened:
            assert opened.n_epochs == 2
            opened.append(record(3))
        assert path.read_bytes() == whole


def test_every_flipped_byte_is_noticed(path: Path) -> None:
    whole = write(path, 2)
    for index in range(len(whole)):
        path.write_bytes(whole[:index] + bytes([whole[index] ^ 1]) + whole[index + 1 :])
        if index == len(whole) - 1:  # without its newline the last line counts as torn
            assert read_journal(path) == [record(1)]
            continue
        with pytest.raises(RunDamaged):
            read_journal(path)
        with pytest.raises(RunDamaged):
            Journal(path)


def test_damage_is_reported_with_its_line(path: Path) -> None:
    lines = write(path, 4).splitlines(keepends=True)
    path.write_bytes(b"".join([lines[0], lines[1].replace(b"0.5", b"0.6"), *lines[2:]]))
    with pytest.raises(RunDamaged, match=r"metrics\.jsonl:2"):
        read_journal(path)


@pytest.mark.parametrize("kept", [[0, 2], [1, 2], [0, 0, 1], [1, 0]])
def test_lines_lost_doubled_or_in_another_order_are_damage(path: Path, kept: list[int]) -> None:
    lines = write(path, 3).splitlines(keepends=True)
    path.write_bytes(b"".join(lines[index] for index in kept))
    with pytest.raises(RunDamaged, match="should stand here"):
        read_journal(path)


def test_damage_after_the_checkpoint_is_cut_off_because_it_is_trained_again(path: Path) -> None:
    whole = write(path, 5)
    lines = whole.splitlines(keepends=True)
    # What a loss of power may leave of lines that were not on the disk: a hole of zeros.
    path.write_bytes(b"".join([*lines[:3], b"\0" * (len(lines[3]) - 1) + b"\n", lines[4]]))
    with Journal(path, checkpoint=mark_of(whole, 3)) as opened:
        assert opened.n_epochs == 3
        opened.append(record(4))
        opened.append(record(5))
    assert path.read_bytes() == whole


def test_damage_before_the_checkpoint_is_never_cut_off(path: Path) -> None:
    whole = write(path, 5)
    lines = whole.splitlines(keepends=True)
    path.write_bytes(b"".join([lines[0], b"\0\n", *lines[2:]]))
    before = path.read_bytes()
    with pytest.raises(RunDamaged, match=":2"):
        Journal(path, checkpoint=mark_of(whole, 3))
    assert path.read_bytes() == before


def test_a_journal_that_ends_before_the_checkpoint_is_damaged(path: Path) -> None:
    mark = mark_of(write(path, 4), 4)
    path.unlink()
    before = write(path, 2)
    for read in (lambda: Journal(path, checkpoint=mark), lambda: read_journal(path, [mark])):
        with pytest.raises(RunDamaged, match=r"ends at epoch 2, before the checkpoint of epoch 4"):
            read()
    assert path.read_bytes() == before


def test_another_runs_journal_is_known_by_the_checkpoint_before_a_step_is_trained(path: Path) -> None:
    mark = mark_of(write(path, 4), 3)
    with Journal(path.with_name("other.jsonl")) as other:
        for epoch in range(1, 6):
            other.append({**record(epoch), "norms": [epoch, 0.25]})
    path.with_name("other.jsonl").replace(path)
    before = path.read_bytes()
    for read in (lambda: Journal(path, checkpoint=mark), lambda: read_journal(path, [NO_EPOCHS, mark])):
        with pytest.raises(RunDamaged, match=r"epochs 1 to 3 (.|\n)*another run's journal"):
            read()
    assert path.read_bytes() == before


def test_a_mark_is_of_the_epochs_trained_also_where_later_ones_are_there_already(path: Path) -> None:
    whole = write(path, 5)
    with Journal(path, checkpoint=mark_of(whole, 2)) as opened:
        assert opened.mark() == mark_of(whole, 2)
        for epoch in (3, 4, 5, 6):
            opened.append(record(epoch))
            assert opened.mark() == mark_of(path.read_bytes(), epoch)


def test_a_resumed_run_that_repeats_itself_leaves_the_file_as_it_was(path: Path) -> None:
    whole = write(path, 5)
    with Journal(path, checkpoint=mark_of(whole, 2)) as opened:
        for epoch in (3, 4, 5):
            opened.append(record(epoch))
    assert path.read_bytes() == whole


def test_a_resumed_run_that_does_not_repeat_itself_is_stopped_and_told_where_it_differs(path: Path) -> None:
    whole = write(path, 5)
    with Journal(path) as opened, pytest.raises(RunDamaged, match=r"epoch 3 had norms \[3, 0.5\] and now"):
        opened.append({**record(3), "norms": [3, 0.25]})
    assert path.read_bytes() == whole


def test_a_gap_is_never_written(path: Path) -> None:
    write(path, 2)
    with Journal(path) as opened, pytest.raises(RunDamaged, match="epoch 4 follows epoch 2"):
        opened.append(record(4))
    assert read_journal(path) == [record(1), record(2)]


@pytest.mark.parametrize("epoch", [0, -1, 1.5, "1"])
def test_epochs_are_whole_numbers_from_1(path: Path, epoch: object) -> None:
    with Journal(path) as opened, pytest.raises(ValueError, match="counted from 1"):
        opened.append({"epoch": epoch})


def test_a_line_that_the_full_disk_takes_in_part_is_taken_back(
    path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    real = os.write
    pieces = [10]

    def filling_up(descriptor: int, data: bytes) -> int:
        if not pieces:
            raise OSError(errno.ENOSPC, "No space left on device")
        return real(descriptor, data[: pieces.pop()])

    with Journal(path) as opened:
        opened.append(record(1))
        with monkeypatch.context() as patch:
            patch.setattr(atomic.os, "write", filling_up)
            with pytest.raises(StoreError, match="no space left"):
                opened.append(record(2))
        assert path.read_bytes().endswith(b"\n")
        opened.append(record(2))
    assert read_journal(path) == [record(1), record(2)]


def test_lines_are_on_the_disk_within_about_a_second_and_at_the_end(
    path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    now = [100.0]
    synced_epochs: list[int] = []
    monkeypatch.setattr(journal.time, "monotonic", lambda: now[0])
    with Journal(path) as opened:
        monkeypatch.setattr(journal.os, "fsync", lambda _: synced_epochs.append(opened.n_epochs))
        for epoch in range(1, 41):
            opened.append(record(epoch))
            now[0] += 0.125
    assert synced_epochs == [9, 17, 25, 33, 40]


def test_a_link_in_the_place_of_the_journal_is_not_followed(path: Path) -> None:
    elsewhere = path.parent / "elsewhere"
    elsewhere.write_text("mine\n")
    path.symlink_to(elsewhere)
    with pytest.raises(StoreError):
        Journal(path)
    assert elsewhere.read_text() == "mine\n"
