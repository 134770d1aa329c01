"""Resume equals the uninterrupted run, whatever the state is made of: a sample of benchmarks/faults.py."""

import itertools
import random
from pathlib import Path

import pytest

from benchmarks.faulty.resumes import FACTORS, amiss_on_resuming, combinations
from dlrecipe import rng as streams
from dlrecipe.training.early_stopping import BestEpoch


def test_killed_and_stopped_runs_end_where_they_would_have(folder: Path) -> None:
    rng = random.Random(0)
    problems = [
        amiss_on_resuming(folder / str(index), settings, rng)
        for index, settings in enumerate(combinations(30))
    ]
    assert [problem for problem in problems if problem] == []


def test_every_two_choices_meet_in_some_config() -> None:
    drawn = combinations(200)
    for (_, first), (_, second) in itertools.combinations(FACTORS.items(), 2):
        for one, other in itertools.product(first, second):
            wanted = {**one, **other}
            assert any(all(config.get(key) == wanted[key] for key in wanted) for config in drawn), wanted


@pytest.mark.parametrize("forgotten", ["dropout_rng", "best"])
def test_a_state_that_forgot_something_would_be_found_out(
    folder: Path, monkeypatch: pytest.MonkeyPatch, forgotten: str
) -> None:
    if forgotten == "dropout_rng":
        monkeypatch.setattr(streams, "restore", lambda generator, state: None)
    else:
        monkeypatch.setattr("dlrecipe.training.state._figure", lambda meta, name: 1e9)
        assert BestEpoch().error > 1e9
    rng = random.Random(0)
    problems = [
        amiss_on_resuming(folder / str(index), settings, rng)
        for index, settings in enumerate(combinations(30))
    ]
    assert any(problems)
