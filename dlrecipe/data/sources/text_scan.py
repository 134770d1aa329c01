"""A first look at a text file: is it text, how many lines, which delimiter. Knows no columns and no DuckDB.

What is counted here is held against what the table reader returns, so that no row is lost in silence.
"""

import codecs
import csv
import gzip
import os
import re
import zlib
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import IO, cast

import numpy as np

from dlrecipe.data.side_by_side import in_turn
from dlrecipe.data.sources.regular_file import refuse_devices
from dlrecipe.errors import DataError

CHUNK_BYTES = 1 << 21
COUNTED_BYTES = 1 << 18
SAMPLE_CHARACTERS = 1 << 16
SAMPLE_RECORDS = 100
DELIMITERS = (",", "\t", ";", "|")
DECIMAL_COMMA = re.compile(r"[-+]?[0-9.]*,[0-9]+([eE][-+]?[0-9]+)?")
GZIP_MAGIC = b"\x1f\x8b"
FOREIGN_MAGIC = {
    b"PK\x03\x04": ("a zip archive or an Excel workbook", "Unpack it, or save the sheet as CSV."),
    b"\x28\xb5\x2f\xfd": ("compressed with zstd", "Unpack it: zstd -d FILE"),
    b"BZh": ("compressed with bzip2", "Unpack it: bunzip2 FILE"),
    b"\xfd7zXZ": ("compressed with xz", "Unpack it: unxz FILE"),
}
RE_ENCODE = "Save it as UTF-8 (in Excel as “CSV UTF-8”), or: iconv -f {encoding} -t UTF-8 FILE > NEW"


@dataclass(frozen=True)
class TextFacts:
    """What a text file looks like.

    `n_lines` counts blank lines too. `mixed_line_ends`: not all lines end alike, such as a line break inside
    a quoted cell of a file from Windows. `head` is the first lines, whole ones, of at most 64 K characters
    (longer only when the first line is). `piece_lines` are the lines of each of the `text_chunks`.
    """

    n_lines: int
    n_blank: int
    gzipped: bool
    quoted: bool
    mixed_line_ends: bool
    head: str
    piece_lines: tuple[int, ...] = ()


def first_bytes(path: Path, n: int = 8) -> bytes:
    """Return the first bytes of a file.

    Raises:
        DataError: there is no such file, it is a folder or a device, or it cannot be read.
    """
    refuse_devices(path)
    try:
        with path.open("rb") as file:
            return file.read(n)
    except IsADirectoryError:
        raise DataError("a folder, not a table", where=str(path), remedy="Name a file in it.") from None
    except FileNotFoundError:
        raise DataError("no such file", where=str(path), remedy="Check the path.") from None
    except OSError as error:
        reason = error.strerror or error
        raise DataError(f"cannot be read: {reason}", where=str(path), remedy="Check its access.") from None


def scan_text(path: Path) -> TextFacts:
    """Read a text file once from end to end.

    Raises:
        DataError: it is empty, damaged gzip, not UTF-8 text, or holds NUL bytes (with the line).
    """
    start = first_bytes(path)
    _refuse_foreign(path, start)
    gzipped = start.startswith(GZIP_MAGIC)
    _keep_freed_pieces()
    n_lines = n_blank = 0
    piece_lines: list[int] = []
    quoted = False
    line_ends: set[str] = set()
    for look in in_turn(_look_at, text_chunks(path, gzipped=gzipped)):
        if look.no_text is not None:
            _refuse_what_is_no_text(path, look.no_text, lines_before=n_lines)
        n_lines += look.n_lines
        piece_lines.append(look.n_lines)
        n_blank += look.n_blank
        quoted = quoted or look.quoted
        line_ends |= look.line_ends
    head = _head(_with_newlines(next(text_chunks(path, gzipped=gzipped))())) if n_lines else ""
    n_blank += start.startswith(codecs.BOM_UTF8) and head.startswith("\n")
    if n_lines == n_blank or (n_lines == 1 and not head.strip()):
        raise DataError("the file is empty", where=str(path), remedy="Check that it was written whole.")
    return TextFacts(n_lines, n_blank, gzipped, quoted, len(line_ends) > 1, head, tuple(piece_lines))


def _keep_freed_pieces() -> None:
    """Have the C library keep the memory of a piece for the next one.

    Until glibc has seen a larger block freed, it may give each piece back to the kernel, which clears its
    pages anew: in one process of four a sixth of the time of reading 300 MB (benchmarks.tables). Nothing is
    written to this block, so it costs nothing; elsewhere it does no harm.
    """
    freed = np.empty(2 * CHUNK_BYTES, np.uint8)
    del freed


@dataclass(frozen=True)
class _Look:
    """What a piece of a file looks like; `no_text` is the piece itself where it is none."""

    n_lines: int
    n_blank: int
    quoted: bool
    line_ends: set[str]
    no_text: bytes | None


def _look_at(fetch: Callable[[], bytes]) -> _Look:
    raw = fetch()
    line_ends = _line_ends(raw)
    chunk = _with_newlines(raw)
    if not _is_text(chunk):
        return _Look(0, 0, False, line_ends, chunk)
    n_newlines, n_blank = _count_lines(chunk)
    n_lines = n_newlines + (not chunk.endswith(b"\n"))
    return _Look(n_lines, n_blank, b'"' in chunk, line_ends, None)


def _count_lines(chunk: bytes) -> tuple[int, int]:
    """Return how many newlines there are, and how many of them end an empty line."""
    # In NumPy: bytes.count takes five times as long, and a search for two newlines ten times.
    characters = np.frombuffer(chunk, np.uint8)
    n_newlines = n_blank = 0
    before = True
    for start in range(0, len(characters), COUNTED_BYTES):
        newlines = characters[start : start + COUNTED_BYTES] == ord("\n")
        n_newlines += int(np.count_nonzero(newlines))
        n_blank += int(before and newlines[0]) + int(np.count_nonzero(newlines[1:] & newlines[:-1]))
        before = newlines[-1]
    return n_newlines, n_blank


def _head(chunk: bytes) -> str:
    """Return the first lines, whole ones, of at most 64 K characters; longer only when the first line is."""
    end = max(4 * SAMPLE_CHARACTERS, chunk.find(b"\n") + 1)
    text = chunk[:end].decode("utf-8-sig", errors="ignore")  # a character may be cut in two at the end
    head = text[: max(SAMPLE_CHARACTERS, text.find("\n") + 1)]
    return head if end >= len(chunk) and len(head) == len(text) else head[: head.rfind("\n") + 1]


def physical_lines(path: Path, *, gzipped: bool) -> Iterator[str]:
    """Yield the lines of a file that `scan_text` has accepted, without their ends."""
    for fetch in text_chunks(path, gzipped=gzipped):
        yield from _with_newlines(fetch()).decode("utf-8-sig").removesuffix("\n").split("\n")


def has_leading_zeros(path: Path, *, gzipped: bool, delimiter: str) -> bool:
    """Say whether any cell of a file that `scan_text` has accepted begins with 0 and another digit."""
    search = partial(_leading_zeros, ord(delimiter))
    return any(in_turn(search, text_chunks(path, gzipped=gzipped)))


def _leading_zeros(delimiter: int, fetch: Callable[[], bytes]) -> bool:
    chunk = np.frombuffer(_with_newlines(fetch()), np.uint8)
    if len(chunk) < 3:
        return False
    # Digits first: hardly a 0 has one behind it and a sign before it.
    opened = np.flatnonzero((chunk[1:-1] == ord("0")) & (chunk[2:] - np.uint8(ord("0")) < 10))
    before = chunk[opened]
    return bool(np.any(np.logical_or.reduce([before == sign for sign in (delimiter, *b'\n" ')])))


def may_be_too_long(path: Path, *, gzipped: bool, delimiter: str, width: int, marks: Sequence[str]) -> bool:
    """Say whether a line of an accepted file may have more cells than `width`, the last of them a mark.

    Cells in which lines break leave it open, and then it may.
    """
    sign, quotes = delimiter.encode(), ("", '"')
    ends = tuple(sign + f"{quote}{mark}{quote}".encode() for mark in marks if mark for quote in quotes)
    search = partial(_has_a_line_too_long, sign, width, ends)
    return any(in_turn(search, text_chunks(path, gzipped=gzipped)))


def _has_a_line_too_long(
    delimiter: bytes, width: int, ends: tuple[bytes, ...], fetch: Callable[[], bytes]
) -> bool:
    chunk = _with_newlines(fetch()) + b"\n"
    characters = np.frombuffer(chunk, np.uint8)
    # Last characters first: of a column of numbers hardly a cell ends like a mark.
    alike = np.zeros(256, bool)
    alike[[end[-1] for end in ends]] = True
    line_ends = np.flatnonzero(characters == ord("\n"))
    for at in line_ends[alike[characters[line_ends - 1]]].tolist():
        line = chunk[chunk.rfind(b"\n", 0, at) + 1 : at]
        if line.endswith(ends):
            pieces = line.split(b'"')  # in quotes is every other one, also where a quote is doubled
            if len(pieces) % 2 == 0 or sum(piece.count(delimiter) for piece in pieces[::2]) >= width:
                return True
    return False


def copy_with_newlines(path: Path, copy: Path, *, gzipped: bool) -> None:
    """Write a copy of a text file, unpacked, in which every line ends in a newline.

    Raises:
        DataError: there is no room for it.
    """
    try:
        with copy.open("wb") as file:
            file.writelines(_with_newlines(fetch()) for fetch in text_chunks(path, gzipped=gzipped))
    except OSError as error:
        raise DataError(
            "its lines do not all end alike, and a copy in which they do could not be written "
            f"({error.strerror or error})",
            where=str(path),
            remedy="Make room in the folder for temporary files, or convert the file: dos2unix FILE",
        ) from None


def guess_layout(head: str, *, prefer: str, delimiter: str | None, decimal: str) -> tuple[str, int]:
    """Return the delimiter and the number of fields that most of the first records agree on.

    Args:
        head: the first lines of a file.
        prefer: the delimiter that wins a tie, from the file's name.
        delimiter: the delimiter if it is known.
        decimal: the decimal sign, which is no delimiter.
    """
    candidates = [delimiter] if delimiter else sorted(DELIMITERS, key=lambda each: each != prefer)
    if delimiter is None and (decimal == "," or _commas_look_decimal(head)):
        candidates.remove(",")
    best, best_score = (candidates[0], 1), (0.0, 1)
    for candidate in candidates:
        widths = _widths(head, candidate)
        (width, votes), *_ = Counter(widths).most_common(1) or [(1, 0)]
        score = (votes / max(len(widths), 1), width)
        if width > 1 and score > best_score:
            best, best_score = (candidate, width), score
    return best


def _commas_look_decimal(head: str) -> bool:
    """Say whether fields are parted by semicolons, and all commas stand within numbers: 0,5;-1,25;a."""
    lines = [line for line in head.splitlines()[:SAMPLE_RECORDS] if line]
    with_comma = [cell.strip(' "') for line in lines for cell in line.split(";") if "," in cell]
    parted = all(";" in line for line in lines)
    return bool(with_comma) and parted and all(map(DECIMAL_COMMA.fullmatch, with_comma))


def _widths(head: str, delimiter: str) -> list[int]:
    """Return the number of fields of each of the first records; a record cut off at the end is left out."""
    reader = csv.reader(head.splitlines(keepends=True), delimiter=delimiter[0], skipinitialspace=True)
    widths: list[int] = []
    try:
        for record in reader:
            if record:
                widths.append(len(record))
            if len(widths) == SAMPLE_RECORDS:
                break
    except csv.Error:  # a field beyond the module's limit: what came before it has to do
        pass
    return widths[:-1] if 1 < len(widths) < SAMPLE_RECORDS and '"' in head else widths


def _refuse_foreign(path: Path, start: bytes) -> None:
    for magic, (kind, remedy) in FOREIGN_MAGIC.items():
        if start.startswith(magic):
            raise DataError(f"the file is {kind}, not a table as text", where=str(path), remedy=remedy)
    if start.startswith((b"\xff\xfe", b"\xfe\xff")):
        raise DataError(
            "the file is UTF-16, not UTF-8", where=str(path), remedy=RE_ENCODE.format(encoding="UTF-16")
        )


def text_chunks(path: Path, *, gzipped: bool) -> Iterator[Callable[[], bytes]]:
    """Yield the file in pieces that end at the end of a line; each is read, in any thread, when it is called.

    Raises:
        DataError: the gzip data are damaged.
    """
    if not gzipped:
        for start, end in _ranges(path):
            yield partial(_read_range, path, start, end)
        return
    try:
        # GzipFile reads like a file opened in binary mode, but typeshed does not derive it from IO.
        with cast(IO[bytes], gzip.open(path, "rb")) as file:
            while chunk := file.read(CHUNK_BYTES):
                yield partial(bytes, chunk + file.readline())
    except (EOFError, gzip.BadGzipFile, zlib.error) as error:
        raise DataError(
            f"the gzip data is cut short or damaged ({str(error).rstrip('.')})",
            where=str(path),
            remedy="Copy or download the file again.",
        ) from None


def _ranges(path: Path) -> Iterator[tuple[int, int]]:
    """Yield where the pieces of a file begin and end, in bytes."""
    with path.open("rb") as file:
        start, size = 0, file.seek(0, os.SEEK_END)
        while start < size:
            file.seek(min(start + CHUNK_BYTES, size))
            file.readline()
            yield start, file.tell()
            start = file.tell()


def _read_range(path: Path, start: int, end: int) -> bytes:
    with path.open("rb", buffering=0) as file:
        file.seek(start)
        return file.read(end - start)


def _line_ends(chunk: bytes) -> set[str]:
    """Return the kinds of line end that occur in a piece of text."""
    if b"\r" not in chunk:
        return {"LF"} if b"\n" in chunk else set()
    n_pairs = chunk.count(b"\r\n")
    counts = {"CRLF": n_pairs, "CR": chunk.count(b"\r") - n_pairs, "LF": chunk.count(b"\n") - n_pairs}
    return {kind for kind, count in counts.items() if count}


def _with_newlines(chunk: bytes) -> bytes:
    """Return a piece of text with every line end turned into one newline; a lone CR only where no LF is."""
    if b"\r" not in chunk:
        return chunk
    chunk = chunk.replace(b"\r\n", b"\n")
    return chunk if b"\n" in chunk else chunk.replace(b"\r", b"\n")


def _is_text(chunk: bytes) -> bool:
    """Say whether a piece of a file is UTF-8 without NUL bytes."""
    if b"\0" in chunk:
        return False
    if chunk.isascii():  # thirty times as fast as decoding
        return True
    try:
        chunk.decode("utf-8")
    except UnicodeDecodeError:
        return False
    return True


def _refuse_what_is_no_text(path: Path, chunk: bytes, *, lines_before: int) -> None:
    """Refuse NUL bytes, and bytes that are not UTF-8, with their line."""
    if b"\0" in chunk:
        line = lines_before + chunk[: chunk.find(b"\0")].count(b"\n") + 1
        raise DataError(
            "a NUL byte: the file is not text, or is damaged",
            where=f"{path}:{line}",
            remedy="Check that it is a CSV, TSV, NDJSON or Parquet file, whole and in UTF-8.",
        )
    try:
        chunk.decode("utf-8")
    except UnicodeDecodeError as error:
        line = lines_before + chunk[: error.start].count(b"\n") + 1
        raise DataError(
            f"the byte 0x{chunk[error.start]:02x} is not UTF-8 text",
            where=f"{path}:{line}",
            remedy=RE_ENCODE.format(encoding="WINDOWS-1252"),
        ) from None
