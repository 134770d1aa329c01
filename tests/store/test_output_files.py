"""Files that a user asked for: refused before work begins, written whole or not at all."""

import errno
import os
from pathlib import Path

import pytest

from dlrecipe.errors import InputError
from dlrecipe.store.output_files import require_free, write_output


def test_a_folder_a_file_that_is_there_and_a_missing_folder_are_refused(tmp_path: Path) -> None:
    (tmp_path / "there.html").write_text("old")
    for path, words in (
        (tmp_path, "this is a folder"),
        (tmp_path / "there.html", "the file exists already"),
        (tmp_path / "missing" / "a.html", "no such folder"),
    ):
        with pytest.raises(InputError, match=words):
            require_free(path, force=False)
    require_free(tmp_path / "there.html", force=True)
    require_free(tmp_path / "new.html", force=False)


def test_what_cannot_be_written_leaves_the_old_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "report.html"
    write_output(path, b"old")

    def full(*_: object) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    with monkeypatch.context() as patch:
        patch.setattr(os, "write", full)
        with pytest.raises(InputError, match="cannot write: ") as caught:
            write_output(path, b"new")
    assert caught.value.where == str(path)
    assert os.listdir(tmp_path) == ["report.html"]
    assert path.read_bytes() == b"old"
    write_output(path, b"new")
    assert path.read_bytes() == b"new"
