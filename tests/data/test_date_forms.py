"""Dates in several ways: read where each leaves no doubt, and called what they are where not."""

from datetime import date, timedelta

import numpy as np
import pytest

from dlrecipe.data.sources.date_forms import date_forms, form_of_date
from dlrecipe.data.sources.open_table import ColumnError
from dlrecipe.data.sources.table import read_table
from dlrecipe.data.specs import TableSource

DAYS = [date(2020, 1, 1) + timedelta(days=9 * k) for k in range(150)]


def read(folder, *forms, **options):
    cells = [day.strftime(forms[k % len(forms)]) for k, day in enumerate(DAYS)]
    rows = "\n".join(f'"{cell}",{k % 7},{k % 2}' for k, cell in enumerate(cells))
    (folder / "t.csv").write_text(f"when,a,y\n{rows}\n")
    return read_table(TableSource(path=str(folder / "t.csv"), **options))


def test_ways_that_leave_no_doubt_are_read_as_the_same_dates_however_they_are_mixed(tmp_path):
    mixed = read(tmp_path, "%Y-%m-%d", "%d.%m.%Y", "%d %b %Y").columns[0]
    plain = read(tmp_path, "%Y-%m-%d").columns[0]
    assert mixed.kind == "date"
    np.testing.assert_array_equal(mixed.values, plain.values)


@pytest.mark.parametrize(
    ("forms", "shown"),
    [
        (("%Y-%m-%d", "%Y%m%d"), ("2020-01-01", "20200110")),
        (("%d/%m/%Y", "%m/%d/%Y"), ("19/01/2020", "01/28/2020")),
        (("%d.%m.%Y", "%A, %d %B %Y"), ("19.01.2020", "Friday, 10 January 2020")),
        (("%Y-%m-%d", "%d. %m. %Y"), ("2020-01-01", "28. 01. 2020")),
    ],
    ids=["without signs", "the day first and the month first", "with weekdays", "with spaces"],
)
def test_dates_in_ways_that_cannot_all_be_read_are_called_dates_and_two_are_shown(tmp_path, forms, shown):
    with pytest.raises(ColumnError) as caught:
        read(tmp_path, *forms)
    said = f"{caught.value.what} {caught.value.remedy}"
    assert "column 'when' holds dates written in" in said
    assert all(repr(example) in said for example in shown)
    assert "best as 2024-01-31; or leave the column out with drop: [when]" in said
    assert "identifier" not in said
    assert [c.name for c in read(tmp_path, *forms, drop=("when",)).columns] == ["a"]


def test_dates_in_one_way_that_is_not_read_are_no_identifier(tmp_path):
    with pytest.raises(ColumnError, match="dates such as 'Wed, 01 Jan 20', which are not read") as caught:
        read(tmp_path, "%a, %d %b %y")
    assert (caught.value.option, caught.value.value) == ("drop", "when")


@pytest.mark.parametrize(
    "text",
    [
        "31 Jan 2024", "Jan 31, 2024", "31-Jan-2024", "3/31/2024 17:05", "2024-01-31T10:00:00Z",
        "1st May 2024", "Fri, 29 May 20", "29. März 2020", "3 déc. 99", "5 août 2021",
    ],
)  # fmt: skip
def test_texts_that_a_person_takes_for_dates_are_dates(text):
    assert form_of_date(text) is not None


@pytest.mark.parametrize(
    "text", ["2024", "31.31.2024", "192.168.0.1", "10-20-30", "Flat 3, 1999", "99999999", "Jan", "5 of 20"]
)
def test_others_are_none(text):
    assert form_of_date(text) is None


def test_codes_and_words_are_no_dates_and_ambiguous_dates_are_one_way():
    assert date_forms(f"{k}-12-ab" for k in range(30)) == []
    assert date_forms([f"0{1 + k % 9}/0{1 + k // 9}/2024" for k in range(30)]) == ["01/01/2024"]
