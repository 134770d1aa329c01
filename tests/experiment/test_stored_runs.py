"""Going on with a stored run, and reading it: what is missing, damaged or another's is said, and not used."""

import errno
import os
import signal
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest

from benchmarks.faulty.lab import Killed, killed_after
from dlrecipe.config.loading import load_config_text
from dlrecipe.errors import ConfigError, DataError, InputError, RunDamaged
from dlrecipe.experiment.listing import comparison, runs_document
from dlrecipe.experiment.reading import read_fitted
from dlrecipe.experiment.removal import useless_runs
from dlrecipe.experiment.run_hooks import RunHooks
from dlrecipe.experiment.silence import SilentDisplay
from dlrecipe.experiment.training_run import prepare_for_training, resume, train
from dlrecipe.store.listing import find_run
from dlrecipe.store.record import write_record
from dlrecipe.store.run_directory import RunDirectory, preprocessing_files

KEPT = ("metrics.jsonl", "weights.safetensors")
IRIS = "name: iris\ndata: {source: iris}\nnetwork: {hidden: [4]}\ntraining: {epochs: 3, threads: 1}\n"


def trained(runs_dir: Path, text: str = IRIS) -> RunDirectory:
    document = train(load_config_text(text), runs_dir, SilentDisplay()).document
    return find_run(runs_dir, document["run_id"])


def killed(runs_dir: Path, steps: int, text: str = IRIS) -> RunDirectory:
    """A run that got no further than so many steps; without a single one it has not even a journal."""
    with suppress(Killed), killed_after(steps):
        train(load_config_text(text), runs_dir, SilentDisplay())
    return find_run(runs_dir, "latest")


def files_of(run: RunDirectory) -> list[bytes]:
    return [(run.path / name).read_bytes() for name in KEPT]


def test_a_signal_is_answered_at_once_and_the_run_goes_on_to_the_same_end(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    pause = RunHooks.pause

    def signalled(hooks: RunHooks, state: Any) -> bool:
        if state.step == 4:
            os.kill(os.getpid(), signal.SIGTERM)
        return pause(hooks, state)

    display = SilentDisplay()
    with monkeypatch.context() as patch:
        patch.setattr(RunHooks, "pause", signalled)
        ended = train(load_config_text(IRIS), tmp_path / "stopped", display)
    assert (ended.signal, ended.document["status"]) == (signal.SIGTERM, "interrupted")
    assert display.messages[-1] == "SIGTERM: finishing the batch and saving. Ctrl-C again aborts at once."
    run = find_run(tmp_path / "stopped", "latest")
    assert resume(run, tmp_path / "stopped", SilentDisplay()).document["status"] == "finished"
    assert files_of(run) == files_of(trained(tmp_path / "whole"))


def test_a_run_that_was_killed_at_once_knows_what_it_learned_of_the_data_and_is_resumed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def dying(*_: object, **__: object) -> None:
        raise Killed

    with monkeypatch.context() as patch:
        patch.setattr(RunDirectory, "journal", dying)
        with pytest.raises(Killed):
            trained(tmp_path / "killed")
    run = find_run(tmp_path / "killed", "latest")
    assert run.has("preprocessing.json")
    resume(run, tmp_path / "killed", SilentDisplay())
    whole = trained(tmp_path / "whole")
    assert files_of(run) == files_of(whole)
    assert run.read_file("preprocessing.json") == whole.read_file("preprocessing.json")


def test_a_run_that_has_ended_is_not_gone_on_with_unless_it_is_given_more(tmp_path: Path) -> None:
    run = trained(tmp_path)
    with pytest.raises(InputError, match=f"{run.id} has finished its 3 epochs") as caught:
        resume(run, tmp_path, SilentDisplay())
    assert f"dlrecipe resume {run.id} --epochs 6" in caught.value.remedy
    run.update_record({"status": "diverged"})
    with pytest.raises(InputError, match=f"{run.id} diverged; going on from there leads nowhere"):
        resume(run, tmp_path, SilentDisplay(), overrides=["training.epochs=6"])


def test_a_checkpoint_whose_step_is_not_that_of_its_epoch_is_refused(tmp_path: Path) -> None:
    run = killed(tmp_path, 5)
    train_again = trained(tmp_path / "whole")
    saved = train_again.checkpoints().load()
    assert saved is not None
    run.checkpoints().save(saved.arrays, {**saved.meta, "step": 7})
    with pytest.raises(
        RunDamaged, match="the checkpoint does not fit the run: step 7 is not batch 0 after epoch 3"
    ):
        resume(run, tmp_path, SilentDisplay())


def test_what_the_checks_find_in_the_data_is_said_before_training(tmp_path: Path) -> None:
    table = tmp_path / "rows.csv"
    rows = [f"{1000 + i},{i * 7919 % 101},{i % 2}" for i in range(200)]
    table.write_text("\n".join(["number,x,y", *rows]))
    display = SilentDisplay()
    text = f"data: {{source: {{type: table, path: {table}, target: y}}}}\ntraining: {{epochs: 1}}\n"
    train(load_config_text(text), tmp_path / "runs", display)
    assert "'number' has another value in nearly each of 120 train rows (identifier)" in display.messages[0]
    assert display.messages[-1] == "dlrecipe check CONFIG says more of the data, and what to do."


def test_a_run_is_resumed_on_data_that_another_has_read(tmp_path: Path) -> None:
    run, whole = killed(tmp_path / "killed", 5), trained(tmp_path / "whole")
    shared = prepare_for_training(load_config_text(IRIS).config)
    resume(run, tmp_path / "killed", SilentDisplay(), preparing=lambda config: shared)
    assert files_of(run) == files_of(whole)


def test_data_that_have_changed_since_are_refused(tmp_path: Path) -> None:
    table = tmp_path / "rows.csv"
    table.write_text("x,y\n" + "".join(f"{i},{i % 2}\n" for i in range(60)))
    text = f"data: {{source: {{type: table, path: {table}, target: y}}}}\ntraining: {{epochs: 2}}\n"
    run = killed(tmp_path / "runs", 1, text)
    table.write_text(table.read_text().replace("7,1\n", "7,0\n"))
    with pytest.raises(InputError, match=f"the data are not those that {run.id} was trained on") as caught:
        resume(run, tmp_path / "runs", SilentDisplay())
    assert str(table) in caught.value.where


def test_weights_come_from_a_run_that_is_named_for_good_or_are_refused_at_their_place(tmp_path: Path) -> None:
    first = trained(tmp_path, "name: first\n" + IRIS.replace("name: iris\n", ""))
    text = IRIS + "initialization: {type: run, run: first}\n"
    second = trained(tmp_path, text)
    assert f"run: {first.id}" in second.read_text("config.yaml")
    with pytest.raises(ConfigError, match=r"initialization: .*no run 'nobody'"):
        trained(tmp_path, text.replace("run: first", "run: nobody"))


@pytest.mark.parametrize(("content", "words"), [(None, "no such file"), (b"PK", "cannot be read")])
def test_weights_that_are_no_file_of_weights_are_refused(
    tmp_path: Path, content: bytes | None, words: str
) -> None:
    path = tmp_path / "w.safetensors"
    if content is not None:
        path.write_bytes(content)
    with pytest.raises(ConfigError, match=words):
        trained(tmp_path / "runs", IRIS + f"initialization: {{type: file, path: {path}}}\n")
    assert not (tmp_path / "runs").exists(), "nothing is left of a run that never began"


def test_what_shows_only_in_the_data_is_told_at_its_place_in_the_config(tmp_path: Path) -> None:
    with pytest.raises(DataError, match="only a table can be split by a column") as caught:
        trained(tmp_path, "seed: 1\ndata: {source: iris, split: {group: flower}}\n")
    assert caught.value.where == "config:2:7"
    with pytest.raises(DataError) as caught:
        trained(tmp_path, "data: {source: {type: synthetic, generator: moons, n: 3}}\n")
    assert caught.value.where == "synthetic moons", "what knows a closer place keeps it"


def test_a_preprocessing_that_says_something_else_is_damage(tmp_path: Path) -> None:
    run = trained(tmp_path)
    run.write_files(preprocessing_files({"inputs": {}, "target": {}}, {}))
    with pytest.raises(RunDamaged, match="the preprocessing cannot be read"):
        read_fitted(run)


def test_a_record_of_something_else_than_a_run_is_listed_as_damaged(tmp_path: Path) -> None:
    run = trained(tmp_path)
    write_record(run.path, {**run.record, "result": ["nothing"]})
    [row] = runs_document(tmp_path)["runs"]
    assert (row["run_id"], row["status"]) == (run.id, "damaged")
    assert row["damage"] == "run.json: it does not say what a run's says"


def test_a_setting_that_an_older_version_did_not_have_is_compared_by_its_default(tmp_path: Path) -> None:
    old, new = trained(tmp_path), trained(tmp_path, f"{IRIS}seed: 3\n")
    written = old.read_text("config.yaml")
    without = "".join(line for line in written.splitlines(True) if not line.startswith("diagnosis:"))
    assert without != written
    old.write_files(
        {"config.yaml": without.encode()},
        {"environment": {**old.record["environment"], "dlrecipe": "0.0.9"}},
    )
    assert comparison([old, new])["settings"] == {"seed": [0, 3]}


def test_a_run_that_was_killed_before_it_had_a_journal_is_useless(tmp_path: Path) -> None:
    run = killed(tmp_path, 1)
    for path in (*run.path.glob("metrics.jsonl"), *run.path.glob("checkpoint/*")):
        path.unlink()
    (run.path / "checkpoint").rmdir()
    assert [(each.id, each.reason) for each in useless_runs(tmp_path)] == [
        (run.id, "interrupted before its first epoch was done")
    ]


def test_a_run_that_cannot_be_looked_into_is_not_called_useless(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    run = killed(tmp_path, 1)
    lstat = os.lstat

    def failing(path: Any, **settings: Any) -> os.stat_result:
        if Path(path) == run.path / "metrics.jsonl":
            raise OSError(errno.EIO, "Input/output error")
        return lstat(path, **settings)

    monkeypatch.setattr(os, "lstat", failing)
    assert useless_runs(tmp_path) == []
