"""Worker processes of this machine: what becomes of trials whose process dies, fails or does not end."""

import os
import signal
from pathlib import Path

import pytest

from benchmarks.study_faults import worker_processes
from benchmarks.study_trials import dying_twice, faulty, hungry, slow
from dlrecipe.config.loading import load_config_text
from dlrecipe.studies import memory
from dlrecipe.studies.directory import StudyDirectory
from dlrecipe.studies.executor import open_workers
from dlrecipe.studies.trial import Place, Trial
from dlrecipe.studies.work import run_trial

CONFIG = """\
name: tiny
data: {source: {type: synthetic, generator: moons, n: 60, noise: 0.3}}
network: {hidden: [4]}
training: {epochs: 2, batch_size: 16, threads: 1}
"""


@pytest.fixture
def place(tmp_path: Path) -> Place:
    return StudyDirectory.create(tmp_path, "tiny", {"kind": "test"}).place(tmp_path)


def trials(*ids: str) -> list[Trial]:
    loaded = load_config_text(CONFIG)
    return [Trial(each, loaded) for each in ids]


def test_a_trial_whose_process_dies_twice_is_tried_a_third_time_when_all_others_are_done(place):
    with open_workers(2, work=dying_twice) as workers:
        results = list(workers.run(trials("unlucky", "a", "b", "c"), place))
    assert {result.outcome for result in results} == {"done"}
    assert results[-1].id == "unlucky"
    assert (place.notes / "unlucky.attempts").read_text() == "xxx"


def test_a_process_that_dies_while_it_has_nothing_to_do_is_replaced(place):
    with open_workers(1, work=dying_twice) as workers:
        for pid in worker_processes(os.getpid()):
            os.kill(pid, signal.SIGKILL)
        assert [result.outcome for result in workers.run(trials("a", "b"), place)] == ["done", "done"]


@pytest.mark.skipif(not Path("/proc/meminfo").exists(), reason="only Linux tells of its memory there")
def test_a_trial_that_eats_the_memory_is_stopped_and_one_that_maps_a_file_is_not(place, monkeypatch):
    # As if the machine had 300 MB for its workers, and nothing left.
    total = os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE")
    monkeypatch.setattr(memory, "LEAST_LEFT", 2.0)
    monkeypatch.setattr(memory, "LEAST_HELD", 3e8 / total)
    with open_workers(1, work=hungry) as workers:
        results = {result.id: result for result in workers.run(trials("hungry", "a", "b"), place)}
    assert {id: result.outcome for id, result in results.items()} == {
        "hungry": "killed",
        "a": "done",
        "b": "done",
    }
    assert "the machine had no memory left: it held 0." in results["hungry"].error


def test_nobody_is_stopped_while_there_is_memory_or_others_have_taken_it(monkeypatch):
    assert memory.one_too_many([os.getpid()]) is None
    monkeypatch.setattr(memory, "LEAST_LEFT", 2.0)
    monkeypatch.setattr(memory, "LEAST_HELD", 0.99)
    assert memory.one_too_many([os.getpid()]) is None
    assert memory.one_too_many([]) is None


def test_a_fault_that_nobody_thought_of_is_one_trials_alone(place):
    with open_workers(1, work=faulty) as workers:
        results = list(workers.run(trials("a", "b"), place))
    assert [(result.outcome, result.error) for result in results] == [
        ("failed", "LookupError: nobody thought of this")
    ] * 2


def test_leaving_off_does_not_wait_for_a_process_that_does_not_end(place, monkeypatch):
    monkeypatch.setattr("dlrecipe.studies.processes.GRACE_S", 0.2)
    asked = iter([False, False, False, True])
    with open_workers(1, work=slow) as workers:
        assert list(workers.run(trials("a"), place, stop=lambda: next(asked, True))) == []
    assert worker_processes(os.getpid()) == []


def test_a_note_that_was_torn_begins_the_trial_anew(place):
    trial = trials("t0")[0]
    (place.notes / "t0").write_text("tiny-2026")
    result = run_trial(trial, place)
    assert result.outcome == "done"
    assert (place.notes / "t0").read_text() == f"{result.run_id}\n"
