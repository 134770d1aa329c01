"""A file that cannot be used is refused with its place and a remedy, and no row is lost in silence."""

import gzip
import os
from pathlib import Path

import pytest

from dlrecipe.data.sources.table import read_table
from dlrecipe.data.specs import TableSource
from dlrecipe.errors import DataError

GZIPPED = gzip.compress(b"a,b\n" + b"".join(b"%d,%d\n" % (i, i * i % 97) for i in range(5000)))

# name: (content, place after the file's name, words of the message)
BROKEN: dict[str, tuple[bytes, str, str]] = {
    "short.csv": (b"a,b,c\n1,2,3\n4,5\n6,7,8\n", ":3", "2 fields in this row, where most rows have 3"),
    "long.csv": (b"a,b,c\n1,2,3\n4,5,6,7\n6,7,8\n", ":3", "4 fields in this row, where most rows have 3"),
    "blank.csv": (b"a,b,c\n1,2,3\n\n4,5\n", ":4", "2 fields in this row"),
    "after_quoted_break.csv": (b'a,b,c\n1,"x\ny",3\n4,z,6\n5,6\n', ":5", "2 fields in this row"),
    "excel.csv": (b"sep=;\r\na;b;c\r\n1;2;3\r\n4;5;6\r\n", ":1", "'sep=;' is a note to Excel"),
    "quoted.csv": (b'\xef\xbb\xbf"sep=,"\na,b,c\n1,2,3\n4,5,6\n', ":1", "a note to Excel"),
    "title.csv": (b"My table\na,b,c\n1,2,3\n4,5,6\n", ":1", "1 field in this row"),
    "unclosed.csv": (b'a,b,c\n1,"x,3\n4,y,6\n', ":2", "a double quote is opened and never closed"),
    "midquote.csv": (b'a,b,c\n1,x,3\n4,"y"z,6\n', ":3", "a double quote is opened and never closed"),
    "empty.csv": (b"", "", "the file is empty"),
    "blank_lines.csv": (b"\n\n\n", "", "the file is empty"),
    "header.csv": (b"a,b,c\n", "", "a header but no rows"),
    "latin1.csv": ("a,b\n1,caf\xe9\n".encode("latin1"), ":2", "0xe9 is not UTF-8"),
    "utf16.csv": ("a,b\n1,2\n".encode("utf-16"), "", "UTF-16"),
    "nul.csv": (b"a,b\n1,2\n3,\x004\n", ":3", "a NUL byte"),
    "sheet.xlsx": (b"PK\x03\x04" + b"\x00" * 50, "", "a zip archive or an Excel workbook"),
    "cut.csv.gz": (GZIPPED[: len(GZIPPED) // 2], "", "gzip data is cut short or damaged"),
    "flipped.csv.gz": (GZIPPED[:500] + b"\xff\x00" + GZIPPED[502:], "", "gzip data is cut short or damaged"),
    "cut.parquet": (b"PAR1" + b"\x15\x04" * 40, "", "Parquet file is damaged or cut short"),
    "torn.ndjson": (b'{"a": 1, "b": 2}\n\n{"a": 1, "b"\n', ":3", "not a JSON object"),
    "array.ndjson": (b'[{"a": 1}]\n', ":1", "an array, not a JSON object"),
    "nested.ndjson": (
        b'{"a": [1], "b": 2}\n{"a": [2], "b": 3}\n',
        "",
        "'a' holds lists or objects in 2 rows",
    ),
    "one.csv": (b"a\n1\n2\n", "", "no column is left for the inputs"),
    "infinite.csv": (b"a,b\n1,2\n\ninf,3\n", ":4:a", "infinite"),
    "overflow.csv": (b"a,b\n1,2\n1e999,3\n", ":3:a", "infinite"),
    "no_target.csv": (b"a,b\n1,2\n2,\n3,\n", ":3:b", "the target 'b' is missing in 2 of 3 rows"),
    "empty_target.csv": (b"a,b\n1,\n2,?\n", "", "the target 'b' is missing in every row"),
    "dates.csv": (
        b"day,b\n01/02/2024,1\n03/04/2024,2\n",
        "",
        "'day' holds dates that can be read with the day or the month first",
    ),
}


@pytest.mark.parametrize("name", BROKEN)
def test_a_broken_file_is_refused_with_its_place_and_a_remedy(tmp_path: Path, name: str):
    content, place, words = BROKEN[name]
    path = tmp_path / name
    path.write_bytes(content)
    with pytest.raises(DataError) as raised:
        read_table(TableSource(path=str(path)))
    assert words in raised.value.what
    assert raised.value.where == f"{path}{place}"
    assert raised.value.remedy


def test_a_ragged_row_far_down_a_long_file_is_found(tmp_path: Path):
    path = tmp_path / "long.csv"
    lines = [f"{i},{i},{i % 3}" for i in range(300_000)]
    lines[222_222] += ",7"
    path.write_text("\n".join(lines))
    with pytest.raises(DataError) as raised:
        read_table(TableSource(path=str(path)))
    assert raised.value.where == f"{path}:222223"


def test_a_missing_file_a_folder_and_a_glob_without_match_are_told_apart(tmp_path: Path):
    for path, words in [
        (tmp_path / "absent.csv", "no such file"),
        (tmp_path, "a folder"),
        (tmp_path / "*.csv", "no file matches"),
    ]:
        with pytest.raises(DataError, match=words):
            read_table(TableSource(path=str(path)))


def test_a_device_and_a_named_pipe_are_refused_and_not_read_for_ever(tmp_path: Path):
    pipe = tmp_path / "pipe.csv"
    os.mkfifo(pipe)
    for path in (pipe, Path("/dev/zero")):
        with pytest.raises(DataError, match="not a regular file") as raised:
            read_table(TableSource(path=str(path)))
        assert raised.value.where == str(path)


def test_a_part_with_other_columns_is_named_with_what_differs(tmp_path: Path):
    (tmp_path / "1.csv").write_text("a,b,y\n1,2,3\n")
    (tmp_path / "2.csv").write_text("a,c,y\n1,2,3\n")
    with pytest.raises(DataError, match="it lacks b and it adds c") as raised:
        read_table(TableSource(path=str(tmp_path / "*.csv")))
    assert raised.value.where == str(tmp_path / "2.csv")


def test_a_bad_cell_in_a_later_part_is_placed_in_that_part(tmp_path: Path):
    (tmp_path / "1.csv").write_text("a,y\n1,2\n2,3\n")
    (tmp_path / "2.csv").write_text("a,y\n1,2\ninf,3\n")
    with pytest.raises(DataError) as raised:
        read_table(TableSource(path=str(tmp_path / "*.csv")))
    assert raised.value.where == f"{tmp_path / '2.csv'}:3:a"


@pytest.mark.parametrize("option", ["target", "drop", "categorical"])
def test_a_column_that_is_not_there_is_named_with_the_closest_one(tmp_path: Path, option: str):
    path = tmp_path / "t.csv"
    path.write_text("income,age,y\n1,2,3\n4,5,6\n")
    spec = {
        "target": TableSource(path=str(path), target="incone"),
        "drop": TableSource(path=str(path), drop=("incone",)),
        "categorical": TableSource(path=str(path), categorical=("incone",)),
    }[option]
    with pytest.raises(DataError, match="no column 'incone'") as raised:
        read_table(spec)
    assert "Did you mean 'income'?" in raised.value.remedy
    with pytest.raises(DataError, match="no column 'grup'"):
        read_table(TableSource(path=str(path)), aside=("grup",))


def test_dropping_every_input_is_refused(tmp_path: Path):
    path = tmp_path / "t.csv"
    path.write_text("a,y\n1,2\n")
    with pytest.raises(DataError, match="no column is left"):
        read_table(TableSource(path=str(path), drop=("a",)))


def test_blank_lines_in_a_one_column_table_are_refused_as_ambiguous(tmp_path: Path):
    path = tmp_path / "t.csv"
    path.write_text("a\n1\n\n3\n")
    with pytest.raises(DataError, match="missing values, or none"):
        read_table(TableSource(path=str(path)))
