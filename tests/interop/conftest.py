"""What the tests of the ways out and in share."""

from dataclasses import dataclass
from pathlib import Path

import pytest

from dlrecipe.cli.app import main


@dataclass(frozen=True)
class Outcome:
    code: int
    out: str
    err: str


class Cli:
    """The command line, called as a user calls it, in a folder of the test's own."""

    def __init__(self, folder: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]):
        self.folder, self._capsys = folder, capsys
        monkeypatch.chdir(folder)
        for name in ("DLRECIPE_TRACEBACK", "FORCE_COLOR"):
            monkeypatch.delenv(name, raising=False)

    @property
    def runs(self) -> Path:
        return self.folder / "runs"

    def __call__(self, *arguments: object) -> Outcome:
        self._capsys.readouterr()
        with pytest.raises(SystemExit) as end:
            main([str(argument) for argument in arguments])
        shown = self._capsys.readouterr()
        code = end.value.code
        assert isinstance(code, int), code
        return Outcome(code, shown.out, shown.err)

    def ok(self, *arguments: object) -> str:
        outcome = self(*arguments)
        assert outcome.code == 0, outcome.err
        return outcome.out


@pytest.fixture
def cli(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Cli:
    return Cli(tmp_path, monkeypatch, capsys)
