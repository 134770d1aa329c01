"""The pages of studies: the answer first, what was lost with its reason, how to go on; in a browser too."""

import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from dlrecipe.config.loading import load_config_text
from dlrecipe.config.writing import config_to_dict
from dlrecipe.reports.html.study_parts import again
from dlrecipe.store.atomic import write_json, write_text
from dlrecipe.studies.directory import StudyDirectory, new_study
from dlrecipe.studies.lab_book import Entry
from dlrecipe.studies.learning_curve import Plan as CurvePlan
from dlrecipe.studies.learning_curve import document_of
from dlrecipe.studies.sweep import Request, make_plan
from dlrecipe.studies.sweep_results import Scored, sweep_document
from tests.cli.conftest import Cli
from tests.reports.browser import chromium, show
from tests.reports.test_html_in_chromium import WIDTHS

BASE = "data: {source: iris}\nname: flowers\n"
LAMBDAS = ("0.01", "0.1", "1", "10")


@pytest.fixture(scope="module")
def cli(tmp_path_factory: pytest.TempPathFactory) -> Cli:
    """A folder with a sweep, one that was killed, a learning curve and a recipe."""
    ready = Cli(tmp_path_factory.mktemp("studies"))
    ready.runs.mkdir()
    sweep(ready.runs)
    curve(ready.runs)
    recipe(ready.runs)
    return ready


def noted(study: StudyDirectory, records: list[dict[str, Any]]) -> StudyDirectory:
    with study.writing() as journal:
        for record in records:
            journal.append(record)
    return study


def sweep(runs: Path, name: str = "flowers", *, written: bool = True, n: int | None = None) -> StudyDirectory:
    """Four values of λ, three seeds each: errors lowest at the upper end; one diverged, one was killed."""
    base = load_config_text(BASE, name="flowers.yaml")
    plan = make_plan(Request(base, (f"regularization.l2={','.join(LAMBDAS)}", "seed=0..2")))
    trials = []
    for point, value in enumerate(LAMBDAS):
        for seed in range(3):
            lost = {(0, 0): "diverged", (1, 2): "killed"}.get((point, seed), "done")
            dev = 0.3 - 0.06 * point + 0.002 * seed
            trials.append(
                Scored(
                    f"p{point:04d}-s{seed}", point, None, {"regularization.l2": value}, str(seed), lost,
                    f"flowers-{point}{seed}", {"train": dev - 0.02, "dev": dev} if lost == "done" else {},
                    30, 5, "classification", "" if lost == "done" else f"the <reason> of {lost}", 1.5,
                )
            )  # fmt: skip
    trials = trials[:n]
    study = noted(new_study(runs, "sweep", name, plan.asked), [trial.to_record() for trial in trials])
    if written:
        document = sweep_document(plan, study, trials, complete=True)
        files = {"results": "r", "config": str(study.path / "best.yaml"), "plot": None}
        write_json(study.path / "results.json", {**document, "files": files})
    return study


def curve(runs: Path) -> StudyDirectory:
    """Errors along 0.05 + n^(-1/2), which is 0.082 at 1,000 examples and 0.06 at ten times as many."""
    sizes = (20, 50, 120, 300, 600, 1000)
    plan = CurvePlan(load_config_text(BASE, name="flowers.yaml"), sizes, (0, 1), "classification", 5000)
    ended = [
        {"trial": f"n{n:07d}-s{seed}", "n": n, "seed": seed, "outcome": "done",
         "run_id": f"flowers-{n}-{seed}",
         "errors": {"train": 0.02, "dev": 0.05 + n**-0.5 + 0.001 * seed},
         "error": "", "wall_s": 1.0}
        for n in sizes for seed in (0, 1)
    ]  # fmt: skip
    study = noted(new_study(runs, "learning-curve", "flowers", plan.asked), ended)
    write_json(study.path / "learning_curve.json", document_of(plan, study, ended))
    return study


def recipe(runs: Path, name: str = "flowers", *, complete: bool = True) -> StudyDirectory:
    """A start and two ideas, of which the second helped."""
    config = config_to_dict(load_config_text(BASE).config)
    wider = {"network.hidden": [64]}
    entries = [
        Entry("r00-0", 0, 0, "The config as it is", "", "", {}, {}, {}, None, "done", "flowers-0",
              {"train": 0.2, "dev": 0.3}),
        Entry("r01-0", 1, 0, "Lower the learning rate", "steps overshoot", "rate",
              {"optimizer.learning_rate": 0.001}, {"optimizer.learning_rate": 0.001}, {"dev": 0.25}, "r00-0",
              "diverged", "flowers-1", {}, judgement="failed", error="J is not finite"),
        Entry("r01-1", 1, 0, "Use a bigger network", "more units fit better", "size", wider, wider, {},
              "r00-0", "done", "flowers-2", {"train": 0.05, "dev": 0.1}, judgement="better"),
    ]  # fmt: skip
    asked = {"config": config, "budget": {"runs": 8, "seconds": None}, "target": 0.12}
    study = noted(new_study(runs, "recipe", name, asked), [entry.to_json() for entry in entries])
    best = {"trial": "r01-1", "run_id": "flowers-2", "dev": 0.1, "changes": wider, "config": "best.yaml"}
    document = {
        "schema_version": 1, "study_id": study.id, "path": str(study.path), "config": "flowers.yaml",
        "task": "classification", "budget": "8 runs", "target_error": 0.12, "complete": complete, "n_runs": 3,
        "wall_s": 3.0, "checks": [], "start": entries[0].to_json(), "best": best, "met": True,
        "reason": "The target is met.", "test": {"error": 0.11, "n": 30} if complete else None,
        "diagnoses": {"1": "high bias: train error is too high"},
        "entries": [entry.to_json() for entry in entries],
    }  # fmt: skip
    write_json(study.path / "recipe.json", document)
    return study


def page(cli: Cli, reference: str) -> str:
    outcome = cli("report", reference, "-o", "page.html")
    assert outcome.code == 0, outcome.err
    return (cli.folder / "page.html").read_text()


def test_a_sweeps_page_says_the_best_that_it_is_at_an_edge_and_where_to_look_next(cli: Cli):
    found = page(cli, "flowers-sweep")
    assert "Best: regularization.l2=10" in found
    assert "The lowest lies at the upper end of what was tried" in found
    assert "Try values of regularization.l2 above 10" in found
    assert "Error over regularization.l2, with 95% intervals" in found
    assert "dlrecipe sweep" in found
    assert "--vary regularization.l2=0.01,0.1,1,10 --vary seed=0..2 --method grid" in found


def test_trials_that_were_lost_are_named_with_their_reasons_and_without_running_as_markup(cli: Cli):
    found = page(cli, "flowers-sweep")
    assert '<span class="tag bad">diverged</span>' in found
    assert '<span class="tag bad">killed</span>' in found
    assert "the &lt;reason&gt; of diverged" in found
    assert "Trials, 2 not done" in found


def test_the_chosen_config_is_set_beside_the_one_that_was_given(cli: Cli):
    found = page(cli, "flowers-sweep")
    row = found[found.index('<th scope="row">regularization.l2</th>') :][:200]
    assert '<td class="text wrap">0</td><td class="text wrap">10</td>' in row


def test_a_killed_sweep_is_shown_of_its_journal_as_interrupted(tmp_path: Path):
    cli = Cli(tmp_path)
    cli.runs.mkdir()
    sweep(cli.runs, "killed", written=False, n=9)
    found = page(cli, "killed-sweep")
    assert "<strong>Interrupted.</strong>" in found
    assert "Best: regularization.l2=1" in found
    assert "--resume" in found


def test_a_learning_curves_page_says_what_twice_and_ten_times_the_data_would_bring(cli: Cli):
    found = page(cli, "flowers-learning-curve")
    assert "More data is expected to help" in found
    assert "Ten times the data (10,000 examples) is expected to bring" in found
    assert '<th scope="row">2×</th><td>2,000</td>' in found
    assert "dlrecipe learning-curve flowers.yaml --sizes 6 --seeds 2" in found


def test_settings_that_were_given_beside_the_config_are_in_the_command_that_makes_a_study_again():
    document = {"config": "a b.yaml", "overrides": ["training.epochs=3", "network.hidden=[4, 4]"]}
    told = again("recipe", document, "--budget", "8")
    assert told == (
        "dlrecipe recipe 'a b.yaml' --budget 8 --set training.epochs=3 --set 'network.hidden=[4, 4]'"
    )


def test_a_curve_that_tells_nothing_is_to_be_made_with_more_seeds(tmp_path: Path):
    cli = Cli(tmp_path)
    cli.runs.mkdir()
    study = curve(cli.runs)
    path = study.path / "learning_curve.json"
    document = json.loads(path.read_text())
    write_json(path, document | {"refusal": {"text": "the curve rises at its end"}, "expected": []})
    found = page(cli, "flowers-learning-curve")
    assert "What more data would bring cannot be told" in found
    assert "dlrecipe learning-curve flowers.yaml --sizes 6 --seeds 4" in found


def test_a_recipes_page_is_the_lab_book_with_the_path_and_the_test_error(cli: Cli):
    found = page(cli, "flowers-recipe")
    assert "Dev error 30.0% → 10.0%" in found
    assert "The target, 12.0%, is met." in found
    assert "Test error, looked at once: 11.0%." in found
    assert '<th scope="row">step 1</th><td class="text wrap">network.hidden: [64]</td>' in found
    assert "Expected: dev error about 25%." in found
    assert "Result: diverged: J is not finite" in found
    assert "dlrecipe recipe flowers.yaml --budget 8 --target 0.12" in found


def test_an_unfinished_recipe_says_so(tmp_path: Path):
    cli = Cli(tmp_path)
    cli.runs.mkdir()
    recipe(cli.runs, "half", complete=False)
    found = page(cli, "half-recipe")
    assert "<strong>Interrupted.</strong>" in found
    assert "Answer so far" in found


def test_a_study_is_named_by_its_folder_too_and_its_page_lies_in_it(tmp_path: Path):
    cli = Cli(tmp_path)
    cli.runs.mkdir()
    study = sweep(cli.runs)
    outcome = cli("report", str(study.path), "--json")
    assert json.loads(outcome.out)["path"] == str(study.path / "report.html")
    assert (study.path / "report.html").is_file()


@pytest.mark.parametrize(
    ("file", "text", "said"),
    [
        ("study.json", "{}", "study.json"),
        ("trials.jsonl", "nonsense\n", "the line is damaged"),
        ("results.json", "{", "not the JSON that was written"),
        (
            "results.json",
            '{"trials": [1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12]}',
            "do not say what a study's say",
        ),
    ],
)
def test_a_damaged_study_is_refused_with_the_place(tmp_path: Path, file: str, text: str, said: str):
    cli = Cli(tmp_path)
    cli.runs.mkdir()
    study = sweep(cli.runs)
    write_text(study.path / file, text)
    outcome = cli("report", study.id)
    assert outcome.code == 2
    assert said in outcome.err
    assert study.id in outcome.err
    assert "Traceback" not in outcome.err


def test_a_study_in_which_nothing_has_ended_says_how_to_go_on(tmp_path: Path):
    cli = Cli(tmp_path)
    cli.runs.mkdir()
    study = sweep(cli.runs, n=0, written=False)
    outcome = cli("report", study.id)
    assert outcome.code == 2
    assert "--resume" in outcome.err


def words(path: Path) -> str:
    return " ".join(re.findall(r"<text[^>]*>([^<]*)</text>", path.read_text()))


def test_plot_draws_a_sweep_over_lambda_and_a_learning_curve_of_the_study_itself(cli: Cli):
    for kind, reference, said in (
        ("lambda", "flowers-sweep", "Error over regularization.l2"),
        ("learning-curve", "flowers-learning-curve", "expected dev"),
    ):
        outcome = cli("plot", reference, kind, "-o", "a.svg")
        assert outcome.code == 0, outcome.err
        assert said in words(cli.folder / "a.svg")


@pytest.mark.parametrize(
    ("reference", "kind", "said"),
    [
        ("flowers-sweep", "curves", "is of a run"),
        ("flowers-sweep", "learning-curve", "a sweep has no such picture"),
        ("flowers-recipe", "lambda", "a recipe has no such picture"),
    ],
)
def test_what_a_study_has_no_picture_of_is_refused(cli: Cli, reference: str, kind: str, said: str):
    outcome = cli("plot", reference, kind)
    assert outcome.code == 2
    assert said in outcome.err


@pytest.fixture(scope="module")
def browser() -> Iterator[Any]:
    with chromium() as opened:
        yield opened


@pytest.mark.parametrize("width", WIDTHS)
@pytest.mark.parametrize("kind", ["sweep", "learning-curve", "recipe"])
def test_the_page_fits_the_screen_and_has_the_answer_on_it(browser: Any, cli: Cli, kind: str, width: int):
    page(cli, f"flowers-{kind}")
    show(browser, cli.folder / "page.html", width, "dark" if width == 768 else "light")
    run = browser.execute_script
    assert run("return document.documentElement.scrollWidth") <= width
    answer = run("return document.querySelector('#verdict-title').getBoundingClientRect()")
    assert 0 <= answer["top"] < 800
    assert answer["right"] <= width
    assert run("return [...document.querySelectorAll('figure svg')].every(s => s.clientHeight > 50)")
    assert run("return document.querySelectorAll('figure svg[aria-label]').length") >= 1
    assert browser.get_log("browser") == []
