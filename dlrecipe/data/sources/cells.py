"""The cells of a table as DuckDB sees them: SQL that cleans, counts and converts. Knows no files.

A cell that is text becomes a number, a truth value or a date only when the whole column allows it, so the
columns are counted from the first row to the last before a kind is chosen: a 3.5 in row 1,000,000 counts
as much as one in row 1.

Cells that are text are laid below one another first (`melted`), so that one expression serves all columns:
planning an expression a column took DuckDB 46 s for 785 of them (decision 2).
"""

from collections.abc import Sequence
from dataclasses import astuple, dataclass
from typing import TYPE_CHECKING, Literal, TypeAlias

from dlrecipe.data.specs import TableSource

if TYPE_CHECKING:
    from duckdb import DuckDBPyConnection

CellType: TypeAlias = Literal["text", "string", "number", "boolean", "date"]
"""How a file stores a cell. text: CSV and NDJSON, where anything may be meant; the others: Parquet."""
CellKind: TypeAlias = Literal["numeric", "boolean", "date", "us_date", "categorical"]
"""What a column is read as."""
DATE_FORMATS = ("%Y/%m/%d", "%d.%m.%Y", "%d %b %Y", "%d %B %Y", "%b %d, %Y", "%B %d, %Y", "%d-%b-%Y")
"""Dates beside 2024-01-31 that leave no doubt which number is the day."""
CODE = "0[0-9]+"
IS_FRACTION = "number <> floor(number)"
DATE_LIKE = "([0-9]{1,4}[-/. ][A-Za-z0-9]{1,9}[-/. ][0-9]{2,4}|[A-Za-z]{3,9} [0-9]{1,2}, [0-9]{4})( .*)?"
TIME_FORMATS = ("%H:%M", "%H:%M:%S", "%I:%M %p", "%I:%M:%S %p")
TEXTS: tuple[CellType, ...] = ("text", "string")
ODD_SIGNS = "% $€£¥₹'’\u00a0\u202f"
"""Signs that may stand in a number, beside points and commas, and that the reading of numbers leaves."""


@dataclass(frozen=True)
class CellCounts:
    """How many cells of a column are there and what they can be read as.

    `us_dates`: dates if the month stands before the day, as `dates` if it stands behind it; most are both.
    `other_decimals` are no numbers as the config says that numbers are written, but would be without commas
    (points, where the comma is the decimal sign), spaces, percent and currency signs. `codes` are the
    numbers that begin with a 0 they do not need, such as 02134; `fractions` those that are not whole (a
    column that was read as numbers counts one for all of them).
    """

    present: int
    numbers: int
    booleans: int
    dates: int
    us_dates: int = 0
    other_decimals: int = 0
    codes: int = 0
    fractions: int = 0

    @property
    def holds_codes(self) -> bool:
        """Whether there are codes such as 02134; beside fractions 003 is none."""
        return self.codes > 0 and self.fractions <= 0

    def __add__(self, other: "CellCounts") -> "CellCounts":
        return CellCounts(*(a + b for a, b in zip(astuple(self), astuple(other), strict=True)))

    def __sub__(self, other: "CellCounts") -> "CellCounts":
        return CellCounts(*(a - b for a, b in zip(astuple(self), astuple(other), strict=True)))

    def readable_as(self, kind: CellKind) -> int:
        """Return how many of the cells that are present can be read as `kind`."""
        by_kind = {
            "numeric": self.numbers,
            "boolean": self.booleans,
            "date": self.dates,
            "us_date": self.us_dates,
        }
        return by_kind.get(kind, self.present)


def quoted(text: str) -> str:
    """Return a text as an SQL literal."""
    return "'" + text.replace("'", "''") + "'"


def melted(relation: str, columns: Sequence[int]) -> str:
    """Return SQL that yields columns of text as rows (place, cell): row by row, in the order of `columns`."""
    cells = ", ".join(f"f{i}" for i in columns)
    # The list is made one level below unnest, which would carry every column of `relation` along with each
    # cell: 7 s instead of 0.5 s for 500 × 2,000.
    rows = f"(SELECT [{cells}] AS cells FROM {relation})"
    return f"(SELECT unnest(range({len(columns)})) AS place, unnest(cells) AS cell FROM {rows})"


def cleaned(column: str, cell_type: CellType, spec: TableSource) -> str:
    """Return SQL for a cell without the spaces around it, NULL where it stands for a missing value."""
    if cell_type not in TEXTS:
        return column
    trimmed = f"trim({column}, ' ' || chr(9) || chr(13) || chr(10))"
    missing = ", ".join(map(quoted, ["", *spec.missing]))
    return f"CASE WHEN {trimmed} IN ({missing}) THEN NULL ELSE {trimmed} END"


def converted(cell: str, cell_type: CellType, kind: CellKind, spec: TableSource) -> str:
    """Return SQL for a cleaned cell read as `kind`, NULL where it cannot be."""
    if kind == "numeric":
        if cell_type == "date":
            return "NULL::DOUBLE"
        return f"TRY_CAST({_as_written(cell, spec) if cell_type in TEXTS else cell} AS DOUBLE)"
    if kind == "boolean":
        if cell_type in ("number", "date"):
            return "NULL::DOUBLE"
        return f"CASE lower(CAST({cell} AS VARCHAR)) WHEN 'true' THEN 1.0::DOUBLE WHEN 'false' THEN 0.0 END"
    if kind in ("date", "us_date"):
        return _as_days(f"CAST({cell} AS VARCHAR)", kind)
    # 3 and 3.0 are one category: pandas writes 3.0 as soon as a value of the column is missing.
    return f"regexp_replace(CAST({cell} AS VARCHAR), '^(-?[0-9]+)[{spec.decimal}]0+$', '\\1')"


def read_as(column: str, cell_type: CellType, kind: CellKind, spec: TableSource) -> str:
    """Return SQL for a cell as it lies in the file, read as `kind`; NULL where it is missing or cannot be."""
    if kind == "numeric" and not numbers_may_be_missing(spec):
        # A mark for missing is no number, so it turns into NULL without being looked up.
        return converted(column, cell_type, kind, spec)
    return converted(cleaned(column, cell_type, spec), cell_type, kind, spec)


def count_cells(
    connection: "DuckDBPyConnection",
    relation: str,
    types: Sequence[CellType],
    spec: TableSource,
) -> tuple[int, tuple[CellCounts, ...]]:
    """Return the number of rows of `relation` and what the cells of its columns f0, f1, … can be read as.

    Raises:
        duckdb.Error: the file cannot be read to its end.
    """
    texts = [i for i, cell_type in enumerate(types) if cell_type in TEXTS]
    stored = {i: cell_type for i, cell_type in enumerate(types) if cell_type not in TEXTS}
    n_rows, counts = _count_texts(connection, relation, texts, spec) if texts else (0, {})
    if stored or not texts:
        n_rows, counts_of_stored = _count_stored(connection, relation, stored, spec)
        counts |= counts_of_stored
    return n_rows, tuple(counts[i] for i in range(len(types)))


def _count_stored(
    connection: "DuckDBPyConnection", relation: str, types: dict[int, CellType], spec: TableSource
) -> tuple[int, dict[int, CellCounts]]:
    """Return the number of rows, and the counts of columns that the file stores as other than text."""
    asked = ["count(*)"]
    for i, cell_type in types.items():
        date = converted(f"f{i}", "date", "date", spec) if cell_type == "date" else "NULL"
        asked += [f"count(f{i})", f"count({date})"]
    ((n_rows, *found),) = connection.execute(f"SELECT {', '.join(asked)} FROM {relation}").fetchall()
    counts: dict[int, CellCounts] = {}
    for (i, cell_type), present, dates in zip(types.items(), found[::2], found[1::2], strict=True):
        numbers = 0 if cell_type == "date" else present
        counts[i] = CellCounts(present, numbers, present if cell_type == "boolean" else 0, dates, dates)
    return n_rows, counts


def _count_texts(
    connection: "DuckDBPyConnection", relation: str, columns: Sequence[int], spec: TableSource
) -> tuple[int, dict[int, CellCounts]]:
    """Return the number of rows, and the counts of columns of text."""
    # A nan may stand for a missing value: it is not counted before it has been looked up.
    number = f"nullif({converted('cell', 'text', 'numeric', spec)}, 'nan'::DOUBLE)"
    numbers = f"SELECT place, cell, {number} AS number FROM {melted(relation, columns)}"
    asked = f"SELECT place, count(*), count(cell), count(number), {_counts_of_codes()} FROM ({numbers})"
    found = connection.execute(f"{asked} GROUP BY place ORDER BY place").fetchall()
    if not found:
        return 0, {i: CellCounts(0, 0, 0, 0) for i in columns}
    counts = {
        columns[place]: CellCounts(present, n_numbers, 0, 0, codes=codes, fractions=fractions)
        for place, _, present, n_numbers, codes, fractions in found
    }
    # Only where some cell is no number as it lies: to trim and look up takes ten times as long as the cast.
    rest = [
        i
        for i in columns
        if numbers_may_be_missing(spec) or counts[i].numbers < counts[i].present or counts[i].codes
    ]
    if rest:
        for place, *figures in connection.execute(_counts_in_full(relation, rest, spec)).fetchall():
            counts[rest[place]] = CellCounts(*figures)
    return found[0][1], counts


def _counts_in_full(relation: str, columns: Sequence[int], spec: TableSource) -> str:
    """Return SQL for the counts of columns of text: a row a column, its place first, then as CellCounts."""
    clean = f"SELECT place, {cleaned('cell', 'text', spec)} AS cell FROM {melted(relation, columns)}"
    numbers = f"SELECT place, cell, {converted('cell', 'text', 'numeric', spec)} AS number FROM ({clean})"
    asked = ", ".join(f"count(CASE WHEN number IS NULL THEN {other} END)" for other in _other_readings(spec))
    figures = f"count(cell), count(number), {asked}, {_counts_of_codes()}"
    return f"SELECT place, {figures} FROM ({numbers}) GROUP BY place"


def _counts_of_codes() -> str:
    """Return SQL for how many cells are codes, and how many numbers are fractions."""
    return ", ".join(f"count(CASE WHEN {each} THEN 1 END)" for each in (is_code("cell"), IS_FRACTION))


def _other_readings(spec: TableSource) -> list[str]:
    """Return SQL for a cleaned cell that is no number, read as a truth value, a date, an odd number."""
    return [
        converted("cell", "text", "boolean", spec),
        converted("cell", "text", "date", spec),
        converted("cell", "text", "us_date", spec),
        f"TRY_CAST({_with_a_point(_negated(_without_the_other_sign('cell', spec), spec), spec)} AS DOUBLE)",
    ]


def count_distinct(
    connection: "DuckDBPyConnection", cells: Sequence[str], times: Sequence[int], spec: TableSource
) -> CellCounts:
    """Return the counts of a column of text of which the different cells are known, and how often each is."""
    column = "SELECT unnest($1::VARCHAR[]) AS cell, unnest($2::BIGINT[]) AS times"
    clean = f"SELECT times, {cleaned('cell', 'text', spec)} AS cell FROM ({column})"
    numbers = f"SELECT times, cell, {converted('cell', 'text', 'numeric', spec)} AS number FROM ({clean})"
    asked = ["cell IS NOT NULL", "number IS NOT NULL"]
    asked += [f"number IS NULL AND ({other}) IS NOT NULL" for other in _other_readings(spec)]
    asked += [is_code("cell"), IS_FRACTION]
    sums = [f"coalesce(sum(times) FILTER ({each}), 0)" for each in asked]
    (figures,) = connection.execute(
        f"SELECT {', '.join(sums)} FROM ({numbers})", [list(cells), list(times)]
    ).fetchall()
    return CellCounts(*(int(figure) for figure in figures))


def is_code(cell: str) -> str:
    """Return SQL that says whether a cell is a whole number with a 0 before it: a code, such as 02134."""
    # LIKE first: it costs next to nothing, and hardly a cell gets to the expression.
    return f"ltrim({cell}) LIKE '0_%' AND regexp_full_match(trim({cell}), '{CODE}')"


def infer_kind(cell_type: CellType, counts: CellCounts) -> CellKind:
    """Return the kind of a column from all its cells; one that is empty throughout is numeric.

    Numbers of which any begins with a 0 it does not need are codes, hence categories.
    """
    stored: dict[CellType, CellKind] = {
        "string": "categorical",
        "number": "numeric",
        "boolean": "boolean",
        "date": "date",
    }
    if cell_type in stored and counts.present:
        return stored[cell_type]
    if counts.holds_codes:
        return "categorical"
    kinds: tuple[CellKind, ...] = ("numeric", "boolean", "date", "us_date")
    for kind in kinds:
        if counts.readable_as(kind) == counts.present:
            return kind
    return "categorical"


def _as_days(text: str, kind: CellKind) -> str:
    """Return SQL for a date as the days since 1970; NULL for what is none."""
    order = ["%d/%m/%Y", "%d-%m-%Y"] if kind == "date" else ["%m/%d/%Y", "%m-%d-%Y"]
    # A year of two digits first, which lies between 1969 and 2068: %Y would take 23 for the year 23.
    short = [day.replace("%Y", "%y") for day in (*order, *DATE_FORMATS) if day.endswith("%Y")]
    days = [*short, *order, *DATE_FORMATS]
    times = [f"{day} {time}" for day in days for time in TIME_FORMATS]
    formats = ", ".join(map(quoted, [*days, *times]))
    # TRY_CAST alone also takes 'epoch' and 'infinity' for points in time.
    return (
        f"CASE WHEN {text} LIKE '____-__-__%' THEN epoch(TRY_CAST({text} AS TIMESTAMP)) / 86400 "
        f"WHEN regexp_full_match({text}, {quoted(DATE_LIKE)}) "
        f"THEN epoch(try_strptime({text}, [{formats}])) / 86400 END"
    )


def _as_written(cell: str, spec: TableSource) -> str:
    """Return SQL for a number without the signs that the config leaves out, as DuckDB writes it."""
    for sign in spec.number_signs:
        cell = f"replace({cell}, {quoted(sign)}, '')"
    return _with_a_point(_negated(cell, spec), spec)


def _negated(cell: str, spec: TableSource) -> str:
    """Return SQL for a number with a - in front where the config allows other signs for it."""
    if not spec.accounting:
        return cell
    with_minus = f"trim(replace({cell}, '\u2212', '-'))"
    in_brackets = f"regexp_replace({with_minus}, '^\\(\\s*([0-9.,]+)\\s*\\)$', '-\\1')"
    return f"regexp_replace({in_brackets}, '^([0-9.,]+)\\s*-$', '-\\1')"


def _with_a_point(cell: str, spec: TableSource) -> str:
    """Return SQL for a number as DuckDB writes it; where the comma is the decimal sign, 1.5 is none."""
    return cell if spec.decimal == "." else f"translate({cell}, ',.', '.,')"


def _without_the_other_sign(cell: str, spec: TableSource) -> str:
    signs = f"[{',' if spec.decimal == '.' else '.'}{ODD_SIGNS}]"
    return f"regexp_replace({cell}, {quoted(signs)}, '', 'g')"


def numbers_may_be_missing(spec: TableSource) -> bool:
    """Say whether a cell that can be read as a number may stand for a missing value, such as -999."""
    return any(map(_is_number, spec.missing))


def _is_number(marker: str) -> bool:
    try:
        value = float(marker.replace(",", "."))
    except ValueError:
        return False
    return value == value  # a nan among the numbers is missing either way
