"""`dlrecipe next`: the config that follows a run's advice, and the promise that is held to account."""

import json

import pytest

from dlrecipe.config.loading import load_config
from tests.cli.conftest import Cli

SMALL = """\
# Two units for ten digits.
name: small   # too small
data:
  source: digits
network: {hidden: [2]}   # the fault
training: {epochs: 8, batch_size: 64}
"""


@pytest.fixture(scope="module")
def trained(tmp_path_factory) -> Cli:
    """A folder with one run of high bias, trained with an option."""
    cli = Cli(tmp_path_factory.mktemp("next"))
    outcome = cli("train", cli.write(SMALL, "small.yaml"), "--set", "seed=5", "-q")
    assert outcome.code == 0, outcome.err
    return cli


def first_change(cli: Cli, run: str = "latest"):
    steps = cli.document("diagnose", run)["next"]
    return next((number, step) for number, step in enumerate(steps, start=1) if step["change"])


def test_next_changes_what_the_first_advice_says_and_keeps_comments_and_options(trained):
    outcome = trained("next", "latest")
    assert outcome.code == 0
    for comment in ("# Two units for ten digits.", "# too small", "# the fault"):
        assert comment in outcome.out
    config = load_config(trained.folder / trained.write(outcome.out, "printed.yaml")).config
    number, step = first_change(trained)
    assert list(config.network.hidden) == step["change"]["network.hidden"]
    assert config.seed == 5, "the option of the parent's command is part of the new config"
    assert config.parent.run.startswith("small-")
    assert f"advice {number}" in outcome.err


def test_the_next_run_says_whether_the_promise_came_true(trained, tmp_path):
    new = trained.document("next", "latest", "-o", "wider.yaml")
    assert new["config"] == "wider.yaml"
    result = json.loads(trained("train", "wider.yaml", "--runs-dir", "runs", "--json", "-q").out)
    try:
        dev = result["promise"]["splits"]["dev"]
        # Sixty-four units fit the digits where two cannot: the fall is far beyond the noise of 360.
        assert dev["verdict"] in ("kept", "in part")
        assert dev["interval"][0] > 0.2
        assert dev["fell"] == pytest.approx(dev["before"] - dev["now"])
        parent = new["parent"]
        document = trained.document("compare", parent, result["run_id"])
        assert document["runs"][1]["parent"] == parent
        assert not any(key.startswith("parent") for key in document["settings"])
        compared = trained("compare", parent, result["run_id"]).out
        assert "made from" in compared
        assert "run 1" in compared
        shown = trained("show", result["run_id"]).out
        assert new["advice"] in shown
        assert trained("next", result["run_id"], "-o", "third.yaml").code in (0, 2)
    finally:
        trained("runs", "--delete", result["run_id"], "--yes")


def test_an_existing_file_is_left_alone_unless_told(trained):
    path = trained.folder / "there.yaml"
    path.write_text("mine")
    refused = trained("next", "small", "-o", "there.yaml")
    assert (refused.code, path.read_text()) == (2, "mine")
    assert "--force" in refused.err
    assert trained("next", "small", "-o", "there.yaml", "--force").code == 0
    assert path.read_text() != "mine"


def test_a_choice_is_the_number_in_the_diagnosis_and_a_wrong_one_is_told(trained):
    steps = trained.document("diagnose", "small")["next"]
    wanted = [number for number, step in enumerate(steps, start=1) if step["change"]][1]
    new = trained.document("next", "small", "--choice", wanted)
    assert new["change"] == steps[wanted - 1]["change"]
    refused = trained("next", "small", "--choice", 99)
    assert refused.code == 2
    assert "Choose one of" in refused.err


def test_further_options_are_written_into_the_config(trained):
    trained.document("next", "small", "-o", "seeded.yaml", "--set", "seed=9", "--set", "name=other")
    config = load_config(trained.folder / "seeded.yaml").config
    assert (config.seed, config.name) == (9, "other")
    assert trained("next", "small", "--set", "seed").code == 2


def test_the_advice_of_a_successor_replaces_the_comments_of_the_one_before(trained):
    trained.document("next", "small", "-o", "one.yaml")
    result = json.loads(trained("train", "one.yaml", "--set", "network.hidden=[2]", "--json", "-q").out)
    try:
        text = trained.document("next", result["run_id"])["text"]
    finally:
        trained("runs", "--delete", result["run_id"], "--yes")
    assert text.count("#> from run") == 1
    assert f"#> from run {result['run_id']}" in text
    assert text.count("\nparent:") == 1


def test_in_another_folder_what_is_extended_and_read_is_still_found(cli, arrays):
    (cli.folder / "configs").mkdir()
    (cli.folder / "new").mkdir()
    base = "data: {source: {type: npz, path: ../arrays.npz}}\ntraining: {epochs: 2}\n"
    cli.write(base, "configs/base.yaml")
    cli.write("extends: base.yaml  # the data\nnetwork: {hidden: [2]}\n", "configs/top.yaml")
    assert cli("train", "configs/top.yaml", "-q").code == 0
    number, _ = first_change(cli)
    cli.document("next", "latest", "-o", "new/next.yaml", "--choice", number)
    text = (cli.folder / "new/next.yaml").read_text()
    assert 'extends: "../configs/base.yaml"  # the data' in text
    new = load_config(cli.folder / "new/next.yaml").config
    old = load_config(cli.folder / "configs/top.yaml").config
    assert new.data == old.data


def test_where_what_it_extends_has_gone_the_resolved_config_is_written_and_that_is_said(cli, iris):
    cli.write(iris, "base.yaml")
    cli.write("extends: base.yaml\nnetwork: {hidden: [1]}\n", "top.yaml")
    assert cli("train", "top.yaml", "-q").code == 0
    number, _ = first_change(cli)
    (cli.folder / "base.yaml").unlink()
    new = cli.document("next", "latest", "--choice", number)
    assert "base.yaml" in new["note"]
    config = load_config(cli.folder / cli.write(new["text"], "flat.yaml")).config
    assert config.name == "iris"


def test_a_run_without_advice_that_is_a_change_is_told_and_nothing_is_written(cli, iris, monkeypatch):
    cli.train(iris)
    from dlrecipe.diagnosis import diagnose
    from dlrecipe.diagnosis.step import Step

    monkeypatch.setattr(
        diagnose, "next_steps", lambda *_: (Step(advice="Get more training data", why="few"),)
    )
    outcome = cli("next", "latest", "-o", "no.yaml")
    assert outcome.code == 2
    assert "Get more training data" in outcome.err
    assert not (cli.folder / "no.yaml").exists()
