"""Columns of text that are none to a person: numbers or dates in ways that are not read, identifiers.

Each refusal names the option of the source that does with the column what is best.
"""

from collections.abc import Sequence
from typing import Any

from numpy.typing import NDArray

from dlrecipe.data.sources.cells import ODD_SIGNS, CellKind
from dlrecipe.data.sources.date_forms import date_forms
from dlrecipe.data.sources.number_forms import odd_numbers
from dlrecipe.data.sources.open_table import (
    ColumnError,
    OpenTable,
    misfit,
    raise_misfit,
    read_columns,
    shortened,
)
from dlrecipe.data.sources.unread_times import unread_times

# A column of texts is an identifier when it has more different texts than the first number, and than this
# share of its cells: in a short table nearly every text must occur once, in a long one half of them.
IDENTIFIER_RULES = ((20, 0.9), (1_000, 0.5))
NEARLY_NUMERIC_SHARE = 0.9
NEARLY_NUMERIC_MIN_DISTINCT = 20
FEW_MARKS, FEW_MARKS_SHARE = 2, 0.2
"""A fifth numbers, and beside them only one or two texts such as "-": marks for what is missing."""
MIN_NEARLY_DATES = 10


def refuse_other_decimals(table: OpenTable, name: str) -> None:
    """Refuse a column of numbers written with the decimal sign that the config does not give, such as 0,5."""
    counts = table.counts(name)
    if counts.other_decimals == 0:
        return
    if counts.numbers + counts.other_decimals < NEARLY_NUMERIC_SHARE * counts.present:
        return
    texts = different(read_columns(table, {name: "categorical"})[name])
    refuse_odd_numbers(table, name, texts, of_one_unit=False)
    first = misfit(table, name, "numeric")
    assert first is not None
    other = "," if table.spec.decimal == "." else "."
    signs = tuple(
        dict.fromkeys(sign for sign in first.text if sign in f".,{ODD_SIGNS}" and sign != table.spec.decimal)
    )
    if not signs:  # a typing error or a mark for missing among them
        raise_misfit(table, name, "numeric", found=f"nearly all of the column '{name}' are numbers")
    leave_out = f"set number_signs: {list(signs)}, which leaves {'it' if len(signs) == 1 else 'them'} out"
    question, remedy = "", f"To read such cells as numbers, {leave_out}"
    if other in signs:
        kinds = {",": ("comma", 'set decimal: ","'), ".": ("point", "leave decimal out")}
        question = f": is the {kinds[other][0]} a decimal sign, or between thousands?"
        remedy = f"For a decimal sign {kinds[other][1]}; between thousands, {leave_out}"
    raise ColumnError(
        f"'{shortened(first.text)}' where the column '{name}' holds numbers{question}",
        where=first.place,
        remedy=f"{remedy}; if these are codes and no numbers, list the column under categorical.",
        option="number_signs",
        value=signs,
    )


def refuse_nearly_numeric(table: OpenTable, name: str) -> None:
    """Refuse a column of numbers in which a few cells are not: a typing error or a mark for missing."""
    present = different(read_columns(table, {name: "categorical"})[name])
    refuse_odd_numbers(table, name, present)
    marks = {value for value in present if not _is_number(value)}
    counts = table.counts(name)
    nearly = counts.numbers >= NEARLY_NUMERIC_SHARE * counts.present or len(marks) <= FEW_MARKS
    if nearly and len(present) - len(marks) * (len(marks) <= FEW_MARKS) > NEARLY_NUMERIC_MIN_DISTINCT:
        raise_misfit(table, name, "numeric", found=f"nearly all of the column '{name}' are numbers")


def refuse_odd_numbers(
    table: OpenTable, name: str, texts: Sequence[str], *, of_one_unit: bool = True
) -> None:
    """Refuse a column of numbers with units or currencies, or as accounts write what is below zero.

    Args:
        texts: its different ones.
        of_one_unit: also if all of them have the same unit or currency.
    """
    odd = odd_numbers(texts, accounting=table.spec.accounting)
    if odd is None or not (of_one_unit or odd.mixed or odd.below_zero):
        return
    words = list(odd.words)
    if words and set(words) <= set(table.spec.number_signs):  # they are left out, and more is odd
        return
    option: str = "number_signs"
    value: Any = odd.words
    found = f"'{shortened(odd.example)}' where the column '{name}' holds numbers"
    remedy = f"To read such cells as numbers, set number_signs: {words}, which leaves the words out"
    if odd.below_zero:
        option, value = "accounting", True
        found = f"{found}: below zero, as accounts write it?"
        remedy = "To read it so, set accounting: true"
    elif odd.mixed:
        option, value = "drop", name
        found = f"column '{name}' holds numbers in several units: {', '.join(words)}"
        remedy = f"Write them all in one unit; or leave the column out with drop: [{name}]"
    raise ColumnError(
        found,
        where=table.spec.path,
        remedy=f"{remedy}; if these are codes and no numbers, list the column under categorical.",
        option=option,
        value=value,
    )


def different(values: NDArray[Any]) -> list[str]:
    """Return the different texts of a column, in the order of their first appearance."""
    return [value for value in dict.fromkeys(values.tolist()) if value is not None]


def _is_number(text: str) -> bool:
    try:
        float(text)
    except ValueError:
        return False
    return True


def refuse_nearly_dates(table: OpenTable, name: str) -> None:
    """Refuse a column of dates in which a few cells are not, or are written another way."""
    counts = table.counts(name)
    n_dates = max(counts.dates, counts.us_dates)
    if n_dates < MIN_NEARLY_DATES or n_dates < NEARLY_NUMERIC_SHARE * counts.present:
        return
    kind: CellKind = "date" if counts.dates >= counts.us_dates else "us_date"
    raise_misfit(
        table,
        name,
        kind,
        found=f"nearly all of the column '{name}' are dates",
        remedy="Write all dates in one way, best as 2024-01-31; if it stands for a missing value, add it to "
        "missing; if these are no dates, list the column under categorical.",
    )


def refuse_unread_dates(table: OpenTable, name: str, texts: Sequence[str]) -> None:
    """Refuse a column of dates in a way that is not read, or in several that contradict each other."""
    forms = date_forms(texts)
    if not forms:
        return
    found = f"dates such as '{shortened(forms[0])}', which are not read"
    if len(forms) > 1:
        first, second = map(shortened, forms[:2])
        found = (
            f"dates written in {len(forms)} ways, such as '{first}' and '{second}', which cannot all be read"
        )
    raise ColumnError(
        f"column '{name}' holds {found}",
        where=table.spec.path,
        remedy=f"Write them all in one way, best as 2024-01-31; or leave the column out with drop: [{name}].",
        option="drop",
        value=name,
    )


def refuse_identifier(table: OpenTable, name: str, texts: Sequence[str]) -> None:
    """Refuse a column of texts, of which these are the different ones, that hardly ever occur twice."""
    n_present, n_distinct = table.counts(name).present, len(texts)
    if not any(n_distinct > least and n_distinct > share * n_present for least, share in IDENTIFIER_RULES):
        return
    times = unread_times(texts)
    what = "an identifier or free text, from which nothing can be learned about other rows"
    remedy = f"Leave it out with drop: [{name}]"
    if times is not None:
        what, remedy = (
            f"{times.what}, which are not read",
            f"{times.remedy}; or leave it out with drop: [{name}]",
        )
    raise ColumnError(
        f"column '{name}' holds {n_distinct:,} different texts in {n_present:,} cells: {what}",
        where=table.spec.path,
        remedy=f"{remedy}; if its texts are categories all the same, list it under categorical, or under "
        f"hashed: {{{name}: 64}}.",
        option="drop",
        value=name,
    )
