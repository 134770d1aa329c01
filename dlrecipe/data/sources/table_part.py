"""One file of a table, opened: its rows as SQL, its columns, and where each row stands in the file."""

import re
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING

from dlrecipe.data.sources.cells import CellCounts, CellType, quoted
from dlrecipe.data.sources.text_scan import TextFacts, physical_lines

if TYPE_CHECKING:
    from dlrecipe.data.sources.typed_read import TypedRead


@dataclass(frozen=True)
class Part:
    """One file of a table.

    `relation` is SQL that yields its rows in the file's order as f0, f1, …, the header left out.
    `facts` is None for Parquet. `typed` holds the columns where one read has brought them all.
    """

    path: Path
    relation: str
    names: tuple[str, ...]
    types: tuple[CellType, ...]
    n_rows: int
    counts: tuple[CellCounts, ...]
    has_header: bool
    facts: TextFacts | None
    typed: "TypedRead | None" = None

    @cached_property
    def place_of(self) -> dict[str, int]:
        """The place of each column: searched for by name, thousands would take seconds."""
        return {name: place for place, name in enumerate(self.names)}

    def place(self, row: int, column: str = "") -> str:
        """Return `file:line:column` of a row counted from 0, with the row where lines are not rows."""
        return ":".join(filter(None, [str(self.path), self._line(row), column]))

    def _line(self, row: int) -> str:
        record = row + self.has_header
        if self.facts is None or self.facts.n_lines - self.facts.n_blank != self.n_rows + self.has_header:
            return f"row {row + 1}"
        if self.facts.n_blank == 0:
            return str(record + 1)
        lines = physical_lines(self.path, gzipped=self.facts.gzipped)
        filled = (number for number, line in enumerate(lines, 1) if line)
        return str(next(number for i, number in enumerate(filled) if i == record))


def path_literal(path: Path) -> str:
    """Return a path as an SQL literal in which *, ? and [ stand for themselves."""
    return quoted(re.sub(r"([*?\[])", r"[\1]", str(path)))


def said_first(error: Exception) -> str:
    """Return the first line of what DuckDB says of an error."""
    return str(error).strip().splitlines()[0].rstrip(". :")
