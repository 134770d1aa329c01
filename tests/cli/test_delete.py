"""`runs --delete` and `runs --prune`: they ask first, and never touch a run that is being written."""

import io
import os
import pty
import shutil
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from dlrecipe.store.locks import RunLock

ID = "iris-20260101-120000-abcdef"


@pytest.fixture
def stored(iris_cli, cli):
    """A copy of the finished run, a damaged one, and one in which nothing was trained."""
    shutil.copytree(iris_cli.runs, cli.runs)
    (finished,) = cli.runs.iterdir()
    shutil.copytree(finished, cli.runs / ID)
    (cli.runs / ID / "run.json").write_text("{}")
    config = cli.write({"name": "killed", "data": {"source": "iris"}})
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("dlrecipe.training.loop.Trainer.fit", killed)
        assert cli("train", config, "-q").code == 130
    return cli


def killed(*_: object, **__: object) -> None:
    raise KeyboardInterrupt


def names(cli) -> list[str]:
    return sorted(path.name.split("-")[0] for path in cli.runs.iterdir())


@contextmanager
def terminal(answer: str) -> Iterator[None]:
    """Let stdin be a terminal at which somebody types an answer."""
    controller, terminal_end = pty.openpty()
    os.write(controller, answer.encode())
    with open(terminal_end) as stdin, pytest.MonkeyPatch.context() as patch:
        patch.setattr(sys, "stdin", stdin)
        yield
    os.close(controller)


def test_prune_deletes_what_is_damaged_and_what_was_never_trained(stored):
    document = stored.document("runs", "--prune", "--yes")
    assert sorted(name.split("-")[0] for name in document["deleted"]) == ["iris", "killed"]
    assert ID in document["deleted"]
    assert (names(stored), document["kept"]) == (["iris"], [])


def test_prune_leaves_a_run_that_can_be_resumed(cli, iris):
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("dlrecipe.experiment.session.Session._finish", killed)
        assert cli("train", cli.write(iris), "-q").code == 130
    assert cli.document("runs", "--prune", "--yes")["deleted"] == []
    assert cli.document_of_resume()["status"] == "finished"


def test_prune_leaves_what_only_looks_like_a_run_of_ours(cli):
    foreign = cli.runs / "wandb"
    foreign.mkdir(parents=True)
    (foreign / "run.json").write_text('{"id": 1}')
    assert cli.document("runs", "--prune", "--yes")["deleted"] == []
    assert foreign.exists()


def test_prune_leaves_a_run_of_a_newer_dlrecipe(cli, iris, monkeypatch):
    run = cli.train(iris)["run_id"]
    monkeypatch.setattr("dlrecipe.store.record.SCHEMA_VERSION", 0)
    assert cli.document("runs")["runs"][0]["status"] == "damaged"
    assert cli.document("runs", "--prune", "--yes")["deleted"] == []
    assert (cli.runs / run).exists()


def test_a_run_that_is_being_written_is_never_deleted(stored):
    (running,) = stored.runs.glob("killed-*")
    with RunLock(running).held():
        outcome = stored("runs", "--delete", "killed-", "--yes")
        assert (outcome.code, "Left" in outcome.out) == (4, True)
        assert "being written by process" in outcome.err
        stored("runs", "--prune", "--yes")
    assert names(stored) == ["iris", "killed"]


def test_a_run_that_somebody_goes_on_with_while_the_question_stands_is_left(stored, monkeypatch):
    monkeypatch.setattr("dlrecipe.experiment.removal._still_useless", lambda run: False)
    assert stored.document("runs", "--prune", "--yes")["deleted"] == []


@pytest.mark.parametrize("options", [["--prune"], ["--delete", "killed-"], ["--prune", "--json"]])
def test_without_anybody_to_ask_nothing_is_deleted(stored, monkeypatch, options):
    for stdin in (io.StringIO("y\n"), None):
        monkeypatch.setattr(sys, "stdin", stdin)
        outcome = stored("runs", *options)
        assert (outcome.code, outcome.out) == (2, "")
        assert "--yes" in outcome.err
    assert names(stored) == ["iris", "iris", "killed"]


@pytest.mark.parametrize(("answer", "left"), [("y\n", ["iris", "iris"]), ("n\n", None), ("\n", None)])
def test_only_a_yes_is_one(stored, answer, left):
    with terminal(answer):
        outcome = stored("runs", "--delete", "killed-")
    assert outcome.code == 0
    assert names(stored) == (left or ["iris", "iris", "killed"])
    assert "Delete this run for good? [y/N]" in outcome.err
    assert ("Deleted killed-" if left else "Nothing was deleted.") in outcome.out


def test_the_question_names_each_run_and_why(stored):
    with terminal("no\n"):
        err = stored("runs", "--prune", "--delete", "killed-").err
    assert f"{ID}  damaged: run.json:" in err
    assert err.count("killed-") == 1
    assert "Delete these 2 runs" in err


def test_a_damaged_run_can_be_deleted_by_its_name(stored):
    assert stored.document("runs", "--delete", ID, "--yes")["deleted"] == [ID]


def test_a_run_that_is_not_there_is_not_deleted_and_no_other_is(stored):
    outcome = stored("runs", "--delete", "killed-", "--delete", "none-such", "--yes")
    assert outcome.code == 2
    assert names(stored) == ["iris", "iris", "killed"]


def test_a_link_is_not_followed(stored, tmp_path_factory):
    elsewhere = tmp_path_factory.mktemp("elsewhere")
    (elsewhere / "note").write_text("mine")
    Path(stored.runs / "link-20260101-120000-abcdef").symlink_to(elsewhere)
    assert stored("runs", "--delete", "link-", "--yes").code == 2
    stored("runs", "--prune", "--yes")
    assert (elsewhere / "note").read_text() == "mine"
