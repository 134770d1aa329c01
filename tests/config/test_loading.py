"""A config file is read whole or refused with a place: whatever bytes it holds, quickly, without NumPy."""

import json
import random
import subprocess
import sys
import textwrap
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from dlrecipe.config.loading import load_config, load_config_text, varied
from dlrecipe.config.writing import config_to_dict
from dlrecipe.errors import ConfigError

VALID = """\
name: digits
data: {source: {type: table, path: rows.csv, target: y}, split: {train: 0.8, dev: 0.2, test: 0.0}}
network: {hidden: [8, 8], activation: [relu, tanh]}
loss: {type: cross_entropy, class_weights: {a: 1.5, b: 2}}
regularization: {l2: 0.1, dropout: {keep_prob: [1.0, 0.5, 0.5]}}
optimizer: {type: adam, learning_rate: 1e-3, schedule: {type: step, every: 3}, clip: {norm: 1}}
training: {batch_size: full}
early_stopping: null
"""


def said_of(path: Path) -> str:
    with pytest.raises(ConfigError) as caught:
        load_config(path)
    assert caught.value.exit_code == 2
    return str(caught.value).replace(f"{path.parent}/", "")


def test_a_loaded_config_knows_where_it_came_from(tmp_path: Path) -> None:
    path = tmp_path / "c.yaml"
    path.write_text("data: {source: digits}\n")
    loaded = load_config(path, ["seed=3"])
    assert (loaded.path, loaded.text, loaded.overrides) == (path, "data: {source: digits}\n", ("seed=3",))
    assert loaded.files == (str(path),)
    assert loaded.config.seed == 3


def test_a_key_is_found_again_for_problems_that_show_later() -> None:
    loaded = load_config_text(VALID, "c.yaml", overrides=["seed=3"])
    assert loaded.where("data.source.target") == "c.yaml:2:54"
    assert loaded.where("network.hidden.1") == "c.yaml:3:23"
    assert loaded.where("seed") == "--set seed=3"
    assert loaded.where("training.epochs") == "c.yaml:7:11", "what the file does not say: the section"


def test_a_loaded_config_is_varied_as_if_it_were_read_with_more_options(tmp_path: Path) -> None:
    (tmp_path / "c.yaml").write_text(VALID)
    first, more = ["seed=3"], ["optimizer.learning_rate=0.5", "network.hidden.0=9"]
    varied_one = varied(load_config(tmp_path / "c.yaml", first), more)
    assert varied_one == load_config(tmp_path / "c.yaml", [*first, *more])
    with pytest.raises(ConfigError, match=r"--set seed=x  seed: must be a whole number"):
        varied(varied_one, ["seed=x"])


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (b"", "c.yaml  the file is empty\n  A config holds keys and values"),
        (b"- a\n- b\n", "c.yaml:1:1  the file holds a list, not a mapping"),
        (b"just text", "c.yaml:1:1  the file holds a single value, not a mapping"),
        (b"name: a\nseed: \xe9", "c.yaml:2:7  the byte 0xe9 is not UTF-8\n  Save the file as UTF-8."),
        ("ä: ".encode() + b"\xff", "c.yaml:1:4  the byte 0xff is not UTF-8"),
        ("name: a".encode("utf-16"), "c.yaml  this is UTF-16\n  Save it as UTF-8."),
        (b"\xef\xbb\xbfname: a", "c.yaml:1:1  the file starts with a byte-order mark"),
        (b"name: a\0", "c.yaml:1:8  the character U+0000 is not allowed"),
        (b"#" * (1 << 18) + b"\n", "c.yaml  larger than 256 KiB"),
        (b"PK\x03\x04", "c.yaml:1:3  the character U+0003 is not allowed"),
    ],
)
def test_a_file_that_is_no_config_is_refused(tmp_path: Path, content: bytes, words: str) -> None:
    (tmp_path / "c.yaml").write_bytes(content)
    assert said_of(tmp_path / "c.yaml").startswith(words)


def test_a_missing_file_is_refused_with_the_likeliest_other(tmp_path: Path) -> None:
    (tmp_path / "digits.yaml").write_text("data: {source: digits}\n")
    assert said_of(tmp_path / "digit.yaml") == "digit.yaml  no such file\n  Did you mean digits.yaml?"
    assert "There is no folder" in said_of(tmp_path / "nowhere" / "c.yaml")
    (tmp_path / "bin.yaml").write_text("data: {source: digits}\n")
    assert "Configs in that folder" in said_of(tmp_path / "moon.yaml"), "alike in .yaml alone"


def test_a_folder_is_no_config(tmp_path: Path) -> None:
    (tmp_path / "c.yaml").mkdir()
    assert said_of(tmp_path / "c.yaml").startswith("c.yaml  this is a folder")


@pytest.mark.parametrize("name", ["a\0b", "x" * 5000, "c.yaml/deeper"])
def test_a_name_that_no_file_can_have_is_refused(tmp_path: Path, name: str) -> None:
    (tmp_path / "c.yaml").write_text("data: {source: digits}\n")
    with pytest.raises(ConfigError):
        load_config(tmp_path / name)


def test_a_loop_of_links_is_refused(tmp_path: Path) -> None:
    (tmp_path / "c.yaml").symlink_to(tmp_path / "d.yaml")
    (tmp_path / "d.yaml").symlink_to(tmp_path / "c.yaml")
    assert "cannot be read" in said_of(tmp_path / "c.yaml")


@settings(max_examples=150, deadline=None)
@given(st.text(max_size=60))
def test_any_text_is_a_config_or_refused(text: str) -> None:
    _loaded_or_refused(text)


@settings(max_examples=150, deadline=None)
@given(
    st.integers(0, len(VALID) - 1),
    st.integers(0, 3),
    st.text("{}[]:,-#&*!|>'\"%@`?\t\n 01.ea\\~<", max_size=4),
)
def test_a_config_damaged_anywhere_is_read_or_refused(position: int, removed: int, put: str) -> None:
    _loaded_or_refused(VALID[:position] + put + VALID[position + removed :])


JSON = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats()
    | st.text(max_size=5)
    | st.sampled_from(["adam", "auto"]),
    lambda inner: (
        st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from(["type", "a", "path"]), inner)
    ),
    max_leaves=5,
)


@settings(max_examples=300, deadline=None)
@given(st.randoms(use_true_random=False), JSON)
def test_any_value_anywhere_is_read_or_refused_in_the_words_of_the_config(
    chance: random.Random, value: Any
) -> None:
    tree: Any = config_to_dict(load_config_text(VALID).config)
    node = tree
    while True:
        keys = list(node) if isinstance(node, dict) else list(range(len(node)))
        if not keys:
            break
        key = chance.choice(keys)
        if not isinstance(node[key], dict | list) or chance.random() < 0.3:
            node[key] = value
            break
        node = node[key]
    _loaded_or_refused(
        json.dumps(tree, ensure_ascii=False).replace("NaN", ".nan").replace("Infinity", ".inf")
    )


def _loaded_or_refused(text: str) -> None:
    try:
        load_config_text(text, "c.yaml")
    except ConfigError as error:
        for problem in error.problems:
            assert problem.where.startswith("c.yaml")
            assert problem.what
            for internal in (
                "Spec",
                "Init",
                "literal[",
                "tuple[",
                "dict[",
                "constrained",
                "pydantic",
                "Input should",
            ):
                assert internal not in problem.path + problem.what


def in_a_fresh_python(code: str) -> dict[str, Any]:
    done = subprocess.run(
        [sys.executable, "-c", textwrap.dedent(code)], capture_output=True, text=True, check=True
    )
    answer: dict[str, Any] = json.loads(done.stdout)
    return answer


def test_a_config_is_read_and_a_mistake_told_without_numpy() -> None:
    answer = in_a_fresh_python(
        """
        import json, sys
        from dlrecipe.config.loading import load_config_text
        from dlrecipe.errors import ConfigError
        config = load_config_text("data: {source: digits}").config
        try:
            load_config_text("data: {source: digit}")
        except ConfigError as error:
            said = str(error)
        print(json.dumps({"numpy": "numpy" in sys.modules, "said": said}))
        """
    )
    assert "unknown source 'digit'" in answer["said"]
    assert not answer["numpy"]


def test_broken_yaml_is_told_without_pydantic() -> None:
    answer = in_a_fresh_python(
        """
        import json, sys
        from dlrecipe.config.loading import load_config_text
        try:
            load_config_text("a: [1")
        except Exception as error:
            print(json.dumps({"said": str(error), "pydantic": "pydantic" in sys.modules}))
        """
    )
    assert "does not end" in answer["said"]
    assert not answer["pydantic"]
