"""`extends` lays a config on others, key by key; every value keeps the place it was written at."""

import os
from pathlib import Path

import pytest

from dlrecipe.config.loading import load_config, load_config_text
from dlrecipe.config.schema import Config
from dlrecipe.errors import ConfigError

BASE = """
data: {source: digits}
network: {hidden: [8, 8], activation: tanh}
optimizer: {type: adam, beta1: 0.8}
"""


def write(folder: Path, **files: str) -> None:
    for name, text in files.items():
        (folder / f"{name}.yaml").write_text(text)


def config_of(text: str) -> Config:
    return load_config_text(text).config


def said_of(path: Path) -> str:
    with pytest.raises(ConfigError) as caught:
        load_config(path)
    return str(caught.value).replace(f"{path.parent}/", "")


@pytest.mark.parametrize(
    ("own", "line", "becomes"),
    [
        ("seed: 3", "seed: 3", ""),
        ("network: {activation: relu}", "network: {hidden: [8, 8], activation: relu}", "network"),
        ("network: {hidden: [4]}", "network: {hidden: [4], activation: tanh}", "network"),
        (
            "optimizer: {learning_rate: 1}",
            "optimizer: {type: adam, beta1: 0.8, learning_rate: 1}",
            "optimizer",
        ),
        ("optimizer: {type: adam, eps: 1}", "optimizer: {type: adam, beta1: 0.8, eps: 1}", "optimizer"),
        ("optimizer: {type: adamw}", "optimizer: {type: adamw}", "optimizer"),
        ("optimizer: sgd", "optimizer: sgd", "optimizer"),
        ("optimizer: adam", "optimizer: {type: adam, beta1: 0.8}", "optimizer"),
        ("data: {source: wine}", "data: {source: wine}", "data"),
        ("data: {source: {type: digits}}", "data: {source: digits}", "data"),
    ],
)
def test_a_file_is_laid_on_its_base(tmp_path: Path, own: str, line: str, becomes: str) -> None:
    write(tmp_path, base=BASE, c=f"extends: base.yaml\n{own}\n")
    kept = [row for row in BASE.splitlines() if not becomes or not row.startswith(f"{becomes}:")]
    assert load_config(tmp_path / "c.yaml").config == config_of("\n".join([*kept, line]))


def test_of_several_bases_the_later_wins_and_the_file_itself_wins_over_all(tmp_path: Path) -> None:
    write(tmp_path, a="data: {source: wine}\nseed: 1\nname: a\n", b="seed: 2\nname: b\ntask: regression\n")
    write(tmp_path, c="name: c\nextends: [a.yaml, b.yaml]\n")
    assert load_config(tmp_path / "c.yaml").config == config_of(
        "{data: {source: wine}, seed: 2, name: c, task: regression}"
    )


def test_a_name_in_the_base_takes_settings_from_the_file(tmp_path: Path) -> None:
    write(
        tmp_path,
        base="data: {source: digits}\noptimizer: sgd\n",
        c="extends: base.yaml\noptimizer: {learning_rate: 2}",
    )
    assert load_config(tmp_path / "c.yaml").config == config_of(
        "{data: {source: digits}, optimizer: {type: sgd, learning_rate: 2}}"
    )


def test_paths_start_at_the_folder_of_the_file_that_says_them(tmp_path: Path) -> None:
    (tmp_path / "bases").mkdir()
    write(tmp_path / "bases", base="extends: ../root.yaml\ndata: {source: {type: table, path: rows.csv}}\n")
    write(
        tmp_path,
        root="seed: 5\n",
        c="extends: bases/base.yaml\ndata: {test: {type: npy, path: x.npy, y: y.npy}}",
    )
    config = load_config(tmp_path / "c.yaml").config
    assert config.seed == 5
    assert getattr(config.data.source, "path", None) == str(tmp_path.resolve() / "bases" / "rows.csv")
    assert getattr(config.data.test, "path", None) == str(tmp_path.resolve() / "x.npy")
    assert getattr(config.data.test, "y", None) == str(tmp_path.resolve() / "y.npy")


def test_mistakes_of_all_files_are_told_at_once_each_in_its_own_file(tmp_path: Path) -> None:
    write(tmp_path, base="data: {source: digit}\nseed: 1\nseed: 2\n", c="extends: base.yaml\nname: 3\n")
    with pytest.raises(ConfigError) as caught:
        load_config(tmp_path / "c.yaml")
    places = [problem.where.removeprefix(f"{tmp_path}/") for problem in caught.value.problems]
    assert places == ["c.yaml:2:7", "base.yaml:1:16", "base.yaml:3:1"]


@pytest.mark.parametrize(
    ("extends", "place", "words"),
    [
        ("bsae.yaml", "1:10", "extends: cannot read bsae.yaml: no such file\n  Did you mean base.yaml?"),
        (
            "[base.yaml, x/y.yaml]",
            "1:22",
            "extends: cannot read x/y.yaml: no such file\n  There is no folder x.",
        ),
        ("folder", "1:10", "extends: cannot read folder: this is a folder"),
        ('"a\\tb"', "1:10", "extends: cannot read a\\tb: no such file"),
        ("3", "1:10", "extends: must be a file name or a list of them, not 3\n  Such as extends: base.yaml."),
        ("[base.yaml, [x]]", "1:22", "extends: must be a file name or a list of them, not a list"),
        ("c.yaml", "1:10", "extends: the files extend each other: c.yaml → c.yaml"),
        ("loop.yaml", "1:10", "extends: cannot read loop.yaml: "),
        ("pipe", "1:10", "extends: this is no plain file\n  Name a YAML file."),
    ],
)
def test_a_base_that_cannot_be_used_is_told_where_it_is_named(
    tmp_path: Path, extends: str, place: str, words: str
) -> None:
    (tmp_path / "folder").mkdir()
    (tmp_path / "loop.yaml").symlink_to("loop.yaml")
    os.mkfifo(tmp_path / "pipe")
    write(tmp_path, base=BASE, c=f"extends: {extends}\n")
    said = said_of(tmp_path / "c.yaml")
    assert said.startswith(f"c.yaml:{place}  ")
    assert words in said


def test_a_circle_of_files_is_refused(tmp_path: Path) -> None:
    write(tmp_path, a="extends: b.yaml", b="seed: 1\nextends: c.yaml", c="extends: b.yaml")
    assert "c.yaml:1:10  extends: the files extend each other: b.yaml → c.yaml → b.yaml" in said_of(
        tmp_path / "a.yaml"
    )


def test_a_chain_of_ten_files_is_read_and_one_of_eleven_refused(tmp_path: Path) -> None:
    write(
        tmp_path, f10="data: {source: digits}\n", **{f"f{i}": f"extends: f{i + 1}.yaml\n" for i in range(10)}
    )
    assert "f9.yaml:1:10  extends: more than 10 files" in said_of(tmp_path / "f0.yaml")
    assert load_config(tmp_path / "f1.yaml").config == config_of("data: {source: digits}")


def test_files_that_multiply_are_refused(tmp_path: Path) -> None:
    write(tmp_path, f5="seed: 1\n", **{f"f{i}": f"extends: [{f'f{i + 1}.yaml, ' * 9}]\n" for i in range(5)})
    assert "or 50 in all" in said_of(tmp_path / "f0.yaml")


def test_a_broken_base_is_told_in_the_base(tmp_path: Path) -> None:
    write(tmp_path, base="a: [1", c="extends: base.yaml\n")
    assert said_of(tmp_path / "c.yaml").startswith("base.yaml:1:6  a list in [ ] that does not end")
    (tmp_path / "base.yaml").write_bytes(b"name: caf\xe9\n")
    assert said_of(tmp_path / "c.yaml").startswith("base.yaml:1:10  the byte 0xe9 is not UTF-8")


def test_files_that_are_too_much_together_are_refused(tmp_path: Path) -> None:
    just_allowed = f"seed: 1\n{'#' * (255 << 10)}\n"
    names = ["a", "b", "c", "d", "e"]
    write(tmp_path, **dict.fromkeys(names, just_allowed))
    write(tmp_path, own=f"extends: [{', '.join(f'{name}.yaml' for name in names)}]\n")
    assert said_of(tmp_path / "own.yaml") == (
        "own.yaml:1:43  extends: more than 1 MiB in all\n  A config is small; keep what is needed."
    )
