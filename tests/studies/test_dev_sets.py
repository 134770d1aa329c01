"""On which dev examples the points of a sweep were measured, and what is said of it."""

import math
from pathlib import Path
from typing import Any

import pytest

from dlrecipe.config.loading import load_config_text
from dlrecipe.reports.plots.chart import Line
from dlrecipe.reports.plots.sweep_chart import sweep_chart
from dlrecipe.reports.sweep import dev_lines, noise_line
from dlrecipe.studies.dev_sets import dev_sets
from dlrecipe.studies.sweep import Request, make_plan, sweep
from dlrecipe.studies.sweep_results import Scored, sweep_document
from dlrecipe.studies.work import _KeptData
from tests.studies.test_sweep import Here, Silent

TABLE = """\
name: rows
data:
  source: {type: table, path: PATH, target: y}
  split: {train: 0.5, dev: 0.25, test: 0.25, stratify: false}
network: {hidden: []}
training: {epochs: 1, batch_size: 16}
early_stopping: null
checks: off
"""
SHARED = "intervals hold the luck of the split too"


@pytest.fixture
def table(tmp_path: Path) -> str:
    rows = "\n".join(f"{n % 7},{n * n % 11},{n % 3},{'p' if n % 2 else 'q'}" for n in range(40))
    (tmp_path / "rows.csv").write_text(f"a,b,patient,y\n{rows}\n")
    return TABLE.replace("PATH", str(tmp_path / "rows.csv"))


def swept(config: str, tmp_path: Path, *vary: str) -> dict[str, Any]:
    return sweep(
        make_plan(Request(load_config_text(config), vary, "grid")), tmp_path / "runs", Here(), Silent()
    )


@pytest.mark.parametrize(
    ("vary", "by", "told"),
    [
        (["regularization.l2=0,1", "seed=0..1"], ["seed"], SHARED),
        (["data.limit_train=8,16", "normalization=standard,none"], [], ""),
        (["data.source.drop=[],[b]"], [], ""),
        (
            ["data.seed=0,1"],
            ["data.seed"],
            "only deals other dev sets: the lowest error is that of the easiest",
        ),
        (["data.split.stratify=true,false"], ["data.split.stratify"], "changes which examples are in it"),
        (
            ["data.split.group=patient,a", "regularization.l2=0,1"],
            ["data.split.group"],
            "Dev is not the same",
        ),
    ],
)
def test_what_dev_sets_differ_by_is_found_by_what_was_measured_on(table, tmp_path, vary, by, told):
    document = swept(table, tmp_path, *vary)
    assert document["dev_sets"]["differ_by"] == by
    assert document["dev_sets"]["n"] == (2 if by else 1)
    assert document["dev_sets"]["points_differ"] == (by not in ([], ["seed"]))
    assert told in " ".join(dev_lines(document))
    assert bool(dev_lines(document)) == bool(told)


def test_a_whole_section_of_data_that_is_varied_is_no_data_that_changed(table, tmp_path):
    section = f"{{source: {{type: table, path: {tmp_path / 'rows.csv'}, target: y}}, seed: SEED}}"
    document = swept(table, tmp_path, "data=" + ",".join(section.replace("SEED", seed) for seed in "01"))
    assert document["dev_sets"]["differ_by"] == ["data"]
    assert not document["dev_sets"]["data_changed"]


def test_seeds_that_do_not_move_the_split_share_one_dev_set(table, tmp_path):
    fixed = table.replace("data:\n", "data:\n  seed: 5\n")
    document = swept(fixed, tmp_path, "regularization.l2=0,1", "seed=0..1")
    assert document["dev_sets"] == {
        "n": 1, "differ_by": [], "points_differ": False, "data_changed": False
    }  # fmt: skip
    assert "from 2 seeds and the 10 dev examples that they share" in noise_line(document)
    assert dev_lines(document) == []


def test_noise_of_drawn_examples_makes_others_of_them(tmp_path):
    config = (
        "data: {source: {type: synthetic, generator: moons, n: 60}}\ntraining: {epochs: 1}\nchecks: off\n"
    )
    document = swept(config, tmp_path, "data.source.noise=0.1,0.3")
    assert document["dev_sets"]["differ_by"] == ["data.source.noise"]


def test_nothing_is_chosen_among_dev_sets(table, tmp_path):
    document = swept(table, tmp_path, "data.seed=0,1")
    assert document["best"] is not None
    assert document["chosen"] is None


def test_data_that_change_while_a_sweep_runs_are_told_of(table, tmp_path, monkeypatch):
    plan = make_plan(Request(load_config_text(table), ("regularization.l2=0,1",), "grid"))
    workers = Here()
    sweep(plan, tmp_path / "runs", workers, Silent(), stop=lambda: len(workers.ran) == 1)
    path = tmp_path / "rows.csv"
    path.write_text(path.read_text().replace("p", "other"))
    monkeypatch.setattr("dlrecipe.studies.work._KEPT", _KeptData())  # as in another process
    document = sweep(plan, tmp_path / "runs", workers, Silent(), resume=True)
    assert document["dev_sets"]["data_changed"]
    assert dev_lines(document)[0].startswith("The data changed while the sweep ran")


class _Study:
    id, path = "study", Path("study")


def judged(
    errors: dict[str, list[float]], sets: dict[str, list[str]], key: str
) -> tuple[Any, dict[str, Any]]:
    """A sweep's plan and document: dev errors of 100 examples and dev sets, by value, a seed each."""
    n = len(next(iter(errors.values())))
    vary = (f"{key}={','.join(errors)}", *([f"seed=0..{n - 1}"] if n > 1 else []))
    base = load_config_text("data: {source: {type: synthetic, generator: moons, n: 60}}\n")
    plan = make_plan(Request(base, vary))
    trials = [
        Scored(
            f"p{point}-s{seed}", point, None, {key: value}, str(seed) if n > 1 else None, "done", "run",
            {"train": dev, "dev": dev}, 100, 5, "classification", "", 1.0, sets[value][seed],
        )
        for point, (value, devs) in enumerate(errors.items())
        for seed, dev in enumerate(devs)
    ]  # fmt: skip
    return plan, sweep_document(plan, _Study(), trials, complete=True)  # type: ignore[arg-type]


def test_seeds_on_one_dev_set_leave_the_chance_of_which_examples_are_in_it():
    errors = {"0": [0.10, 0.12, 0.14], "1": [0.2, 0.2, 0.2]}
    _, shared = judged(errors, {"0": ["x"] * 3, "1": ["x"] * 3}, "regularization.l2")
    _, own = judged(errors, {"0": ["x", "y", "z"], "1": ["x", "y", "z"]}, "regularization.l2")
    one_seed = 0.12 * 0.88 / 100  # the binomial's variance; over the seeds it is .02²
    expected = math.sqrt((one_seed - 0.02**2) + 0.02**2 / 3)
    assert shared["best"]["dev"]["standard_error"] == pytest.approx(expected)
    assert own["best"]["dev"]["standard_error"] == pytest.approx(0.02 / math.sqrt(3))
    # Seeds that agree know it no better than one does: 20 of 100, by Wilson .1334 to .2888 (Newcombe 1998).
    agreed = next(point for point in shared["points"] if point["values"]["regularization.l2"] == "1")["dev"]
    assert (agreed["low"], agreed["high"]) == (
        pytest.approx(0.1334, abs=1e-4),
        pytest.approx(0.2888, abs=1e-4),
    )
    assert agreed["standard_error"] == pytest.approx(0.04)


def test_points_on_dev_sets_of_their_own_are_compared_by_the_noise_of_both():
    # With 100 examples each: .03 and .0347 make .0459, so .14 - .10 is within both, and not within the first.
    errors, key = {"[1, 1]": [0.10], "[2, 1]": [0.14]}, "data.source.scales"
    plan, apart = judged(errors, {"[1, 1]": ["x"], "[2, 1]": ["y"]}, key)
    _, same = judged(errors, {"[1, 1]": ["x"], "[2, 1]": ["x"]}, key)
    assert [point["within_noise"] for point in apart["points"]] == [True, True]
    assert [point["within_noise"] for point in same["points"]] == [True, False]
    assert "no point differs from the lowest by more than both together" in noise_line(apart)
    charts = [sweep_chart(each, plan.axes[0]) for each in (apart, same)]
    lines = [[s.label for s in chart.shapes if isinstance(s, Line)] for chart in charts]
    assert ["lowest + 1 std. error" in each for each in lines] == [False, True]
    assert ["dev sets differ" in chart.title for chart in charts] == [True, False]


def test_nothing_is_said_of_sweeps_that_kept_no_fingerprints():
    _, document = judged({"0": [0.1], "1": [0.2]}, {"0": [""], "1": [""]}, "regularization.l2")
    assert document["dev_sets"] is None
    assert dev_lines(document) == []
    assert dev_sets([], []) is None
