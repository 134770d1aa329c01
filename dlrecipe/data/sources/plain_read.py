"""A large CSV file without quotes, read in pieces and threads: NumPy finds the cells, Arrow converts them.

The kinds are guessed from the first rows, and a cell that does not fit ends the attempt. Among whole numbers
there may be codes, such as 02134. What does not fit, and every file that is not plain, is left to DuckDB, so
that results and messages are DuckDB's (tests hold both together). docs/decisions/0013 says what is gained.
"""

import codecs
from collections import Counter
from collections.abc import Callable, Sequence
from itertools import accumulate
from pathlib import Path
from typing import TYPE_CHECKING

from dlrecipe.data.side_by_side import in_turn
from dlrecipe.data.sources.cells import numbers_may_be_missing
from dlrecipe.data.sources.plain_cells import Cells, NotPlain, blocks
from dlrecipe.data.sources.plain_columns import Columns, Misfit
from dlrecipe.data.sources.text_scan import TextFacts, text_chunks
from dlrecipe.data.sources.typed_read import MOST_GUESSES, Guess, TypedRead, guessed_kinds
from dlrecipe.data.specs import TableSource

if TYPE_CHECKING:
    from duckdb import DuckDBPyConnection

MIN_BYTES = 4 << 20
"""Below it pyarrow takes longer to import than it saves."""


def may_be_plain(path: Path, facts: TextFacts) -> bool:
    """Say whether a text file is large and without quotes, so that each of its lines is a row."""
    odd = facts.gzipped or facts.quoted or facts.mixed_line_ends or facts.n_blank
    return not odd and path.stat().st_size >= MIN_BYTES


def read_plain(
    connection: "DuckDBPyConnection",
    path: Path,
    spec: TableSource,
    facts: TextFacts,
    *,
    width: int,
    delimiter: str,
    skip: int,
) -> TypedRead | None:
    """Read a large delimited file without quotes; return None where DuckDB has to.

    Args:
        skip: 1 to leave the first line out, which names the columns, or 0.
    """
    parted_by_one = len(delimiter) == 1 and delimiter.isascii() and delimiter != '"'  # which DuckDB refuses
    ordinary = may_be_plain(path, facts) and parted_by_one and spec.decimal == "."
    if not ordinary or numbers_may_be_missing(spec):
        return None
    guesses = guessed_kinds(facts.head, width, delimiter, spec)
    for _ in range(MOST_GUESSES):
        try:
            return _read(connection, path, spec, facts, guesses, delimiter, skip)
        except Misfit as misfit:
            guesses[misfit.column] = "text"
        except NotPlain:
            break
    return None


def _read(
    connection: "DuckDBPyConnection",
    path: Path,
    spec: TableSource,
    facts: TextFacts,
    guesses: Sequence[Guess],
    delimiter: str,
    skip: int,
) -> TypedRead:
    import pyarrow as pa

    n_rows = facts.n_lines - skip
    columns = Columns(guesses, n_rows, ["", *spec.missing])

    def read_piece(piece: tuple[int, int, Callable[[], bytes]]) -> Counter[int]:
        """Write the rows of one piece into the columns; return how many cells of each are present."""
        line, n_lines, fetch = piece
        raw = fetch()
        if line == 0:
            raw = raw.removeprefix(codecs.BOM_UTF8)
            if skip:
                _, newline, raw = raw.partition(b"\n")
                if not newline:  # the lines end in lone CRs
                    raise NotPlain
        row, end = max(line - skip, 0), line - skip + n_lines
        present: Counter[int] = Counter()
        for block in blocks(raw):
            cells = Cells(block, columns.width, delimiter)
            if row + cells.n_rows > end:
                raise NotPlain
            present += columns.take(row, cells)
            row += cells.n_rows
        if row != end:
            raise NotPlain
        return present

    lines = [0, *accumulate(facts.piece_lines)]
    chunks = text_chunks(path, gzipped=False)
    try:
        pieces = zip(lines[:-1], facts.piece_lines, chunks, strict=True)
        present = sum(in_turn(read_piece, pieces), start=Counter[int]())
    except ValueError:  # there are more pieces than there were at first: the file changed
        raise NotPlain from None
    pa.default_memory_pool().release_unused()
    values, counts = zip(*columns.finished(connection, spec, present), strict=True)
    return TypedRead(values, counts, n_rows, skip)
