"""Rows that are in two splits, but for the number or the date that each row has of its own."""

from dataclasses import replace

import numpy as np

from dlrecipe.data.checks.check import Check, Found
from dlrecipe.data.checks.duplicates import CHANCE, PAIRS, Overlap, expected_by_chance, reported
from dlrecipe.data.checks.row_keys import Keys, keys_of_rows
from dlrecipe.data.checks.row_marks import row_marks
from dlrecipe.data.checks.tables import Part, Tables
from dlrecipe.data.checks.wording import named

LEAST_COLUMNS = 5
"""Columns that must be left to compare: rows of fewer are equal without being the same."""
SAME_TARGET = 0.95
"""Part of the equal rows whose target is that of their equal too. What is sold at one price on two days is
two sales, and not one that was entered twice."""


def renumbered_rows(tables: Tables) -> Found | None:
    """Rows of dev or test are in train too, under another number or date.

    They are rows that were entered or joined twice, each time with a new id or a new time of entry, so they
    are equal in all other columns and in the target. A row counts only if fewer than 0.01 rows of the other
    split would equal it were the columns independent, if five columns are left to compare, and if 95% of such
    rows have the target of their equals. More than 1% of a split is a warning, half of it an error.

    Advice: Leave the numbers out (data.source.drop), and remove the rows that are then equal; or put them on
    one side with data.split: {stable: true}.

    Example: a table of customers joined from two exports, each of which counts its rows anew.

    Source: Kaufman et al. 2012, Leakage in Data Mining; Barz and Denzler 2020 (arXiv:1902.00423).
    """
    marks = row_marks(tables)
    if not marks or tables.n_features - len(marks) < LEAST_COLUMNS:
        return None
    parts = {name: _without(part, marks) for name, part in tables.hashed.items()}
    keys = keys_of_rows({name: part.examples for name, part in parts.items()})
    found = [
        _overlap(tables, parts, keys, split, other)
        for split, other in PAIRS
        if split in parts and other in parts
    ]
    remedy = (
        f"Leave {'it' if len(marks) == 1 else 'them'} out: data.source.drop: [{', '.join(marks)}]. Then "
        "remove the rows that are equal; or, where one source is split, set data.split: {stable: true}: "
        "equal rows are then on one side."
    )
    return reported(found, parts, f"but for {named(marks)} the same inputs and target as rows of", remedy)


def _overlap(
    tables: Tables, parts: dict[str, Part], keys: dict[str, Keys], split: str, other: str
) -> Overlap:
    """Return the rows of a split that another one has under other marks; none where their targets differ."""
    mine, theirs = parts[split], parts[other]
    seen = theirs.n / tables.parts[other].n
    equal, same_marks = (np.isin(each[split], each[other]) for each in (keys, tables.keys))
    at = np.flatnonzero(equal & ~same_marks)
    at = at[expected_by_chance(mine, theirs, at) < CHANCE] if len(at) else at
    order = np.argsort(keys[other], kind="stable")
    equals = order[np.searchsorted(keys[other][order], keys[split][at])]
    same = np.array([np.array_equal(mine.y[i], theirs.y[j]) for i, j in zip(at, equals, strict=True)], bool)
    if len(at) == 0 or same.mean() < SAME_TARGET:
        return Overlap(split, other, at[:0], equals[:0], mine.n, seen)
    return Overlap(split, other, at[same], equals[same], mine.n, seen)


def _without(part: Part, marks: tuple[str, ...]) -> Part:
    columns = tuple(column for column in part.examples.columns if column.name not in marks)
    return Part(replace(part.examples, columns=columns), part.y, part.rows)


CHECKS = {
    "renumbered-rows": Check(
        title="Dev or test rows are in train under another number",
        judge=renumbered_rows,
        needs=("dev", "table"),
    )
}
