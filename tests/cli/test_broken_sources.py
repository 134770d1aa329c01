"""Whatever a file or source is broken by: exit code 2, its place, a remedy, and nothing under runs/."""

import json
from pathlib import Path
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


@pytest.mark.parametrize(("name", "call"), [("t.csv", "open"), ("p", "iterdir")])
def test_a_file_or_folder_without_permission_is_refused(
    cli: Any, monkeypatch: pytest.MonkeyPatch, name: str, call: str
):
    """The system's refusal is put on, since the tests may run as root, who is refused nothing."""
    path = cli.folder / name
    path.write_bytes(csv())
    original = getattr(Path, call)

    def refusing(self: Path, *arguments: Any, **options: Any) -> Any:
        if self.name == name:
            raise PermissionError(13, "Permission denied", str(self))
        return original(self, *arguments, **options)

    monkeypatch.setattr(Path, call, refusing)
    source = {"type": "images" if name == "p" else "table", "path": name}
    assert_refused(cli, cli("train", cli.write({"data": {"source": source}})), [name, "ermission"])


def test_what_is_wrong_with_a_source_is_no_json_either(cli: Any):
    (cli.folder / "t.csv").write_bytes(b"a,b\n1\n")
    config = cli.write({"data": {"source": {"type": "table", "path": "t.csv"}}})
    outcome = cli("train", config, "--json")
    assert (outcome.code, outcome.out) == (2, "")
    with pytest.raises(json.JSONDecodeError):
        json.loads(outcome.err)
