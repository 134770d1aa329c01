"""Numbers with a decimal comma: read where the config says so, else refused, never made categories."""

from pathlib import Path

import pytest

from dlrecipe.data.examples import Examples
from dlrecipe.data.sources.table import read_table
from dlrecipe.data.sources.table_layout import TableLayout
from dlrecipe.data.specs import TableSource
from dlrecipe.errors import DataError

SEMICOLONS = "a;b;y\n0,123;-1,5e1;0\n;2;1\n"


def read(tmp_path: Path, text: str, **options: object) -> Examples:
    path = tmp_path / "t.csv"
    path.write_text(text)
    return read_table(TableSource(path=str(path), **options))  # type: ignore[arg-type]


@pytest.mark.parametrize("header", ["a;b;y\n", ""])
def test_decimal_commas_are_refused_with_the_option_that_reads_them(tmp_path: Path, header: str):
    # Without a header, commas part the rows as evenly as semicolons do.
    rows = "0,123;-1,5;0\n0,5;2,25;1\n"
    with pytest.raises(DataError, match="is the comma a decimal sign") as raised:
        read(tmp_path, header + rows)
    assert raised.value.where.endswith(":2:a" if header else ":1:column1")
    assert 'decimal: ","' in raised.value.remedy
    columns = read(tmp_path, header + rows, decimal=",").columns
    assert [column.values.tolist() for column in columns] == [[0.123, 0.5], [-1.5, 2.25]]


def test_with_decimal_comma_missing_cells_and_exponents_read_as_ever(tmp_path: Path):
    a, b = read(tmp_path, SEMICOLONS, decimal=",").columns
    assert a.values[0] == 0.123
    assert a.values[1] != a.values[1]  # missing
    assert b.values.tolist() == [-15, 2]


def test_a_point_among_decimal_commas_is_refused_for_it_may_part_thousands(tmp_path: Path):
    with pytest.raises(DataError, match=r"'1\.234' where the column 'a'") as raised:
        read(tmp_path, "a;y\n0,5;0\n1.234;1\n", decimal=",")
    assert raised.value.where.endswith(":3:a")
    assert "leave decimal out" in raised.value.remedy


def test_commas_between_thousands_are_refused_too(tmp_path: Path):
    with pytest.raises(DataError, match="or between thousands"):
        read(tmp_path, 'a,y\n"1,234,567",0\n12,1\n')


def test_a_target_with_decimal_commas_is_no_set_of_classes(tmp_path: Path):
    with pytest.raises(DataError, match="the column 'y' holds numbers"):
        read(tmp_path, "a;y\n1;0,5\n2;0,7\n")
    target = read(tmp_path, "a;y\n1;0,5\n2;0,7\n", decimal=",").target
    assert target is not None
    assert target.tolist() == [0.5, 0.7]


def test_texts_in_which_commas_are_rare_and_declared_codes_stay_categories(tmp_path: Path):
    for text, options in [
        ('a,y\n"1,2",0\nred,1\n', {}),  # half of them numbers: near miss
        ('a,y\n"1,2",0\n"1,3",1\n', {"categorical": ("a",)}),
    ]:
        assert read(tmp_path, text, **options).columns[0].kind == "categorical"


def test_a_mark_for_missing_may_be_a_number_with_a_comma(tmp_path: Path):
    values = read(tmp_path, "a;y\n0,5;0\n-9,9;1\n", decimal=",", missing=("-9,9",)).columns[0].values
    assert values[0] == 0.5
    assert values[1] != values[1]  # missing


def test_a_later_table_with_points_is_held_against_the_training_table(tmp_path: Path):
    layout = TableLayout.of(read(tmp_path, SEMICOLONS, decimal=","))
    path = tmp_path / "later.csv"
    path.write_text("a;b;y\n0.123;2;0\n")
    with pytest.raises(DataError, match="the training table has numbers"):
        read_table(TableSource(path=str(path), decimal=","), like=layout)


def test_a_comma_cannot_be_delimiter_and_decimal_sign():
    with pytest.raises(ValueError, match="delimiter and decimal are both"):
        TableSource(path="t.csv", delimiter=",", decimal=",")


@pytest.mark.parametrize(
    ("options", "words"),
    [
        ({"missing": (" NA",)}, r"compared without the spaces around them, so write 'NA'"),
        ({"number_signs": ("-",)}, r"'-', a part of the number itself"),
        ({"number_signs": ("%", "0 %")}, r"'0 %', a part of the number itself"),
    ],
)
def test_marks_and_signs_that_could_never_be_meant_are_refused(options: dict, words: str):
    with pytest.raises(ValueError, match=words):
        TableSource(path="t.csv", **options)
