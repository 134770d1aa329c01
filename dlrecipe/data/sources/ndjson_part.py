"""NDJSON, one object a line, as one part of a table. A key that a line lacks is a missing value."""

import json
from pathlib import Path
from typing import TYPE_CHECKING, Any

from dlrecipe.data.sources.cells import CellType, count_cells, quoted
from dlrecipe.data.sources.table_part import Part, path_literal, said_first
from dlrecipe.data.sources.text_scan import TextFacts, physical_lines
from dlrecipe.data.specs import TableSource
from dlrecipe.errors import DataError

if TYPE_CHECKING:
    from duckdb import DuckDBPyConnection


def open_ndjson(connection: "DuckDBPyConnection", path: Path, spec: TableSource, facts: TextFacts) -> Part:
    """Open a file of one JSON object a line and read it to its end.

    Raises:
        DataError: a line is no JSON object, or a value is a list or an object.
    """
    # With two threads, DuckDB 2.0 now and then returns a last line without a line end as the first row.
    connection.execute("SET threads = 1")
    compression = "gzip" if facts.gzipped else "uncompressed"
    objects = f"read_ndjson_objects({path_literal(path)}, compression='{compression}')"
    try:
        strays = f"SELECT count(*) FROM {objects} WHERE json_type(json) IS DISTINCT FROM 'OBJECT'"
        (n_strays,) = connection.execute(strays).fetchall()[0]
        if n_strays:
            raise ValueError("not every line is an object")
        # Keys in the order in which they first appear.
        found = connection.execute(
            "SELECT key, min(line * 100000 + place) AS first FROM (SELECT unnest(json_keys(json)) AS key, "
            "generate_subscripts(json_keys(json), 1) AS place, line FROM (SELECT json, row_number() OVER () "
            f"AS line FROM {objects})) GROUP BY key ORDER BY first"
        ).fetchall()
        names = tuple(str(name) for name, _ in found)
        pointers = [quoted("/" + name.replace("~", "~0").replace("/", "~1")) for name in names]
        # All keys at once: a call a key would parse each line again for each.
        keys = f"[{', '.join(pointers)}]::VARCHAR[]"
        columns = ", ".join(f"cells[{i + 1}] AS f{i}" for i in range(len(names)))
        rows = f"(SELECT json_extract_string(json, {keys}) AS cells FROM {objects})"
        relation = f"(SELECT {columns or 'cells'} FROM {rows})"
        _refuse_nested(connection, path, objects, names, pointers)
        types: list[CellType] = ["text"] * len(names)
        n_rows, counts = count_cells(connection, relation, types, spec)
    except DataError:
        raise
    except Exception as error:
        raise _ndjson_error(error, path, facts) from None
    if n_rows != facts.n_lines - facts.n_blank:
        raise DataError(
            f"{facts.n_lines - facts.n_blank} lines were read as {n_rows} rows",
            where=str(path),
            remedy="Write one object a line.",
        )
    return Part(path, relation, names, tuple(types), n_rows, counts, has_header=False, facts=facts)


def _refuse_nested(
    connection: "DuckDBPyConnection", path: Path, objects: str, names: tuple[str, ...], pointers: list[str]
) -> None:
    kinds = f"SELECT json_type(json, [{', '.join(pointers)}]::VARCHAR[]) AS kinds FROM {objects}"
    cells = f"SELECT unnest(range({len(names)})) AS place, unnest(kinds) AS kind FROM ({kinds})"
    nested = f"SELECT place, count(*) FROM ({cells}) WHERE kind IN ('OBJECT', 'ARRAY')"
    found = connection.execute(f"{nested} GROUP BY place ORDER BY place").fetchall()
    if found:
        place, count = found[0]
        raise DataError(
            f"column '{names[place]}' holds lists or objects in {count} rows, not one value a row",
            where=str(path),
            remedy="Write its parts as columns of their own before training.",
        )


def _ndjson_error(error: Exception, path: Path, facts: TextFacts) -> DataError:
    """Find the first line that is no JSON object; DuckDB counts lines in its own way."""
    remedy = "Write one JSON object a line; an array can be split with: jq -c '.[]' FILE > NEW"
    for number, line in enumerate(physical_lines(path, gzipped=facts.gzipped), 1):
        try:
            value: Any = json.loads(line) if line.strip() else {}
        except (ValueError, RecursionError):
            return DataError("not a JSON object", where=f"{path}:{number}", remedy=remedy)
        if not isinstance(value, dict):
            kind = "an array" if isinstance(value, list) else "a bare value"
            return DataError(f"{kind}, not a JSON object", where=f"{path}:{number}", remedy=remedy)
    return DataError(f"cannot be read as NDJSON ({said_first(error)})", where=str(path), remedy=remedy)
