"""Data that cannot be used: a message with the file, the line where there is one, and a remedy."""

from pathlib import Path
from typing import Any

import numpy as np
import pytest

# Twenty rows, two inputs and a class, from which each case departs.
ROWS = [f"{i},{i % 7},{'yes' if i % 2 else 'no'}" for i in range(20)]


def csv(rows: list[str], header: str = "a,b,c") -> str:
    return "\n".join([header, *rows]) + "\n"


def with_row(row: str, at: int = 3) -> str:
    return csv([*ROWS[:at], row, *ROWS[at + 1 :]])


# What the file holds, what the source says besides, and what the message names.
TABLES: dict[str, tuple[str, dict[str, Any], list[str]]] = {
    "nothing": ("", {}, ["rows.csv"]),
    "a header alone": ("a,b,c\n", {}, ["rows.csv"]),
    "one row": (csv(ROWS[:1]), {}, ["rows.csv"]),
    "two rows": (csv(ROWS[:2]), {}, ["rows.csv"]),
    "a row that is too long": (with_row("1,2,yes,4"), {}, ["rows.csv:5"]),
    "a row that is too short": (with_row("1,2"), {}, ["rows.csv:5"]),
    "a target's name twice": (csv(ROWS, "a,c,c"), {"target": "c"}, ["rows.csv", "'c'"]),
    "an infinite input": (with_row("inf,2,yes"), {}, ["rows.csv:5", "inf"]),
    "an infinite target": (csv([f"{i},{i},{i}.5" for i in range(19)] + ["1,2,inf"]), {}, ["rows.csv:21"]),
    "a target missing in a row": (with_row("1,2,"), {}, ["rows.csv:5", "'c'"]),
    "a target missing in all": (csv([f"{i},{i}," for i in range(20)]), {}, ["rows.csv", "'c'"]),
    "a target of one class": (csv([f"{i},{i},yes" for i in range(20)]), {}, ["rows.csv", "constant"]),
    "a target of one number": (csv([f"{i},{i},1.5" for i in range(20)]), {}, ["rows.csv", "constant"]),
    "a class with one member": (with_row("1,2,perhaps"), {}, ["rows.csv", "perhaps"]),
    "no such target": (csv(ROWS), {"target": "d"}, ["rows.csv", "'d'"]),
    "two targets that are labels": (csv(ROWS), {"target": ["b", "c"]}, ["rows.csv", "'c'"]),
    "no such column to drop": (csv(ROWS), {"drop": ["d"]}, ["rows.csv", "'d'"]),
    "no input left": (csv(ROWS), {"drop": ["a", "b"]}, ["rows.csv"]),
    "dates that can be read in two ways": (
        csv([f"01/{i % 12 + 1:02}/2024,{row}" for i, row in enumerate(ROWS)], "day,a,b,c"),
        {},
        ["rows.csv", "'day'"],
    ),
    "bytes that are no text": (csv(ROWS) + "\0\0\0", {}, ["rows.csv"]),
}


def assert_refused(cli: Any, outcome: Any, names: list[str]) -> None:
    first, *rest = outcome.err.splitlines()
    assert outcome.code == 2, outcome.err
    assert [name for name in names if name not in first] == [], outcome.err
    assert any(line.startswith("  ") and line.strip() for line in rest), f"no remedy: {outcome.err}"
    assert not rest[0].strip()[0].islower(), f"no sentence: {outcome.err}"
    assert "Traceback" not in outcome.err
    assert outcome.out == ""
    assert not cli.runs.exists()


def table(**more: Any) -> dict[str, Any]:
    return {"data": {"source": {"type": "table", "path": "rows.csv", **more}}, "training": {"epochs": 1}}


@pytest.mark.parametrize(("text", "more", "names"), TABLES.values(), ids=TABLES)
def test_a_table_that_cannot_be_used_is_refused_by_its_name(cli, text, more, names):
    (cli.folder / "rows.csv").write_text(text)
    assert_refused(cli, cli("train", cli.write(table(**more))), names)


def test_a_table_that_is_not_there_is_refused(cli):
    assert_refused(cli, cli("train", cli.write(table())), ["rows.csv"])


def test_a_folder_for_a_table_is_refused(cli):
    (cli.folder / "rows.csv").mkdir()
    assert_refused(cli, cli("train", cli.write(table())), ["rows.csv"])


def test_a_split_by_a_column_that_is_not_there_is_refused(cli):
    (cli.folder / "rows.csv").write_text(csv(ROWS))
    config = table()
    config["data"]["split"] = {"train": 0.5, "dev": 0.5, "test": 0, "group": "patient"}
    assert_refused(cli, cli("train", cli.write(config)), ["rows.csv", "'patient'"])


def test_a_dev_table_that_lacks_a_column_is_refused(cli):
    (cli.folder / "rows.csv").write_text(csv(ROWS))
    (cli.folder / "dev.csv").write_text("a,c\n1,yes\n2,no\n")
    source = {"type": "table", "path": "rows.csv"}
    config = {"data": {"train": source, "dev": source | {"path": "dev.csv"}}}
    assert_refused(cli, cli("train", cli.write(config)), ["dev.csv", "'b'"])


def test_a_dev_table_with_a_class_that_train_lacks_is_refused(cli):
    (cli.folder / "rows.csv").write_text(csv(ROWS))
    (cli.folder / "dev.csv").write_text("a,b,c\n1,1,yes\n2,2,perhaps\n")
    source = {"type": "table", "path": "rows.csv"}
    config = {"data": {"train": source, "dev": source | {"path": "dev.csv"}}}
    assert_refused(cli, cli("train", cli.write(config)), ["dev.csv", "perhaps"])


X, Y = np.arange(40.0).reshape(20, 2), np.arange(20) % 2

ARRAYS: dict[str, tuple[dict[str, Any], list[str]]] = {
    "NaN among the inputs": ({"x": np.where(X == 7, np.nan, X), "y": Y}, ["a.npz:x", "nan", "row 3"]),
    "inf among the inputs": ({"x": np.where(X == 7, np.inf, X), "y": Y}, ["a.npz:x", "inf", "row 3"]),
    "NaN among the targets": ({"x": X, "y": np.where(X[:, 0] == 6, np.nan, X[:, 0])}, ["a.npz:y", "nan"]),
    "more inputs than targets": ({"x": X, "y": Y[:-1]}, ["a.npz", "20 inputs", "19 targets"]),
    "no rows": ({"x": X[:0], "y": Y[:0]}, ["a.npz:x"]),
    "no features": ({"x": X[:, :0], "y": Y}, ["a.npz:x"]),
    "inputs of one dimension": ({"x": X[:, 0], "y": Y}, ["a.npz:x", "(20,)"]),
    "inputs that are text": ({"x": X.astype(str), "y": Y}, ["a.npz:x"]),
    "inputs that are objects": ({"x": X.astype(object), "y": Y}, ["a.npz:x"]),
    "no member y": ({"x": X, "labels": Y}, ["a.npz", "'y'"]),
    "a constant target": ({"x": X, "y": Y * 0}, ["a.npz", "constant"]),
    "a value beyond float32": ({"x": np.where(X == 7, 1e300, X), "y": Y}, ["a.npz"]),
}


@pytest.mark.parametrize(("members", "names"), ARRAYS.values(), ids=ARRAYS)
def test_arrays_that_cannot_be_used_are_refused_by_their_name(cli, members, names):
    np.savez(cli.folder / "a.npz", **members)
    config = {"data": {"source": {"type": "npz", "path": "a.npz"}}, "normalization": "none"}
    assert_refused(cli, cli("train", cli.write(config)), names)


@pytest.mark.parametrize(
    "content",
    [b"", b"not an archive at all", b"PK\x03\x04 and then nothing"],
    ids=["empty", "text", "cut short"],
)
def test_an_npz_that_is_none_is_refused(cli, content):
    (cli.folder / "a.npz").write_bytes(content)
    config = {"data": {"source": {"type": "npz", "path": "a.npz"}}}
    assert_refused(cli, cli("train", cli.write(config)), ["a.npz"])


def test_an_npz_with_a_flipped_byte_is_refused(cli, arrays: Path):
    damaged = bytearray(arrays.read_bytes())
    damaged[600] ^= 0xFF
    arrays.write_bytes(damaged)
    config = {"data": {"source": {"type": "npz", "path": "arrays.npz"}}}
    assert_refused(cli, cli("train", cli.write(config)), ["arrays.npz"])


def test_initial_weights_of_another_network_are_refused_at_their_place(cli, arrays: Path):
    from safetensors.numpy import save_file

    save_file({"W1": np.zeros((9, 4), np.float32)}, cli.folder / "w.safetensors")
    config = {
        "data": {"source": {"type": "npz", "path": "arrays.npz"}},
        "initialization": {"type": "file", "path": "w.safetensors"},
    }
    outcome = cli("train", cli.write(config))
    assert_refused(cli, outcome, ["config.yaml", "initialization", "w.safetensors"])


def test_initial_weights_that_are_no_safetensors_are_refused_at_their_place(cli, arrays: Path):
    (cli.folder / "w.safetensors").write_text("not weights")
    config = {
        "data": {"source": {"type": "npz", "path": "arrays.npz"}},
        "initialization": {"type": "file", "path": "w.safetensors"},
    }
    assert_refused(cli, cli("train", cli.write(config)), ["config.yaml", "initialization", "w.safetensors"])
