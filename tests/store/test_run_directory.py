"""What a run holds is read as it was written, or reported; a kill leaves the old state or the new one."""

import json
import math
import os
import shutil
from pathlib import Path

import numpy as np
import pytest

from dlrecipe.errors import RunDamaged, StoreError
from dlrecipe.store import atomic
from dlrecipe.store.run_directory import RunDirectory, preprocessing_files
from dlrecipe.store.seal import PAGE

OLD, NEW = {"W1": np.zeros((2, 3), np.float32)}, {"W1": np.ones((2, 3), np.float32)}


@pytest.fixture
def run(tmp_path: Path) -> RunDirectory:
    return RunDirectory.create(tmp_path, "digits", files={"config.yaml": "seed: 0\n"}, record={"seed": 0})


def reopened(run: RunDirectory) -> RunDirectory:
    return RunDirectory(run.path)


def test_a_change_of_the_record_is_there_for_the_next_reader_and_the_rest_stays(run: RunDirectory) -> None:
    before = dict(run.record)
    run.update_record({"status": "finished", "errors": {"dev": math.nan}})
    after = dict(reopened(run).record)
    assert after.pop("errors") == {"dev": None, "nonfinite": {"dev": "nan"}}
    assert after == {**before, "status": "finished"}


def test_two_writers_in_turn_do_not_undo_each_others_changes(run: RunDirectory) -> None:
    first, second = reopened(run), reopened(run)
    first.update_record({"looks": 1})
    second.update_record({"status": "finished"})
    assert reopened(run).record["looks"] == 1


def test_run_json_is_strict_indented_json(run: RunDirectory) -> None:
    text = (run.path / "run.json").read_text()
    assert json.loads(text)["run_id"] == run.id
    assert text.startswith('{\n  "schema_version": 1,\n')
    assert text.endswith('"\n}\n')


def test_every_flipped_byte_and_every_cut_of_run_json_is_noticed(run: RunDirectory) -> None:
    path = run.path / "run.json"
    whole = path.read_bytes()
    flips = [whole[:i] + bytes([whole[i] ^ 1]) + whole[i + 1 :] for i in range(len(whole))]
    for damaged in (*flips, *(whole[:length] for length in range(len(whole)))):
        path.write_bytes(damaged)
        with pytest.raises(RunDamaged, match=r"run\.json"):
            RunDirectory(run.path)


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        ({"schema_version": 2}, "schema version 2"),
        ({"status": 3}, "not all texts"),
        ({"created": "yesterday"}, "yesterday"),
        ({"created": "2026-01-01T00:00:00"}, "time zone"),
        ({"files": ["weights"]}, "mapping"),
        ({"files": {"weights": 3}}, "mapping"),
    ],
)
def test_a_record_of_another_make_is_reported(
    run: RunDirectory, changes: dict[str, object], reason: str
) -> None:
    (run.path / "run.json").write_bytes(PAGE.close(json.dumps({**run.record, **changes}, indent=2)))
    with pytest.raises(StoreError, match=reason):
        RunDirectory(run.path)


def test_weights_and_preprocessing_come_back_as_they_were(run: RunDirectory) -> None:
    meta = {"columns": ["age", "größe"], "fill": math.nan}
    run.write_weights("weights", NEW)
    run.write_files(preprocessing_files(meta, {"mean": np.array([0.1, 0.2])}))
    np.testing.assert_array_equal(reopened(run).read_weights("weights")["W1"], NEW["W1"])
    back, arrays = reopened(run).read_preprocessing()
    assert repr(back) == repr(meta)
    np.testing.assert_array_equal(arrays["mean"], [0.1, 0.2])


@pytest.mark.parametrize("name", ["weights.safetensors", "preprocessing.json", "config.yaml"])
def test_an_altered_or_missing_file_is_reported_and_not_loaded(run: RunDirectory, name: str) -> None:
    run.write_weights("weights", NEW)
    run.write_files(preprocessing_files({"columns": ["age"]}, {}))
    path = run.path / name
    path.write_bytes(path.read_bytes().replace(b"e", b"f", 1))
    with pytest.raises(RunDamaged, match=f"{name}.*cut or altered"):
        run.read_file(name)
    path.unlink()
    with pytest.raises(RunDamaged, match=f"{name}.*missing"):
        run.read_file(name)


def test_a_file_that_the_record_does_not_vouch_for_is_not_read(run: RunDirectory) -> None:
    (run.path / "weights.safetensors").write_bytes(b"planted")
    assert not run.has("weights.safetensors")
    with pytest.raises(RunDamaged, match="does not vouch"):
        run.read_weights("weights")


def test_a_reader_from_before_a_change_reads_what_is_there_now(run: RunDirectory) -> None:
    run.write_weights("weights", OLD)
    reader = reopened(run)
    run.write_weights("weights", NEW)
    np.testing.assert_array_equal(reader.read_weights("weights")["W1"], NEW["W1"])


@pytest.mark.parametrize("kill_at", range(1, 5))
def test_a_kill_while_weights_are_replaced_leaves_the_old_or_the_new_ones(
    run: RunDirectory, monkeypatch: pytest.MonkeyPatch, kill_at: int
) -> None:
    run.write_weights("weights", OLD)
    real = os.replace
    calls = 0

    def killed(source: Path, target: Path) -> None:
        nonlocal calls
        calls += 1
        if calls == kill_at:
            raise KeyboardInterrupt
        real(source, target)

    with monkeypatch.context() as patch:
        patch.setattr(atomic.os, "replace", killed)
        try:
            run.write_files({"weights.safetensors": b"new"}, {"status": "finished"})
        except KeyboardInterrupt:
            expected_new, expected_status = kill_at > 2, "interrupted"
        else:
            assert kill_at == 4, "replacing a file takes three renames"
            expected_new, expected_status = True, "finished"

    for _ in range(2):
        assert (reopened(run).read_file("weights.safetensors") == b"new") == expected_new
        assert reopened(run).status == expected_status
        with reopened(run).lock():  # the next writer completes what was begun; nothing changes for readers
            pass
    assert "files_pending" not in reopened(run).record


def test_the_journal_of_a_finished_run_cannot_be_shortened_unnoticed(run: RunDirectory) -> None:
    with run.journal() as journal:
        for epoch in (1, 2, 3):
            journal.append({"epoch": epoch})
    assert len(reopened(run).read_journal()) == 3
    path = run.path / "metrics.jsonl"
    path.write_bytes(b"".join(path.read_bytes().splitlines(keepends=True)[:2]))
    with pytest.raises(RunDamaged, match="cut or altered"):
        reopened(run).read_journal()
    with pytest.raises(RunDamaged, match="cut or altered"), reopened(run).journal():
        pytest.fail("a shortened journal was opened")


def test_the_journals_digest_goes_into_run_json_with_the_change_that_follows(run: RunDirectory) -> None:
    with run.lock():
        with run.journal() as journal:
            journal.append({"epoch": 1})
        assert not reopened(run).has("metrics.jsonl")
        assert reopened(run).read_journal() == [{"epoch": 1}]
        assert run.read_journal() == [{"epoch": 1}]  # which reads run.json anew
        run.write_files({"weights.safetensors": b"new"}, {"status": "finished"})
        assert reopened(run).has("metrics.jsonl")


def test_a_change_that_does_not_come_leaves_the_journals_digest_all_the_same(run: RunDirectory) -> None:
    def failing() -> None:
        with run.lock():
            with run.journal() as journal:
                journal.append({"epoch": 1})
            raise MemoryError

    with pytest.raises(MemoryError):
        failing()
    assert reopened(run).has("metrics.jsonl")


def test_a_finished_run_can_be_continued_and_read_meanwhile(run: RunDirectory) -> None:
    with run.journal() as journal:
        journal.append({"epoch": 1})
        mark = journal.mark()
    reader = reopened(run)
    with run.journal(checkpoint=mark) as journal:
        journal.append({"epoch": 2})
        assert reader.read_journal() == [{"epoch": 1}, {"epoch": 2}]
    assert reader.read_journal() == [{"epoch": 1}, {"epoch": 2}]


def test_a_journal_whose_run_failed_is_kept_line_by_line(run: RunDirectory) -> None:
    def interrupted() -> None:
        with run.journal() as journal:
            journal.append({"epoch": 1})
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        interrupted()
    assert not reopened(run).has("metrics.jsonl")
    assert reopened(run).read_journal() == [{"epoch": 1}]


def test_the_journal_of_another_run_is_not_read_for_that_of_a_killed_one(
    run: RunDirectory, tmp_path: Path
) -> None:
    def killed(run: RunDirectory, cost: float) -> None:
        with run.journal() as journal:
            journal.append({"epoch": 1, "cost": cost})
            run.checkpoints(journal).save({"theta": np.ones(2)}, {"epoch": 1})
            raise KeyboardInterrupt

    other = RunDirectory.create(tmp_path / "other", "other", files={}, record={})
    for each, cost in ((run, 0.5), (other, 0.25)):
        with pytest.raises(KeyboardInterrupt):
            killed(each, cost)
    assert reopened(run).read_journal() == [{"epoch": 1, "cost": 0.5}]
    shutil.copyfile(other.path / "metrics.jsonl", run.path / "metrics.jsonl")
    with pytest.raises(RunDamaged, match="another run's journal"):
        reopened(run).read_journal()


def test_checkpoints_lie_in_the_run_and_are_told_of_the_journal(
    run: RunDirectory, monkeypatch: pytest.MonkeyPatch
) -> None:
    with run.journal() as journal:
        journal.append({"epoch": 1})
        run.checkpoints(journal).save({"theta": np.ones(2)}, {"epoch": 1})
    loaded = reopened(run).checkpoints().load()
    assert loaded is not None
    assert loaded.meta == {"epoch": 1}
    assert os.listdir(run.path / "checkpoint") == ["odd.checkpoint"]
