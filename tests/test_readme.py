"""The README is true: its commands run, its file tree and its links exist, its gallery is complete."""

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
README = (ROOT / "README.md").read_text(encoding="utf-8")
PAGES = sorted([*ROOT.glob("*.md"), *(ROOT / "docs").rglob("*.md")])
NOT_HERE = ("make ", "pip install")
"""Blocks with these set up the environment that the tests already run in."""


def section(title: str) -> str:
    return README.partition(f"\n## {title}\n")[2].partition("\n## ")[0]


def commands(title: str) -> list[str]:
    blocks = re.findall(r"^```sh\n(.*?)^```", section(title), flags=re.DOTALL | re.MULTILINE)
    return [block for block in blocks if not any(word in block for word in NOT_HERE)]


def run(script: str, folder: Path) -> subprocess.CompletedProcess[str]:
    """Run a block of the README as bash does, with this Python's commands first in PATH."""
    path = os.pathsep.join([str(Path(sys.executable).parent), os.environ["PATH"]])
    return subprocess.run(
        ["bash", "-euo", "pipefail", "-c", script],
        cwd=folder,
        env={**os.environ, "PATH": path, "COLUMNS": "92"},
        capture_output=True,
        text=True,
    )


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with the project's configs and no runs."""
    folder = tmp_path_factory.mktemp("readme")
    shutil.copytree(ROOT / "configs", folder / "configs")
    return folder


@pytest.mark.parametrize("title", ["Five minutes", "Your own table", "For scripts"])
def test_the_commands_of_a_section_run_one_after_the_other(title: str, folder: Path) -> None:
    assert commands(title)
    for block in commands(title):
        done = run(block, folder)
        assert done.returncode == 0, f"{block}\n{done.stderr}"


def test_the_gradient_checks_pass(folder: Path) -> None:
    run("dlrecipe train configs/bias.yaml --set training.epochs=1 --quiet", folder)
    for block in commands("Check the gradients"):
        assert run(block, folder).returncode == 0


def test_the_mistake_is_reported_as_shown(folder: Path) -> None:
    shown = re.findall(r"^```console\n\$ (.*?)\n(.*?)^```", README, flags=re.DOTALL | re.MULTILINE)
    assert shown
    for command, message in shown:
        done = run(command, folder)
        assert (done.returncode, done.stderr) == (2, message)


def tree() -> list[str]:
    """Return the paths of the annotated file tree, from the indentation of its lines."""
    block = section("What is where").partition("```text\n")[2].partition("```")[0]
    parents: list[str] = []
    paths = []
    for line in block.splitlines():
        depth = (len(line) - len(line.lstrip())) // 2
        parents = [*parents[:depth], line.split()[0]]
        paths.append("".join(parents))
    return paths


@pytest.mark.parametrize("path", tree())
def test_a_path_of_the_file_tree_exists(path: str) -> None:
    assert (ROOT / path).is_dir() if path.endswith("/") else (ROOT / path).is_file()


def test_every_package_and_module_at_the_top_is_in_the_file_tree() -> None:
    there = {
        f"dlrecipe/{path.name}" + "/" * path.is_dir()
        for path in (ROOT / "dlrecipe").iterdir()
        if not path.name.startswith("_")
    }
    assert there <= set(tree())


def test_the_gallery_lists_every_config_and_no_other() -> None:
    listed = re.findall(r"^\| `(\w+)` \|", section("The configs"), flags=re.MULTILINE)
    assert sorted(listed) == sorted(path.stem for path in (ROOT / "configs").glob("*.yaml"))


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
def test_the_links_of_a_page_lead_somewhere(page: Path) -> None:
    text = re.sub(r"^```.*?^```", "", page.read_text(encoding="utf-8"), flags=re.DOTALL | re.MULTILINE)
    links = re.findall(r"\]\(([^)#\s]+)[^)]*\)", text)
    assert [link for link in links if "://" not in link and not (page.parent / link).exists()] == []


def test_every_decision_is_in_the_index() -> None:
    decisions = ROOT / "docs" / "decisions"
    index = (decisions / "README.md").read_text(encoding="utf-8")
    assert [page.name for page in decisions.glob("0*.md") if f"({page.name})" not in index] == []
