"""Parquet, as one part of a table. Its columns come typed, and the types are kept."""

import re
from pathlib import Path
from typing import TYPE_CHECKING

from dlrecipe.data.sources.cells import CellType, count_cells
from dlrecipe.data.sources.table_part import Part, path_literal, said_first
from dlrecipe.data.specs import TableSource
from dlrecipe.errors import DataError

if TYPE_CHECKING:
    from duckdb import DuckDBPyConnection

NUMBER_TYPES = re.compile(r"(U?(TINY|SMALL|BIG|HUGE)INT|U?INTEGER|FLOAT|DOUBLE|DECIMAL.*|BIGNUM)$")
DATE_TYPES = re.compile(r"(DATE|TIMESTAMP.*)$")
NESTED_TYPES = re.compile(r"(STRUCT|MAP|UNION|VARIANT|BLOB)|.*\]$")


def open_parquet(connection: "DuckDBPyConnection", path: Path, spec: TableSource) -> Part:
    """Open a Parquet file and read it to its end.

    Raises:
        DataError: the file is damaged, or a column is nested.
    """
    try:
        found = connection.execute(f"SELECT * FROM read_parquet({path_literal(path)}) LIMIT 0").description
        described = [(str(name), str(kind)) for name, kind, *_ in found or ()]
        # DuckDB renames columns that differ only in case; the file's own names stand in its schema.
        names = tuple(
            name
            for name, children in connection.execute(
                f"SELECT name, num_children FROM parquet_schema({path_literal(path)})"
            ).fetchall()[1:]
        )
        names = names if len(names) == len(described) else tuple(name for name, _ in described)
        aliases = ", ".join(f"f{i}" for i in range(len(names)))
        relation = f"read_parquet({path_literal(path)}) AS part({aliases})"
        types = tuple(
            _stored_type(path, name, kind) for name, (_, kind) in zip(names, described, strict=True)
        )
        n_rows, counts = count_cells(connection, relation, types, spec)
    except DataError:
        raise
    except Exception as error:
        raise DataError(
            f"the Parquet file is damaged or cut short ({said_first(error)})",
            where=str(path),
            remedy="Copy or write the file again.",
        ) from None
    return Part(path, relation, names, types, n_rows, counts, has_header=False, facts=None)


def _stored_type(path: Path, name: str, kind: str) -> CellType:
    if NESTED_TYPES.match(kind):
        raise DataError(
            f"column '{name}' holds {kind}, not one value a row",
            where=str(path),
            remedy="Write its parts as columns of their own before training, or leave it out of the file.",
        )
    if NUMBER_TYPES.match(kind):
        return "number"
    if DATE_TYPES.match(kind):
        return "date"
    return "boolean" if kind == "BOOLEAN" else "string"
