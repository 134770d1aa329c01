"""Streams, pipes and start-up: what the process does, beside what it says."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

COMMANDS = ["train", "diagnose", "gradcheck", "init", "evaluate", "predict", "resume"]
COMMANDS += ["runs", "show", "compare", "explain", "schema", "check"]
DLRECIPE = "from dlrecipe.cli.app import main; main()"
NAMING_MODULES = f"""
import atexit, sys
atexit.register(lambda: print("MODULES", *(name for name in sys.modules if "." not in name), file=sys.stderr))
{DLRECIPE}
"""


def modules_of(folder: Path, *arguments: str) -> set[str]:
    """Run a command in a process of its own and return the top-level modules it ended with."""
    done = subprocess.run(
        [sys.executable, "-c", NAMING_MODULES, *arguments], cwd=folder, capture_output=True, text=True
    )
    return set(done.stderr.splitlines()[-1].removeprefix("MODULES ").split())


def piped(folder: Path, command: str) -> subprocess.CompletedProcess[str]:
    """Run a line of shell in which `dlrecipe` is this command line."""
    environment = os.environ | {"DLRECIPE": f'"{sys.executable}" -c "{DLRECIPE}"'}
    environment.pop("PYTHONUNBUFFERED", None)  # output is to fail where it does for a user: when flushed
    script = f'set -o pipefail; dlrecipe() {{ eval "$DLRECIPE" \'"$@"\'; }}; {command}'
    return subprocess.run(["bash", "-c", script], cwd=folder, capture_output=True, text=True, env=environment)


def test_help_imports_nothing_heavy(tmp_path):
    assert not modules_of(tmp_path, "--help") & {"numpy", "pydantic", "rich", "yaml", "sklearn"}


def test_a_commands_help_imports_nothing_heavy(tmp_path):
    for command in COMMANDS[:3]:
        assert not modules_of(tmp_path, command, "--help") & {"numpy", "pydantic", "rich", "yaml", "sklearn"}


def test_what_is_stored_is_listed_and_compared_without_numpy_and_the_schema(iris_cli):
    for command in ("runs", "runs --json", "compare iris latest"):
        assert not modules_of(iris_cli.folder, *command.split()) & {"numpy", "pydantic", "sklearn"}


@pytest.mark.parametrize("command", COMMANDS)
def test_every_command_has_help(cli, command):
    outcome = cli(command, "--help")
    assert (outcome.code, outcome.err) == (0, "")
    assert f"dlrecipe {command}" in outcome.out or "Usage:" in outcome.out


def test_a_config_error_imports_no_numpy(cli, iris):
    cli.write(iris | {"optimizer": "adamm"})
    assert not modules_of(cli.folder, "train", "config.yaml") & {"numpy", "rich", "sklearn"}


def test_training_from_arrays_imports_no_other_library_of_data(cli, arrays):
    cli.write({"data": {"source": {"type": "npz", "path": "arrays.npz"}}, "training": {"epochs": 2}})
    loaded = modules_of(cli.folder, "train", "config.yaml")
    assert "numpy" in loaded
    assert not loaded & {"sklearn", "scipy", "duckdb", "PIL", "pandas", "matplotlib"}


def test_training_from_a_table_imports_no_scikit_learn(cli):
    rows = "".join(f"{i},{i % 2}\n" for i in range(40))
    (cli.folder / "rows.csv").write_text("a,b\n" + rows)
    cli.write({"data": {"source": {"type": "table", "path": "rows.csv"}}, "training": {"epochs": 2}})
    loaded = modules_of(cli.folder, "train", "config.yaml")
    assert "duckdb" in loaded
    assert not loaded & {"sklearn", "scipy", "PIL"}


@pytest.mark.parametrize("command", ["runs", "runs --json", "show latest --json", "schema", "--help"])
def test_a_reader_that_goes_away_causes_no_traceback(iris_cli, command):
    done = piped(iris_cli.folder, f"dlrecipe {command} | (exec 0<&-; sleep 0.1)")
    assert done.stderr == ""


def test_a_full_disk_is_told_in_words(iris_cli):
    if not Path("/dev/full").exists():
        pytest.skip("this system has no /dev/full")
    done = piped(iris_cli.folder, "dlrecipe schema > /dev/full")
    assert done.returncode == 2
    assert "no space left" in done.stderr
    assert len(done.stderr.splitlines()) == 2


def test_quiet_training_says_nothing(cli, iris):
    outcome = cli("train", cli.write(iris), "--quiet")
    assert (outcome.code, outcome.out, outcome.err) == (0, "", "")


def test_quiet_training_still_tells_errors(cli, iris):
    outcome = cli("train", cli.write(iris | {"loss": "mse"}), "-q")
    assert outcome.code == 2
    assert "loss" in outcome.err


def test_an_error_is_not_broken_into_lines_so_that_editors_find_the_place(cli, iris, monkeypatch):
    monkeypatch.setenv("COLUMNS", "30")
    place, what, _ = cli("train", cli.write({**iris, "optimizer": "adamm"})).err.split("  ", 2)
    assert place.startswith("config.yaml:")
    assert what == "optimizer: unknown optimizer 'adamm'\n"


def test_what_a_terminal_would_obey_in_a_name_is_shown_in_an_error(cli):
    outcome = cli("init", "no\x1b[2J.csv")
    assert outcome.code == 2
    assert outcome.err.startswith("no\\x1b[2J.csv  ")


def test_training_reports_on_stderr_and_names_the_next_command(cli, iris):
    outcome = cli("train", cli.write(iris))
    assert outcome.out == ""
    assert "epoch 3/3" in outcome.err
    assert "Next: dlrecipe diagnose iris-" in outcome.err


def test_a_pipe_gets_no_escape_codes(iris_cli):
    for command in (["runs"], ["show", "latest"], ["diagnose", "latest"], ["compare", "latest", "latest"]):
        assert "\x1b" not in iris_cli(*command).out


def test_no_color_is_stronger_than_force_color(iris_cli, monkeypatch):
    monkeypatch.setenv("FORCE_COLOR", "1")
    assert "\x1b[" in iris_cli("runs").out
    monkeypatch.setenv("NO_COLOR", "1")
    # Bold and dim stay: the convention is about colours alone, 30-37 and 90-97.
    assert not any(f"{code}m" in iris_cli("runs").out for code in (*range(30, 38), *range(90, 98)))


def test_a_runs_directory_that_is_a_file_is_refused(cli, iris):
    (cli.folder / "runs").write_text("a note")
    outcome = cli("train", cli.write(iris))
    assert outcome.code == 4
    assert outcome.err.splitlines()[-2].startswith("runs  a file stands where a directory should be")
    assert (cli.folder / "runs").read_text() == "a note"


def test_a_runs_directory_in_a_file_is_refused(cli, iris):
    (cli.folder / "note").write_text("a note")
    outcome = cli("train", cli.write(iris), "--runs-dir", "note/runs")
    assert outcome.code == 4
    assert "Traceback" not in outcome.err
