"""Whether the first row names the columns."""

from pathlib import Path

import pytest

from dlrecipe.data.sources.table import read_table
from dlrecipe.data.sources.table_layout import TableLayout
from dlrecipe.data.specs import TableSource
from dlrecipe.errors import DataError


def names(tmp_path: Path, text: str, **options: object) -> list[str]:
    path = tmp_path / "t.csv"
    path.write_text(text)
    examples = read_table(TableSource(path=str(path), **options))  # type: ignore[arg-type]
    return [column.name for column in examples.columns] + list(examples.target_names)


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("a,b\n1,2\n3,4\n", ["a", "b"]),
        ("1,2\n3,4\n", ["column1", "column2"]),
        ("7,red\n3,blue\n", ["column1", "column2"]),
        ("a,b\nx,y\nz,w\n", ["a", "b"]),
        ("x,y\nz,y\nx,w\n", ["column1", "column2"]),  # x and y occur again below
        ("red,red\nx,y\n", ["column1", "column2"]),  # names do not repeat
        (",a,b\n0,1,2\n1,3,4\n", ["column1", "a", "b"]),  # as pandas writes its index
        ('"a b", c \n1,2\n', ["a b", "c"]),
    ],
)
def test_the_first_row_is_a_header_when_it_reads_like_one(tmp_path: Path, text: str, found: list[str]):
    assert names(tmp_path, text) == found


def test_contradicting_columns_are_asked_about(tmp_path: Path):
    text = "label,0,1\n5,0,12\n7,3,0\n"
    with pytest.raises(DataError, match="cannot tell whether the first row") as raised:
        names(tmp_path, text)
    assert "header: true" in raised.value.remedy
    assert names(tmp_path, text, header=True) == ["label", "0", "1"]


def test_header_false_keeps_the_first_row_and_columns_names_it(tmp_path: Path):
    assert names(tmp_path, "a,b\nx,y\n", header=False) == ["column1", "column2"]
    assert names(tmp_path, "1,2\n3,4\n", columns=("u", "v")) == ["u", "v"]
    with pytest.raises(DataError, match="columns gives 3 names, but the file has 2 columns"):
        names(tmp_path, "1,2\n3,4\n", columns=("u", "v", "w"))
    with pytest.raises(DataError, match="the first row does so already"):
        names(tmp_path, "a,b\n1,2\n", columns=("u", "v"))


def test_a_later_table_has_a_header_when_it_repeats_the_names_of_training(tmp_path: Path):
    layout = TableLayout((("a", "categorical"), ("b", "categorical")), (("y", "categorical"),))
    path = tmp_path / "one.csv"
    path.write_text("a,b\na,b\n")
    examples = read_table(TableSource(path=str(path)), like=layout, for_prediction=True)
    assert examples.n_examples == 1
    path.write_text("column1,column2\n")
    with pytest.raises(DataError, match="a header but no rows"):
        read_table(
            TableSource(path=str(path)),
            like=TableLayout((("column1", "numeric"),), (("column2", "numeric"),)),
        )
