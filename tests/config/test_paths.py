"""Relative paths start at the folder of the config that says them, wherever the command is run."""

from pathlib import Path

import pytest

from dlrecipe.config.forms import keys_of, sections
from dlrecipe.config.loading import load_config, load_config_text
from dlrecipe.config.paths import KEYS, PLACES
from dlrecipe.config.schema import Config
from dlrecipe.errors import ConfigError


def source_path(text: str, folder: Path, *overrides: str) -> str:
    source = load_config_text(text, folder=folder, overrides=overrides).config.data.source
    return str(getattr(source, "path", None))


TABLE = "data: {{source: {{type: table, path: '{}'}}}}"


@pytest.mark.parametrize(
    ("path", "resolved"),
    [
        ("rows.csv", "/base/configs/rows.csv"),
        ("../rows.csv", "/base/rows.csv"),
        ("./a/../b/*.csv", "/base/configs/b/*.csv"),
        ("/abs/rows.csv", "/abs/rows.csv"),
    ],
)
def test_a_relative_path_starts_at_the_configs_folder(path: str, resolved: str) -> None:
    assert source_path(TABLE.format(path), Path("/base/configs")) == resolved


def test_a_tilde_is_the_home_folder(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HOME", "/home/ada")
    assert source_path(TABLE.format("~/rows.csv"), Path("/base")) == "/home/ada/rows.csv"


def test_a_path_set_by_an_option_starts_at_the_current_folder(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    found = source_path(TABLE.format("x.csv"), Path("/base"), "data.source.path=rows.csv")
    assert found == str(tmp_path.resolve() / "rows.csv")


def test_a_folder_that_is_a_link_is_followed_before_going_up(tmp_path: Path) -> None:
    (tmp_path / "real" / "configs").mkdir(parents=True)
    (tmp_path / "link").symlink_to(tmp_path / "real" / "configs")
    (tmp_path / "link" / "c.yaml").write_text(TABLE.format("../rows.csv"))
    source = load_config(tmp_path / "link" / "c.yaml").config.data.source
    assert getattr(source, "path", None) == str(tmp_path.resolve() / "real" / "rows.csv")


@pytest.mark.parametrize(
    ("path", "words"),
    [
        ("x" * 256, "data.source.path: a path of 262 bytes, or with a name in it that is too long"),
        ("é" * 128, "data.source.path: a path of 262 bytes"),
        ("x/" * 2045 + "x", "data.source.path: a path of 4,097 bytes"),
    ],
)
def test_a_path_that_no_file_can_have_is_told_at_its_place(path: str, words: str) -> None:
    """Linux takes names of 255 bytes and paths of 4,095."""
    with pytest.raises(ConfigError) as caught:
        source_path(TABLE.format(path), Path("/base"))
    [problem] = caught.value.problems
    assert (problem.where, problem.remedy) == (
        "config:1:36",
        "A path has at most 4,095 bytes, each name in it 255.",
    )
    assert f"{problem.path}: {problem.what}".startswith(words)


@pytest.mark.parametrize("path", ["x" * 255, "x/" * 2044 + "x"])
def test_the_longest_paths_there_are_are_taken(path: str) -> None:
    assert source_path(TABLE.format(path), Path("/base")) == f"/base/{path}"


def test_weights_are_a_path_too() -> None:
    text = "{data: {source: digits}, initialization: {type: file, path: w.safetensors}}"
    initialization = load_config_text(text, folder=Path("/base")).config.initialization
    assert getattr(initialization, "path", None) == "/base/w.safetensors"


def test_a_member_of_an_npz_is_no_path_and_the_targets_of_an_npy_are() -> None:
    npz = load_config_text("data: {source: {type: npz, path: a.npz, y: labels}}", folder=Path("/base"))
    npy = load_config_text("data: {source: {type: npy, path: a.npy, y: b.npy}}", folder=Path("/base"))
    assert getattr(npz.config.data.source, "y", None) == "labels"
    assert getattr(npy.config.data.source, "y", None) == "/base/b.npy"


def test_every_variant_with_a_path_is_known_as_one() -> None:
    with_path = {
        (place, kind)
        for place, section in sections(Config)
        if "path" in keys_of(section)
        for kind in keys_of(section)["type"].forms.choices
    }
    assert {place for place, _ in with_path} == set(PLACES)
    assert {kind for _, kind in with_path} == set(KEYS)
