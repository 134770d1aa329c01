"""Shell completion, asked as bash asks it."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

DLRECIPE = Path(sys.executable).with_name("dlrecipe")
OLDER, NEWER = "iris-20250101-100000-aaaaaa", "moons-20250601-100000-bbbbbb"


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    for name in (OLDER, NEWER):
        (tmp_path / "runs" / name).mkdir(parents=True)
    (tmp_path / "runs" / "no-run").mkdir()
    (tmp_path / "elsewhere" / OLDER).mkdir(parents=True)
    (tmp_path / "configs").mkdir()
    for name in ("configs/iris.yaml", "configs/notes.txt", "iris.yml"):
        (tmp_path / name).touch()
    return tmp_path


def offered(folder: Path, line: str) -> list[str]:
    """Return what bash would show for a line that ends where Tab was pressed."""
    words = line.split(" ")
    asked = {
        **os.environ,
        "_DLRECIPE_COMPLETE": "complete_bash",
        "COMP_WORDS": line,
        "COMP_CWORD": str(len(words) - 1),
    }
    done = subprocess.run([DLRECIPE], cwd=folder, env=asked, capture_output=True, text=True, check=False)
    assert done.stderr == ""
    return done.stdout.split()


def test_commands_are_completed(folder: Path):
    assert offered(folder, "dlrecipe ex") == ["export", "explain"]


def test_run_ids_are_completed_newest_first_with_latest(folder: Path):
    assert offered(folder, "dlrecipe show ") == ["latest", NEWER, OLDER]
    assert offered(folder, "dlrecipe diagnose mo") == [NEWER]
    assert offered(folder, f"dlrecipe compare {NEWER} iris") == [OLDER]
    assert offered(folder, "dlrecipe export --runs-dir elsewhere ") == ["latest", OLDER]
    assert offered(folder, "dlrecipe show --runs-dir nowhere ") == []


def test_studies_are_completed_where_a_command_takes_one(folder: Path):
    study = "iris-sweep-20250701-100000-cccccc"
    (folder / "runs/studies" / study).mkdir(parents=True)
    assert offered(folder, "dlrecipe report iris") == [study, OLDER]
    assert offered(folder, "dlrecipe plot ") == [study, "latest", NEWER, OLDER]
    assert offered(folder, "dlrecipe report runs/studies/") == [f"runs/studies/{study}/"]
    # What is compared are runs.
    assert offered(folder, f"dlrecipe report {NEWER} iris") == [OLDER]
    assert offered(folder, "dlrecipe show iris") == [OLDER]


def test_kinds_of_pictures_and_runs_to_delete_are_completed(folder: Path):
    assert offered(folder, f"dlrecipe plot {NEWER} l") == ["lambda", "learning-curve"]
    assert offered(folder, f"dlrecipe plot {NEWER} lambda --with ir") == [OLDER]
    assert offered(folder, "dlrecipe runs --delete ir") == [OLDER]


def test_configs_and_the_folders_that_may_hold_them_are_completed(folder: Path):
    assert offered(folder, "dlrecipe train ") == ["configs/", "elsewhere/", "iris.yml", "runs/"]
    assert offered(folder, "dlrecipe train configs/") == ["configs/iris.yaml"]
    assert offered(folder, "dlrecipe train nowhere/x") == []


def test_completion_imports_nothing_heavy(folder: Path):
    code = (
        "import sys, atexit\n"
        "heavy = {'numpy', 'rich', 'yaml', 'sklearn'}\n"
        "atexit.register(lambda: print(heavy & set(sys.modules), file=sys.stderr))\n"
        "from dlrecipe.cli.app import main; main()"
    )
    asked = {
        **os.environ,
        "_DLRECIPE_COMPLETE": "complete_bash",
        "COMP_WORDS": "dlrecipe show ",
        "COMP_CWORD": "2",
        "_TYPER_COMPLETE_ARGS": "dlrecipe show ",
    }
    program = folder / "dlrecipe"
    program.write_text(code)
    done = subprocess.run(
        [sys.executable, program], cwd=folder, env=asked, capture_output=True, text=True, check=False
    )
    assert done.stdout.split() == ["latest", NEWER, OLDER]
    assert done.stderr.strip() == "set()"
