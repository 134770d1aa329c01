"""The command line, called as a user calls it, in a folder of the test's own."""

import io
import json
from collections.abc import Mapping
from contextlib import chdir, redirect_stderr, redirect_stdout
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from dlrecipe.cli.app import main

IRIS = {"name": "iris", "data": {"source": "iris"}, "network": {"hidden": [8]}, "training": {"epochs": 3}}


def _refuse_constant(name: str) -> None:
    raise ValueError(f"{name} is not strict JSON")


@dataclass(frozen=True)
class Outcome:
    """What a command left: its exit code and what it wrote."""

    code: int
    out: str
    err: str

    @property
    def json(self) -> Any:
        """stdout as one strict JSON document and nothing else."""
        return json.loads(self.out, parse_constant=_refuse_constant)


@dataclass(frozen=True)
class Cli:
    """The command line in a folder, whose `runs` is the runs directory."""

    folder: Path

    @property
    def runs(self) -> Path:
        return self.folder / "runs"

    def __call__(self, *arguments: object) -> Outcome:
        """Run a command in this process."""
        out, err = io.StringIO(), io.StringIO()
        code: object = "the command returned without an exit code"
        with chdir(self.folder), redirect_stdout(out), redirect_stderr(err):
            try:
                main([str(argument) for argument in arguments])
            except SystemExit as exit_:
                code = exit_.code
        assert isinstance(code, int), code
        return Outcome(code, out.getvalue(), err.getvalue())

    def write(self, config: Mapping[str, Any] | str, name: str = "config.yaml") -> str:
        """Write a config, as text or as data, and return its name."""
        text = config if isinstance(config, str) else json.dumps(config, indent=2)
        (self.folder / name).write_text(text, encoding="utf-8")
        return name

    def train(self, config: Mapping[str, Any] | str, *options: object) -> dict[str, Any]:
        """Train a config to its end and return the document of `train --json`."""
        outcome = self("train", self.write(config), "--json", "--quiet", *options)
        assert outcome.code == 0, outcome.err
        document: dict[str, Any] = outcome.json
        return document

    def document(self, *arguments: object) -> Any:
        """Run a command that succeeds, with --json, and return its document."""
        outcome = self(*arguments, "--json")
        assert (outcome.code, outcome.err) == (0, "")
        return outcome.json

    def document_of_resume(self, run: str = "latest", *options: object) -> Any:
        """Resume a run to its end and return the document of `resume --json`."""
        outcome = self("resume", run, "--json", "--quiet", *options)
        assert outcome.code == 0, outcome.err
        return outcome.json


@pytest.fixture(autouse=True)
def plain_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    """Nothing of the developer's own shell: no traceback asked for, no colours forced."""
    for name in ("DLRECIPE_TRACEBACK", "FORCE_COLOR", "NO_COLOR", "COLUMNS"):
        monkeypatch.delenv(name, raising=False)


@pytest.fixture
def cli(tmp_path: Path) -> Cli:
    """A command line in an empty folder."""
    return Cli(tmp_path)


@pytest.fixture(scope="session")
def iris_cli(tmp_path_factory: pytest.TempPathFactory) -> Cli:
    """A folder with one finished run on the irises; tests only read it."""
    ready = Cli(tmp_path_factory.mktemp("iris"))
    ready.train(IRIS)
    return ready


@pytest.fixture
def iris() -> dict[str, Any]:
    """A small config on real data."""
    copied: dict[str, Any] = json.loads(json.dumps(IRIS))
    return copied


@pytest.fixture
def arrays(cli: Cli) -> Path:
    """An .npz of 120 rows, five features and two classes that a line tells apart."""
    rng = np.random.default_rng(0)
    X = rng.normal(size=(120, 5))
    path = cli.folder / "arrays.npz"
    np.savez(path, x=X, y=(X[:, 0] + X[:, 1] > 0).astype(int))
    return path
