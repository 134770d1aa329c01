"""Whatever a file or source is broken by: exit code 2, its place, a remedy, and nothing under runs/."""

import json
import os
import shutil
from typing import Any

import pytest

from tests.cli.broken_sources import CASES, Case, csv


def assert_refused(cli: Any, outcome: Any, words: list[str]) -> None:
    first, *rest = outcome.err.splitlines()
    assert outcome.code == 2, outcome.err
    assert [word for word in words if word not in first] == [], outcome.err
    # A config's own problems are one line that holds the remedy: "must be at most 1, not 1.2".
    remedied = "config.yaml" in first or any(line.startswith("  ") and line.strip() for line in rest)
    assert remedied, f"no remedy: {outcome.err}"
    assert "Traceback" not in outcome.err
    assert outcome.out == ""
    assert not cli.runs.exists()


@pytest.mark.parametrize("case", CASES.values(), ids=CASES)
def test_a_broken_source_is_refused_with_its_place_and_a_remedy(cli: Any, case: Case):
    files, data, words = case
    for name, content in files.items():
        path = cli.folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content)
    config = {"data": data, "training": {"epochs": 1}, "network": {"hidden": [4]}}
    assert_refused(cli, cli("train", cli.write(config)), words)


def test_there_are_at_least_150_of_them():
    assert len(CASES) >= 150


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can become another user")
@pytest.mark.parametrize("name", ["t.csv", "p"])
def test_a_file_or_folder_without_permission_is_refused(cli: Any, name: str):
    """Root reads everything, so the command is run as nobody, once all that it imports is there."""
    locked = cli.folder / "locked"
    (locked / "p").mkdir(parents=True)
    (locked / "t.csv").write_bytes(csv())
    source = {"type": "images" if name == "p" else "table", "path": f"locked/{name}"}
    config = cli.write({"data": {"source": source}})
    cli("train", config)
    shutil.rmtree(cli.runs, ignore_errors=True)
    for folder in (cli.folder, *cli.folder.parents):
        if folder.stat().st_mode & 0o005 != 0o005:
            folder.chmod(folder.stat().st_mode | 0o005)
    locked.chmod(0o700)
    os.seteuid(65534)
    try:
        outcome = cli("train", config)
    finally:
        os.seteuid(0)
    assert_refused(cli, outcome, [f"locked/{name}", "ermission"])


def test_what_is_wrong_with_a_source_is_no_json_either(cli: Any):
    (cli.folder / "t.csv").write_bytes(b"a,b\n1\n")
    config = cli.write({"data": {"source": {"type": "table", "path": "t.csv"}}})
    outcome = cli("train", config, "--json")
    assert (outcome.code, outcome.out) == (2, "")
    with pytest.raises(json.JSONDecodeError):
        json.loads(outcome.err)
