"""Large plain files, read without DuckDB: what they hold is what DuckDB would have made of them."""

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from dlrecipe.data.examples import Examples
from dlrecipe.data.sources import delimited_part, plain_cells, plain_columns, plain_read, text_scan
from dlrecipe.data.sources.open_table import open_table
from dlrecipe.data.sources.plain_cells import Cells, NotPlain
from dlrecipe.data.sources.table import read_table
from dlrecipe.data.specs import TableSource
from dlrecipe.errors import DataError

Read = Callable[..., Examples]


@pytest.fixture(autouse=True)
def small_blocks(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(plain_read, "MIN_BYTES", 0)
    monkeypatch.setattr(text_scan, "CHUNK_BYTES", 1_024)
    monkeypatch.setattr(plain_cells, "BLOCK_BYTES", 256)


@pytest.fixture(params=["plain", "quick", "long"])
def reader(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> str:
    """The plain reader, DuckDB's one read, or the long way: the test runs with each."""
    if request.param != "plain":
        monkeypatch.setattr(plain_read, "MIN_BYTES", 1 << 60)
    if request.param == "long":
        monkeypatch.setattr(delimited_part, "read_typed", lambda *_, **__: None)
    return str(request.param)


@pytest.fixture
def without_duckdb(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(delimited_part, "read_typed", lambda *_, **__: pytest.fail("DuckDB was asked"))


def read(tmp_path: Path, text: str, **options: Any) -> Examples:
    path = tmp_path / "t.csv"
    path.write_bytes(text.encode())
    return read_table(TableSource(path=str(path), **options))


def table(names: str, rows: Sequence[str]) -> str:
    return "".join(f"{line}\n" for line in [names, *rows])


@pytest.mark.usefixtures("reader")
@pytest.mark.parametrize(
    ("mark", "options"),
    [("nan", {}), (" nan ", {}), ("\tNaN", {}), ("NaN", {}), ("-nan", {"missing": ("-nan",)})],
)
def test_a_mark_that_reads_as_a_number_is_missing_all_the_same(tmp_path: Path, mark: str, options):
    """So a column of nothing else, and without a name, is left out as empty."""
    rows = [f"{mark},{i},{i % 2}" for i in range(200)]
    examples = read(tmp_path, table(",a,y", rows), **options)
    assert [column.name for column in examples.columns] == ["a"]
    assert "no name and no value" in examples.notes[0]


@pytest.mark.usefixtures("reader")
@pytest.mark.parametrize("odd", ["NAN", "-inf", "1e400"])  # none of them stands for missing
def test_a_code_far_below_numbers_that_are_not_finite_is_seen(tmp_path: Path, odd: str):
    cells = [odd if i == 5 else "07" if i == 180 else str(i % 9) for i in range(200)]
    examples = read(tmp_path, table("w,x,y", [f"{cell},{i}.5,{i % 2}" for i, cell in enumerate(cells)]))
    assert (examples.columns[0].kind, examples.columns[0].values.tolist()) == ("categorical", cells)


@pytest.mark.usefixtures("reader")
@pytest.mark.parametrize("place", [1, 150])
def test_a_line_longer_than_2_mb_is_refused(tmp_path: Path, place: int):
    rows = [f"{'x' * 2_100_000 if i == place else 'u'},{i},{i % 2}" for i in range(200)]
    with pytest.raises(DataError, match=rf"t\.csv:{place + 2}  a line longer than 2 MB"):
        read(tmp_path, table("w,x,y", rows))


@pytest.mark.usefixtures("reader")
def test_a_blank_line_behind_a_byte_order_mark_is_no_header(tmp_path: Path):
    examples = read(tmp_path, "\ufeff\n" + table("a,b,y", [f"{i},{i}.5,{i % 2}" for i in range(100)]))
    assert [column.name for column in examples.columns] == ["a", "b"]
    assert examples.columns[1].values.tolist() == [i + 0.5 for i in range(100)]


@pytest.mark.usefixtures("reader")
def test_a_double_quote_is_no_delimiter(tmp_path: Path):
    rows = [f"{i},{i % 2}" for i in range(100)]
    with pytest.raises(DataError, match="cannot be told apart"):
        read(tmp_path, table("a,y", rows), delimiter='"')


@pytest.mark.usefixtures("reader")
def test_lines_that_end_in_lone_carriage_returns_are_told_apart(tmp_path: Path):
    path = tmp_path / "t.csv"
    path.write_bytes(b"x\r1\r")
    examples = read_table(TableSource(path=str(path), target="y"), for_prediction=True)
    assert [column.values.tolist() for column in examples.columns] == [[1.0]]


@pytest.mark.usefixtures("without_duckdb")
def test_numbers_at_the_end_of_a_file_from_windows_without_a_last_line_end_are_numbers(tmp_path: Path):
    path = tmp_path / "t.csv"
    path.write_bytes("\r\n".join(["a,b", *(f"{i},{i / 7}" for i in range(200))]).encode())
    with open_table(TableSource(path=str(path)), known_names=None) as opened:
        typed = opened.parts[0].typed
    assert typed is not None
    # Not texts, which take many times the memory and are converted later.
    assert [column.tolist() for column in typed.columns if isinstance(column, np.ndarray)] == [
        list(range(200)),
        [i / 7 for i in range(200)],
    ]


@pytest.mark.parametrize(
    ("mark", "cell"),
    [
        ("-", "{}"),
        ("--", "{}"),
        (".", "{}"),
        ("0NA", "{}"),
        ("NA", " {}"),
        ("-", "\t{} "),
        ("?", f"{{}}{' ' * 30}"),
    ],
)
def test_marks_and_spaces_are_found_on_both_sides_of_numbers(tmp_path: Path, mark: str, cell: str):
    rows, expected = with_gaps(mark, cell)
    examples = read(tmp_path, table("a,b,c,y", rows), missing=("", "NA", mark))
    for column, numbers in zip(examples.columns, expected, strict=True):
        np.testing.assert_array_equal(column.values, numbers)


@pytest.mark.parametrize(("mark", "cell"), [("-", "{}"), ("0NA", "{}"), ("NA", " {}"), ("-", "\t{} ")])
def test_columns_that_have_shown_marks_or_spaces_are_still_read_together(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, mark: str, cell: str
):
    """A column at a time took three times as long for all of them."""
    one_by_one, calls = plain_columns.NumberColumn.take, []
    monkeypatch.setattr(
        plain_columns.NumberColumn,
        "take",
        lambda *args, **how: calls.append(args) or one_by_one(*args, **how),
    )
    rows, _ = with_gaps(mark, cell)
    read(tmp_path, table("a,b,c,y", rows), missing=("", "NA", mark))
    n_blocks = sum(map(len, rows)) // 256
    assert len(calls) < n_blocks / 4  # of 4 columns each


def with_gaps(mark: str, cell: str) -> tuple[list[str], list[list[float]]]:
    """Return the lines of three columns of numbers and one of classes, and the numbers."""
    numbers = [
        [np.nan if (i + place) % 5 == 0 else i * place - 300.5 for i in range(1_000)] for place in range(3)
    ]
    lines = [
        ",".join([*(cell.format(mark if np.isnan(x) else x) for x in row), str(i % 2)])
        for i, row in enumerate(zip(*numbers, strict=True))
    ]
    return lines, numbers


def test_a_line_that_ends_unlike_the_last_is_not_taken_apart():
    """As where a file has changed since the first look at it: Arrow would crash at a cell of length -1."""
    with pytest.raises(NotPlain):
        Cells(np.frombuffer(b"1\n\n2\r\n", np.uint8), 1, ",")
