"""A directory is removed with all below it, and nothing that a link leads to."""

from pathlib import Path

import pytest

from dlrecipe.store.trees import remove_tree


def test_links_are_removed_and_not_followed(tmp_path: Path) -> None:
    (tmp_path / "mine").mkdir()
    (tmp_path / "mine" / "file").write_text("kept")
    (tmp_path / "tree" / "deep").mkdir(parents=True)
    (tmp_path / "tree" / "deep" / "to-a-directory").symlink_to(tmp_path / "mine")
    (tmp_path / "tree" / "to-a-file").symlink_to(tmp_path / "mine" / "file")
    remove_tree(tmp_path / "tree")
    assert [path.name for path in tmp_path.iterdir()] == ["mine"]
    assert (tmp_path / "mine" / "file").read_text() == "kept"


def test_a_link_to_a_directory_is_none(tmp_path: Path) -> None:
    (tmp_path / "mine").mkdir()
    (tmp_path / "link").symlink_to("mine")
    with pytest.raises(NotADirectoryError, match="link"):
        remove_tree(tmp_path / "link")
    assert (tmp_path / "mine").is_dir()


def test_a_directory_that_is_not_there_cannot_be_removed(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError):
        remove_tree(tmp_path / "nowhere")
