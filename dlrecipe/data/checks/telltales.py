"""Columns that have something to say of one class alone, and the usual value everywhere else."""

from dataclasses import dataclass

import numpy as np

from dlrecipe.arrays import Indices
from dlrecipe.data.checks.check import Check, Found
from dlrecipe.data.checks.power import pooled_target, pooled_values
from dlrecipe.data.checks.tables import Feature, Numbers, Tables
from dlrecipe.data.checks.wording import percent

LEAST_ROWS = 60
LEAST_MARKED = 30
"""Rows with another value than the usual one, from which their class says something."""
ONE_CLASS = 0.99
USUAL = 0.3
"""Part of all rows that have the usual value: from there the column is empty, 0 or `no` unless something
happened."""
CHANCE = 1e-12
"""How rare it must be that all these rows are of one class, were they drawn at random."""
COVERED = 0.1
"""Part of the class that must be marked."""
MOST_EMPTY = 20
"""Columns of the kind beyond which some speak of one class alone without being a leak: counts of words."""


@dataclass(frozen=True)
class Telltale:
    """A column, its usual value in words, and the class of all rows that have another one."""

    name: str
    usual: str
    label: str
    n_marked: int
    n_of_class: int
    covered: float


def telltale_columns(tables: Tables) -> Found | None:
    """A column has its usual value in all rows but those of one class, so it was filled in after the outcome.

    It need not tell the whole target to give it away: where a refund stands, the customer is gone. Found are
    columns of which three in ten rows or more have one value (0, nothing, `no`), and of which the others, 30
    at least and a tenth of a class, are of one class in 99 of 100 rows, by chance once in 10^12. Among more
    than 20 columns that are mostly empty, such as counts of words, it is a note.

    Advice: Ask whether its value is known when the prediction is made. If not, leave the column out:
    data.source.drop.

    Example: `body`, the number of the body found, in a table of the Titanic's passengers who survived or not.

    Source: Kaufman et al. 2012, Leakage in Data Mining: leaks that hold for a part of the rows.
    """
    target = pooled_target(tables).astype(np.intp)
    if len(target) < LEAST_ROWS or tables.parts["train"].examples.matrix is not None:
        return None
    empty = [feature for feature in tables.features if _is_mostly_usual(pooled_values(feature, tables))]
    found = [each for feature in empty if (each := _telltale(feature, target, tables)) is not None]
    if not found:
        return None
    names = [each.name for each in found]
    told = [
        f"'{each.name}' is other than {each.usual} in {each.n_marked:,} rows, "
        f"{'all' if each.n_of_class == each.n_marked else f'{each.n_of_class:,}'} of them of class "
        f"{each.label}: {percent(each.covered)} of that class"
        for each in found[:3]
    ]
    return Found(
        severity="warning" if len(empty) <= MOST_EMPTY else "note",
        evidence="; ".join(told),
        numbers={each.name: {"rows": each.n_marked, "of_class": each.covered} for each in found},
        columns=names,
        remedy="Ask whether it can be known when the prediction is made. If not, leave it out: "
        f"data.source.drop: [{', '.join(names)}]",
    )


def _telltale(feature: Feature, target: Indices, tables: Tables) -> Telltale | None:
    values = pooled_values(feature, tables)
    keyed = np.where(np.isnan(values), np.inf, values)  # missing is a value like any other
    distinct, codes, sizes = np.unique(keyed, return_inverse=True, return_counts=True)
    usual = int(sizes.argmax())
    marked = codes != usual
    n_marked = int(marked.sum())
    all_classes = np.bincount(target, minlength=len(tables.classes))
    of_class = np.bincount(target[marked], minlength=len(tables.classes))
    at = int(of_class.argmax())
    base = all_classes[at] / len(target)
    if of_class[at] < ONE_CLASS * n_marked or n_marked * np.log(base) > np.log(CHANCE):
        return None
    covered = float(of_class[at] / all_classes[at])
    if covered < COVERED:
        return None
    usual_value = _in_words(feature, float(distinct[usual]))
    return Telltale(feature.name, usual_value, tables.classes[at], n_marked, int(of_class[at]), covered)


def _is_mostly_usual(values: Numbers) -> bool:
    """Return whether three in ten rows have one value, and enough rows another."""
    commonest = int(np.unique(values, return_counts=True)[1].max())
    return commonest >= USUAL * len(values) and len(values) - commonest >= LEAST_MARKED


def _in_words(feature: Feature, value: float) -> str:
    if np.isinf(value):
        return "missing"
    if feature.labels:
        return feature.labels[int(value)]
    if feature.kind == "boolean":
        return "true" if value else "false"
    return f"{value:g}"


CHECKS = {
    "telltale-column": Check(
        title="A column speaks of one class alone",
        judge=telltale_columns,
        needs=("dev", "table"),
        task="classification",
    )
}
