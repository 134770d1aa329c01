"""The HTML report: what it says, what it survives, and that nothing in it comes from elsewhere."""

import csv
import json
import re
from html import unescape
from pathlib import Path

import numpy as np
import pytest

from tests.cli.conftest import Cli

HOSTILE = '<script>alert("x")</script>'


@pytest.fixture(scope="module")
def digits(tmp_path_factory: pytest.TempPathFactory) -> Cli:
    """A short run on images, and its report."""
    ready = Cli(tmp_path_factory.mktemp("digits"))
    config = {"name": "digits", "data": {"source": "digits"}, "network": {"hidden": [16]}}
    ready.train({**config, "training": {"epochs": 4}})
    assert ready("report", "digits").code == 0
    return ready


@pytest.fixture(scope="module")
def page(digits: Cli) -> str:
    (path,) = digits.runs.glob("digits-*/report.html")
    return path.read_text()


def text_of(html: str) -> str:
    """What a reader sees: no style, no tags."""
    bare = re.sub(r"<style>.*?</style>|<[^>]+>", " ", html, flags=re.DOTALL)
    return " ".join(unescape(bare).split())


def test_the_verdict_and_the_next_step_come_before_everything_else(digits: Cli, page: str):
    diagnosis = digits.document("diagnose", "digits")
    text = text_of(page)
    places = [text.index(diagnosis["reason"]), text.index(diagnosis["next"][0]["advice"])]
    assert places == sorted(places)
    assert max(places) < text.index("From the Bayes error to test")


def test_the_errors_are_those_of_the_diagnosis(digits: Cli, page: str):
    dev = digits.document("diagnose", "digits")["errors"]["dev"]
    assert f"{100 * dev:.2f}%"[:4] in text_of(page)


def test_the_page_loads_nothing_and_runs_nothing(page: str):
    assert "<script" not in page
    assert not re.search(r'(?:src|href)="(?!data:|#)', page)
    assert "default-src 'none'" in page


def test_a_report_stays_below_a_megabyte(page: str):
    assert len(page.encode()) < 1_000_000


def test_every_id_stands_once_and_every_reference_leads_somewhere(page: str):
    ids = re.findall(r'\bid="([^"]+)"', page)
    assert len(ids) == len(set(ids))
    assert set(re.findall(r'href="#([^"]+)"|url\(#([^)]+)\)', page)) != set()
    for first, second in re.findall(r'href="#([^"]+)"|url\(#([^)]+)\)', page):
        assert (first or second) in ids


def test_what_a_table_shows_is_said_outside_of_the_part_that_scrolls(page: str):
    """On a phone a caption inside goes out of sight with the first columns."""
    parts = re.findall(r'<div class="scroll".*?</div>', page, re.DOTALL)
    assert any("Confusion matrix" in part for part in parts)
    assert not any("caption>" in part or 'class="caption"' in part for part in parts)
    said = re.search(r'<p class="caption" id="(.+?)">Confusion matrix', page)
    assert said is not None
    assert f'aria-describedby="{said[1]}"' in page


def test_images_are_shown_with_what_they_are_and_what_was_answered(page: str):
    shown = re.findall(r'<img src="data:image/png;base64,[^"]+" alt="([^"]+)"', page)
    assert shown
    assert all(re.fullmatch(r"Example \d+: true \d, answer \d", alt) for alt in shown)


def test_the_report_is_vouched_for_like_the_runs_other_files(digits: Cli):
    (path,) = digits.runs.glob("digits-*")
    assert "report.html" in json.loads((path / "run.json").read_text())["files"]


def test_the_config_is_a_diff_against_the_defaults(page: str):
    text = text_of(page)
    assert "network.hidden [64, 32] [16]" in text
    assert "optimizer.learning_rate 0.001" not in text.partition("The whole config")[0]


def test_the_command_that_made_the_run_is_there(page: str):
    assert "dlrecipe train runs/digits-" in text_of(page)


def test_names_from_the_data_are_escaped(cli: Cli):
    rng = np.random.default_rng(0)
    with open(cli.folder / "t.csv", "w", newline="") as file:
        writer = csv.writer(file)
        writer.writerow([HOSTILE, "x$y$", "label"])
        for row in rng.normal(size=(90, 2)):
            noisy = row[0] + rng.normal() > 0
            writer.writerow([*row, HOSTILE if noisy else '"><img src=x onerror=1>'])
    source = {"type": "table", "path": "t.csv", "target": "label"}
    cli.train({"name": "hostile", "data": {"source": source}, "training": {"epochs": 2}})
    assert cli("report", "hostile", "-o", "out.html").code == 0
    html = (cli.folder / "out.html").read_text()
    assert "<script" not in html
    assert "<img src=x" not in html
    assert HOSTILE in unescape(html)


def test_without_the_data_file_the_other_sections_stand(cli: Cli, arrays: Path):
    source = {"type": "npz", "path": "arrays.npz", "x": "x", "y": "y"}
    cli.train({"name": "gone", "data": {"source": source}, "training": {"epochs": 2}})
    arrays.unlink()
    assert cli("report", "gone", "-o", "out.html").code == 0
    text = text_of((cli.folder / "out.html").read_text())
    assert "No such file" in text or "no such file" in text
    assert "The ladder of errors" in text
    assert "Confusion matrix" in text


@pytest.mark.parametrize("name", ["weights.safetensors", "metrics.jsonl", "config.yaml", "data_checks.json"])
def test_a_damaged_file_is_told_and_the_page_is_written(cli: Cli, iris: dict, name: str):
    run = cli.train({**iris, "name": "broken"})["run_id"]
    with (cli.runs / run / name).open("ab") as file:
        file.write(b"#")
    outcome = cli("report", run, "-o", "out.html")
    assert (outcome.code, outcome.err) == (0, "")
    assert f"{name}: " in text_of((cli.folder / "out.html").read_text())


def test_numbers_are_shown_with_residuals_and_rows(cli: Cli):
    config = {"name": "numbers", "data": {"source": "diabetes"}, "network": {"hidden": [4]}}
    cli.train({**config, "training": {"epochs": 2}})
    assert cli("report", "numbers", "-o", "out.html").code == 0
    text = text_of((cli.folder / "out.html").read_text())
    assert "Predicted beside true" in text
    assert "in standard deviations of the target" in text


def test_several_runs_make_a_comparison_that_names_no_best_without_evidence(cli: Cli, iris: dict):
    runs = [cli.train({**iris, "name": name})["run_id"] for name in ("a", "b")]
    assert cli("report", *runs, "-o", "both.html").code == 0
    assert "No difference beyond noise" in text_of((cli.folder / "both.html").read_text())


def test_a_comparison_marks_what_is_better_beyond_noise(cli: Cli):
    good = {"name": "good", "data": {"source": "digits"}, "training": {"epochs": 3}}
    best = cli.train(good)["run_id"]
    worse = cli.train({**good, "name": "worse", "network": {"hidden": [1]}})["run_id"]
    assert cli("report", best, worse, "-o", "both.html").code == 0
    assert f"Best: {best} The lowest" in text_of((cli.folder / "both.html").read_text())


def test_a_comparison_needs_a_place_to_go(iris_cli: Cli):
    outcome = iris_cli("report", "latest", "latest")
    assert outcome.code == 2
    assert "-o compare.html" in outcome.err


@pytest.mark.parametrize("path", ["no/out.html", "."])
def test_a_place_that_cannot_be_written_to_is_named(iris_cli: Cli, path: str):
    outcome = iris_cli("report", "latest", "-o", path)
    assert outcome.code == 2
    assert outcome.out == ""


def test_the_page_has_the_foot_of_the_ladder_and_the_allowance_of_the_terminal(cli: Cli, tmp_path: Path):
    rng = np.random.default_rng(1)
    x = np.repeat(rng.normal(size=(60, 3)), 5, axis=0)
    # Of five equal rows one is labelled otherwise.
    np.savez(tmp_path / "twins.npz", x=x, y=np.tile([0, 0, 0, 0, 1], 60))
    source = {"type": "npz", "path": "twins.npz", "x": "x", "y": "y"}
    target = {"diagnosis": {"target_error": 0.3}, "checks": "warn"}
    cli.train({"name": "twins", "data": {"source": source}, "training": {"epochs": 3}, **target})
    terminal = " ".join(cli("diagnose", "twins").out.split())
    page = report_of(cli, "twins")
    foot = f"Bayes {100 * cli.document('diagnose', 'twins')['label_floor']:.1f}%"
    assert foot in terminal
    assert foot in page
    allowed = re.search(r"Each gap may take .*?\.(?= [A-Z])", terminal)
    assert allowed is not None
    assert allowed[0] in page


def test_a_step_of_the_page_says_what_is_now_and_what_is_expected(cli: Cli):
    cli.train(
        {
            "name": "small",
            "data": {"source": "digits"},
            "network": {"hidden": [2]},
            "training": {"epochs": 30},
        }
    )
    page = report_of(cli, "small")
    assert "network.hidden: [2] → [64]" in page
    assert re.search(r"Expected: dev error about \d+%", page)


def test_what_was_promised_of_a_run_stands_with_its_verdict_and_not_among_its_settings(cli: Cli):
    cli.train(
        {"name": "small", "data": {"source": "digits"}, "network": {"hidden": [2]}, "training": {"epochs": 5}}
    )
    assert cli("next", "small", "-o", "next.yaml").code == 0
    assert cli("train", "next.yaml").code == 0
    page = report_of(cli, "latest")
    assert "What was promised by" in page
    assert "parent.advice" not in page.partition("The whole config")[0]


def test_what_was_promised_of_a_regression_is_in_the_percent_of_its_ladder(cli: Cli):
    data = {"name": "sugar", "data": {"source": "diabetes"}}
    cli.train({**data, "network": {"hidden": [1]}, "training": {"epochs": 3}})
    assert cli("next", "sugar", "-o", "next.yaml").code == 0
    assert cli("train", "next.yaml").code == 0
    page = report_of(cli, "latest")
    assert re.search(r"dev \d+\.\d% → \d+\.\d%, about \d+% promised: .* points, 95%", page)


def test_the_ladder_of_a_regression_is_in_the_points_of_its_verdict(cli: Cli):
    cli.train({"name": "sugar", "data": {"source": "diabetes"}, "training": {"epochs": 2}})
    page = report_of(cli, "sugar")
    bias = cli.document("diagnose", "sugar")["gaps"]["bias"]["value"]
    assert f"bias: {100 * bias:.1f} (" in page
    assert "the part of the variance left unexplained" in page
    assert "error, % of the variance" in page


def report_of(cli: Cli, run: str) -> str:
    assert cli("report", run, "-o", "out.html").code == 0
    return text_of((cli.folder / "out.html").read_text())
