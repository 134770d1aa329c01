"""The same table comes out of every format, and the real files are read as they lie."""

import gzip
import json
from collections import Counter
from pathlib import Path

import duckdb
import numpy as np
import pytest

from dlrecipe.data.examples import Examples
from dlrecipe.data.sources.table import read_table
from dlrecipe.data.sources.table_layout import TableLayout
from dlrecipe.data.specs import TableSource

ROWS = [(1, 0.5, "red", True, 10.0), (2, None, "blue", False, 20.5), (3, 2.5, None, None, 30.0)]
NAMES = ("n", "size", "colour", "open", "price")
SHARED = Path(__file__).parents[3] / "shared" / "data"


def cell(value: object) -> str:
    return "" if value is None else str(value).lower() if isinstance(value, bool) else str(value)


def as_csv(path: Path, delimiter: str = ",", *, names: tuple[str, ...] = NAMES) -> Path:
    lines = [delimiter.join(names)] + [
        delimiter.join(cell(row[NAMES.index(n)]) for n in names) for row in ROWS
    ]
    path.write_text("\n".join(lines) + "\n")
    return path


def as_gzip(path: Path) -> Path:
    path.write_bytes(gzip.compress(as_csv(path.with_suffix(".plain")).read_bytes()))
    return path


def as_ndjson(path: Path) -> Path:
    lines = [
        json.dumps({k: v for k, v in zip(NAMES, row, strict=True) if v is not None or k == "size"})
        for row in ROWS
    ]
    path.write_text("\n".join(lines) + "\n")
    return path


def as_parquet(path: Path) -> Path:
    types = ("INTEGER", "DOUBLE", "VARCHAR", "BOOLEAN", "DOUBLE")
    columns = ", ".join(f"{name} {kind}" for name, kind in zip(NAMES, types, strict=True))
    with duckdb.connect() as connection:
        connection.execute(f"CREATE TABLE t ({columns})")
        connection.executemany("INSERT INTO t VALUES (?, ?, ?, ?, ?)", ROWS)
        connection.execute(f"COPY t TO '{path}' (FORMAT parquet)")
    return path


WRITERS = {
    "t.csv": as_csv,
    "t.data": as_csv,
    "t.tsv": lambda path: as_csv(path, "\t"),
    "semicolons.csv": lambda path: as_csv(path, ";"),
    "pipes.txt": lambda path: as_csv(path, "|"),
    "t.csv.gz": as_gzip,
    "t.ndjson": as_ndjson,
    "t.jsonl": as_ndjson,
    "t.parquet": as_parquet,
    "with [brackets] and * in its name.csv": as_csv,
}


@pytest.mark.parametrize("name", WRITERS)
def test_every_format_gives_the_same_examples(tmp_path: Path, name: str):
    examples = read_table(TableSource(path=str(WRITERS[name](tmp_path / name))))
    assert [(c.name, c.kind) for c in examples.columns] == [
        ("n", "numeric"),
        ("size", "numeric"),
        ("colour", "categorical"),
        ("open", "boolean"),
    ]
    n, size, colour, is_open = (column.values for column in examples.columns)
    np.testing.assert_array_equal(n, [1, 2, 3])
    np.testing.assert_array_equal(size, [0.5, np.nan, 2.5])
    assert colour.tolist() == ["red", "blue", None]
    np.testing.assert_array_equal(is_open, [1, 0, np.nan])
    np.testing.assert_array_equal(examples.target, [10.0, 20.5, 30.0])
    assert examples.target_names == ("price",)


def test_parts_are_read_in_the_order_of_their_names_and_their_columns_may_be_in_any_order(tmp_path: Path):
    as_csv(tmp_path / "b.csv")
    as_csv(tmp_path / "a.csv", names=("price", "open", "colour", "size", "n"))
    examples = read_table(TableSource(path=str(tmp_path / "*.csv"), target="price"))
    assert [c.name for c in examples.columns] == ["open", "colour", "size", "n"]
    assert examples.columns[1].values.tolist() == ["red", "blue", None] * 2
    np.testing.assert_array_equal(examples.target, [10.0, 20.5, 30.0] * 2)


def test_the_rows_keep_their_order_when_the_file_is_read_by_several_threads(tmp_path: Path):
    n = 400_000  # beyond the blocks that DuckDB gives to one thread
    path = tmp_path / "long.csv"
    path.write_text("a,b\n" + "\n".join(f"{i},{i % 7}" for i in range(n)))
    examples = read_table(TableSource(path=str(path)))
    np.testing.assert_array_equal(examples.columns[0].values, np.arange(n))


@pytest.mark.parametrize("end", ["\n", "\r\n", "\r"])
def test_line_ends_blank_lines_and_a_byte_order_mark_make_no_difference(tmp_path: Path, end: str):
    path = tmp_path / "t.csv"
    lines = ["\ufeffa,b", "", "1,x", "", "", "2,y", "", ""] if end != "\r" else ["a,b", "1,x", "2,y"]
    path.write_bytes(end.join(lines).encode())
    examples = read_table(TableSource(path=str(path)))
    assert [c.name for c in examples.columns] == ["a"]
    np.testing.assert_array_equal(examples.columns[0].values, [1, 2])
    assert examples.target is not None
    assert examples.target.tolist() == ["x", "y"]


def test_quoted_cells_may_hold_delimiters_quotes_and_line_breaks(tmp_path: Path):
    path = tmp_path / "t.csv"
    path.write_text('text,y\n"a, b",1\n"say ""hi""",2\n"two\n\nlines",3\n5\' 10,4\n')
    examples = read_table(TableSource(path=str(path)))
    assert examples.columns[0].values.tolist() == ["a, b", 'say "hi"', "two\n\nlines", "5' 10"]


def test_several_targets_make_a_matrix(tmp_path: Path):
    examples = read_table(TableSource(path=str(as_csv(tmp_path / "t.csv")), target=("price", "n")))
    np.testing.assert_array_equal(examples.target, [[10.0, 1], [20.5, 2], [30.0, 3]])
    assert examples.target_names == ("price", "n")
    assert [c.name for c in examples.columns] == ["size", "colour", "open"]


def test_columns_aside_are_no_inputs_and_their_dates_become_days_since_1970(tmp_path: Path):
    path = tmp_path / "t.csv"
    path.write_text("day,patient,x,y\n1970-01-02,p1,1,0\n2000-01-01,p2,2,1\n")
    examples = read_table(TableSource(path=str(path)), aside=("day", "patient"))
    assert [c.name for c in examples.columns] == ["x"]
    day, patient = examples.columns_aside
    np.testing.assert_array_equal(day.values, [1, 10957])  # 30 years and 7 leap days
    assert patient.values.tolist() == ["p1", "p2"]


def shared(name: str) -> str:
    if not (SHARED / name).exists():
        pytest.skip(f"the real data are not here: {SHARED / name}")
    return str(SHARED / name)


def missing(examples: Examples) -> dict[str, int]:
    counts = {c.name: sum(v is None for v in c.values) for c in examples.columns if c.kind == "categorical"}
    return {name: n for name, n in counts.items() if n}


def test_adult_is_read_as_it_lies():
    # Counts from the provenance note beside the files.
    train = read_table(TableSource(path=shared("adult/adult.data")))
    assert train.target is not None
    assert Counter(train.target) == {"<=50K": 24720, ">50K": 7841}
    assert Counter(c.kind for c in train.columns) == {"numeric": 6, "categorical": 8}
    assert missing(train) == {"column2": 1836, "column7": 1843, "column14": 583}
    assert train.columns[1].values[0] == "State-gov"
    test = read_table(
        TableSource(path=shared("adult/adult.test"), target_suffix="."), like=TableLayout.of(train)
    )
    assert test.target is not None
    assert Counter(test.target) == {"<=50K": 12435, ">50K": 3846}
    assert missing(test) == {"column2": 963, "column7": 966, "column14": 274}


def test_housing_has_207_missing_bedrooms_and_a_header():
    # 207 is the published count of missing total_bedrooms (Géron, Hands-On Machine Learning, chapter 2).
    examples = read_table(
        TableSource(path=shared("california-housing/housing.csv"), target="median_house_value")
    )
    by_name = {c.name: c for c in examples.columns}
    assert examples.n_examples == 20640
    assert int(np.isnan(by_name["total_bedrooms"].values).sum()) == 207
    assert by_name["ocean_proximity"].kind == "categorical"


def test_numbers_that_parquet_stores_as_text_are_read_as_in_a_csv(tmp_path: Path):
    cells = [f"{29.85 + k}" if k else " " for k in range(40)]
    zips = [f"{10_000 + k % 4}" for k in range(40)]  # whole: may be codes, and stay what they are stored as
    stored = "total VARCHAR, zip VARCHAR, y DOUBLE"
    with duckdb.connect() as connection:
        connection.execute(f"CREATE TABLE t ({stored})")
        connection.executemany(
            "INSERT INTO t VALUES (?, ?, ?)", list(zip(cells, zips, range(40), strict=True))
        )
        connection.execute(f"COPY t TO '{tmp_path / 't.parquet'}'")
    examples = read_table(TableSource(path=str(tmp_path / "t.parquet")))
    assert [(c.name, c.kind) for c in examples.columns] == [("total", "numeric"), ("zip", "categorical")]
    np.testing.assert_allclose(examples.columns[0].values, [np.nan, *(29.85 + k for k in range(1, 40))])
    assert any("total" in note and "zip" not in note for note in examples.notes)
