"""Real-looking tables with traps: each is read as meant."""

from pathlib import Path

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from dlrecipe.data.examples import Column, Examples
from dlrecipe.data.preprocessing import Preprocessor
from dlrecipe.data.sources import delimited_part, plain_cells, plain_read, text_scan
from dlrecipe.data.sources.cells import count_cells
from dlrecipe.data.sources.table import read_table
from dlrecipe.data.specs import TableSource
from dlrecipe.errors import DataError


def read(tmp_path: Path, text: str, **options) -> Examples:
    path = tmp_path / "t.csv"
    path.write_text(text)
    return read_table(TableSource(path=str(path), **options))


def test_a_repeated_name_gets_its_number(tmp_path: Path):
    names = [c.name for c in read(tmp_path, "a,a,a_2,a,y\n1,2,3,4,0\n5,6,7,8,1\n").columns]
    assert names == ["a", "a_3", "a_2", "a_4"]


def test_the_row_numbers_that_pandas_writes_are_left_out_and_said(tmp_path: Path):
    rows = "".join(f"{i},{i * i},{i % 2}\n" for i in range(20))
    examples = read(tmp_path, ",a,y\n" + rows)
    assert [c.name for c in examples.columns] == ["a"]
    assert "counts the rows" in examples.notes[0]
    assert [c.name for c in read(tmp_path, "n,a,y\n" + rows).columns] == ["n", "a"]


def test_a_delimiter_at_the_end_of_every_line_makes_no_column(tmp_path: Path):
    examples = read(tmp_path, "a,y,\n1,2,\n3,4,\n")
    assert [c.name for c in examples.columns] == ["a"]
    assert examples.target_names == ("y",)


def test_signs_in_numbers_are_left_out_where_the_config_says_so(tmp_path: Path):
    text = 'a,b,c,y\n"1,234.5",12%,$3,0\n"-2,000",7.5%,$4.25,1\n'
    examples = read(tmp_path, text, number_signs=(",", "%", "$"))
    assert [c.values.tolist() for c in examples.columns] == [[1234.5, -2000], [12, 7.5], [3, 4.25]]
    with pytest.raises(DataError, match=r"'1,234\.5' where the column 'a' holds numbers") as raised:
        read(tmp_path, text)
    assert "number_signs: [',']" in raised.value.remedy


@pytest.mark.parametrize(
    ("cells", "options"),
    [
        (["1970-01-11", "1970-02-01"], {}),
        (["11.01.1970", "01.02.1970"], {}),
        (["1970/01/11", "1970/02/01"], {}),
        (["11 Jan 1970", "01 Feb 1970"], {}),
        (["11.01.70", "01.02.70"], {}),  # not the year 70
        (["1970-01-11", "01.02.70"], {}),
        (["11-Jan-70", "01.02.1970"], {}),
        (["11/01/70", "31/01/70 00:00"], {}),
        (["11/01/1970", "31/01/1970"], {}),  # a day above 12 tells
        (["01/11/1970", "01/31/1970"], {}),
        (["11/01/1970", "01/02/1970"], {"day_first": True}),
        (["01/11/1970", "02/01/1970"], {"day_first": False}),
    ],
)
def test_dates_become_days_since_1970(tmp_path: Path, cells, options):
    column = read(
        tmp_path, "d,y\n" + "".join(f'"{c}",{i}\n' for i, c in enumerate(cells)), **options
    ).columns[0]
    assert column.kind in ("date", "us_date")
    assert column.values.tolist()[0] == 10
    assert column.values.tolist()[1] in (30, 31)


def test_a_date_is_a_day_and_the_cycles_that_train_went_through():
    days = np.array([0.0, 365.2425, 730.485, np.nan, 730.485 + 0.25])
    examples = Examples("t", columns=(Column("d", "date", days),), target=np.zeros(5))
    fitted = Preprocessor.fit(examples, "standard")
    assert fitted.feature_names == (
        "d",
        "d is missing",
        *(f"d {wave} of {cycle}" for cycle in ("year", "week", "day") for wave in ("sine", "cosine")),
    )
    X = fitted.transform(examples, np.dtype(np.float64))[:]
    np.testing.assert_allclose(X[:3, 2:4], [[0, 1]] * 3, atol=1e-9)  # three first days of a year
    np.testing.assert_allclose(X[3, 1:], [1, 0, 0, 0, 0, 0, 0])
    assert X[4, 6] == pytest.approx(np.sin(2 * np.pi * ((0.485 + 0.25) % 1)))
    again = Preprocessor.from_state(*fitted.to_state())
    np.testing.assert_array_equal(again.transform(examples, np.dtype(np.float64))[:], X)


def test_a_hashed_column_fills_one_of_its_buckets_and_is_no_identifier(tmp_path: Path):
    examples = read(tmp_path, "c,y\n" + "".join(f"id{i},{i % 2}\n" for i in range(60)), hashed={"c": 8})
    fitted = Preprocessor.fit(examples, "standard")
    X = fitted.transform(examples, np.dtype(np.float64))[:]
    assert X.shape == (60, 8)
    assert X.sum(axis=1).tolist() == [1] * 60
    unseen = Examples("u", columns=(Column("c", "categorical", np.array(["new", None], dtype=object)),))
    assert fitted.transform(unseen, np.dtype(np.float64))[:].sum(axis=1).tolist() == [1, 0]


ODD_CELLS = [
    *["1", " 2 ", "-3.5e2", "+4", ".5", "5.", "1_000", "0x10", "1,5", "1e5", "1E-3", "007", "-0", "1d", "1f"],
    *[
        "inf",
        "-Infinity",
        "nan",
        "NaN",
        " nan ",
        "\tNaN",
        "NA",
        "n/a",
        "?",
        "",
        " ",
        "null",
        "None",
        "true",
        "FALSE",
        "yes",
        "T",
    ],
    *[
        "2024-01-31",
        "31.01.2024",
        "01/02/2024",
        "12:30",
        "12%",
        "$5",
        "1 000",
        "1e999",
        "١",
        "1\t",
        '"quoted"',
    ],
]


def read_by(reader: str, tmp_path: Path, text: str) -> object:
    """Return what the plain reader, DuckDB's one read, or the long way makes of a table."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(plain_read, "MIN_BYTES", 0 if reader == "plain" else 1 << 60)
        patch.setattr(text_scan, "CHUNK_BYTES", 512)  # several pieces
        patch.setattr(text_scan, "COUNTED_BYTES", 100)
        patch.setattr(plain_cells, "BLOCK_BYTES", 128)  # and several blocks in each
        if reader == "long":
            patch.setattr(delimited_part, "read_typed", lambda *_, **__: None)
        try:
            examples = read(tmp_path, text)
        except DataError as error:
            return str(error)
        columns = [(c.name, c.kind, repr(c.values.tolist())) for c in examples.columns]
        return columns, repr(examples.target.tolist()), examples.notes


@pytest.mark.parametrize("cell", ODD_CELLS)
def test_the_quick_ways_read_every_cell_as_the_long_way_does(tmp_path: Path, cell: str):
    """In whole numbers, in numbers and in texts; the odd cell among the first rows and far below."""
    quoted = cell if cell.startswith('"') else f'"{cell}"' if "," in cell else cell
    columns = []
    for place in (1, 140):
        for ordinary in (["1", "2", "3"], ["1", "2.5", "3"], ["u", "v", "w"]):
            columns.append((ordinary * 50)[:150])
            columns[-1][place] = quoted
    rows = (",".join(cells) for cells in zip(*columns, strict=True))
    text = "a,b,c,d,e,f,y\n" + "".join(f"{row},{i % 5}\n" for i, row in enumerate(rows))
    quickest, quick, long = (read_by(reader, tmp_path, text) for reader in ("plain", "quick", "long"))
    assert quick == long
    assert quickest == long


SPELLINGS = st.one_of(
    st.floats().map(repr),
    st.floats(allow_nan=False, allow_infinity=False).map("{:.17g}".format),
    st.floats(allow_nan=False, allow_infinity=False).map("{:.25e}".format),
    st.decimals(allow_nan=False, allow_infinity=False).map(str),
    st.integers(-(2**70), 2**70).map(str),
    st.integers(0, 999).map("{:05}".format),
    st.sampled_from(
        ["", "NA", " 7", " nan", "8 ", "+9", ".5", "6.", "1e-320", "5e-324", "1e-400", "1e400", "-0.0"]
    ),
    st.sampled_from(["0.30000000000000004", "Infinity", "-inf", "NAN", "nan(1)", "1e5", "9007199254740993"]),
    st.text("0123456789.eE+-", min_size=1, max_size=9),
)


@settings(
    max_examples=12,
    deadline=None,
    database=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
@given(
    rows=st.lists(st.tuples(SPELLINGS, SPELLINGS, SPELLINGS), min_size=1, max_size=3),
    ends=st.sampled_from(["\n", "\r\n"]),
)
def test_any_spelling_of_a_number_is_read_alike_by_all_ways(tmp_path: Path, rows, ends: str):
    """Each stands behind 120 rows of ordinary cells, so that it was not seen when kinds were guessed."""
    cells = [("1.5", "2", "w")] * 120 + rows
    text = ends.join(["a,b,c,y", *(f"{a},{b},{c},{i % 2}" for i, (a, b, c) in enumerate(cells)), ""])
    assert read_by("plain", tmp_path, text) == read_by("quick", tmp_path, text)


def test_a_large_plain_file_is_read_to_the_last_bit_without_duckdb(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    rng = np.random.default_rng(0)
    X = rng.normal(size=(400, 3)) * 10.0 ** rng.integers(-300, 300, (400, 3))
    words = [f"w{i % 7}" if i % 11 else "" for i in range(400)]
    rows = zip(X.tolist(), words, strict=True)
    text = "a,b,c,w,n,y\n" + "".join(
        f"{a!r},{b!r},{c!r},{w},{i},{i % 2}\n" for i, ((a, b, c), w) in enumerate(rows)
    )
    monkeypatch.setattr(plain_read, "MIN_BYTES", 0)
    monkeypatch.setattr(text_scan, "CHUNK_BYTES", 4_096)
    monkeypatch.setattr(plain_cells, "BLOCK_BYTES", 1_024)
    monkeypatch.setattr(delimited_part, "read_typed", lambda *_, **__: pytest.fail("DuckDB was asked"))
    a, b, c, w, n = read(tmp_path, text).columns
    assert np.column_stack([a.values, b.values, c.values]).tobytes() == X.tobytes()
    assert w.values.tolist() == [word or None for word in words]
    assert n.values.tolist() == list(range(400))


@pytest.mark.parametrize("ends", ["\n", "\r\n"])
@pytest.mark.parametrize("last", [True, False])
def test_missing_cells_of_a_large_plain_file_are_found_wherever_they_stand(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, ends: str, last: bool
):
    """In a first and a last column, alone and in rows; the file ends with the end of a line, or does not."""
    monkeypatch.setattr(plain_read, "MIN_BYTES", 0)
    monkeypatch.setattr(text_scan, "CHUNK_BYTES", 2_048)
    monkeypatch.setattr(plain_cells, "BLOCK_BYTES", 256)
    monkeypatch.setattr(delimited_part, "read_typed", lambda *_, **__: pytest.fail("DuckDB was asked"))
    rng = np.random.default_rng(1)
    numbers = rng.normal(size=(500, 3))
    absent = rng.random((500, 3)) < 0.1
    absent[:130] = False  # none in the rows that are looked at first
    numbers[absent] = np.nan
    marks = ["", "NA", "?"]
    lines = [
        f"{i % 2}," + ",".join(marks[i % 3] if np.isnan(x) else repr(float(x)) for x in row)
        for i, row in enumerate(numbers)
    ]
    text = ends.join(["y,a,b,c", *lines, *([""] if last else [])])
    examples = read(tmp_path, text, target="y")
    assert np.column_stack([c.values for c in examples.columns]).tobytes() == numbers.tobytes()


@pytest.mark.parametrize("short", [3, 250])
def test_a_short_line_beside_a_long_one_is_refused_though_their_cells_add_up(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, short: int
):
    monkeypatch.setattr(plain_read, "MIN_BYTES", 0)
    lines = [f"{i}.5,{i},{i % 2}" for i in range(300)]
    lines[short : short + 2] = ["1.5,1", "2.5,2,0,7"]
    with pytest.raises(DataError, match=rf"t\.csv:{short + 2}\b"):
        read(tmp_path, "\n".join(["a,b,y", *lines, ""]))


@pytest.mark.parametrize("reader", ["plain", "quick"])
@pytest.mark.parametrize("space", ["", " "])
def test_a_code_of_two_digits_far_below_ones_of_one_digit_is_seen(tmp_path: Path, reader: str, space: str):
    cells = [space + ("07" if i == 280 else str(i % 9)) for i in range(300)]
    columns, _, notes = read_by(
        reader, tmp_path, "w,x,y\n" + "".join(f"{c},{i}.5,{i % 2}\n" for i, c in enumerate(cells))
    )
    assert columns[0][:2] == ("w", "categorical")
    assert "codes" in notes[0]


@pytest.mark.parametrize("first_code_at", [0, 300])  # among the first rows, and behind those looked at first
@pytest.mark.parametrize("rest", ["", "\n"])  # with and without the one read: a blank line, a mark of its own
def test_numbers_with_a_leading_zero_are_codes_and_stay_as_written(tmp_path: Path, first_code_at, rest):
    cells = ["02134" if i >= first_code_at and i % 3 == 0 else str(10000 + i % 4) for i in range(600)]
    rows = "".join(f"{cell},{i % 7},{i % 2}\n" for i, cell in enumerate(cells))
    examples = read(tmp_path, "zip,n,y\n" + rows + rest)
    zips, n = examples.columns
    assert (zips.kind, zips.values.tolist()) == ("categorical", cells)
    assert n.kind == "numeric"
    assert any("zip" in note and "codes" in note for note in examples.notes)


def test_numbers_below_one_and_a_lone_zero_are_no_codes(tmp_path: Path):
    examples = read(tmp_path, "a,b,y\n" + "".join(f"0.{i}5,{10 * (i % 3)},{i % 2}\n" for i in range(40)))
    assert [c.kind for c in examples.columns] == ["numeric", "numeric"]
    assert examples.notes == ()


def test_a_code_among_codes_that_are_no_numbers_is_no_misprint(tmp_path: Path):
    rows = "".join(f"{f'{i % 30:03}' if i % 50 else 'B12'},{i},{i % 2}\n" for i in range(400))
    assert read(tmp_path, "ward,n,y\n" + rows).columns[0].kind == "categorical"


@pytest.mark.parametrize(
    ("first", "cell"), [("007", "{}.5"), ("3.5", "00{}"), ("003.5", "{}")], ids=["above", "below", "neither"]
)
def test_a_code_and_fractions_are_numbers_wherever_the_first_row_stands(
    tmp_path: Path, first: str, cell: str
):
    """Without a header, and with texts in the first row that look like one."""
    rows = [
        f"{first},red,1",
        *(f"{cell.format(i % 7)},{'red' if i % 2 else 'blue'},{i % 2}" for i in range(150)),
    ]
    for reader in ("plain", "quick", "long"):
        columns, _, notes = read_by(reader, tmp_path, "\n".join([*rows, ""]))
        assert columns[0][:2] == ("column1", "numeric"), reader
        assert notes == ()


@pytest.mark.parametrize("codes_first", [True, False])
def test_codes_in_one_part_and_fractions_in_another_are_numbers(tmp_path: Path, codes_first: bool):
    texts = ["".join(f"{cell.format(i % 9)},{i % 2}\n" for i in range(120)) for cell in ("0{}", "{}.5")]
    for name, text in zip("ab", texts if codes_first else texts[::-1], strict=True):
        (tmp_path / f"{name}.csv").write_text("n,y\n" + text)
    column, *_ = read_table(TableSource(path=str(tmp_path / "*.csv"))).columns
    assert column.kind == "numeric"
    assert sorted(column.values.tolist())[:3] == [0.0, 0.0, 0.0]


@pytest.mark.parametrize("row", ["?,?,?,NA", "1,2.5,1,NA", '1,"a, or 2",1,"NA"', ',"2\n3",,?'])
@pytest.mark.parametrize("place", [2, 900])
def test_a_row_with_a_mark_for_missing_too_many_is_refused_by_all_ways(tmp_path: Path, row: str, place: int):
    lines = [f"{i},{i}.5,{i % 2}" for i in range(1_000)]
    lines[place] = row
    for reader in ("plain", "quick", "long"):
        found = read_by(reader, tmp_path, "\n".join(["a,b,y", *lines, ""]))
        assert f"t.csv:{place + 2}  4 fields in this row, where most rows have 3" in str(found), reader


def test_quotes_and_marks_at_the_ends_of_lines_do_not_send_a_file_the_long_way(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr(delimited_part, "count_cells", _no_counts_but_of_the_first_row)
    rows = [f'{i % 2},"a ""b"", or {i % 3}",{"NA" if i % 5 else i}\n' for i in range(200)]
    assert len(read(tmp_path, "y,a,b\n" + "".join(rows), target="y").target) == 200


def _no_counts_but_of_the_first_row(connection, relation, types, spec):
    assert "LIMIT 1" in relation, "the file was read the long way"
    return count_cells(connection, relation, types, spec)
