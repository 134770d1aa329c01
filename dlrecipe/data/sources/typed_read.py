"""A CSV file read once, its numbers as numbers: the quick way for files of ordinary columns.

The kinds are guessed from the first rows and proved by the read: one cell that is no number where numbers
were guessed makes DuckDB refuse the file. Whoever asks then goes the long way, which counts every column
before it is read, so that nothing is accepted here that is refused there (tests hold the two against each
other). Three times the speed for 1,000,000 × 30 (docs/decisions/0002).
"""

import csv
import math
import re
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal, TypeAlias

import numpy as np
from numpy.typing import NDArray

from dlrecipe.arrays import Indices
from dlrecipe.data.sources.cells import (
    CODE,
    CellCounts,
    CellKind,
    cleaned,
    converted,
    count_distinct,
    is_code,
    numbers_may_be_missing,
    quoted,
)
from dlrecipe.data.sources.table_part import path_literal
from dlrecipe.data.sources.text_scan import TextFacts, has_leading_zeros, may_be_too_long
from dlrecipe.data.specs import TableSource

if TYPE_CHECKING:
    from duckdb import DuckDBPyConnection

SAMPLE_ROWS = 100
WHOLE_SAMPLE, WHOLE_BLOCK = 1_000, 1 << 16
"""Numbers of a column that are looked at first, where a fraction is if there is any, and at a time then: few
enough for memory that is there already."""
MOST_GUESSES = 4
"""Reads that may fail before the long way is taken; each failure turns one column into text."""


Guess: TypeAlias = Literal["number", "whole", "text"]
"""What the first rows of a column hold."""


@dataclass(frozen=True, eq=False)
class Texts:
    """A column of text as its different cells and, for each row, which of them it holds; -1 for missing."""

    distinct: tuple[str, ...]
    codes: Indices

    def counts(self) -> list[int]:
        """Return how often each of the different cells occurs."""
        return [int(n) for n in np.bincount(self.codes[self.codes >= 0], minlength=len(self.distinct))]


@dataclass(frozen=True, eq=False)
class TypedRead:
    """All rows behind the first `skipped`, by column: float64 with NaN where missing, or texts."""

    columns: tuple[NDArray[np.float64] | Texts, ...]
    counts: tuple[CellCounts, ...]
    n_rows: int
    skipped: int


def read_typed(
    connection: "DuckDBPyConnection",
    path: Path,
    spec: TableSource,
    facts: TextFacts,
    *,
    width: int,
    delimiter: str,
    skip: int,
) -> TypedRead | None:
    """Read a delimited file whose lines all end alike; return None where the long way has to be taken.

    Args:
        skip: 1 to leave the first line out, which names the columns, or 0.
    """
    import duckdb

    if spec.decimal != "." or numbers_may_be_missing(spec) or (width == 1 and facts.n_blank):
        return None
    numeric = [guess != "text" for guess in guessed_kinds(facts.head, width, delimiter, spec)]
    for _ in range(MOST_GUESSES):
        try:
            fetched = connection.execute(_query(path, spec, facts, numeric, delimiter, skip)).fetchnumpy()
        except duckdb.Error as error:
            misfit = re.search(r'[Cc]onverting column "f(\d+)"', str(error))
            if misfit is None or not numeric[int(misfit[1])]:
                return None
            numeric[int(misfit[1])] = False
            continue
        marks = _may_be_marks(fetched) if any(map(_reads_as_nan, spec.missing)) else []
        if marks:
            numeric = [each and f"f{place}" not in marks for place, each in enumerate(numeric)]
            continue
        codes = _may_be_codes(fetched)
        if codes and has_leading_zeros(path, gzipped=facts.gzipped, delimiter=delimiter[-1]):
            texts = _query(path, spec, facts, [False] * width, delimiter, skip)
            codes = _that_are_codes(connection, codes, texts)
            if codes:
                numeric = [each and f"f{place}" not in codes for place, each in enumerate(numeric)]
                continue
        # One cell too many is let pass where it stands for a missing value: the long way refuses the row.
        if may_be_too_long(path, gzipped=facts.gzipped, delimiter=delimiter, width=width, marks=spec.missing):
            return None
        return _checked(connection, spec, facts, fetched, skip)
    return None


def _may_be_marks(fetched: dict[str, Any]) -> list[str]:
    """Return the columns of numbers with a nan that DuckDB took for one: with spaces around it, a mark."""
    suspects = []
    for name, values in fetched.items():
        plain = np.ma.getdata(values)
        if plain.dtype.kind == "f" and np.any(np.isnan(plain) & ~np.ma.getmaskarray(values)):
            suspects.append(name)
    return suspects


def _reads_as_nan(mark: str) -> bool:
    return mark.lstrip("+-").lower().startswith("nan")  # nan(1) too


def _may_be_codes(fetched: dict[str, Any]) -> list[str]:
    """Return the columns of whole numbers: what was read as 7 may be written 07."""
    suspects = []
    for name, values in fetched.items():
        plain = np.ma.getdata(values)
        if plain.dtype.kind == "f" and are_whole(plain):
            suspects.append(name)
    return suspects


def _that_are_codes(connection: "DuckDBPyConnection", names: list[str], as_texts: str) -> list[str]:
    """Return those of the columns that hold codes, such as 02134."""
    asked = ", ".join(f"coalesce(bool_or({is_code(name)}), false)" for name in names)
    (found,) = connection.execute(f"SELECT {asked} {as_texts}").fetchall()
    return [name for name, holds in zip(names, found, strict=True) if holds]


def are_whole(values: NDArray[np.float64]) -> bool:
    """Say whether all numbers are whole; NaN, and what lies under a mask, says nothing."""
    edges = [0, *range(WHOLE_SAMPLE, len(values), WHOLE_BLOCK), len(values)]
    pieces = (values[start:end] for start, end in pairwise(edges))
    return all(bool(np.all((piece == np.rint(piece)) | np.isnan(piece))) for piece in pieces)


def as_kind(
    connection: "DuckDBPyConnection", column: NDArray[np.float64] | Texts, kind: CellKind, spec: TableSource
) -> NDArray[Any] | None:
    """Return a column read as `kind`; None where numbers are wanted as texts, whose spelling is not known."""
    if not isinstance(column, Texts):
        return column if kind == "numeric" else None
    cell = cleaned("cell", "text", spec)
    query = (
        f"SELECT {converted(cell, 'text', kind, spec)} AS value FROM (SELECT unnest($1::VARCHAR[]) AS cell)"
    )
    values = [row[0] for row in connection.execute(query, [list(column.distinct)]).fetchall()]
    known: NDArray[Any]
    if kind == "categorical":
        known = np.array([*values, None], dtype=object)
    else:
        known = np.array([*(np.nan if value is None else value for value in values), np.nan], np.float64)
    return known[column.codes]  # -1 is the last: missing


def guessed_kinds(head: str, width: int, delimiter: str, spec: TableSource) -> list[Guess]:
    """Say what the first rows below the first hold; of an empty column nothing is known: whole numbers."""
    guesses: list[Guess] = ["whole"] * width
    missing = {"", *spec.missing}
    reader = csv.reader(head.splitlines(keepends=True), delimiter=delimiter[0])
    try:
        for number, record in enumerate(reader):
            if number > SAMPLE_ROWS:
                break
            for place, cell in enumerate(record[:width] if number else ()):
                if guesses[place] != "text" and cell.strip() not in missing:
                    guesses[place] = _guess(cell.strip(), guesses[place])
    except csv.Error:
        pass
    return guesses


def _guess(cell: str, so_far: Guess) -> Guess:
    try:
        number = float(cell)
    except ValueError:
        return "text"
    if re.fullmatch(CODE, cell):
        return "text"
    # As for are_whole: what is not finite says nothing, and codes may follow it.
    return so_far if number.is_integer() or not math.isfinite(number) else "number"


def _query(
    path: Path, spec: TableSource, facts: TextFacts, numeric: Sequence[bool], delimiter: str, skip: int
) -> str:
    fields = ", ".join(
        f"'f{place}': '{'DOUBLE' if each else 'VARCHAR'}'" for place, each in enumerate(numeric)
    )
    missing = ", ".join(map(quoted, dict.fromkeys(["", *spec.missing])))
    return (
        f"FROM read_csv({path_literal(path)}, auto_detect=false, header=false, skip={skip}, "
        f"delim={quoted(delimiter)}, quote='\"', escape='\"', columns={{{fields}}}, nullstr=[{missing}], "
        f"strict_mode=true, null_padding=false, compression='{'gzip' if facts.gzipped else 'none'}')"
    )


def _checked(
    connection: "DuckDBPyConnection", spec: TableSource, facts: TextFacts, fetched: dict[str, Any], skip: int
) -> TypedRead | None:
    """Return what was fetched, or None where its rows are not all the lines of the file."""
    columns: list[NDArray[np.float64] | Texts] = []
    counts: list[CellCounts] = []
    n_rows, n_breaks = len(fetched["f0"]), 0
    for name in list(fetched):
        values = fetched.pop(name)
        if np.ma.getdata(values).dtype.kind == "f":
            numbers, n_present = _plain(values)
            columns.append(numbers)
            counts.append(CellCounts(n_present, n_present, 0, 0, fractions=int(not are_whole(numbers))))
            continue
        texts = _coded(values)
        columns.append(texts)
        times = texts.counts()
        counts.append(count_distinct(connection, texts.distinct, times, spec))
        n_breaks += sum(text.count("\n") * n for text, n in zip(texts.distinct, times, strict=True))
    n_filled = facts.n_lines - facts.n_blank
    most = facts.n_lines if facts.quoted else n_filled
    if not n_filled <= n_rows + skip + n_breaks <= most or n_rows == 0:
        return None
    return TypedRead(tuple(columns), tuple(counts), n_rows, skip)


def _plain(values: Any) -> tuple[NDArray[np.float64], int]:
    """Return numbers with NaN where they are masked, and how many are not; a nan in the file is one."""
    data: NDArray[np.float64] = np.ma.getdata(values)
    if not np.ma.is_masked(values):
        return data, len(data)
    mask = np.ma.getmaskarray(values)
    data = data if data.flags.writeable else data.copy()
    data[mask] = np.nan
    return data, len(data) - int(np.count_nonzero(mask))


def _coded(values: Any) -> Texts:
    """Return texts as their different ones, in the order of their first appearance, and codes."""
    places: dict[str, int] = {}
    absent = np.ma.getmaskarray(values)
    codes = np.array(
        [places.setdefault(text, len(places)) for text in np.ma.getdata(values).tolist()], dtype=np.intp
    )
    if absent.any():
        # What a masked cell holds is DuckDB's affair; it may have got a place of its own.
        codes[absent] = -1
    return Texts(tuple(str(text) for text in places), codes)
