"""What DuckDB says of a delimited file that it cannot read, in words that help: where, what, remedy."""

import re
from pathlib import Path

from dlrecipe.data.sources.table_part import said_first
from dlrecipe.data.sources.text_scan import TextFacts, physical_lines
from dlrecipe.errors import DataError

MOST_TITLE_LINES = 10
"""Lines at the top, and at the bottom, that may be none of the table."""


def unreadable(error: Exception, path: Path, facts: TextFacts, width: int, delimiter: str) -> Exception:
    """Reword what DuckDB says of a file that it could not parse; other errors are returned as they are."""
    import duckdb

    if not isinstance(error, duckdb.Error):
        return error
    said = str(error)
    at = re.search(r"CSV Error on Line: (\d+)\s+Original Line: ?(.*?)(?:\n|$)", said)
    where = str(path)
    if at:
        where = f"{path}:{_true_line(path, facts, int(at[1]), said)}"
    fields = re.search(r"Expected Number of Columns: (\d+) Found: (\d+)", said)
    at_an_end = at and not MOST_TITLE_LINES < int(at[1]) <= facts.n_lines - MOST_TITLE_LINES
    if fields and fields[2] == "1" and at_an_end:
        return DataError(
            f"1 field in this row, where most rows have {width}",
            where=where,
            remedy="If it is a title, a comment or a source, delete it, as it is no row. If it is a row, set "
            f"delimiter: fields were split at '{_visible(delimiter)}'.",
        )
    if fields:
        return DataError(
            f"{fields[2]} field{'s' * (fields[2] != '1')} in this row, where most rows have {width}",
            where=where,
            remedy=f"Repair or delete the row. Fields were split at '{_visible(delimiter)}' (set delimiter "
            "if that is wrong); a field that contains it belongs in double quotes.",
        )
    if "Maximum line size" in said:
        return DataError(
            "a line longer than 2 MB", where=where, remedy="Check that the file is a table, a row a line."
        )
    if "unterminated quote" in said:
        return DataError(
            "a double quote is opened and never closed, or closed within a field",
            where=where,
            remedy='Write a quote inside a quoted field twice: "a ""b"" c".',
        )
    return DataError(
        f"the rows cannot be told apart ({said_first(error)})",
        where=where,
        remedy="Check that every line ends alike and that quotes are in pairs.",
    )


def _true_line(path: Path, facts: TextFacts, reported: int, said: str) -> int:
    """Return the line of the row DuckDB complains of; it does not count line breaks in quoted cells."""
    if not facts.quoted:
        return reported
    original = said.partition("Original Line:")[2].partition("\nExpected Number")[0].strip()
    wanted = original.splitlines()[0] if original else ""
    for number, line in enumerate(physical_lines(path, gzipped=facts.gzipped), 1):
        if number >= reported and line.strip() == wanted:
            return number
    return reported


def _visible(delimiter: str) -> str:
    return {"\t": "tab", " ": "space"}.get(delimiter, delimiter)
