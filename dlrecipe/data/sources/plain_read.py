"""A large CSV file without quotes, read by pyarrow in pieces and threads.

The kinds are guessed from the first rows, and pyarrow refuses what does not fit. Whole numbers are read as
texts first, since one of them may turn out to be a code, such as 02134. What pyarrow refuses, and every file
that is not plain, is left to DuckDB, so that results and messages are DuckDB's (tests hold both together).
docs/decisions/0013 says what is gained.
"""

import codecs
import re
from collections.abc import Callable, Sequence
from itertools import accumulate
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeAlias, final

import numpy as np
from numpy.typing import NDArray

from dlrecipe.data.side_by_side import in_turn
from dlrecipe.data.sources.cells import CODE, CellCounts, count_distinct, numbers_may_be_missing
from dlrecipe.data.sources.text_scan import TextFacts, text_chunks
from dlrecipe.data.sources.typed_read import MOST_GUESSES, Guess, Texts, TypedRead, guessed_kinds
from dlrecipe.data.specs import TableSource

if TYPE_CHECKING:
    from duckdb import DuckDBPyConnection

MIN_BYTES = 4 << 20
"""Below it pyarrow takes longer to import than it saves."""

Numbers: TypeAlias = NDArray[np.float64]


class _Misfit(Exception):
    """A column that is not what was guessed."""

    def __init__(self, column: int) -> None:
        self.column = column


class _NotPlain(Exception):
    """What pyarrow cannot read; the long way says what is wrong with it."""


@final
class _Numbers:
    """A column of numbers that fills up piece by piece, in any thread."""

    def __init__(self, n_rows: int) -> None:
        self.values = np.empty(n_rows)

    def take(self, row: int, cells: Any) -> int:
        """Write a piece, an array of Arrow's, from this row on; return how many cells are present."""
        self.values[row : row + len(cells)] = cells.to_numpy(zero_copy_only=False)
        return len(cells) - int(cells.null_count)

    def finished(
        self, connection: "DuckDBPyConnection", spec: TableSource, n_present: int
    ) -> tuple[Numbers, CellCounts]:
        """Return the column and its counts."""
        return self.values, CellCounts(n_present, n_present, 0, 0)


@final
class _Words:
    """A column of text that fills up piece by piece, in any thread."""

    def __init__(self, n_rows: int) -> None:
        self.codes = np.empty(n_rows, np.intp)
        self.pieces: list[tuple[int, int, list[str]]] = []

    def take(self, row: int, cells: Any) -> int:
        """Write a piece, an array of Arrow's with a dictionary of its own; return how many are present."""
        end = row + len(cells)
        self.codes[row:end] = cells.indices.fill_null(-1).to_numpy()
        self.pieces.append((row, end, cells.dictionary.to_pylist()))
        return len(cells) - int(cells.null_count)

    def finished(
        self, connection: "DuckDBPyConnection", spec: TableSource, n_present: int
    ) -> tuple[Texts, CellCounts]:
        """Return the column, its texts in the order of their first appearance, and its counts."""
        places: dict[str, int] = {}
        for row, end, words in sorted(self.pieces):
            own = [places.setdefault(word, len(places)) for word in words]
            self.codes[row:end] = np.array([*own, -1], np.intp)[self.codes[row:end]]  # -1 is missing
        texts = Texts(tuple(places), self.codes)
        return texts, count_distinct(connection, texts.distinct, texts.counts(), spec)


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
    odd = facts.gzipped or facts.quoted or facts.mixed_line_ends or facts.n_blank or len(delimiter) != 1
    if odd or spec.decimal != "." or numbers_may_be_missing(spec) or path.stat().st_size < MIN_BYTES:
        return None
    guesses = guessed_kinds(facts.head, width, delimiter, spec)
    for _ in range(MOST_GUESSES):
        try:
            return _read(connection, path, spec, facts, guesses, delimiter, skip)
        except _Misfit as misfit:
            guesses[misfit.column] = "text"
        except _NotPlain:
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
    n_rows = facts.n_lines - skip
    columns = [_Words(n_rows) if guess == "text" else _Numbers(n_rows) for guess in guesses]

    def read_piece(piece: tuple[int, int, Callable[[], bytes]]) -> list[int]:
        """Write the rows of one piece into the columns; return how many cells of each are present."""
        line, n_lines, fetch = piece
        raw = fetch()
        if line == 0:
            raw = raw.removeprefix(codecs.BOM_UTF8)
            raw = raw[raw.find(b"\n") + 1 :] if skip else raw
        if not raw:
            return [0] * len(columns)
        arrays = _parsed(raw, guesses, delimiter, ["", *spec.missing])
        if len(arrays[0]) != n_lines - (skip if line == 0 else 0):
            raise _NotPlain
        row = max(line - skip, 0)
        return [column.take(row, cells) for column, cells in zip(columns, arrays, strict=True)]

    lines = [0, *accumulate(facts.piece_lines)]
    chunks = text_chunks(path, gzipped=False)
    try:
        pieces = zip(lines[:-1], facts.piece_lines, chunks, strict=True)
        present = [sum(each) for each in zip(*in_turn(read_piece, pieces), strict=True)]
    except ValueError:  # there are more pieces than there were at first: the file changed
        raise _NotPlain from None
    _let_go_of_memory()
    finished = [each.finished(connection, spec, n) for each, n in zip(columns, present, strict=True)]
    return TypedRead(
        tuple(values for values, _ in finished), tuple(counts for _, counts in finished), n_rows, skip
    )


def _parsed(raw: bytes, guesses: Sequence[Guess], delimiter: str, missing: list[str]) -> list[Any]:
    """Return the columns of whole lines, as arrays of Arrow's.

    Raises:
        _Misfit: a cell is no number where numbers were guessed.
        _NotPlain: the lines cannot be told apart.
    """
    import pyarrow as pa
    from pyarrow import csv

    types = {"number": pa.float64(), "whole": pa.string(), "text": pa.dictionary(pa.int32(), pa.string())}
    names = [f"f{place}" for place in range(len(guesses))]
    try:
        table = csv.read_csv(
            pa.BufferReader(raw),
            read_options=csv.ReadOptions(column_names=names, block_size=len(raw) + 1, use_threads=False),
            parse_options=csv.ParseOptions(delimiter=delimiter, quote_char=False),
            convert_options=csv.ConvertOptions(
                column_types={name: types[guess] for name, guess in zip(names, guesses, strict=True)},
                null_values=missing,
                strings_can_be_null=True,
                check_utf8=False,  # it was checked in the first look
            ),
        )
    except pa.ArrowInvalid as error:
        misfit = re.search(r"CSV column #(\d+): CSV conversion error to double", str(error))
        if misfit is None:
            raise _NotPlain from None
        raise _Misfit(int(misfit[1])) from None
    return [
        _as_numbers(column.chunk(0), place) if guess == "whole" else column.chunk(0)
        for place, (column, guess) in enumerate(zip(table.columns, guesses, strict=True))
    ]


def _let_go_of_memory() -> None:
    """Give back what Arrow keeps for its next piece: some 50 MB."""
    import pyarrow as pa

    pa.default_memory_pool().release_unused()


def _as_numbers(cells: Any, place: int) -> Any:
    """Return texts as numbers.

    Raises:
        _Misfit: one of them is none, or a code, such as 02134.
    """
    import pyarrow as pa
    from pyarrow import compute

    trimmed = compute.ascii_trim(cells, " \t")
    longer = compute.greater(compute.binary_length(trimmed), 1)
    likely = trimmed.filter(compute.and_(compute.starts_with(trimmed, "0"), longer))
    if compute.any(compute.match_substring_regex(likely, f"^{CODE}$")).as_py():
        raise _Misfit(place)
    try:
        return trimmed.cast(pa.float64())
    except pa.ArrowInvalid:
        raise _Misfit(place) from None
