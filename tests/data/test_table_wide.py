"""Tables of many columns: every cell comes back in its place, and work is planned once for all columns."""

import json
from collections.abc import Callable
from pathlib import Path

import duckdb
import numpy as np
import pytest
from numpy.typing import NDArray

from dlrecipe.data.sources.cells import count_cells
from dlrecipe.data.sources.table import read_table
from dlrecipe.data.specs import TableSource

N_ROWS, N_COLUMNS = 40, 300
KINDS = ("numeric", "categorical", "boolean")
Rows = list[list[float | str | bool | None]]


def mixed_rows() -> Rows:
    """Return rows whose columns are numbers, letters and truth values by turns, a tenth of them missing."""
    rng = np.random.default_rng(0)
    numbers = rng.integers(-99, 99, (N_ROWS, N_COLUMNS)) / 4
    letters = rng.choice(["A", "C", "G"], (N_ROWS, N_COLUMNS))
    absent = rng.random((N_ROWS, N_COLUMNS)) < 0.1
    by_kind = (numbers.tolist(), letters.tolist(), (numbers > 0).tolist())
    return [
        [None if absent[i, j] else by_kind[j % 3][i][j] for j in range(N_COLUMNS)] + [i / 2]
        for i in range(N_ROWS)
    ]


def as_csv(path: Path, rows: Rows) -> None:
    lines = [[f"c{j}" for j in range(len(rows[0]))]]
    lines += [["" if cell is None else str(cell).lower() for cell in row] for row in rows]
    path.write_text("\n".join(",".join(f'"{cell}"' for cell in line) for line in lines).replace('""', "?"))


def as_ndjson(path: Path, rows: Rows) -> None:
    path.write_text("\n".join(json.dumps({f"c{j}": cell for j, cell in enumerate(row)}) for row in rows))


def as_parquet(path: Path, rows: Rows) -> None:
    lines = path.with_suffix(".lines")
    as_ndjson(lines, rows)
    with duckdb.connect() as connection:
        connection.execute(f"COPY (FROM read_json('{lines}')) TO '{path}' (FORMAT parquet)")


def expected(rows: Rows, column: int, *, lower: bool) -> NDArray[np.generic]:
    cells = [row[column] for row in rows]
    if column % 3 == 1:
        return np.array([cell.lower() if lower and isinstance(cell, str) else cell for cell in cells], object)
    return np.array([np.nan if cell is None else float(cell) for cell in cells])


@pytest.mark.parametrize(
    ("name", "write"), [("t.csv", as_csv), ("t.ndjson", as_ndjson), ("t.parquet", as_parquet)]
)
def test_every_cell_of_a_wide_table_comes_back_in_its_place(
    tmp_path: Path, name: str, write: Callable[[Path, Rows], None]
):
    rows = mixed_rows()
    write(tmp_path / name, rows)
    examples = read_table(TableSource(path=str(tmp_path / name)))
    assert [column.name for column in examples.columns] == [f"c{j}" for j in range(N_COLUMNS)]
    assert [column.kind for column in examples.columns] == [KINDS[j % 3] for j in range(N_COLUMNS)]
    for j, column in enumerate(examples.columns):
        np.testing.assert_array_equal(column.values, expected(rows, j, lower=name == "t.csv"))


def test_the_order_of_rows_survives_files_read_by_several_threads(tmp_path: Path):
    path = tmp_path / "t.csv"
    path.write_text("a,b,y\n" + "".join(f"{i},t{i % 7},{i}\n" for i in range(300_000)))
    number, text = read_table(TableSource(path=str(path))).columns
    np.testing.assert_array_equal(number.values, np.arange(300_000))
    assert text.values.tolist() == [f"t{i % 7}" for i in range(300_000)]


class Recorder:
    """A connection that keeps the queries it passes on."""

    def __init__(self, connection: duckdb.DuckDBPyConnection) -> None:
        self.connection = connection
        self.queries: list[str] = []

    def execute(self, query: str) -> duckdb.DuckDBPyConnection:
        self.queries.append(query)
        return self.connection.execute(query)


@pytest.mark.parametrize("cell", ["1", "x", " true "])
def test_counting_cells_takes_no_more_conversions_for_more_columns(cell: str):
    def conversions(width: int) -> int:
        with duckdb.connect() as connection:
            recorder = Recorder(connection)
            cells = ", ".join(f"'{cell}' AS f{i}" for i in range(width))
            relation = f"(SELECT {cells})"
            count_cells(recorder, relation, ["text"] * width, TableSource(path="t.csv"))  # type: ignore[arg-type]
            return sum(query.count("CAST(") for query in recorder.queries)

    assert conversions(100) == conversions(1) > 0
