"""Files and sources that cannot be used, made by code: what each holds, what the config says, what is named.

A case is (files, data, words): files by name, the config's `data` (a source, or the whole mapping), and what
the first line of the message must contain: the file, with row and column where there is one.
"""

import gzip
import io
import json
import struct
import zipfile
import zlib
from collections.abc import Mapping
from typing import Any, TypeAlias

import numpy as np
from PIL import Image

Case: TypeAlias = tuple[Mapping[str, bytes], dict[str, Any], list[str]]

N = 30
ROWS = [f"{i},{i * 7 % 11}.5,{'yes' if i % 2 else 'no'}" for i in range(N)]


def csv(rows: list[str] | None = None, header: str = "a,b,c") -> bytes:
    return ("\n".join([header, *(ROWS if rows is None else rows)]) + "\n").encode()


def with_row(row: str, at: int = 3) -> bytes:
    return csv([*ROWS[:at], row, *ROWS[at + 1 :]])


def column(cells: list[str]) -> bytes:
    """A table whose column a holds these cells."""
    return csv([f"{cell},{i}.5,{'yes' if i % 2 else 'no'}" for i, cell in enumerate(cells)])


def table(content: bytes, words: list[str], name: str = "t.csv", **more: Any) -> Case:
    return {name: content}, {"source": {"type": "table", "path": name, **more}}, [name, *words]


def split(shares: dict[str, Any], words: list[str], content: bytes | None = None) -> Case:
    return {"t.csv": content or csv()}, {"source": {"type": "table", "path": "t.csv"}, "split": shares}, words


def npz(members: dict[str, Any], words: list[str], **more: Any) -> Case:
    file = io.BytesIO()
    np.savez(file, **members)
    return {"a.npz": file.getvalue()}, {"source": {"type": "npz", "path": "a.npz", **more}}, ["a.npz", *words]


def npy(array: Any) -> bytes:
    file = io.BytesIO()
    np.save(file, array, allow_pickle=True)
    return file.getvalue()


def npys(x: bytes, y: bytes, words: list[str]) -> Case:
    return {"x.npy": x, "y.npy": y}, {"source": {"type": "npy", "path": "x.npy", "y": "y.npy"}}, words


def idx(array: Any) -> bytes:
    return bytes([0, 0, 8, array.ndim]) + struct.pack(f">{array.ndim}I", *array.shape) + array.tobytes()


def idxs(x: bytes, y: bytes, words: list[str]) -> Case:
    return {"x.idx": x, "y.idx": y}, {"source": {"type": "idx", "path": "x.idx", "y": "y.idx"}}, words


def image(mode: str = "L", size: tuple[int, int] = (6, 5), kind: str = "PNG", value: Any = 7) -> bytes:
    file = io.BytesIO()
    Image.new(mode, size, value).save(file, kind)
    return file.getvalue()


PNG, JPEG = image(), image(kind="JPEG")
PHOTOS = {f"p/{label}/{i}.png": PNG for label in ("cat", "dog") for i in range(6)}


def images(files: Mapping[str, bytes], words: list[str], **more: Any) -> Case:
    return {**PHOTOS, **files}, {"source": {"type": "images", "path": "p", **more}}, words


def parquet(words: list[str], *, content: bytes) -> Case:
    return table(content, words, "t.parquet")


def _parquet(sql: str) -> bytes:
    """A Parquet file of what DuckDB selects."""
    import tempfile
    from pathlib import Path

    import duckdb

    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "t.parquet"
        with duckdb.connect() as connection:
            connection.execute(f"COPY ({sql}) TO '{path}' (FORMAT parquet)")
        return path.read_bytes()


GOOD_PARQUET = _parquet("SELECT i AS a, i * 0.5 AS b, i % 2 AS c FROM range(2000) t(i)")
GZ = gzip.compress(csv([row for row in ROWS for _ in range(200)]))
LINES = [json.dumps({"a": i, "b": i * 0.5, "c": "yes" if i % 2 else "no"}) for i in range(N)]
X, Y = np.arange(N * 2.0).reshape(N, 2), np.arange(N) % 2
XB, YB = npy(X), npy(Y)
IX, IY = idx(np.zeros((N, 3, 3), np.uint8)), idx((np.arange(N) % 2).astype(np.uint8))


def ndjson(lines: list[str], words: list[str]) -> Case:
    return table("\n".join(lines).encode() + b"\n", words, "t.ndjson")


def _zip(members: dict[str, bytes]) -> bytes:
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w") as archive:
        for name, content in members.items():
            archive.writestr(name, content)
    return file.getvalue()


def _damaged(content: bytes, at: int) -> bytes:
    flipped = bytearray(content)
    flipped[at] ^= 0xFF
    return bytes(flipped)


def _png_of(width: int, height: int) -> bytes:
    """A PNG that announces a size it does not have."""
    header = struct.pack(">IIBBBBB", width, height, 8, 0, 0, 0, 0)
    chunk = b"IHDR" + header
    return (
        b"\x89PNG\r\n\x1a\n" + struct.pack(">I", 13) + chunk + struct.pack(">I", zlib.crc32(chunk)) + PNG[33:]
    )


FORM: dict[str, Case] = {
    "nothing": table(b"", []),
    "one newline": table(b"\n", []),
    "blank lines": table(b"\n\n\n\n", []),
    "spaces": table(b"   \n", []),
    "a byte order mark alone": table(b"\xef\xbb\xbf", []),
    "a header alone": table(b"a,b,c\n", []),
    "a header without a line end": table(b"a,b,c", []),
    "one word": table(b"hello", []),
    "one row": table(csv(ROWS[:1]), []),
    "two rows": table(csv(ROWS[:2]), []),
    "three rows": table(csv(ROWS[:3]), []),
    "a row too long": table(with_row("1,2.5,yes,4"), ["t.csv:5"]),
    "a row too short": table(with_row("1,2.5"), ["t.csv:5"]),
    "the first row too long": table(with_row("1,2.5,yes,4", 0), ["t.csv:2"]),
    "the last row too short": table(with_row("1", N - 1), [f"t.csv:{N + 1}"]),
    "the last row cut within quotes": table(csv() + b'5,"ab', []),
    "a title on top": table(b"My table\n" + csv(), ["t.csv:1"]),
    "two comments on top": table(b"# one\n# two\n" + csv(), ["t.csv:1"]),
    "an empty field too many in the header": table(csv(header="a,b"), []),
    "a quote never closed": table(with_row('1,"2.5,yes'), []),
    "a quote closed within a field": table(with_row('1,"2"5,yes'), ["t.csv:5"]),
    "a quote in the header never closed": table(csv(header='a,"b,c'), []),
    "NUL bytes within": table(with_row("1,\0,yes"), ["t.csv:5"]),
    "NUL bytes at the end": table(csv() + b"\0\0\0\0", []),
    "random bytes": table(bytes(np.random.default_rng(0).integers(0, 256, 4000, np.uint8)), []),
    "Windows-1252": table(with_row("1,2.5,caf\xe9").decode("utf-8").encode("cp1252"), ["t.csv:5", "0xe9"]),
    "half a character of UTF-8": table(with_row("1,2.5,yes")[:-1] + b"\xe2\x82\n", []),
    "UTF-16": table(csv().decode().encode("utf-16"), ["UTF-16"]),
    "UTF-16 without a mark": table(csv().decode().encode("utf-16-le"), []),
    "UTF-32": table(csv().decode().encode("utf-32"), []),
    "an Excel workbook": table(b"PK\x03\x04" + b"\0" * 80, ["Excel"], "t.xlsx"),
    "an old Excel workbook": table(b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"\0" * 500, [], "t.xls"),
    "zstd": table(b"\x28\xb5\x2f\xfd" + b"\0" * 80, ["zstd"], "t.csv.zst"),
    "bzip2": table(b"BZh91AY" + b"\0" * 80, ["bzip2"], "t.csv.bz2"),
    "xz": table(b"\xfd7zXZ\0" + b"\0" * 80, ["xz"], "t.csv.xz"),
    "a PDF": table(b"%PDF-1.7\n\x00\xff\xff" + b"\0" * 80, [], "t.pdf"),
    "a PNG for a table": table(PNG, []),
    "HTML": table(b"<!DOCTYPE html>\n<html><body>\n<p>Not found, sorry</p>\n</body></html>\n", []),
    "a pointer of git-lfs": table(
        b"version https://git-lfs.github.com/spec/v1\noid sha256:4d7a\nsize 12345\n", []
    ),
    "gzip cut short": table(GZ[: len(GZ) // 2], [], "t.csv.gz"),
    "gzip cut by four bytes": table(GZ[:-4], [], "t.csv.gz"),
    "gzip with a damaged byte": table(_damaged(GZ, len(GZ) // 2), [], "t.csv.gz"),
    "gzip's first bytes alone": table(GZ[:12], [], "t.csv.gz"),
    "gzip of nothing": table(gzip.compress(b""), [], "t.csv.gz"),
    "gzip of a ragged row": table(gzip.compress(with_row("1,2.5")), ["t.csv.gz:5"], "t.csv.gz"),
    "gzip of Windows-1252": table(gzip.compress(b"a,b\n1,caf\xe9\n"), ["t.csv.gz:2"], "t.csv.gz"),
    "a line of 3 MB": table(csv([*ROWS, "1,2.5," + "x" * 3_000_000]), []),
    "a header of a million columns": table(
        ",".join(f"c{i}" for i in range(1_000_000)).encode() + b"\n1,2\n", []
    ),
    "one column": table(b"a\n1\n2\n3\n4\n", []),
    "one column with blank lines": table(b"a\n1\n\n3\n4\n", []),
    "an unknown delimiter": table(csv().replace(b",", b"~"), []),
    "a delimiter that is not there": table(csv(), [], delimiter=";"),
}

CELLS: dict[str, Case] = {
    "an infinite input": table(with_row("inf,2.5,yes"), ["t.csv:5:a"]),
    "a number beyond float64": table(with_row("1e999,2.5,yes"), ["t.csv:5:a"]),
    "a minus infinity": table(with_row("-inf,2.5,yes"), ["t.csv:5:a"]),
    "a text among numbers": table(column([*map(str, range(99)), "unknown"]), ["t.csv:101:a", "'unknown'"]),
    "a mark for missing that is not known": table(
        column([str(i / 3) if i % 3 else "-" for i in range(90)]), ["t.csv:2:a", "'-'"]
    ),
    "a date among numbers": table(column([*map(str, range(99)), "2024-01-01"]), ["t.csv:101:a"]),
    "thousands": table(column([f'"{i},{i:03}"' for i in range(1, 99)]), ["t.csv:2:a", "comma"]),
    "per cent": table(column([f"{i}%" for i in range(99)]), ["t.csv:2:a", "'0%'"]),
    "dollars": table(column([f"${i}.50" for i in range(99)]), ["t.csv:2:a"]),
    "euros": table(column([f"{i}.50 €" for i in range(99)]), ["t.csv:2:a"]),
    "points for thousands": table(
        csv([row.replace(",", ";") for row in ["1.234,2,yes", "0,5,no"] * 9], "a;b;c").replace(
            b"1.234;2", b"1.234;2,5"
        ),
        ["t.csv:2:a"],
        decimal=",",
    ),
    "decimal commas": table(
        csv([f"{i},5;{i};{'yn'[i % 2]}" for i in range(30)], "a;b;c"), ["t.csv:2:a", "comma"]
    ),
    "free text": table(column([f"a note on row {i}" for i in range(99)]), ["'a'"]),
    "identifiers": table(column([f"id-{i}" for i in range(99)]), ["'a'"]),
    "dates either way": table(column([f"01/{i % 12 + 1:02}/2024" for i in range(60)]), ["'a'"]),
    "dates of two forms": table(column(["2024-01-02"] * 57 + ["the 3rd of May"] * 3), ["t.csv:59:a"]),
    "a text where the first row leaves it open": table(b"1,x\n2,3\n3,4\n4,5\n", []),
}

TARGETS: dict[str, Case] = {
    "a target missing in a row": table(with_row("1,2.5,"), ["t.csv:5", "'c'"]),
    "a target missing in every row": table(csv([f"{i},{i}," for i in range(N)]), ["'c'"]),
    "a target of question marks": table(csv([f"{i},{i},?" for i in range(N)]), ["'c'"]),
    "an infinite target": table(csv([f"{i},{i},{i}.5" for i in range(19)] + ["1,2,inf"]), ["t.csv:21"]),
    "a target of one class": table(csv([f"{i},{i},yes" for i in range(N)]), ["constant"]),
    "a target of one number": table(csv([f"{i},{i},1.5" for i in range(N)]), ["constant"]),
    "a target of one truth value": table(csv([f"{i},{i},true" for i in range(N)]), ["constant"]),
    "a target of dates": table(csv([f"{i},{i},2024-01-{i + 1:02}" for i in range(N)]), ["'c'", "dates"]),
    "a target of texts that never repeat": table(csv([f"{i},{i},note {i}" for i in range(N)]), []),
    "a class with one row": table(with_row("1,2.5,perhaps"), ["'perhaps'"]),
    "no such target": table(csv(), ["'d'"], target="d"),
    "a target in the wrong case": table(csv(), ["'C'"], target="C"),
    "two targets that are labels": table(csv(), ["'c'"], target=["b", "c"]),
    "a target whose name stands twice": table(csv(header="a,c,c"), ["'c'"], target="c"),
    "no such column to drop": table(csv(), ["'d'"], drop=["d"]),
    "no such category": table(csv(), ["'d'"], categorical=["d"]),
    "no such column to hash": table(csv(), ["'d'"], hashed={"d": 8}),
    "no input left": table(csv(), [], drop=["a", "b"]),
    "too few names": table(csv(), [], header=False, columns=["a", "b"]),
    "a name given twice": table(csv(ROWS), [], header=False, columns=["a", "a", "c"]),
    "names for a file that has them": table(csv(), ["t.csv:1"], columns=["x", "y", "z"]),
}

PARTS: dict[str, Case] = {
    "a part with other columns": (
        {"1.csv": csv(), "2.csv": csv(header="a,d,c")},
        {"source": {"type": "table", "path": "*.csv"}},
        ["2.csv", "lacks b"],
    ),
    "a part that is wider": (
        {"1.csv": csv(), "2.csv": csv([f"{row},1" for row in ROWS], "a,b,c,d")},
        {"source": {"type": "table", "path": "*.csv"}},
        ["2.csv"],
    ),
    "a ragged row in the second part": (
        {"1.csv": csv(), "2.csv": with_row("1,2.5")},
        {"source": {"type": "table", "path": "*.csv"}},
        ["2.csv:5"],
    ),
    "an empty part": (
        {"1.csv": csv(), "2.csv": b""},
        {"source": {"type": "table", "path": "*.csv"}},
        ["2.csv"],
    ),
    "no file that matches": ({}, {"source": {"type": "table", "path": "*.csv"}}, ["*.csv"]),
    "no such table": ({}, {"source": {"type": "table", "path": "absent.csv"}}, ["absent.csv"]),
    "a folder for a table": ({"d/t.csv": csv()}, {"source": {"type": "table", "path": "d"}}, ["folder"]),
    "a file for a folder": ({"d": b"x"}, {"source": {"type": "table", "path": "d/t.csv"}}, ["d/t.csv"]),
    "a dev table that lacks a column": (
        {"t.csv": csv(), "dev.csv": csv(["1,yes", "2,no"] * 5, "a,c")},
        {"train": {"type": "table", "path": "t.csv"}, "dev": {"type": "table", "path": "dev.csv"}},
        ["dev.csv", "'b'"],
    ),
    "a dev table with another class": (
        {"t.csv": csv(), "dev.csv": csv(["1,1,yes", "2,2,perhaps"] * 5)},
        {"train": {"type": "table", "path": "t.csv"}, "dev": {"type": "table", "path": "dev.csv"}},
        ["dev.csv", "perhaps"],
    ),
    "a dev table with a text for a number": (
        {"t.csv": csv(), "dev.csv": csv(["old,1,yes", "2,2,no"] * 5)},
        {"train": {"type": "table", "path": "t.csv"}, "dev": {"type": "table", "path": "dev.csv"}},
        ["dev.csv:2:a", "'old'"],
    ),
    "a test table that is cut short": (
        {"t.csv": csv(), "test.csv.gz": GZ[:40]},
        {"source": {"type": "table", "path": "t.csv"}, "test": {"type": "table", "path": "test.csv.gz"}},
        ["test.csv.gz"],
    ),
    "a target source of other columns": (
        {"t.csv": csv(), "u.csv": csv(header="a,d,c")},
        {"source": {"type": "table", "path": "t.csv"}, "target": {"type": "table", "path": "u.csv"}},
        ["u.csv", "'b'"],
    ),
}

OTHER_TABLES: dict[str, Case] = {
    "Parquet cut in half": parquet([], content=GOOD_PARQUET[: len(GOOD_PARQUET) // 2]),
    "Parquet without its end": parquet([], content=GOOD_PARQUET[:-8]),
    "Parquet's first bytes alone": parquet([], content=b"PAR1"),
    "Parquet with a damaged end": parquet([], content=_damaged(GOOD_PARQUET, len(GOOD_PARQUET) - 2)),
    "Parquet whose footer has a wrong length": parquet(
        [], content=_damaged(GOOD_PARQUET, len(GOOD_PARQUET) - 6)
    ),
    "Parquet without rows": parquet([], content=_parquet("SELECT 1 AS a, 2 AS b WHERE false")),
    "Parquet of lists": parquet(["'a'"], content=_parquet("SELECT [i] AS a, i AS b FROM range(30) t(i)")),
    "Parquet of structs": parquet(
        ["'a'"], content=_parquet("SELECT {'u': i} AS a, i AS b FROM range(30) t(i)")
    ),
    "Parquet of bytes": parquet(
        ["'a'"], content=_parquet("SELECT 'x'::BLOB AS a, i AS b FROM range(30) t(i)")
    ),
    "Parquet of one column": parquet([], content=_parquet("SELECT i AS a FROM range(30) t(i)")),
    "Parquet with an infinite number": parquet(
        ["a"],
        content=_parquet(
            "SELECT CASE i WHEN 3 THEN 'inf'::DOUBLE ELSE i END AS a, i % 2 AS b FROM range(30) t(i)"
        ),
    ),
    "Parquet with a target missing": parquet(
        ["'b'"],
        content=_parquet("SELECT i AS a, CASE i WHEN 3 THEN NULL ELSE i % 2 END AS b FROM range(30) t(i)"),
    ),
    "NDJSON torn at its end": ndjson([*LINES, '{"a": 1, "b"'], [f"t.ndjson:{N + 1}"]),
    "NDJSON torn in its middle": ndjson([LINES[0], '{"a": 1,', *LINES], ["t.ndjson:2"]),
    "NDJSON with an array": ndjson([*LINES, "[1, 2]"], [f"t.ndjson:{N + 1}"]),
    "NDJSON with a bare number": ndjson([*LINES, "17"], [f"t.ndjson:{N + 1}"]),
    "NDJSON with a list for a value": ndjson([*LINES, '{"a": [1], "b": 1, "c": "no"}'], ["'a'"]),
    "NDJSON with an object for a value": ndjson([*LINES, '{"a": {"x": 1}, "b": 1, "c": "no"}'], ["'a'"]),
    "NDJSON without keys": ndjson(["{}"] * 20, []),
    "NDJSON that is one array": ndjson(["[" + ", ".join(LINES) + "]"], ["t.ndjson:1"]),
    "NDJSON over many lines": ndjson(['{"a": 1,', '"b": 2}'], ["t.ndjson:1"]),
    "NDJSON with NUL": ndjson([*LINES, '{"a": \0}'], [f"t.ndjson:{N + 1}"]),
    "CSV called NDJSON": table(csv(), ["t.ndjson:1"], "t.ndjson"),
}

ARRAYS: dict[str, Case] = {
    "NaN among the inputs": npz({"x": np.where(X == 7, np.nan, X), "y": Y}, ["a.npz:x", "row 3"]),
    "inf among the inputs": npz({"x": np.where(X == 7, np.inf, X), "y": Y}, ["a.npz:x", "row 3"]),
    "NaN among the targets": npz({"x": X, "y": np.where(Y == 1, np.nan, 0.5)}, ["a.npz:y"]),
    "fewer targets": npz({"x": X, "y": Y[:-1]}, ["30 inputs", "29 targets"]),
    "no rows": npz({"x": X[:0], "y": Y[:0]}, ["a.npz:x"]),
    "no features": npz({"x": X[:, :0], "y": Y}, ["a.npz:x"]),
    "one dimension": npz({"x": X[:, 0], "y": Y}, ["a.npz:x", "(30,)"]),
    "no dimension": npz({"x": np.float64(3), "y": Y}, ["a.npz:x"]),
    "text for inputs": npz({"x": X.astype(str), "y": Y}, ["a.npz:x"]),
    "objects for inputs": npz({"x": X.astype(object), "y": Y}, ["a.npz:x"]),
    "complex inputs": npz({"x": X.astype(complex), "y": Y}, ["a.npz:x"]),
    "dates for inputs": npz({"x": X.astype("datetime64[D]"), "y": Y}, ["a.npz:x"]),
    "records for inputs": npz({"x": np.zeros(N, [("u", "f8")]), "y": Y}, ["a.npz:x"]),
    "objects for targets": npz({"x": X, "y": Y.astype(object)}, ["a.npz:y"]),
    "three axes of targets": npz({"x": X, "y": np.zeros((N, 2, 2))}, ["a.npz:y"]),
    "bytes for targets that are not UTF-8": npz(
        {"x": X, "y": np.array([b"\xff", b"\xfe"] * 15)}, ["a.npz:y"]
    ),
    "no member y": npz({"x": X, "labels": Y}, ["'y'"]),
    "a member in the wrong case": npz({"X": X, "y": Y}, ["'x'"]),
    "a constant target": npz({"x": X, "y": Y * 0}, ["constant"]),
    "an .npz of no members": npz({}, ["'x'"]),
    "an .npz that is text": ({"a.npz": b"hello"}, {"source": {"type": "npz", "path": "a.npz"}}, ["a.npz"]),
    "an empty .npz": ({"a.npz": b""}, {"source": {"type": "npz", "path": "a.npz"}}, ["a.npz"]),
    "an .npz cut short": (
        {"a.npz": npz({"x": X, "y": Y}, [])[0]["a.npz"][:300]},
        {"source": {"type": "npz", "path": "a.npz"}},
        ["a.npz"],
    ),
    "an .npz with a damaged byte": (
        {"a.npz": _damaged(npz({"x": X, "y": Y}, [])[0]["a.npz"], 400)},
        {"source": {"type": "npz", "path": "a.npz"}},
        ["a.npz"],
    ),
    "an .npz of texts": (
        {"a.npz": _zip({"x.npy": b"hello", "y.npy": b"there"})},
        {"source": {"type": "npz", "path": "a.npz"}},
        ["a.npz:x"],
    ),
    "an .npy called .npz": ({"a.npz": XB}, {"source": {"type": "npz", "path": "a.npz"}}, ["a.npz"]),
    "a folder called .npz": ({"a.npz/b": b""}, {"source": {"type": "npz", "path": "a.npz"}}, ["a.npz"]),
    "no such .npz": ({}, {"source": {"type": "npz", "path": "a.npz"}}, ["a.npz"]),
    "an .npy cut short": npys(XB[:-40], YB, ["x.npy"]),
    "an .npy of its header alone": npys(XB[:128], YB, ["x.npy"]),
    "an .npy that is text": npys(b"hello", YB, ["x.npy"]),
    "an .npy of objects": npys(npy(X.astype(object)), YB, ["x.npy"]),
    "an .npz called .npy": npys(npz({"x": X}, [])[0]["a.npz"], YB, ["x.npy"]),
    "targets cut short": npys(XB, YB[:-40], ["y.npy"]),
    "targets of another length": npys(XB, npy(Y[:-3]), ["30 inputs"]),
    "NaN in an .npy": npys(npy(np.where(X == 7, np.nan, X)), YB, ["x.npy", "row 3"]),
    "an .npy with a damaged header": npys(_damaged(XB, 20), YB, ["x.npy"]),
    "no file of targets": (
        {"x.npy": XB},
        {"source": {"type": "npy", "path": "x.npy", "y": "y.npy"}},
        ["y.npy"],
    ),
    "targets not named": ({"x.npy": XB}, {"source": {"type": "npy", "path": "x.npy"}}, ["config.yaml", "y"]),
    "idx that is text": idxs(b"hello", IY, ["x.idx"]),
    "idx of nothing": idxs(b"", IY, ["x.idx"]),
    "idx cut short": idxs(IX[:-5], IY, ["x.idx"]),
    "idx with bytes too many": idxs(IX + b"\0", IY, ["x.idx"]),
    "idx of an unknown type": idxs(b"\0\0\x07\x02" + IX[4:], IY, ["x.idx"]),
    "idx of a gigantic size": idxs(b"\0\0\x08\x03" + b"\xff" * 12, IY, ["x.idx"]),
    "idx in cut gzip": idxs(gzip.compress(IX)[:20], IY, ["x.idx"]),
    "idx labels of another length": idxs(IX, IY[:8] + IY[8:-3], ["y.idx"]),
    "no such idx": ({"x.idx": IX}, {"source": {"type": "idx", "path": "x.idx", "y": "y.idx"}}, ["y.idx"]),
}

IMAGES: dict[str, Case] = {
    "an image that is text": images({"p/cat/z.png": b"hello"}, ["z.png"]),
    "an image of nothing": images({"p/cat/z.png": b""}, ["z.png"]),
    "a PNG cut short": images({"p/cat/z.png": PNG[:50]}, ["z.png"]),
    "a PNG with a damaged byte": images({"p/cat/z.png": _damaged(PNG, 45)}, ["z.png"]),
    "a JPEG cut short": images({"p/cat/z.jpg": JPEG[:300]}, ["z.jpg"]),
    "a PPM called PNG": images({"p/cat/z.png": image(kind="PPM")}, ["z.png", "none of a type"]),
    "a PPM": images({"p/cat/z.ppm": image(kind="PPM")}, ["z.ppm"]),
    "a web page called JPEG": images({"p/cat/z.jpg": b"<html></html>"}, ["z.jpg"]),
    "a PNG that announces 100,000 x 100,000": images({"p/cat/z.png": _png_of(100_000, 100_000)}, ["z.png"]),
    "sizes that differ": images({"p/cat/z.png": image(size=(9, 9))}, ["z.png", "9x9"]),
    "an image outside the classes": images({"p/z.png": PNG}, ["z.png"]),
    "a class without images": images({"p/fish/note.txt": b"none"}, ["fish"]),
    "a folder in a class": images({"p/cat/more/z.png": PNG}, ["more"]),
    "a class of one image": images({"p/fish/z.png": PNG}, ["p", "'fish'"]),
    "one class": ({"p/cat/1.png": PNG}, {"source": {"type": "images", "path": "p"}}, ["p"]),
    "no class": ({"p/note": b""}, {"source": {"type": "images", "path": "p"}}, ["p"]),
    "no such folder": ({}, {"source": {"type": "images", "path": "p"}}, ["p"]),
    "a file for the folder": ({"p": b"x"}, {"source": {"type": "images", "path": "p"}}, ["p"]),
}

GROUPS = csv([f"{'x' if i else 'y'},{row}" for i, row in enumerate(ROWS)], "g,a,b,c")
FOLDS = csv([f"{i % 3},{row}" for i, row in enumerate(ROWS)], "g,a,b,c")
SPLITS: dict[str, Case] = {
    "a negative share": split({"train": 1.2, "dev": -0.1, "test": -0.1}, ["config.yaml", "data.split"]),
    "shares above 1": split({"train": 0.6, "dev": 0.6, "test": 0.2}, ["config.yaml", "1.4"]),
    "shares below 1": split({"train": 0.1, "dev": 0.1, "test": 0.1}, ["config.yaml"]),
    "no dev": split({"train": 1.0, "dev": 0.0, "test": 0.0}, ["config.yaml"]),
    "no train": split({"train": 0.0, "dev": 0.5, "test": 0.5}, ["config.yaml"]),
    "a share that is text": split({"train": "most"}, ["config.yaml"]),
    "a group and a time": split({"group": "a", "time": "b"}, ["config.yaml"]),
    "a column and a group": split({"column": "a", "group": "b"}, ["config.yaml"]),
    "stable and time": split({"stable": True, "time": "a"}, ["config.yaml"]),
    "values without a column": split({"values": {"train": ["a"], "dev": ["b"]}}, ["config.yaml"]),
    "a value for two splits": split({"column": "g", "values": {"train": [1], "dev": [1]}}, ["config.yaml"]),
    "values without dev": split({"column": "g", "values": {"train": [1]}}, ["config.yaml"]),
    "a split of no name": split({"column": "g", "values": {"train": [1], "holdout": [2]}}, ["config.yaml"]),
    "no such group": split({"group": "patient"}, ["t.csv", "'patient'"]),
    "no such time": split({"time": "day"}, ["t.csv", "'day'"]),
    "no such column": split({"column": "fold"}, ["t.csv", "'fold'"]),
    "a group that holds every row": split({"group": "g"}, ["t.csv"], GROUPS.replace(b"y,0", b"x,0")),
    "a group that holds all rows but one": split({"group": "g"}, ["t.csv"], GROUPS),
    "two groups for three splits": split(
        {"group": "g"},
        ["t.csv", "2 distinct"],
        csv([f"{i % 2},{row}" for i, row in enumerate(ROWS)], "g,a,b,c"),
    ),
    "a group missing in a row": split(
        {"group": "g"}, ["t.csv"], csv([f"{i or ''},{row}" for i, row in enumerate(ROWS)], "g,a,b,c")
    ),
    "one moment in time": split({"time": "g"}, ["t.csv"], csv([f"5,{row}" for row in ROWS], "g,a,b,c")),
    "a time that is text": split(
        {"time": "g"}, ["t.csv", "text"], csv([f"day {i},{row}" for i, row in enumerate(ROWS)], "g,a,b,c")
    ),
    "a fold without a meaning": split({"column": "g"}, ["t.csv", "'0'"], FOLDS),
    "a fold that is left out": split(
        {"column": "g", "values": {"train": [0], "dev": [1]}}, ["t.csv", "'2'"], FOLDS
    ),
    "no row for dev": split(
        {"column": "g", "values": {"train": [0, 1, 2], "dev": [7]}}, ["t.csv", "dev"], FOLDS
    ),
    "the target for a group": split({"group": "c"}, ["t.csv"], csv()),
    "a group of arrays": (
        npz({"x": X, "y": Y}, [])[0],
        {"source": {"type": "npz", "path": "a.npz"}, "split": {"group": "g"}},
        ["'g'"],
    ),
    "target_in_train without target": (
        {"t.csv": csv()},
        {"source": {"type": "table", "path": "t.csv"}, "target_in_train": 0.5},
        ["config.yaml"],
    ),
    "a target of other features": (
        {**npz({"x": X, "y": Y}, [])[0], "x.npy": npy(np.zeros((N, 5))), "y.npy": YB},
        {
            "source": {"type": "npz", "path": "a.npz"},
            "target": {"type": "npy", "path": "x.npy", "y": "y.npy"},
            "target_in_train": 0.5,
        },
        ["2 inputs"],
    ),
    "neither source nor train": ({}, {"split": {"train": 0.6}}, ["config.yaml"]),
    "an unknown kind of source": ({}, {"source": {"type": "sql", "path": "x"}}, ["config.yaml", "'sql'"]),
    "a table without a path": ({}, {"source": {"type": "table"}}, ["config.yaml", "path"]),
    "a path of nothing": ({}, {"source": {"type": "table", "path": ""}}, ["config.yaml"]),
}

CASES: dict[str, Case] = {**FORM, **CELLS, **TARGETS, **PARTS, **OTHER_TABLES, **ARRAYS, **IMAGES, **SPLITS}
