"""CSV, TSV and their like, as one part of a table.

DuckDB's own sniffer is never asked: it skips lines that do not fit. Delimiter, width and header are settled
here, parsing is strict, and the rows that come back are held against the lines of the file.
"""

import re
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from dlrecipe.data.sources.cells import CellCounts, CellType, count_cells, melted, quoted
from dlrecipe.data.sources.delimited_errors import unreadable
from dlrecipe.data.sources.plain_read import may_be_plain, read_plain
from dlrecipe.data.sources.table_header import column_names, given_names, has_header, refuse_title
from dlrecipe.data.sources.table_part import Part, path_literal
from dlrecipe.data.sources.text_scan import TextFacts, copy_with_newlines, guess_layout
from dlrecipe.data.sources.typed_read import TypedRead, read_typed
from dlrecipe.data.specs import TableSource
from dlrecipe.errors import DataError

if TYPE_CHECKING:
    from duckdb import DuckDBPyConnection

NOTE_TO_EXCEL = re.compile('"?sep=(.)[";,\t]*', re.IGNORECASE)
TAB_SUFFIXES = (".tsv", ".tab")
TEXT: CellType = "text"
FIRST_BUFFER_BYTES = 4 << 20
MOST_COLUMNS = 20_000
"""A header of a million columns took gigabytes of memory to be refused."""


def open_delimited(
    connection: "DuckDBPyConnection",
    path: Path,
    spec: TableSource,
    facts: TextFacts,
    known_names: Sequence[str] | None,
    scratch: Path,
) -> Part:
    """Open a file of delimited fields, read it to its end, and settle its header.

    Args:
        connection: an in-memory database.
        path: the file.
        spec: what the config says of the table.
        facts: what a first look at the file has shown.
        known_names: the columns of the training table or of the first part, by which a header is known.
        scratch: a folder for a copy of a file whose lines do not all end alike.
    Raises:
        DataError: rows of unequal length, unpaired quotes, or an unclear header.
    """
    delimiter, width = _layout(path, facts, spec)
    readable = _with_like_line_ends(path, facts, scratch)
    relation = _strict_reader(readable, facts, width, delimiter, copied=readable != path)
    text = _Text(path, readable, facts, delimiter, width, relation)
    known: bool | None = None if spec.header == "auto" else spec.header
    try:
        first, first_counts = _first_row(connection, text, spec)
        if spec.header == "auto" and spec.columns is None:
            refuse_title(first, first_counts, where=f"{path}:{_first_line(facts)}")
        if known is None and known_names is not None:
            known = _names_known(first, known_names)
        likely = any(own.numbers < own.present for own in first_counts) if known is None else known
        typed, n_below, below = _read_below(connection, text, spec, first_counts, skip_first=likely)
    except Exception as error:
        raise unreadable(error, path, facts, width, delimiter) from None

    if known is not None:
        header = known
    else:
        recurs = partial(_recurs, connection, first, text.body)
        header = has_header(first, first_counts, below, recurs=recurs, where=str(path))
    if typed is not None and header != likely:
        typed = None  # it has the first row among the others, or lacks it: read the columns again
    if header:
        names = _header_names(path, spec, first)
        return Part(path, text.body, names, text.types, n_below, below, header, facts, typed)
    names = given_names(spec.columns, width, where=str(path))
    counts = tuple(own + rest for own, rest in zip(first_counts, below, strict=True))
    return Part(path, relation, names, text.types, n_below + 1, counts, header, facts, typed)


@dataclass(frozen=True)
class _Text:
    """A file whose layout is settled. `readable` is it or a copy; `relation` is SQL that yields its rows."""

    path: Path
    readable: Path
    facts: TextFacts
    delimiter: str
    width: int
    relation: str

    @property
    def types(self) -> tuple[CellType, ...]:
        return (TEXT,) * self.width

    @property
    def body(self) -> str:
        """SQL that yields the rows below the first."""
        # Not header=true, which DuckDB takes for the first line of the file, blank or not.
        return f"(SELECT * FROM {self.relation} OFFSET 1)"


def _layout(path: Path, facts: TextFacts, spec: TableSource) -> tuple[str, int]:
    """Return the delimiter and the number of columns."""
    _refuse_note_to_excel(path, facts)
    is_tsv = path.name.lower().removesuffix(".gz").endswith(TAB_SUFFIXES)
    delimiter, width = guess_layout(
        facts.head, prefer="\t" if is_tsv else ",", delimiter=spec.delimiter, decimal=spec.decimal
    )
    if width > MOST_COLUMNS:
        raise DataError(
            f"{width:,} columns; at most {MOST_COLUMNS:,} are read from text",
            where=str(path),
            remedy="If rows and columns are swapped, transpose it; numbers alone go into an .npy file.",
        )
    return delimiter, width


def _names_known(first: Sequence[str | None], known_names: Sequence[str]) -> bool:
    """Say whether a row holds half of the names that are known, or is made up of them by half.

    Capitals do not count, so that a name in other ones is told to be missing, and not that all are.
    """
    known = {name.casefold() for name in known_names}
    found = sum(cell is not None and cell.casefold() in known for cell in first)
    return 2 * found >= min(len(first), len(known))


def _refuse_note_to_excel(path: Path, facts: TextFacts) -> None:
    first, _, _ = facts.head.partition("\n")
    note = NOTE_TO_EXCEL.fullmatch(first.strip())
    if note:
        raise DataError(
            f"'{first.strip()}' is a note to Excel on what parts the fields, and no row",
            where=f"{path}:1",
            remedy=f"Delete the line: tail -n +2 {path.name} > NEW. What parts the fields is found out; if "
            f'not, set delimiter: "{note[1]}".',
        )


def _first_row(
    connection: "DuckDBPyConnection", text: _Text, spec: TableSource
) -> tuple[tuple[str | None, ...], tuple[CellCounts, ...]]:
    """Return the cells of the first row, and what each can be read as."""
    cells = text.facts.head.partition("\n")[0].split(text.delimiter)
    if may_be_plain(text.readable, text.facts) and len(cells) == text.width:
        names = ", ".join(f"f{place}" for place in range(text.width))
        first_row = f"(FROM (VALUES ({', '.join(map(quoted, cells))})) AS first_row({names}))"
    else:
        # A small buffer: DuckDB fills one a thread before it gives out a row.
        first_row = f"(SELECT * FROM {text.relation[:-1]}, buffer_size={FIRST_BUFFER_BYTES}) LIMIT 1)"
    _, counts = count_cells(connection, first_row, text.types, spec)
    return _first_cells(connection, first_row, spec.missing), counts


def _read_below(
    connection: "DuckDBPyConnection",
    text: _Text,
    spec: TableSource,
    first_counts: Sequence[CellCounts],
    *,
    skip_first: bool,
) -> tuple[TypedRead | None, int, tuple[CellCounts, ...]]:
    """Read the file to its end.

    Args:
        skip_first: leave the first row out of the columns, as it likely names them.
    Returns:
        The columns, or None where one read does not bring them all; of the rows below the first their number,
        and what the cells can be read as.
    """
    for read in (read_plain, read_typed):
        typed = read(
            connection, text.readable, spec, text.facts,
            width=text.width, delimiter=text.delimiter, skip=int(skip_first),
        )  # fmt: skip
        if typed is not None:
            below = typed.counts
            if not skip_first:
                below = tuple(rest - own for own, rest in zip(first_counts, below, strict=True))
            return typed, typed.n_rows + typed.skipped - 1, below
    n_below, below = count_cells(connection, text.body, text.types, spec)
    _check_row_count(connection, text.path, text.relation, text.width, n_below + 1, text.facts)
    return None, n_below, below


def _with_like_line_ends(path: Path, facts: TextFacts, scratch: Path) -> Path:
    """Return the file, or a copy in `scratch` where its lines do not all end alike.

    DuckDB takes the first line break, in quotes or not, for the end of every row, and fails at others.
    """
    if not facts.mixed_line_ends:
        return path
    copy = Path(tempfile.mkdtemp(dir=scratch)) / "copy.csv"
    copy_with_newlines(path, copy, gzipped=facts.gzipped)
    return copy


def _strict_reader(path: Path, facts: TextFacts, width: int, delimiter: str, *, copied: bool) -> str:
    """Return SQL that yields every record of the file as texts f0, f1, …, or fails."""
    compression = "gzip" if facts.gzipped and not copied else "none"
    line_end = r", new_line='\n'" if copied else ""
    fields = ", ".join(f"'f{i}': 'VARCHAR'" for i in range(width))
    return (
        f"read_csv({path_literal(path)}, auto_detect=false, header=false, delim={quoted(delimiter)}, "
        f"quote='\"', escape='\"', columns={{{fields}}}, strict_mode=true, null_padding=false, "
        f"compression='{compression}'{line_end})"
    )


def _recurs(connection: "DuckDBPyConnection", first: Sequence[str | None], body: str) -> bool:
    """Say whether a cell of the first row occurs again in its own column."""
    cells = ", ".join(quoted(cell or "") for cell in first)
    again = f"SELECT bool_or(trim(cell) = [{cells}][place + 1]) FROM {melted(body, range(len(first)))}"
    return bool(connection.execute(again).fetchall()[0][0])


def _header_names(path: Path, spec: TableSource, first: Sequence[str | None]) -> tuple[str, ...]:
    if spec.columns is not None:
        raise DataError(
            f"columns names the columns, but the first row does so already ('{first[0]}', …)",
            where=f"{path}:1",
            remedy="Leave columns out, or set header: false if the first row is data.",
        )
    names = column_names(first)
    wanted = (spec.target,) if isinstance(spec.target, str) else spec.target or ()
    repeated = [name for name in (*wanted, *spec.drop, *spec.categorical) if first.count(name) > 1]
    if repeated:
        places = [str(place) for place, cell in enumerate(first, 1) if cell == repeated[0]]
        raise DataError(
            f"{len(places)} columns are called '{repeated[0]}': numbers {', '.join(places)}",
            where=f"{path}:1",
            remedy="Rename all but one of them; or, if the first row is no header, set header: false.",
        )
    return names


def _check_row_count(
    connection: "DuckDBPyConnection",
    path: Path,
    relation: str,
    width: int,
    n_records: int,
    facts: TextFacts,
) -> None:
    """Hold the rows that were read against the lines of the file: none may be lost in silence."""
    if width == 1 and facts.n_blank:
        raise DataError(
            f"{facts.n_blank} blank lines in a table of one column: missing values, or none?",
            where=str(path),
            remedy="Write NA where a value is missing, and delete the other blank lines.",
        )
    n_filled = facts.n_lines - facts.n_blank
    most = n_filled
    if facts.quoted:
        breaks = "coalesce(sum(length(cell) - length(replace(cell, chr(10), ''))), 0)"
        query = f"SELECT {breaks} FROM {melted(relation, range(width))}"
        n_records += int(connection.execute(query).fetchall()[0][0])
        most = facts.n_lines  # blank lines may be part of a quoted cell
    if not n_filled <= n_records <= most:
        raise DataError(
            f"{n_filled} lines were read as {n_records} rows",
            where=str(path),
            remedy="Check that every line ends alike and that quotes are in pairs.",
        )


def _first_line(facts: TextFacts) -> int:
    """Return the number of the first line that is not blank."""
    return 1 + len(facts.head) - len(facts.head.lstrip("\n"))


def _first_cells(
    connection: "DuckDBPyConnection", first_row: str, missing: tuple[str, ...]
) -> tuple[str | None, ...]:
    cells = [(cell or "").strip(" \t\r\n") for cell in connection.execute(f"FROM {first_row}").fetchall()[0]]
    return tuple(None if cell in ("", *missing) else cell for cell in cells)
