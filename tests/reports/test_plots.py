"""Pictures as files: every kind draws or says why not, in every format."""

import re
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from dlrecipe.experiment.error_analysis import calibration
from dlrecipe.experiment.surfaces import bowls
from dlrecipe.reports.plots.kinds import KINDS
from dlrecipe.reports.subject import Subject
from dlrecipe.store.listing import find_run
from tests.cli.conftest import Cli


@pytest.fixture(scope="module")
def moons(tmp_path_factory: pytest.TempPathFactory) -> Cli:
    """Runs on two inputs that differ in λ alone, and one of another size."""
    ready = Cli(tmp_path_factory.mktemp("moons"))
    source = {"type": "synthetic", "generator": "moons", "n": 200, "noise": 0.2}
    config = {"data": {"source": source}, "network": {"hidden": [8]}, "training": {"epochs": 3}}
    ready.train({**config, "name": "moons"})
    ready.train({**config, "name": "strong", "regularization": {"l2": 5.0}})
    ready.train({**config, "name": "fewer", "data": {"source": {**source, "n": 80}}})
    return ready


def words(path: Path) -> str:
    return " ".join(re.findall(r"<text[^>]*>([^<]*)</text>", path.read_text()))


@pytest.mark.parametrize("kind", [kind for kind in KINDS if kind != "residuals"])
def test_every_kind_has_a_title_and_named_axes(moons: Cli, kind: str):
    outcome = moons("plot", "moons", kind, "-o", f"{kind}.svg")
    assert (outcome.code, outcome.out) == (0, f"{kind}.svg\n"), outcome.err
    found = words(moons.folder / f"{kind}.svg")
    expected = {"curves": "epoch", "gaps": "error, % of examples", "lambda": "λ", "boundary": "x2"}
    assert expected.get(kind, "") in found
    assert len(found.split()) > 4


@pytest.mark.parametrize(("form", "start"), [("svg", b"<?xml"), ("png", b"\x89PNG"), ("pdf", b"%PDF")])
def test_the_files_name_says_the_format(moons: Cli, form: str, start: bytes):
    assert moons("plot", "moons", "curves", "-o", f"a.{form}").code == 0
    assert (moons.folder / f"a.{form}").read_bytes().startswith(start)


def test_the_same_run_gives_the_same_bytes(moons: Cli):
    for name in ("one.svg", "two.svg"):
        moons("plot", "moons", "curves", "-o", name)
    assert (moons.folder / "one.svg").read_bytes() == (moons.folder / "two.svg").read_bytes()


def test_a_png_is_neither_empty_nor_transparent(moons: Cli):
    moons("plot", "moons", "gaps", "-o", "gaps.png")
    pixels = np.asarray(Image.open(moons.folder / "gaps.png").convert("RGBA"))
    assert pixels[..., 3].min() == 255
    assert len(np.unique(pixels.reshape(-1, 4), axis=0)) > 20


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["moons", "nonsense"], "Choices: curves, gaps"),
        (["moons", "curves", "-o", "a.gif"], "Choices: svg, png, pdf"),
        (["moons", "curves", "-o", "no/a.svg"], "no such folder"),
        (["moons", "residuals"], "the target is classes"),
        (["moons", "lambda", "--with", "fewer"], "differs from"),
    ],
)
def test_what_cannot_be_drawn_is_refused_with_the_way_out(moons: Cli, arguments: list[str], said: str):
    before = set(moons.folder.iterdir())
    outcome = moons("plot", *arguments)
    assert outcome.code == 2
    assert said in outcome.err
    assert set(moons.folder.iterdir()) == before


def test_a_boundary_needs_two_inputs(iris_cli: Cli):
    outcome = iris_cli("plot", "latest", "boundary")
    assert outcome.code == 2
    assert "there are 4" in outcome.err


def test_a_curve_over_lambda_finds_the_runs_that_differ_in_nothing_else(moons: Cli):
    subject = Subject(find_run(moons.runs, "moons"), moons.runs)
    found = {run.record["name"] for run in subject.alike_but_for("regularization.l2")}
    assert found == {"moons", "strong"}


def test_normalizing_makes_the_bowl_rounder(tmp_path: Path):
    cli = Cli(tmp_path)
    rng = np.random.default_rng(0)
    X = rng.normal(size=(300, 2)) * [1.0, 100.0]
    np.savez(tmp_path / "a.npz", x=X, y=X @ [1.0, 0.02])
    source = {"type": "npz", "path": "a.npz", "x": "x", "y": "y"}
    cli.train({"data": {"source": source}, "task": "regression", "training": {"epochs": 1}})
    pair = bowls(Subject(find_run(cli.runs, "latest"), cli.runs).reopened)
    # The inputs are independent: λmax/λmin is the ratio of their variances, 100², and 1 normalized.
    assert pair.raw.condition == pytest.approx(1e4, rel=0.3)
    assert pair.normalized.condition == pytest.approx(1, abs=0.3)
    start, end = pair.raw.path[0], pair.raw.path[-1]
    assert np.linalg.norm(end - pair.raw.minimum) < np.linalg.norm(start - pair.raw.minimum)


def test_the_calibration_error_of_a_sure_network_that_is_half_right_is_a_half():
    shares = np.tile([1.0, 0.0], (10, 1))
    found = calibration(shares, np.array([0, 1] * 5))
    # By its definition: |accuracy 0.5 - confidence 1| in the one bin.
    assert found.ece == pytest.approx(0.5)
    assert [(each.n, each.accuracy) for each in found.bins] == [(10, 0.5)]


def test_a_network_as_sure_as_it_is_right_has_no_calibration_error():
    shares = np.tile([0.75, 0.25], (8, 1))
    assert calibration(shares, np.array([0, 0, 0, 1] * 2)).ece == pytest.approx(0)


def test_mistakes_on_test_are_not_shown(moons: Cli):
    from dlrecipe.errors import InputError
    from dlrecipe.experiment.error_analysis import analyse_errors, reopen_raw

    with pytest.raises(InputError, match="mistakes of test"):
        analyse_errors(reopen_raw(find_run(moons.runs, "moons")), "test")


def test_the_surest_mistakes_come_first(moons: Cli):
    mistakes = Subject(find_run(moons.runs, "strong"), moons.runs).mistakes.mistakes
    scores = [each.score for each in mistakes]
    assert scores == sorted(scores, reverse=True)
    assert all(each.truth != each.answer for each in mistakes)
