"""Columns of months, quarters, hours or dates in digits, read as words or numbers: what to say of them.

Knows no files and changes nothing.
"""

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from dlrecipe.data.examples import Column
from dlrecipe.data.sources.date_forms import MONTHS, YEARS

LEAST_TIMES = 8
"""Different texts from which a column may hold times."""
SAMPLE = 2_000
"""About so many texts, or numbers, of a column are looked at."""
NAME_OF_A_DATE = re.compile(r"(?i:(^|[_\W])(date|datum|fecha)([_\W]|$))|[a-z]Date$")
EXCEL_DAYS = (20_000, 60_000)
"""1954 to 2064, as Excel counts days."""
MONTH_AND_YEAR = re.compile(
    r"([0-9]{1,2}|[^\W\d_]{3,10})[-/. ]{1,2}([0-9]{4}|'?[0-9]{2})|[0-9]{4}[-/. ][0-9]{1,2}"
)
QUARTER = re.compile(r"[0-9]{4}[-/. ]?Q[1-4]|Q[1-4][-/. ]?([0-9]{4}|'?[0-9]{2})", re.IGNORECASE)
HOURS = re.compile(r"[0-9]{1,3}:[0-9]{2}(:[0-9]{2}([.,][0-9]+)?)?(\s?[ap]\.?m\.?)?", re.IGNORECASE)


@dataclass(frozen=True)
class Times:
    """What texts are, with an example, and how to write them so that they are read."""

    what: str
    remedy: str


def unread_times(texts: Iterable[str]) -> Times | None:
    """Return what texts are if all of them, eight at least, are months, quarters, or hours.

    Args:
        texts: different ones.
    """
    looked_at = [text.strip() for text in texts][:SAMPLE]
    if len(looked_at) < LEAST_TIMES:
        return None
    first = looked_at[0]
    if all(map(HOURS.fullmatch, looked_at)):
        return Times(
            f"times of day or durations, such as {first}",
            "Write them as numbers, such as 13.75 hours for 13:45",
        )
    if all(map(QUARTER.fullmatch, looked_at)):
        return Times(
            f"quarters, such as {first}", "Write the day they begin with, such as 2024-04-01 for 2024-Q2"
        )
    if all(map(_is_month, looked_at)):
        return Times(f"months, such as {first}", "Write their first day, such as 2024-05-01 for 2024-05")
    return None


def _is_month(text: str) -> bool:
    """Say whether a text is a month and a year: 2024-05, 05/2024, May-24; 12-34 may be anything."""
    if MONTH_AND_YEAR.fullmatch(text) is None:
        return False
    first, second = re.findall(r"[0-9]+|[^\W\d_]+", text)
    if first.isalpha():
        return first[:3].lower() in MONTHS
    year, month = (first, second) if len(first) == 4 else (second, first)
    return len(year) == 4 and int(year) in YEARS and 1 <= int(month) <= 12


def notes_on_unread_times(columns: Sequence[Column]) -> tuple[str, ...]:
    """Return a sentence on each column of times that are read as categories or as plain numbers."""
    notes = []
    for column in columns:
        if column.kind == "categorical" and not column.buckets:
            sample = column.values[:: max(1, len(column.values) // SAMPLE)]
            times = unread_times([text for text in dict.fromkeys(sample.tolist()) if text is not None])
            if times is not None:
                notes.append(
                    f"{column.name} holds {times.what}, read as categories without order. {times.remedy}."
                )
        elif column.kind == "numeric":
            notes += _on_numbers(column.name, column.values)
    return tuple(notes)


def _on_numbers(name: str, values: NDArray[Any]) -> list[str]:
    sample = values[:: max(1, len(values) // SAMPLE)]
    known = np.unique(sample[~np.isnan(sample)])
    if len(known) < LEAST_TIMES:
        return []
    if (
        known[0] >= 10_000 * YEARS[0]
        and known[-1] < 10_000 * (YEARS[-1] + 1)
        and (known == np.floor(known)).all()
    ):
        months, days = known // 100 % 100, known % 100
        if ((months >= 1) & (months <= 12) & (days >= 1) & (days <= 31)).all():
            return [
                f"{name} looks like dates in digits, such as {known[0]:.0f}, and is read as a number, where "
                "January ends 70 before February. Write 2024-01-31 for 20240131."
            ]
    if NAME_OF_A_DATE.search(name) and EXCEL_DAYS[0] <= known[0] and known[-1] <= EXCEL_DAYS[1]:
        day = np.datetime64("1899-12-30") + np.timedelta64(int(known[0]), "D")
        return [
            f"{name} looks like days as Excel counts them, such as {known[0]:.0f} for {day}, and is read as "
            "a number. Give the cells the format of a date before the sheet is saved as CSV."
        ]
    return []
