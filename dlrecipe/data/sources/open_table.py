"""The files of a table, opened as one: counts over all rows, columns as arrays, the place of a bad cell.

Knows no targets and decides no kinds.
"""

import glob
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Any, NoReturn

import numpy as np
from numpy.typing import NDArray

from dlrecipe.data.sources.cells import (
    TEXTS,
    CellCounts,
    CellKind,
    cleaned,
    converted,
    infer_kind,
    melted,
    read_as,
)
from dlrecipe.data.sources.delimited_part import open_delimited
from dlrecipe.data.sources.ndjson_part import open_ndjson
from dlrecipe.data.sources.parquet_part import open_parquet
from dlrecipe.data.sources.table_part import Part
from dlrecipe.data.sources.text_scan import first_bytes, scan_text
from dlrecipe.data.sources.typed_read import as_kind
from dlrecipe.data.specs import TableSource
from dlrecipe.errors import DataError
from dlrecipe.suggestion import did_you_mean

if TYPE_CHECKING:
    from duckdb import DuckDBPyConnection

NDJSON_SUFFIXES = (".ndjson", ".jsonl", ".json")


class NoInputs(DataError):
    """All columns of a table are left out, or are the target."""


class ColumnError(DataError):
    """A column that cannot be used as it is, and the option of the source with which it can.

    `option` and `value` are what `dlrecipe init` writes into a config: one more entry where the option is a
    list.
    """

    def __init__(self, what: str, *, where: str, remedy: str, option: str, value: Any) -> None:
        super().__init__(what, where=where, remedy=remedy)
        self.option, self.value = option, value


CORRECT_A_MISFIT = (
    "Correct it; if it stands for a missing value, add it to missing; if the numbers are codes, list the "
    "column under categorical when training."
)


@dataclass(frozen=True)
class OpenTable:
    """The open parts of one table and what the config says of it."""

    connection: "DuckDBPyConnection"
    spec: TableSource
    parts: tuple[Part, ...]

    @property
    def names(self) -> tuple[str, ...]:
        """The columns, in the order of the first file."""
        return self.parts[0].names

    @property
    def n_rows(self) -> int:
        """Number of rows of all parts, headers left out."""
        return sum(part.n_rows for part in self.parts)

    def counts(self, name: str) -> CellCounts:
        """Return what the cells of a column can be read as, over all parts."""
        first, *others = (part.counts[part.place_of[name]] for part in self.parts)
        return sum(others, start=first)

    def inferred(self, name: str) -> CellKind:
        """Return the kind of a column from all its cells, in all parts."""
        types = {part.types[part.place_of[name]] for part in self.parts}
        return infer_kind(types.pop() if len(types) == 1 else "text", self.counts(name))

    def place(self, row: int, column: str = "") -> str:
        """Return `file:line:column` of a row counted from 0 over all parts."""
        for part in self.parts:
            if row < part.n_rows:
                return part.place(row, column)
            row -= part.n_rows
        raise IndexError(row)


@contextmanager
def open_table(spec: TableSource, *, known_names: tuple[str, ...] | None) -> Iterator[OpenTable]:
    """Open all files of a table; they must have the same columns, in any order.

    Args:
        spec: the file or glob, and how to read it.
        known_names: the columns of the training table, by which a header is known.
    Raises:
        DataError: a file cannot be read, or its columns differ; or there are no rows.
    """
    import duckdb

    config: dict[str, str | bool | int | float | list[str]] = {
        "autoinstall_known_extensions": False,
        "autoload_known_extensions": False,
    }
    with TemporaryDirectory() as scratch, duckdb.connect(":memory:", config=config) as connection:
        # The progress bar of a slow query would be written to stdout, which belongs to data.
        connection.execute("SET enable_progress_bar = false")
        # It turns TRY_CAST over a CSV file into a cast that fails instead of giving NULL.
        connection.execute("SET disabled_optimizers = 'type_pushdown'")
        parts: list[Part] = []
        for path in matching_files(spec.path):
            known = parts[0].names if parts else known_names
            parts.append(_open_part(connection, path, spec, known, Path(scratch)))
        _require_same_columns(parts)
        table = OpenTable(connection, spec, tuple(parts))
        if table.n_rows == 0:
            what = "a header but no rows" if parts[0].has_header else "no rows"
            raise DataError(what, where=spec.path, remedy="Check that the file was written whole.")
        yield table


def _open_part(
    connection: "DuckDBPyConnection",
    path: Path,
    spec: TableSource,
    known_names: tuple[str, ...] | None,
    scratch: Path,
) -> Part:
    start = first_bytes(path)
    if start.startswith(b"PAR1"):
        return open_parquet(connection, path, spec)
    facts = scan_text(path)
    if path.name.lower().removesuffix(".gz").endswith(NDJSON_SUFFIXES):
        return open_ndjson(connection, path, spec, facts)
    return open_delimited(connection, path, spec, facts, known_names, scratch)


def matching_files(pattern: str) -> list[Path]:
    """Return the files of a path or glob, in the order of their names."""
    if Path(pattern).exists() or not glob.has_magic(pattern):
        return [Path(pattern)]
    paths = sorted(Path(name) for name in glob.glob(pattern, recursive=True) if Path(name).is_file())
    if not paths:
        raise DataError("no file matches", where=pattern, remedy="Check the folder and the pattern.")
    return paths


def _require_same_columns(parts: Sequence[Part]) -> None:
    first = parts[0]
    for part in parts[1:]:
        if set(part.names) == set(first.names):
            continue
        lacks = [name for name in first.names if name not in part.names]
        extra = [name for name in part.names if name not in first.names]
        facts = [f"it lacks {listed(lacks)}"] * bool(lacks) + [f"it adds {listed(extra)}"] * bool(extra)
        raise DataError(
            f"the columns differ from those of {first.path}: {' and '.join(facts)}",
            where=str(part.path),
            remedy="Give all parts the same columns, or narrow the glob.",
        )


def require_columns(table: OpenTable, names: Sequence[str], *, role: str) -> None:
    """Refuse a table that lacks one of these columns, and name the closest one it has."""
    for name in names:
        if name not in table.names:
            raise DataError(
                f"no column '{name}' ({role})",
                where=str(table.parts[0].path),
                remedy=did_you_mean(name, table.names, f"Columns: {listed(table.names)}"),
            )


def refuse_misfits(table: OpenTable, name: str, kind: CellKind) -> None:
    """Refuse a column with a cell that cannot be read as the kind it had in training."""
    counts = table.counts(name)
    if counts.readable_as(kind) < counts.present:
        wanted = {"numeric": "numbers (or nothing at all)", "boolean": "true and false"}.get(kind, "dates")
        raise_misfit(table, name, kind, found=f"the training table has {wanted} in '{name}'")


def raise_misfit(
    table: OpenTable, name: str, kind: CellKind, *, found: str, remedy: str = CORRECT_A_MISFIT
) -> NoReturn:
    """Refuse the first cell of a column that cannot be read as `kind`, naming its place.

    `found` finishes the sentence "'abc' where …".
    """
    first = misfit(table, name, kind)
    if first is None:
        raise AssertionError("a misfit was counted and not found")
    raise ColumnError(
        f"'{shortened(first.text)}' where {found}",
        where=first.place,
        remedy=remedy,
        option="missing",
        value=first.text,
    )


@dataclass(frozen=True)
class Misfit:
    """A cell that cannot be read as it should, and its place."""

    text: str
    place: str


def misfit(table: OpenTable, name: str, kind: CellKind) -> Misfit | None:
    """Return the first cell of a column that is not missing and cannot be read as `kind`."""
    for part in table.parts:
        at = part.place_of[name]
        cell = cleaned(f"f{at}", part.types[at], table.spec)
        rows = (
            f"SELECT row_number() OVER () - 1 AS row, CAST({cell} AS VARCHAR) AS cell, "
            f"{converted(cell, part.types[at], kind, table.spec)} AS value FROM {part.relation}"
        )
        wrong = f"SELECT row, cell FROM ({rows}) WHERE cell IS NOT NULL AND value IS NULL"
        misfits = table.connection.execute(f"{wrong} ORDER BY row LIMIT 1").fetchall()
        if misfits:
            row, text = misfits[0]
            return Misfit(text, part.place(row, name))
    return None


def same_either_way(table: OpenTable, name: str) -> bool:
    """Say whether the dates of a column are the same with the day first as with the month first."""
    for part in table.parts:
        at = part.place_of[name]
        cell = cleaned(f"f{at}", part.types[at], table.spec)
        day, month = (converted(cell, part.types[at], kind, table.spec) for kind in ("date", "us_date"))
        query = f"SELECT bool_or(({day}) IS DISTINCT FROM ({month})) FROM {part.relation}"
        if table.connection.execute(query).fetchall()[0][0]:
            return False
    return True


def read_columns(table: OpenTable, kinds: dict[str, CellKind]) -> dict[str, NDArray[Any]]:
    """Return the cells of columns as arrays: float64 with NaN, or object `str` with None."""
    pieces: dict[str, list[NDArray[Any]]] = {name: [] for name in kinds}
    for part in table.parts:
        wanted = {part.place_of[name]: kind for name, kind in kinds.items()}
        fetched = _fetch_typed(table, part, wanted)
        texts = [at for at in wanted if part.types[at] in TEXTS and at not in fetched]
        for kind in dict.fromkeys(wanted[at] for at in texts):
            alike = [at for at in texts if wanted[at] == kind]
            fetched |= _fetch_texts(table, part, alike, kind)
        stored = [at for at in wanted if part.types[at] not in TEXTS]
        fetched |= _fetch_stored(table, part, {at: wanted[at] for at in stored})
        for name, at in zip(kinds, wanted, strict=True):
            pieces[name].append(fetched[at])
    return {name: each[0] if len(each) == 1 else np.concatenate(each) for name, each in pieces.items()}


def _fetch_typed(table: OpenTable, part: Part, kinds: dict[int, CellKind]) -> dict[int, NDArray[Any]]:
    """Return the columns that the one read has brought already, as they are wanted."""
    if part.typed is None:
        return {}
    found = {
        at: as_kind(table.connection, part.typed.columns[at], kind, table.spec) for at, kind in kinds.items()
    }
    return {at: values for at, values in found.items() if values is not None}


def _fetch_texts(
    table: OpenTable, part: Part, columns: Sequence[int], kind: CellKind
) -> dict[int, NDArray[Any]]:
    """Return columns of text of one part, all read as `kind`."""
    value = read_as("cell", "text", kind, table.spec)
    query = f"SELECT {value} AS value FROM {melted(part.relation, columns)}"
    values = _unmasked(table.connection.execute(query).fetchnumpy()["value"], kind)
    _require_unchanged(part, len(values), part.n_rows * len(columns))
    return dict(zip(columns, values.reshape(-1, len(columns)).T, strict=True))


def _fetch_stored(table: OpenTable, part: Part, kinds: dict[int, CellKind]) -> dict[int, NDArray[Any]]:
    """Return columns of one part that the file stores as numbers, truth values or dates."""
    if not kinds:
        return {}
    asked = (f"{read_as(f'f{at}', part.types[at], kind, table.spec)} AS f{at}" for at, kind in kinds.items())
    query = f"SELECT {', '.join(asked)} FROM {part.relation}"
    fetched = table.connection.execute(query).fetchnumpy()
    values = {at: _unmasked(fetched[f"f{at}"], kind) for at, kind in kinds.items()}
    for column in values.values():
        _require_unchanged(part, len(column), part.n_rows)
    return values


def _require_unchanged(part: Part, n_found: int, n_counted: int) -> None:
    if n_found != n_counted:
        raise DataError("the file changed while it was read", where=str(part.path), remedy="Try again.")


def _unmasked(values: NDArray[Any], kind: CellKind) -> NDArray[Any]:
    """Return what DuckDB fetched with None or NaN for NULL (numpy.ma.filled takes None for '?')."""
    plain = np.asarray(np.ma.getdata(values), dtype=object if kind == "categorical" else np.float64)
    if np.ma.is_masked(values):
        plain = plain if plain.flags.writeable else plain.copy()
        plain[np.ma.getmaskarray(values)] = None if kind == "categorical" else np.nan
    return plain


def refuse_infinite(table: OpenTable, name: str, values: NDArray[Any]) -> None:
    """Refuse a column with an infinite value, naming the place of the first."""
    rows = np.flatnonzero(np.isinf(values))
    if len(rows):
        raise DataError(
            f"{len(rows)} of {len(values)} values of '{name}' are infinite (or beyond 1.8e308); this is the "
            "first",
            where=table.place(int(rows[0]), name),
            remedy="Correct them, leave them empty if they are missing, or add their text to missing.",
        )


def listed(names: Sequence[str]) -> str:
    """Return names for a message, the first twelve."""
    shown = ", ".join(shortened(name) for name in names[:12])
    return shown if len(names) <= 12 else f"{shown}, … ({len(names)} in all)"


def shortened(text: str) -> str:
    """Return a text for a message, at most 40 characters of it."""
    return text if len(text) <= 40 else text[:37] + "…"
