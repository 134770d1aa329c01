"""Line ends of any kind, in quotes and between rows, in one file."""

import gzip
from pathlib import Path

import pytest

from dlrecipe.data.sources import text_scan
from dlrecipe.data.sources.table import read_table
from dlrecipe.data.specs import TableSource
from dlrecipe.errors import DataError

FILES = {
    "LF in a name, rows end in CRLF": b'a,"na\nme",y\r\n1,q,1\r\n2,"p",0\r\n',
    "CRLF in a name, rows end in LF": b'a,"na\r\nme",y\n1,q,1\n2,p,0\n',
    "CR in a name, rows end in LF": b'a,"na\rme",y\n1,q,1\n2,p,0\n',
    "LF in a cell, rows end in CRLF": b'a,name,y\r\n1,q,1\r\n2,"p\n",0\r\n',
    "CRLF in a cell, rows end in LF": b'a,name,y\n1,"q\r\n",1\n2,p,0\n',
    "rows end in either": b"a,name,y\n1,q,1\r\n2,p,0\n",
    "rows end in CR": b"a,name,y\r1,q,1\r2,p,0\r",
}


@pytest.mark.parametrize("content", FILES.values(), ids=FILES.keys())
@pytest.mark.parametrize("suffix", [".csv", ".csv.gz"])
def test_a_line_break_in_quotes_is_part_of_its_cell_whatever_ends_the_rows(
    tmp_path: Path, content: bytes, suffix: str
):
    path = tmp_path / f"t{suffix}"
    path.write_bytes(gzip.compress(content) if suffix.endswith("gz") else content)
    examples = read_table(TableSource(path=str(path)))
    number, text = examples.columns
    assert text.name.split() in (["name"], ["na", "me"])
    assert number.values.tolist() == [1, 2]
    assert text.values.tolist() == ["q", "p"]
    assert examples.target is not None
    assert examples.target.tolist() == [1, 0]


def test_a_ragged_row_among_mixed_line_ends_is_found_in_the_file_itself(tmp_path: Path):
    path = tmp_path / "t.csv"
    path.write_bytes(b'a,"na\nme",y\r\n1,q,1\r\n2,p\r\n3,p,0\r\n')
    with pytest.raises(DataError, match="2 fields in this row") as raised:
        read_table(TableSource(path=str(path)))
    assert raised.value.where == f"{path}:4"


def test_no_copy_of_a_file_is_left_behind(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path / "scratch"))
    (tmp_path / "scratch").mkdir()
    path = tmp_path / "t.csv"
    path.write_bytes(FILES["rows end in either"])
    read_table(TableSource(path=str(path)))
    assert list((tmp_path / "scratch").iterdir()) == []


def test_no_room_for_a_copy_is_said_with_a_remedy(tmp_path: Path):
    path = tmp_path / "t.csv"
    path.write_bytes(FILES["rows end in either"])
    with pytest.raises(DataError, match="do not all end alike") as raised:
        text_scan.copy_with_newlines(path, tmp_path / "absent" / "copy.csv", gzipped=False)
    assert "dos2unix" in raised.value.remedy
