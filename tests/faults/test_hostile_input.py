"""Input that was made, or happened, to do harm: the short forms of benchmarks/faults.py."""

import shutil
from contextlib import suppress
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from benchmarks.faulty import spoiled
from benchmarks.faulty.hostile import TOKENS
from benchmarks.faulty.yaml_limits import MEMORY_MB, corpus_case, corpus_in_one_process, texts_amiss
from dlrecipe.config.loading import load_config_text
from dlrecipe.errors import ConfigError

N_TEXTS = 17_000
N_EXAMPLES = 1_500
FUZZED = settings(
    max_examples=N_EXAMPLES, deadline=None, suppress_health_check=list(HealthCheck), database=None
)

scalars = st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=8)
values = st.recursive(
    scalars,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=6), inner, max_size=3),
    max_leaves=8,
)
keys = st.sampled_from(
    ["name", "seed", "data", "network", "optimizer", "training", "extends", "checkpoint", "loss"]
)


def assert_is_read_or_refused(text: str) -> None:
    with suppress(ConfigError):
        load_config_text(text)


@FUZZED
@given(st.lists(st.sampled_from(TOKENS) | st.text(max_size=4), max_size=25).map("".join))
def test_any_text_is_a_config_or_is_refused(text: str) -> None:
    assert_is_read_or_refused(text)


@FUZZED
@given(st.dictionaries(keys, values, max_size=4))
def test_any_value_of_any_key_is_taken_or_refused(config: dict[str, object]) -> None:
    assert_is_read_or_refused("\n".join(f"{key}: {value!r}" for key, value in config.items()))


def test_configs_with_mistakes_are_read_or_refused_with_a_place(folder: Path) -> None:
    problems, counts, _ = texts_amiss(folder, N_TEXTS, seed=1)
    assert problems == []
    assert counts["valid"] > 100


def test_configs_made_to_exhaust_the_reader_are_refused_within_memory(folder: Path) -> None:
    problems, memory_mb = corpus_in_one_process(folder)
    assert problems == ""
    assert memory_mb < MEMORY_MB
    for name in ("100,000 [", "a plain scalar of 1 MB", "one alias 300,000 times", "a long one of: a path"):
        assert corpus_case(name, folder).problem == ""


def test_every_altered_byte_of_a_checkpoint_is_noticed(folder: Path) -> None:
    unnoticed, n = spoiled.unnoticed_in_checkpoint(folder, values=(0x01, 0x80, 0xFF))
    assert (unnoticed, n > 3_000) == (0, True)


def test_every_altered_byte_of_a_journal_line_is_noticed(folder: Path) -> None:
    unnoticed, n = spoiled.unnoticed_in_journal(folder, values=(0x01, 0x20, 0x80))
    assert (unnoticed, n > 1_000) == (0, True)


def test_of_spoilt_runs_nothing_is_read_that_was_not_written(folder: Path) -> None:
    assert [problem for problem in spoiled.spoiled_runs(folder, 1_500, commands_every=60) if problem] == []


def test_the_journal_of_another_run_is_refused_before_anything_is_trained(folder: Path) -> None:
    lab = spoiled.Lab(folder)
    spoiled.train_and_die(lab, 8)
    other = spoiled.Lab(folder / "other", spoiled.TINY | {"seed": 1})
    spoiled.train_and_die(other, 8)
    journal = lab.newest() / "metrics.jsonl"
    shutil.copyfile(other.newest() / "metrics.jsonl", journal)
    before = {path: path.read_bytes() for path in lab.newest().rglob("*") if path.is_file()}
    for command in (["show", "latest"], ["resume", "latest"]):
        outcome = lab(*command)
        assert (outcome.code, outcome.out) == (4, "")
        assert "metrics.jsonl  its epochs 1 to 2 are not those" in outcome.err
        assert "another run's journal" in outcome.err
    after = {path: path.read_bytes() for path in lab.newest().rglob("*") if path.is_file()}
    changed = {path.name for path in after if after[path] != before.get(path)}
    assert changed <= {"run.json"}


def test_what_is_no_run_hides_none_and_leads_nowhere(folder: Path) -> None:
    assert [problem for problem in spoiled.foreign_things(folder, 1_500) if problem] == []


@pytest.mark.parametrize("reference", spoiled.REFERENCES, ids=repr)
def test_a_hostile_reference_is_refused_by_every_command(folder: Path, reference: str) -> None:
    lab = spoiled.Lab(folder)
    assert lab.train().code == 0
    for command in (
        ["show"],
        ["resume"],
        ["evaluate"],
        ["diagnose"],
        ["predict"],
        ["runs", "--yes", "--delete"],
    ):
        rest = ["config.yaml"] if command == ["predict"] else []
        outcome = lab(*command, reference, *rest)
        assert outcome.code == 2, outcome
        assert "Traceback" not in outcome.err
    assert len(list(lab.runs.iterdir())) == 1
