"""Tables: CSV, TSV, Parquet and NDJSON, plain or gzipped, one file or a glob, into columns and a target.

Every column is read from the first row to the last before its kind is chosen, and a cell that does not fit
is named with its line. Knows no statistics: missing values stay missing, categories stay strings.
"""

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from dlrecipe.data.examples import Column, Examples, as_labels
from dlrecipe.data.side_by_side import side_by_side
from dlrecipe.data.sources.cells import CellCounts, CellKind
from dlrecipe.data.sources.column_refusals import (
    FEW_MARKS_SHARE,
    different,
    refuse_identifier,
    refuse_nearly_dates,
    refuse_nearly_numeric,
    refuse_odd_numbers,
    refuse_other_decimals,
    refuse_unread_dates,
)
from dlrecipe.data.sources.grouped_digits import notes_on_grouped_digits
from dlrecipe.data.sources.idle_columns import idle_columns, without_row_numbers
from dlrecipe.data.sources.open_table import (
    ColumnError,
    NoInputs,
    OpenTable,
    listed,
    open_table,
    read_columns,
    refuse_infinite,
    refuse_misfits,
    require_columns,
    same_either_way,
)
from dlrecipe.data.sources.postal_codes import notes_on_postal_codes
from dlrecipe.data.sources.sheet_traces import (
    n_empty_rows,
    notes_on_merged_cells,
    refuse_second_headers,
    refuse_total,
)
from dlrecipe.data.sources.table_layout import TableLayout
from dlrecipe.data.sources.unread_times import notes_on_unread_times
from dlrecipe.data.specs import TableSource
from dlrecipe.errors import DataError

DATES: tuple[CellKind, ...] = ("date", "us_date")


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
        idle = {} if like is not None else idle_columns(table)
        targets = _target_names(table, like, (*aside, *idle), for_prediction=for_prediction)
        if like is None:
            refuse_second_headers(table, [name for name in table.names if name not in idle])
        inputs = _input_kinds(table, like, targets, (*aside, *idle))
        require_columns(table, aside, role="the split's column")
        kinds = inputs | {name: _settled(table, name) for name in aside}
        target_kinds = {} if for_prediction else {name: _target_kind(table, name, like) for name in targets}
        values = read_columns(table, kinds | target_kinds)
        if table.parts[0].facts is not None:
            refuse_total(table, values)
        codes: tuple[str, ...] = ()
        if like is None:
            codes = (*_notes_on_codes(table, inputs), *_notes_on_stored_texts(table, inputs))
            values, more = without_row_numbers(table, kinds, values, keep=(*targets, *aside))
            idle |= more
            inputs = {name: kind for name, kind in inputs.items() if name in values}
    if not inputs:
        raise _nothing_left(table)
    columns = side_by_side(
        lambda name: _as_column(table, name, kinds[name], values[name], like),
        inputs,
        numbers=table.n_rows * len(inputs),
    )
    notes = (*idle.values(), *_notes_on_dates(inputs), *codes)
    if like is None:
        notes += _notes_on_columns(table, columns)
    return Examples(
        origin=spec.path,
        columns=tuple(columns),
        target=_target(table, target_kinds, values) if target_kinds else None,
        target_names=targets,
        columns_aside=tuple(
            Column(name, "numeric" if kinds[name] in DATES else kinds[name], values[name]) for name in aside
        ),
        notes=notes,
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
    require_columns(table, tuple(table.spec.hashed), role="hashed")
    if not names:
        raise _nothing_left(table)
    return {name: _input_kind(table, name) for name in names}


def _nothing_left(table: OpenTable) -> NoInputs:
    return NoInputs(
        f"no column is left for the inputs: the table has {listed(table.names)}",
        where=table.spec.path,
        remedy="Leave fewer columns out, or set another target."
        if len(table.names) > 1
        else "If fields were not split, set delimiter; a table needs a column of inputs beside its target.",
    )


def _input_kind(table: OpenTable, name: str) -> CellKind:
    if name in table.spec.categorical or name in table.spec.hashed:
        return "categorical"
    counts = table.counts(name)
    kind = _settled(table, name)
    if kind == "categorical" and _is_numbers_as_text(counts):
        return "numeric"
    if kind == "categorical":
        refuse_other_decimals(table, name)
        if not counts.holds_codes and FEW_MARKS_SHARE * counts.present <= counts.numbers < counts.present:
            refuse_nearly_numeric(table, name)
        refuse_nearly_dates(table, name)
    return kind


def _is_numbers_as_text(counts: CellCounts) -> bool:
    """Say whether texts, as Parquet may store them, are numbers, of which some have decimals: no codes."""
    return counts.numbers == counts.present and counts.fractions > 0


def _settled(table: OpenTable, name: str) -> CellKind:
    """Return the kind of a column; of dates, which of their numbers is the day.

    Raises:
        ColumnError: the dates can be read either way.
    """
    kind = table.inferred(name)
    if kind != "date":
        return kind
    counts, day_first = table.counts(name), table.spec.day_first
    if counts.us_dates < counts.present:  # some can only have the day first
        return "date"
    if day_first is None and not same_either_way(table, name):
        raise ColumnError(
            f"column '{name}' holds dates that can be read with the day or the month first",
            where=table.spec.path,
            remedy="Set day_first: true if 01/02/2024 is the first of February, day_first: false if it is "
            "the second of January; or write them as 2024-02-01.",
            option="day_first",
            value=True,
        )
    return "us_date" if day_first is False else "date"


def _notes_on_columns(table: OpenTable, columns: Sequence[Column]) -> tuple[str, ...]:
    """Return what is to be said of the inputs' own cells, once, when a network is to learn from them."""
    values = {column.name: column.values for column in columns}
    numbers = {column.name: column.values for column in columns if column.kind == "numeric"}
    return (
        *notes_on_unread_times(columns),
        *notes_on_merged_cells(values),
        *_notes_on_numbers(numbers, table),
    )


def _notes_on_dates(kinds: dict[str, CellKind]) -> tuple[str, ...]:
    dates = [name for name, kind in kinds.items() if kind in DATES]
    if not dates:
        return ()
    return (
        f"Dates become the day as a number, and sine and cosine of the year, the week and the hour where the "
        f"training dates go through them: {listed(dates)}.",
    )


def _notes_on_codes(table: OpenTable, kinds: dict[str, CellKind]) -> tuple[str, ...]:
    codes = [
        name
        for name, kind in kinds.items()
        if kind == "categorical" and table.counts(name).holds_codes and name not in table.spec.categorical
    ]
    if not codes:
        return ()
    return (
        f"Numbers that begin with a 0, such as 02134, are taken for codes, as categories: {listed(codes)}.",
    )


def _notes_on_stored_texts(table: OpenTable, kinds: dict[str, CellKind]) -> tuple[str, ...]:
    """Return a sentence on numbers that Parquet stores as text; in other files all cells are text."""
    texts = [
        name
        for name, kind in kinds.items()
        if kind == "numeric"
        and any(part.types[part.place_of[name]] == "string" for part in table.parts)
        and table.counts(name).present
    ]
    return (f"Stored as text, and read as the numbers that they are: {listed(texts)}.",) if texts else ()


def _notes_on_numbers(numbers: dict[str, NDArray[Any]], table: OpenTable) -> tuple[str, ...]:
    from_text = table.parts[0].facts is not None and not table.spec.number_signs
    grouped = notes_on_grouped_digits(numbers) if from_text and table.spec.decimal == "." else ()
    return (*notes_on_postal_codes(numbers), *grouped)


def _target_kind(table: OpenTable, name: str, like: TableLayout | None) -> CellKind:
    if like is not None:
        kind = dict(like.targets)[name]
        refuse_misfits(table, name, kind)
        return kind
    if name in table.spec.categorical:
        return "categorical"
    inferred = table.inferred(name)
    counts = table.counts(name)
    if counts.holds_codes and counts.numbers == counts.present:
        return "numeric"  # what is predicted is named by its value: 007 is 7
    if inferred == "categorical":
        refuse_other_decimals(table, name)
        refuse_odd_numbers(table, name, different(read_columns(table, {name: "categorical"})[name]))
    if inferred in DATES:
        raise DataError(
            f"the target '{name}' holds dates",
            where=table.spec.path,
            remedy="Write it as a number, such as the days since a start.",
        )
    return inferred


def _as_column(
    table: OpenTable, name: str, kind: CellKind, values: NDArray[Any], like: TableLayout | None
) -> Column:
    if kind != "categorical":
        refuse_infinite(table, name, values)
    elif like is None and name not in (*table.spec.categorical, *table.spec.hashed):
        distinct = different(values)
        refuse_unread_dates(table, name, distinct)
        refuse_odd_numbers(table, name, distinct)
        refuse_identifier(table, name, distinct)
    return Column(name, kind, values, table.spec.hashed.get(name, 0))


def _target(table: OpenTable, kinds: dict[str, CellKind], values: dict[str, NDArray[Any]]) -> NDArray[Any]:
    for name, kind in kinds.items():
        _refuse_missing_target(table, name, kind, values)
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


def _refuse_missing_target(
    table: OpenTable, name: str, kind: CellKind, values: dict[str, NDArray[Any]]
) -> None:
    target = values[name]
    absent = [value is None for value in target] if kind == "categorical" else np.isnan(target)
    rows = np.flatnonzero(absent)
    if len(rows) == len(target):
        raise DataError(
            f"the target '{name}' is missing in every row",
            where=table.spec.path,
            remedy="Name the column to predict with target.",
        )
    if len(rows):
        n_empty = n_empty_rows(values, rows)
        empty = f"; {n_empty} of them hold nothing at all" * (n_empty > 0)
        raise DataError(
            f"the target '{name}' is missing in {len(rows)} of {table.n_rows} rows{empty}; this is the first",
            where=table.place(int(rows[0]), name),
            remedy="Delete these rows, or fill the target in.",
        )
