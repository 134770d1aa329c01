"""dlrecipe sweep as a user calls it: what is refused, with its place and remedy, before anything is run."""

import time

import pytest

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
def test_a_scheduler_that_is_not_there_is_told_within_seconds(cli, iris, address):
    cli.write(iris)
    began = time.monotonic()
    outcome = cli(*BASE, "--vary", "regularization.l2=0.1,1", "--scheduler", address)
    assert outcome.code == 2
    assert f"--scheduler {address}  no Dask scheduler answers there" in outcome.err
    assert "dask scheduler" in outcome.err
    assert time.monotonic() - began < 60  # its own limit is 5 s; the machine may be busy
    assert not list(cli.runs.glob("studies/*"))
