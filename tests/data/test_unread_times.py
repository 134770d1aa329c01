"""Months, quarters, hours and dates in digits, read as words or numbers, are told of."""

from pathlib import Path

import pytest

from dlrecipe.data.sources.open_table import ColumnError
from dlrecipe.data.sources.table import read_table
from dlrecipe.data.sources.unread_times import unread_times
from dlrecipe.data.specs import TableSource

MONTHS = [f"{2018 + k // 12}-{1 + k % 12:02}" for k in range(60)]


def notes(tmp_path: Path, cells: list[str], name: str = "when") -> tuple[str, ...]:
    rows = "".join(f"{cell},{k % 7},{k % 2}\n" for k, cell in enumerate(cells * 3))
    (tmp_path / "t.csv").write_text(f"{name},a,y\n{rows}")
    return read_table(TableSource(path=str(tmp_path / "t.csv"))).notes


@pytest.mark.parametrize(
    ("cells", "words"),
    [
        (MONTHS, "months, such as 2018-01"),
        ([f"{month[5:]}/{month[:4]}" for month in MONTHS], "months, such as 01/2018"),
        (
            [f"{name}-{year}" for year in (23, 24, 25) for name in ("Jan", "Mai", "Okt")],
            "months, such as Jan-23",
        ),
        ([f"{year}-Q{q}" for year in range(2010, 2020) for q in (1, 2, 3, 4)], "quarters, such as 2010-Q1"),
        ([f"{k}:{7 * k % 60:02}" for k in range(24)], "times of day or durations, such as 0:00"),
        (
            [f"{1 + k % 12}:15 {'ap'[k // 12]}m" for k in range(24)],
            "times of day or durations, such as 1:15 am",
        ),
    ],
)
def test_times_that_are_read_as_categories_are_noted_with_how_to_write_them(tmp_path, cells, words):
    (note,) = notes(tmp_path, cells)
    assert f"when holds {words}, read as categories" in note
    assert "Write" in note


def test_very_many_times_are_left_out_as_times_and_not_as_identifiers(tmp_path):
    cells = [f"{k // 60:02}:{k % 60:02}:30" for k in range(900)]
    rows = "".join(f"{cell},{k % 2}\n" for k, cell in enumerate(cells))
    (tmp_path / "t.csv").write_text(f"lap,y\n{rows}")
    with pytest.raises(ColumnError, match="times of day or durations, such as 00:00:30, which are not read"):
        read_table(TableSource(path=str(tmp_path / "t.csv")))


def test_dates_in_digits_and_days_as_excel_counts_them_are_noted(tmp_path):
    (digits,) = notes(tmp_path, [f"{month.replace('-', '')}15" for month in MONTHS], "sold")
    assert "sold looks like dates in digits, such as 20180115" in digits
    (excel,) = notes(tmp_path, [str(43_831 + 3 * k) for k in range(50)], "order_date")
    assert "such as 43831 for 2020-01-01" in excel  # as Excel shows this number in the format of a date
    assert notes(tmp_path, [str(43_831 + 3 * k) for k in range(50)], "price") == ()
    assert notes(tmp_path, [str(20_180_115 + 37 * k) for k in range(50)], "sold") == ()  # no month 58


@pytest.mark.parametrize(
    "texts",
    [
        [f"{k}-{k + 5}" for k in range(30)],  # ranges
        [f"12-{k}" for k in range(10, 40)],
        [f"Flat {k}" for k in range(1, 30)],
        [f"{k}:{k + 1}" for k in range(30)],  # scores, some of one digit
        MONTHS[:7],  # near miss: too few to be sure
        [*MONTHS, "unknown"],
    ],
)
def test_ranges_scores_and_addresses_are_no_times(texts):
    assert unread_times(texts) is None
