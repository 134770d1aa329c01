"""Tables: CSV, TSV, Parquet and NDJSON, plain or gzipped, one file or a glob, into columns and a target.

Every column is read from the first row to the last before its kind is chosen, and a cell that does not fit
is named with its line. Knows no statistics: missing values stay missing, categories stay strings.
"""

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from dlrecipe.data.examples import Column, Examples, Kind, as_labels
from dlrecipe.data.sources.cells import CellKind
from dlrecipe.data.sources.open_table import (
    OpenTable,
    listed,
    open_table,
    raise_misfit,
    read_columns,
    refuse_infinite,
    refuse_misfits,
    require_columns,
)
from dlrecipe.data.sources.table_layout import TableLayout
from dlrecipe.data.specs import TableSource
from dlrecipe.errors import DataError

# A column of texts is an identifier when it has more different texts than the first number, and than this
# share of its cells: in a short table nearly every text must occur once, in a long one half of them.
IDENTIFIER_RULES = ((20, 0.9), (1_000, 0.5))
NEARLY_NUMERIC_SHARE = 0.9
NEARLY_NUMERIC_MIN_DISTINCT = 20


def read_table(
    spec: TableSource,
    *,
    for_prediction: bool = False,
    like: TableLayout | None = None,
    aside: tuple[str, ...] = (),
) -> Examples:
    """Read a table into inputs and targets.

    Args:
        spec: the file or glob, and how to read it.
        for_prediction: the target may be absent, and is not read.
        like: the layout of the training table; columns are then found by name, read as the kinds they had
            there, and others are ignored.
        aside: columns to return in `columns_aside` instead of among the inputs. A date among them becomes
            a number, the days since 1970.
    Raises:
        DataError: a file cannot be read, or a column or cell cannot be used; with its place.
    """
    with open_table(spec, known_names=like.names if like else None) as table:
        targets = _target_names(table, like, aside, for_prediction=for_prediction)
        inputs = _input_kinds(table, like, targets, aside)
        require_columns(table, aside, role="the split's column")
        kinds = inputs | {name: table.inferred(name) for name in aside}
        target_kinds = {} if for_prediction else {name: _target_kind(table, name, like) for name in targets}
        values = read_columns(table, kinds | target_kinds)
    columns = tuple(_as_column(table, name, kinds[name], values[name], like) for name in inputs)
    return Examples(
        origin=spec.path,
        columns=columns,
        target=_target(table, target_kinds, values) if target_kinds else None,
        target_names=targets,
        columns_aside=tuple(
            Column(name, "numeric" if kinds[name] == "date" else _kind(kinds[name]), values[name])
            for name in aside
        ),
    )


def _target_names(
    table: OpenTable, like: TableLayout | None, aside: Sequence[str], *, for_prediction: bool
) -> tuple[str, ...]:
    asked = table.spec.target
    if like is not None:
        names = tuple(name for name, _ in like.targets)
    elif asked is None:
        names = tuple(name for name in table.names if name not in (*table.spec.drop, *aside))[-1:]
    else:
        names = (asked,) if isinstance(asked, str) else asked
    if not for_prediction:
        require_columns(table, names, role="the target")
    return names


def _input_kinds(
    table: OpenTable, like: TableLayout | None, targets: Sequence[str], aside: Sequence[str]
) -> dict[str, CellKind]:
    """Return the input columns, in the training table's order, and what to read each as."""
    if like is not None:
        require_columns(table, [name for name, _ in like.inputs], role="a column of the training table")
        for name, kind in like.inputs:
            refuse_misfits(table, name, kind)
        return dict(like.inputs)
    require_columns(table, table.spec.drop, role="drop")
    require_columns(table, table.spec.categorical, role="categorical")
    left_out = {*targets, *aside, *table.spec.drop}
    names = [name for name in table.names if name not in left_out]
    if not names:
        raise DataError(
            f"no column is left for the inputs: the table has {listed(table.names)}",
            where=table.spec.path,
            remedy="If fields were not split, set delimiter; else leave fewer columns out.",
        )
    return {name: _input_kind(table, name) for name in names}


def _input_kind(table: OpenTable, name: str) -> CellKind:
    if name in table.spec.categorical:
        return "categorical"
    counts = table.counts(name)
    kind = table.inferred(name)
    if kind == "date":
        raise DataError(
            f"column '{name}' holds dates, which are no input as they are",
            where=table.spec.path,
            remedy=f"Leave it out with drop: [{name}], split by it with split: {{time: {name}}}, or write "
            "what matters of it as numbers (month, weekday, days since …).",
        )
    if kind == "categorical":
        _refuse_other_decimals(table, name)
        if NEARLY_NUMERIC_SHARE * counts.present <= counts.numbers < counts.present:
            _refuse_nearly_numeric(table, name)
    return kind


def _target_kind(table: OpenTable, name: str, like: TableLayout | None) -> CellKind:
    if like is not None:
        kind = dict(like.targets)[name]
        refuse_misfits(table, name, kind)
        return kind
    if name in table.spec.categorical:
        return "categorical"
    inferred = table.inferred(name)
    if inferred == "categorical":
        _refuse_other_decimals(table, name)
    if inferred == "date":
        raise DataError(
            f"the target '{name}' holds dates",
            where=table.spec.path,
            remedy="Write it as a number, such as the days since a start.",
        )
    return inferred


def _refuse_other_decimals(table: OpenTable, name: str) -> None:
    """Refuse a column of numbers written with the decimal sign that the config does not give, such as 0,5."""
    counts = table.counts(name)
    if counts.other_decimals == 0:
        return
    if counts.numbers + counts.other_decimals < NEARLY_NUMERIC_SHARE * counts.present:
        return
    sign, option = ("comma", 'set decimal: ","')
    if table.spec.decimal == ",":
        sign, option = ("point", "leave decimal out")
    raise_misfit(
        table,
        name,
        "numeric",
        found=f"the column '{name}' holds numbers: is the {sign} a decimal sign, or between thousands?",
        remedy=f"For a decimal sign {option}; between thousands, delete it from the file; if these are codes "
        "and no numbers, list the column under categorical.",
    )


def _refuse_nearly_numeric(table: OpenTable, name: str) -> None:
    """Refuse a column of numbers in which a few cells are not: a typing error or a mark for missing."""
    values = read_columns(table, {name: "categorical"})[name]
    present = {value for value in values.tolist() if value is not None}
    if len(present) > NEARLY_NUMERIC_MIN_DISTINCT:
        raise_misfit(table, name, "numeric", found=f"nearly all of the column '{name}' are numbers")


def _as_column(
    table: OpenTable, name: str, kind: CellKind, values: NDArray[Any], like: TableLayout | None
) -> Column:
    if kind != "categorical":
        refuse_infinite(table, name, values)
    elif like is None and name not in table.spec.categorical:
        _refuse_identifier(table, name, values)
    return Column(name, _kind(kind), values)


def _refuse_identifier(table: OpenTable, name: str, values: NDArray[Any]) -> None:
    """Refuse a column of texts that hardly ever occur twice."""
    present = [value for value in values.tolist() if value is not None]
    n_distinct = len(set(present))
    if any(n_distinct > least and n_distinct > share * len(present) for least, share in IDENTIFIER_RULES):
        raise DataError(
            f"column '{name}' holds {n_distinct:,} different texts in {len(present):,} cells: an "
            "identifier or free text, from which nothing can be learned about other rows",
            where=table.spec.path,
            remedy=f"Leave it out with drop: [{name}]; if its texts are categories all the same, list it "
            "under categorical.",
        )


def _target(table: OpenTable, kinds: dict[str, CellKind], values: dict[str, NDArray[Any]]) -> NDArray[Any]:
    for name, kind in kinds.items():
        _refuse_missing_target(table, name, kind, values[name])
        if kind == "numeric":
            refuse_infinite(table, name, values[name])
        elif len(kinds) > 1:
            raise DataError(
                f"the target '{name}' holds labels; several targets must all be numbers",
                where=table.spec.path,
                remedy="Name one column as the target, and leave the others out with drop.",
            )
    if len(kinds) > 1:
        return np.column_stack([values[name] for name in kinds])
    ((name, kind),) = kinds.items()
    if kind == "numeric":
        return values[name]
    if kind == "boolean":
        return as_labels(values[name].astype(bool))
    labels = [label.removesuffix(table.spec.target_suffix) for label in values[name].tolist()]
    return np.array(labels, dtype=object)


def _refuse_missing_target(table: OpenTable, name: str, kind: CellKind, values: NDArray[Any]) -> None:
    absent = [value is None for value in values] if kind == "categorical" else np.isnan(values)
    rows = np.flatnonzero(absent)
    if len(rows) == len(values):
        raise DataError(
            f"the target '{name}' is missing in every row",
            where=table.spec.path,
            remedy="Name the column to predict with target.",
        )
    if len(rows):
        raise DataError(
            f"the target '{name}' is missing in {len(rows)} of {len(values)} rows; this is the first",
            where=table.place(int(rows[0]), name),
            remedy="Delete these rows, or fill the target in.",
        )


def _kind(kind: CellKind) -> Kind:
    assert kind != "date"
    return kind
