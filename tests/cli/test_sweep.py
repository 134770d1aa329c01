"""dlrecipe sweep as a user calls it: what is refused, with its place and remedy, before anything is run."""

import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager

import pytest

from dlrecipe.studies.work import run_trial

BASE = ["sweep", "config.yaml"]


@pytest.mark.parametrize(
    ("options", "told"),
    [
        ([], "Give --vary KEY=VALUES"),
        (["--vary", "regularization.l2=log:0..1"], "a logarithmic scale has no 0"),
        (["--vary", "regularization.l2=1..0"], "the range is empty"),
        (["--vary", "regularisation.l2=0.1,1"], "--vary regularisation.l2=0.1"),
        (["--vary", "training.epochs=1..50", "--trials", "9"], "the grid has 50 points, and 9 may be tried"),
        (["--vary", "seed=0..4", "--trials", "3"], "fewer than the 5 seeds"),
        (["--vary", "regularization.l2=0..1", "--trials", "99999"], "At most 10,000"),
        (["--vary", "regularization.l2=0..1", "--resume"], "no sweep of this config"),
        (["--vary", "seed=0.5..2.5"], "seeds are whole numbers"),
        (["--vary", "training.epochs=1..3", "--method", "halving"], "halving gives the trials their epochs"),
        (["--vary", "regularization.l2=-1,1"], "--vary regularization.l2=-1"),
        (["--vary", "regularization.l2=0..1", "--method", "guess"], "guess"),
        (["--vary", "regularization.l2=0..1", "--workers", "0"], "--workers"),
        (
            ["--vary", "regularization.l2=0,1", "-o", "no/such/best.yaml"],
            "cannot write: there is no such folder",
        ),
    ],
)
def test_what_cannot_be_swept_is_refused_and_leaves_nothing(cli, iris, options, told):
    cli.write(iris)
    outcome = cli(*BASE, *options)
    assert (outcome.code, outcome.out) == (2, "")
    assert told in outcome.err
    assert "Traceback" not in outcome.err
    assert not cli.runs.exists()


@pytest.mark.parametrize("address", ["tcp://127.0.0.1:9", "nonsense", "ftp://there:1", "tcp://127.0.0.1"])
def test_a_scheduler_that_is_not_there_is_told_within_seconds(cli, iris, address, monkeypatch):
    monkeypatch.setattr("dlrecipe.studies.cluster.CONNECT_S", 2.0)
    cli.write(iris)
    began = time.monotonic()
    outcome = cli(*BASE, "--vary", "regularization.l2=0.1,1", "--scheduler", address)
    assert outcome.code == 2
    assert f"--scheduler {address}  no Dask scheduler answers there" in outcome.err
    assert "dask scheduler" in outcome.err
    assert time.monotonic() - began < 60  # its own limit is 2 s here; the machine may be busy
    assert not list(cli.runs.glob("studies/*"))


COMMENTED = """\
# Irises, as small as can be.
name: iris
data: {source: iris}  # 150 flowers
network: {hidden: [4]}
training: {epochs: 2, threads: 1}
"""


def test_who_hands_out_the_trials_of_a_grid_imports_no_engine():
    done = subprocess.run(
        [sys.executable, "-c", _HANDING_OUT], capture_output=True, text=True, check=True, timeout=120
    )
    assert done.stdout.split() == []


_HANDING_OUT = """
import sys
import dlrecipe.cli.sweep, dlrecipe.studies.local
import dlrecipe.reports.sweep_display, dlrecipe.reports.plots.figure
from dlrecipe.config.loading import load_config_text
from dlrecipe.studies.sweep import Request, make_plan
base = load_config_text("data: {source: digits}\\nnetwork: {hidden: [4]}")
make_plan(Request(base, ("regularization.l2=log:1e-3..10/4", "seed=0..1"), trials=8))
print(*({"numpy", "matplotlib", "dlrecipe.experiment.session"} & set(sys.modules)))
"""


@pytest.fixture
def swept_here(monkeypatch):
    """Trials run in this process."""

    class Here:
        def run(self, trials, place, *, stop) -> Iterator[object]:
            return (run_trial(trial, place) for trial in trials)

    @contextmanager
    def open_here(n, *, scheduler, say, meanwhile) -> Iterator[Here]:
        yield Here()

    monkeypatch.setattr("dlrecipe.studies.executor.open_workers", open_here)


def test_the_chosen_config_keeps_the_comments_and_can_be_trained(cli, swept_here):
    cli.write(COMMENTED)
    vary = ["--vary", "regularization.l2=0.1,1", "--vary", "seed=0..1"]
    outcome = cli(*BASE, *vary, "--set", "training.epochs=3", "-o", "best.yaml", "--json")
    assert (outcome.code, outcome.err) == (0, "")
    document = outcome.json
    text = (cli.folder / "best.yaml").read_text()
    assert "# 150 flowers" in text
    assert f"l2: {document['chosen']['values']['regularization.l2']}" in text
    assert "epochs: 3" in text
    assert cli("train", "best.yaml", "-q").code == 0


def test_the_chosen_config_keeps_its_own_split(cli, swept_here):
    cli.write(COMMENTED)
    outcome = cli(*BASE, "--vary", "data.seed=7,8", "--vary", "network.hidden=[3],[5]", "-o", "best.yaml")
    assert outcome.code == 0
    assert "data.seed only deals other dev sets" in " ".join(outcome.out.split())
    best = (cli.folder / "best.yaml").read_text()
    assert "seed" not in best
    assert "hidden: [3]" in best or "hidden: [5]" in best


def test_where_only_the_split_is_varied_no_config_is_chosen(cli, swept_here):
    cli.write(COMMENTED)
    outcome = cli(*BASE, "--vary", "data.seed=7,8")
    assert outcome.code == 0
    assert "Next: dlrecipe train" not in outcome.out
    (study,) = (cli.runs / "studies").iterdir()
    assert not (study / "best.yaml").exists()
    assert cli("report", study.name).code == 0
    assert "No setting was varied, only the split" in (study / "report.html").read_text()


def test_a_sweep_leaves_a_table_a_plot_and_runs_that_list(cli, swept_here):
    cli.write(COMMENTED)
    outcome = cli(*BASE, "--vary", "regularization.l2=log:0.1..10", "--vary", "seed=0..1", "--trials", "6")
    assert outcome.code == 0
    assert "regularization.l2" in outcome.out
    assert "One standard error, from 2 seeds" in outcome.out
    (study,) = (cli.runs / "studies").iterdir()
    assert {path.name for path in study.iterdir()} >= {"study.json", "results.json", "sweep.svg", "best.yaml"}
    svg = (study / "sweep.svg").read_text()
    assert all(word in svg for word in ("regularization.l2", "train", "dev", "error, %"))
    assert len(cli.document("runs")["runs"]) == 6


def test_a_line_a_trial_is_told_where_there_is_no_terminal(cli, swept_here):
    cli.write(COMMENTED)
    outcome = cli(*BASE, "--vary", "regularization.l2=0.1,1")
    lines = [line for line in outcome.err.splitlines() if line.startswith("trial ")]
    assert len(lines) == 2
    assert all("best" in line and "dev" in line for line in lines)


def test_the_best_so_far_of_a_sweep_that_goes_on_may_be_a_trial_of_before(cli, swept_here):
    cli.write(COMMENTED)
    again = [*BASE, "--vary", "optimizer.learning_rate=0.1,1e-6"]
    whole = cli(*again, "--json").json
    journal = cli.folder / whole["path"] / "trials.jsonl"
    best = f"learning_rate={whole['best']['values']['optimizer.learning_rate']}"
    kept = [
        line for line in journal.read_text().splitlines(keepends=True) if whole["best"]["run_ids"][0] in line
    ]
    journal.write_text("".join(kept))
    (line,) = [line for line in cli(*again, "--resume").err.splitlines() if line.startswith("trial ")]
    assert best in line.partition("best ")[2]


def test_a_sweep_of_which_nothing_is_done_exits_1(cli, iris, swept_here):
    iris["optimizer"] = {"type": "sgd"}
    cli.write(iris)
    outcome = cli(*BASE, "--vary", "optimizer.learning_rate=1e30,2e30")
    assert outcome.code == 1
    assert "Not done: 2 diverged" in outcome.out
