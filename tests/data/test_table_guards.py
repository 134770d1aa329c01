"""What stands between DuckDB's surprises and the user: each guard is shown to be there."""

from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from dlrecipe.data.sources import open_table as module
from dlrecipe.data.sources.open_table import open_table
from dlrecipe.data.sources.table import read_table
from dlrecipe.data.sources.text_scan import TextFacts, scan_text
from dlrecipe.data.specs import TableSource
from dlrecipe.errors import DataError

PIECES = [
    "1",
    "2.5",
    "x",
    '"',
    '""',
    '"a\nb"',
    ",",
    ",",
    "\n",
    "\n",
    "\r",
    "\r\n",
    " ",
    "?",
    "nan",
    "inf",
    "true",
    ";",
    "é",
]


@settings(max_examples=80, deadline=None)
@given(
    text=st.lists(st.sampled_from(PIECES), max_size=30).map("".join),
    suffix=st.sampled_from([".csv", ".ndjson"]),
)
def test_any_text_gives_examples_or_an_error_with_a_remedy(
    tmp_path_factory: pytest.TempPathFactory, text: str, suffix: str
):
    path = tmp_path_factory.mktemp("any") / f"t{suffix}"
    path.write_bytes(text.encode())
    refused: DataError | None = None
    try:
        assert read_table(TableSource(path=str(path))).n_examples > 0
    except DataError as error:
        refused = error
    if refused is not None:
        assert refused.what
        assert refused.where.startswith(str(path))
        assert refused.remedy


def test_rows_that_do_not_add_up_to_the_lines_of_the_file_are_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    # No file is known for which strict DuckDB skips a line; one line more than there is stands for it.
    def one_line_more(path: Path) -> TextFacts:
        facts = scan_text(path)
        return replace(facts, n_lines=facts.n_lines + 1)

    path = tmp_path / "t.csv"
    path.write_text("a,b\n1,2\n3,4\n")
    monkeypatch.setattr(module, "scan_text", one_line_more)
    with pytest.raises(DataError, match="4 lines were read as 3 rows"):
        read_table(TableSource(path=str(path)))


def test_a_cast_that_cannot_be_done_is_null_and_no_failure(tmp_path: Path):
    # DuckDB 2.0 moves TRY_CAST into the reader of CSV files, where it fails instead.
    path = tmp_path / "t.csv"
    path.write_text("1,2\nx,4\n")
    with open_table(TableSource(path=str(path), header=False), known_names=None) as table:
        query = f"SELECT TRY_CAST(f0 AS DOUBLE) FROM {table.parts[0].relation}"
        assert table.connection.execute(query).fetchall() == [(1.0,), (None,)]


def test_no_progress_bar_is_written_among_the_data(tmp_path: Path):
    path = tmp_path / "t.csv"
    path.write_text("1,2\n3,4\n")
    with open_table(TableSource(path=str(path)), known_names=None) as table:
        assert table.connection.execute("SELECT current_setting('enable_progress_bar')").fetchall() == [
            (False,)
        ]
