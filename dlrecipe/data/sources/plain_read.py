"""A large CSV file without quotes, read in pieces and threads: NumPy finds the cells, Arrow converts them.

The kinds are guessed from the first rows, and a cell that does not fit ends the attempt. Among whole numbers
there may be codes, such as 02134. What does not fit, and every file that is not plain, is left to DuckDB, so
that results and messages are DuckDB's (tests hold both together). docs/decisions/0013 says what is gained.
"""

import codecs
from collections.abc import Callable, Sequence
from itertools import accumulate
from pathlib import Path
from typing import TYPE_CHECKING, Any, final

import numpy as np

from dlrecipe.data.side_by_side import in_turn
from dlrecipe.data.sources.cells import CellCounts, count_distinct, numbers_may_be_missing
from dlrecipe.data.sources.plain_cells import (
    Cells,
    NotPlain,
    Numbers,
    blocks,
    hold_codes,
    without_missing,
    without_spaces,
)
from dlrecipe.data.sources.text_scan import TextFacts, text_chunks
from dlrecipe.data.sources.typed_read import (
    MOST_GUESSES,
    Guess,
    Texts,
    TypedRead,
    are_whole,
    guessed_kinds,
)
from dlrecipe.data.specs import TableSource

if TYPE_CHECKING:
    from duckdb import DuckDBPyConnection

MIN_BYTES = 4 << 20
"""Below it pyarrow takes longer to import than it saves."""


class _Misfit(Exception):
    """A column that is not what was guessed."""

    def __init__(self, column: int) -> None:
        self.column = column


@final
class _Numbers:
    """A column of numbers that fills up block by block, in any thread.

    `whole`: the first of them are whole. `gaps`: some are missing. `spaced`: some have spaces around them;
    `padded`: more than are dropped in bulk.
    """

    def __init__(self, n_rows: int, missing: Sequence[str], *, whole: bool) -> None:
        self.values = np.empty(n_rows)
        self.whole = whole
        self.gaps = self.spaced = self.padded = False
        self._missing = missing

    def take(self, row: int, cells: Any, *, bared: bool) -> int:
        """Write texts, an array of Arrow's, as numbers from this row on; return how many are present.

        Args:
            bared: they have been through `drop_spaces`.
        Raises:
            ValueError: a cell is no number, or a code among whole numbers.
        """
        bare = without_spaces(cells)
        if self.whole and hold_codes(bare):
            raise ValueError
        known = without_missing(bare, self._missing)
        spaced = not bare.equals(cells)
        self.padded |= spaced and bared
        self.spaced |= spaced
        self.values[row : row + len(cells)] = known.cast("float64").to_numpy(zero_copy_only=False)
        return len(cells) - int(known.null_count)

    def finished(
        self, connection: "DuckDBPyConnection", spec: TableSource, n_present: int
    ) -> tuple[Numbers, CellCounts]:
        """Return the column and its counts."""
        fractions = int(not (self.whole and are_whole(self.values)))
        return self.values, CellCounts(n_present, n_present, 0, 0, fractions=fractions)


@final
class _Words:
    """A column of text that fills up block by block, in any thread."""

    def __init__(self, n_rows: int, missing: Sequence[str]) -> None:
        self.codes = np.empty(n_rows, np.intp)
        self._missing = frozenset(missing)
        self._blocks: list[tuple[int, int, list[str]]] = []

    def take(self, row: int, cells: Any) -> int:
        """Write texts, an array of Arrow's, from this row on; return how many are present."""
        end = row + len(cells)
        coded = cells.dictionary_encode()
        codes, words = coded.indices.to_numpy(), coded.dictionary.to_pylist()
        self.codes[row:end] = codes
        self._blocks.append((row, end, words))
        # Few are different: to look each cell up would cost as much again.
        absent = [code for code, word in enumerate(words) if word in self._missing]
        return len(cells) - sum(int(np.count_nonzero(codes == code)) for code in absent)

    def finished(
        self, connection: "DuckDBPyConnection", spec: TableSource, n_present: int
    ) -> tuple[Texts, CellCounts]:
        """Return the column, its texts in the order of their first appearance, and its counts."""
        places: dict[str, int] = {}
        for row, end, words in sorted(self._blocks):
            own = [-1 if word in self._missing else places.setdefault(word, len(places)) for word in words]
            self.codes[row:end] = np.array(own, np.intp)[self.codes[row:end]]
        texts = Texts(tuple(places), self.codes)
        return texts, count_distinct(connection, texts.distinct, texts.counts(), spec)


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
        except _Misfit as misfit:
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
    missing = ["", *spec.missing]
    columns = [
        _Words(n_rows, missing) if guess == "text" else _Numbers(n_rows, missing, whole=guess == "whole")
        for guess in guesses
    ]

    def read_piece(piece: tuple[int, int, Callable[[], bytes]]) -> list[int]:
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
        present = [0] * len(columns)
        for block in blocks(raw):
            cells = Cells(block, len(columns), delimiter)
            if row + cells.n_rows > end:
                raise NotPlain
            present = [
                so_far + more
                for so_far, more in zip(present, _fill(columns, row, cells, missing), strict=True)
            ]
            row += cells.n_rows
        if row != end:
            raise NotPlain
        return present

    lines = [0, *accumulate(facts.piece_lines)]
    chunks = text_chunks(path, gzipped=False)
    try:
        pieces = zip(lines[:-1], facts.piece_lines, chunks, strict=True)
        present = [sum(each) for each in zip(*in_turn(read_piece, pieces), strict=True)]
    except ValueError:  # there are more pieces than there were at first: the file changed
        raise NotPlain from None
    pa.default_memory_pool().release_unused()
    finished = [each.finished(connection, spec, n) for each, n in zip(columns, present, strict=True)]
    return TypedRead(
        tuple(values for values, _ in finished), tuple(counts for _, counts in finished), n_rows, skip
    )


def _fill(columns: Sequence[_Numbers | _Words], row: int, cells: Cells, missing: Sequence[str]) -> list[int]:
    """Write cells into the columns from this row on.

    Returns:
        How many cells of each column are present.
    Raises:
        _Misfit: a cell does not fit its column.
    """
    bared = [isinstance(each, _Numbers) and each.spaced and not each.padded for each in columns]
    cells.drop_spaces(bared)
    codes = cells.may_hold_codes([isinstance(column, _Numbers) and column.whole for column in columns])
    plain = [
        isinstance(column, _Numbers) and (bare or not column.spaced) and not code
        for column, bare, code in zip(columns, bared, codes.tolist(), strict=True)
    ]
    try:
        gaps = any(isinstance(column, _Numbers) and column.gaps for column in columns)
        numbers = cells.as_numbers(plain, missing, gaps=gaps)
    except ValueError:  # pyarrow's ArrowInvalid is one
        numbers = {}
    present = []
    for place, column in enumerate(columns):
        try:
            if isinstance(column, _Numbers) and place in numbers:
                values, n_present = numbers[place]
                column.values[row : row + cells.n_rows] = values
                column.gaps |= n_present < cells.n_rows
            elif isinstance(column, _Numbers):
                n_present = column.take(row, cells.column(place), bared=bared[place])
            else:
                n_present = column.take(row, cells.column(place))
        except ValueError:
            raise _Misfit(place) from None
        present.append(n_present)
    return present
