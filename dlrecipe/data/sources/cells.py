"""The cells of a table as DuckDB sees them: SQL that cleans, counts and converts. Knows no files.

A cell that is text becomes a number, a truth value or a date only when the whole column allows it, so the
columns are counted from the first row to the last before a kind is chosen: a 3.5 in row 1,000,000 counts
as much as one in row 1.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal, TypeAlias

if TYPE_CHECKING:
    from duckdb import DuckDBPyConnection

CellType: TypeAlias = Literal["text", "string", "number", "boolean", "date"]
"""How a file stores a cell. text: CSV and NDJSON, where anything may be meant; the others: Parquet."""
CellKind: TypeAlias = Literal["numeric", "boolean", "date", "categorical"]
"""What a column is read as."""


@dataclass(frozen=True)
class CellCounts:
    """How many cells of a column are there and what they can be read as.

    `plain` says that every cell is NULL or converts to a number as it lies, which is ten times as fast to
    read as a cell that has to be trimmed and looked up among the missing ones first.
    """

    present: int
    numbers: int
    booleans: int
    dates: int
    plain: bool = False

    def __add__(self, other: "CellCounts") -> "CellCounts":
        return CellCounts(
            self.present + other.present,
            self.numbers + other.numbers,
            self.booleans + other.booleans,
            self.dates + other.dates,
            self.plain and other.plain,
        )

    def readable_as(self, kind: CellKind) -> int:
        """Return how many of the cells that are present can be read as `kind`."""
        by_kind = {"numeric": self.numbers, "boolean": self.booleans, "date": self.dates}
        return by_kind.get(kind, self.present)


def quoted(text: str) -> str:
    """Return a text as an SQL literal."""
    return "'" + text.replace("'", "''") + "'"


def cleaned(column: str, cell_type: CellType, missing: Sequence[str]) -> str:
    """Return SQL for a cell without the spaces around it, NULL where it stands for a missing value."""
    if cell_type not in ("text", "string"):
        return column
    trimmed = f"trim({column}, ' ' || chr(9) || chr(13) || chr(10))"
    return f"CASE WHEN {trimmed} IN ({', '.join(map(quoted, ['', *missing]))}) THEN NULL ELSE {trimmed} END"


def converted(cell: str, cell_type: CellType, kind: CellKind) -> str:
    """Return SQL for a cleaned cell read as `kind`, NULL where it cannot be."""
    if kind == "numeric":
        return "NULL::DOUBLE" if cell_type == "date" else f"TRY_CAST({cell} AS DOUBLE)"
    if kind == "boolean":
        if cell_type in ("number", "date"):
            return "NULL::DOUBLE"
        return f"CASE lower(CAST({cell} AS VARCHAR)) WHEN 'true' THEN 1.0::DOUBLE WHEN 'false' THEN 0.0 END"
    if kind == "date":
        # TRY_CAST alone also takes 'epoch' and 'infinity' for points in time.
        as_text = f"CAST({cell} AS VARCHAR)"
        return (
            f"CASE WHEN {as_text} LIKE '____-__-__%' THEN epoch(TRY_CAST({as_text} AS TIMESTAMP)) / 86400 END"
        )
    # 3 and 3.0 are one category: pandas writes 3.0 as soon as a value of the column is missing.
    return f"regexp_replace(CAST({cell} AS VARCHAR), '^(-?[0-9]+)[.]0+$', '\\1')"


def count_cells(
    connection: "DuckDBPyConnection",
    relation: str,
    types: Sequence[CellType],
    missing: Sequence[str],
) -> tuple[int, tuple[CellCounts, ...]]:
    """Return the number of rows of `relation` and what the cells of its columns f0, f1, … can be read as.

    Raises:
        duckdb.Error: the file cannot be read to its end.
    """
    plain_missing = not any(_is_number(marker) for marker in missing)
    asked = ", ".join(
        f"count(f{i}), count({f'TRY_CAST(f{i} AS DOUBLE)' if cell_type in ('text', 'number') else 'NULL'})"
        for i, cell_type in enumerate(types)
    )
    n_rows, *pairs = _one_row(connection, f"SELECT count(*), {asked} FROM {relation}")
    counts: dict[int, CellCounts] = {}
    for i, cell_type in enumerate(types):
        present, numbers = pairs[2 * i : 2 * i + 2]
        if present == numbers and (plain_missing or cell_type == "number"):
            counts[i] = CellCounts(present, numbers, 0, 0, plain=True)
    rest = [i for i in range(len(types)) if i not in counts]
    if rest:
        asked = ", ".join(
            f"count({expression})"
            for i in rest
            for cell in [cleaned(f"f{i}", types[i], missing)]
            for expression in [
                cell,
                *(converted(cell, types[i], kind) for kind in ("numeric", "boolean", "date")),
            ]
        )
        figures = _one_row(connection, f"SELECT {asked} FROM {relation}")
        for at, i in enumerate(rest):
            present, numbers, booleans, dates = figures[4 * at : 4 * at + 4]
            counts[i] = CellCounts(present, numbers, booleans, dates)
    return n_rows, tuple(counts[i] for i in range(len(types)))


def infer_kind(cell_type: CellType, counts: CellCounts) -> CellKind:
    """Return the kind of a column from all its cells; one that is empty throughout is numeric."""
    stored: dict[CellType, CellKind] = {
        "string": "categorical",
        "number": "numeric",
        "boolean": "boolean",
        "date": "date",
    }
    if cell_type in stored and counts.present:
        return stored[cell_type]
    kinds: tuple[CellKind, ...] = ("numeric", "boolean", "date")
    for kind in kinds:
        if counts.readable_as(kind) == counts.present:
            return kind
    return "categorical"


def _one_row(connection: "DuckDBPyConnection", query: str) -> tuple[int, ...]:
    row = connection.execute(query).fetchone()
    assert row is not None
    return row


def _is_number(marker: str) -> bool:
    try:
        value = float(marker)
    except ValueError:
        return False
    return value == value  # a nan among the numbers is missing either way
