"""Tables: the target, what only numbers the rows, and columns to be asked about.

A guess is proved by reading the table; a column that the reader refuses is dealt with as the refusal advises,
and said.
"""

import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from dlrecipe.data.column_names import may_be_a_group, may_be_an_id
from dlrecipe.data.examples import Column, Examples
from dlrecipe.data.sources.loading import load_source
from dlrecipe.data.specs import Source, TableSource
from dlrecipe.data.targets import MAX_INFERRED_CLASSES
from dlrecipe.errors import DataError
from dlrecipe.experiment.guessing.guess import Guess, said_of_splits
from dlrecipe.experiment.guessing.named_splits import NamedSplits

TARGET_NAMES = ("target", "label", "labels", "class", "y", "outcome", "response", "species", "diagnosis")
FAMOUS_TARGETS = ("survived", "churn", "attrition", "saleprice", "median_house_value", "mpg")
"""What well-known tables are about, wherever the column stands; some have a `class` beside it."""
LEAST_GROUPS, LEAST_GROUPS_OF_A_CLASS = 20, 5
LATEST_YEAR = 2_100
"""Numbers of rows that do not begin with 0 or 1 must begin above it, lest they be years."""
TIME_WORDS = re.compile(
    r"(^|[_\W])(t|date|time|step|second|minute|hour|day|week|month|year|period)s?$", re.IGNORECASE
)
MOST_REPAIRS = 200
"""Refusals that are dealt with; a table with more columns of that kind is for a person to look at."""


@dataclass
class _Reading:
    """A table's source on its way to one that can be read."""

    spec: TableSource
    remarks: list[str] = field(default_factory=list)

    def read(self) -> Examples:
        """Read the table, and repair the source as each refusal advises."""
        from dlrecipe.data.sources.open_table import ColumnError, NoInputs

        for _ in range(MOST_REPAIRS):
            try:
                return load_source(self.spec, seed=0)
            except ColumnError as error:
                self._repair(error.option, error.value, error.what)
            except NoInputs as error:
                if not self.spec.drop:
                    raise
                dropped = ", ".join(self.spec.drop)
                raise DataError(
                    f"no column is left for the inputs: nothing can be learned from {dropped}",
                    where=error.where,
                    remedy="Identifiers, texts and dates in unread ways are no inputs; add columns of "
                    "numbers or categories, such as a text's length or how often it has a word.",
                ) from error
        raise DataError(
            "too many columns cannot be used as they are",
            where=self.spec.path,
            remedy="Write the config by hand.",
        )

    def _repair(self, option: str, value: Any, reason: str) -> None:
        change: dict[str, Any]
        if option == "number_signs":
            signs = tuple(dict.fromkeys((*self.spec.number_signs, *value)))
            comma = "," in value and self.spec.decimal == "." and self._commas_are_decimal()
            change = {"decimal": ","} if comma else {"number_signs": signs}
            if comma:
                reason = f"{reason.partition(': is ')[0]}, and semicolons part the fields"
        elif isinstance(value, bool):
            change = {option: value}
        else:
            change = {option: (*getattr(self.spec, option), value)}
        ((name, new),) = change.items()
        # Of a list what is new: the columns dropped before have their own remarks.
        shown = str(new).lower() if isinstance(new, bool) else new
        if isinstance(new, tuple):
            shown = ", ".join(str(each) for each in new if each not in getattr(self.spec, name)) or new
        self.remarks.append(f"{name} is set to {shown}: {reason}" + "." * (not reason.endswith("?")))
        self.spec = replace(self.spec, **change)

    def _commas_are_decimal(self) -> bool:
        """Say whether fields are parted by semicolons, as where the comma is the decimal sign."""
        from dlrecipe.data.sources.open_table import matching_files
        from dlrecipe.data.sources.text_scan import guess_layout, scan_text

        head = scan_text(matching_files(self.spec.path)[0]).head
        return guess_layout(head, prefer=",", delimiter=self.spec.delimiter, decimal=".")[0] == ";"


def guess_table_splits(named: NamedSplits, target: str | None) -> Guess:
    """Return a source for each file that is named for a split, all read as the training file is."""
    guess = _guessed(str(named.splits["train"]), target)
    train = guess.sources["source"]
    assert isinstance(train, TableSource)
    sources: dict[str, Source] = {}
    aside = [file.name for file in named.others]
    for split, file in named.splits.items():
        spec = replace(train, path=str(file))
        if split == "train" or _has_target(spec):
            sources[split] = spec
        else:
            aside.append(f"{file.name}, which has no column {train.target} to measure on")
    if len(sources) == 1:
        sources = {"source": sources["train"]}
    if "dev" in sources:  # the files are the splits already
        guess = replace(guess, group=None)
    remarks = (*_remarks_with_group(guess), *said_of_splits(named, sources, aside))
    return replace(guess, sources=sources, remarks=remarks)


def _has_target(spec: TableSource) -> bool:
    from dlrecipe.data.sources.open_table import open_table

    with open_table(spec, known_names=None) as table:
        return spec.target in table.names


def guess_table(path: str, target: str | None) -> Guess:
    """Return the source of a table, columns left out that only number the rows.

    Args:
        path: of a file, or a glob.
        target: the column to predict; None chooses it by its name, or else takes the last.
    """
    guess = _guessed(path, target)
    return replace(guess, remarks=_remarks_with_group(guess))


def _guessed(path: str, target: str | None) -> Guess:
    """Return what `guess_table` does, nothing said yet of a group: files may be the splits already."""
    reading = _Reading(TableSource(path=path, target=target))
    examples = reading.read()
    if target is None:
        examples = _with_target(reading, examples)
    identifiers = [column.name for column in examples.columns if _is_identifier(column)]
    if identifiers and len(identifiers) < len(examples.columns):
        reading.spec = replace(reading.spec, drop=(*reading.spec.drop, *identifiers))
        reading.remarks.append(f"Left out, as they only number the rows: {', '.join(identifiers)}.")
    rest = [column for column in examples.columns if column.name not in identifiers]
    group = next((column.name for column in rest if _is_group(column, examples.target)), None)
    if len(rest) < 2:
        group = None
    # Rows are kept together in one way: with a group there is nothing more to ask.
    suspects = _suspects(rest) if group is None else []
    return Guess({"source": reading.spec}, tuple(reading.remarks), tuple(suspects), group)


def _with_target(reading: _Reading, examples: Examples) -> Examples:
    """Choose the target of a table, and read it again where that is another than was read."""
    last = examples.target_names[0]
    names = {column.name.lower(): column.name for column in examples.columns}
    usual = [name for name in TARGET_NAMES if not (name == "y" and "x" in names)]  # a place, or a size
    named = [name for low, name in names.items() if low in usual]
    named = [name for low, name in names.items() if low in FAMOUS_TARGETS] or named
    if named and last.lower() not in (*usual, *FAMOUS_TARGETS):
        reading.spec = replace(reading.spec, target=named[0])
        examples = reading.read()
    chosen = examples.target_names[0]
    reading.spec = replace(reading.spec, target=chosen)
    why = "its name says so" if named else "it is the last column"
    reading.remarks.insert(0, f"The target is {chosen}: {why}. --target names another.")
    return examples


def _is_identifier(column: Column) -> bool:
    """Say whether whole numbers, none of them twice, are named like an identifier's or count the rows."""
    values = column.values
    if column.kind != "numeric" or len(values) < 20:
        return False
    begins = bool(values[0] in (0, 1) or values[0] > LATEST_YEAR)
    counts = begins and np.array_equal(values - values[0], np.arange(len(values)))
    if not may_be_an_id(column.name) and (not counts or TIME_WORDS.search(column.name)):
        return False
    return bool(
        np.isfinite(values).all()
        and np.all(values == np.floor(values))
        and _n_distinct(column) == len(values)
    )


def _remarks_with_group(guess: Guess) -> tuple[str, ...]:
    if guess.group is None:
        return guess.remarks
    said = (
        f"The rows of one {guess.group} all have the same target, so they are kept on one side of the split."
    )
    return (*guess.remarks, said)


def _is_group(column: Column, target: NDArray[Any] | None) -> bool:
    """Say whether a column is named like a patient's or an identifier's, and each value has one target.

    A network would learn the values by heart, and dev would believe it. Each class needs five of them, lest
    a split lack one, and lest the column be the class itself under another name.
    """
    if target is None or target.ndim > 1 or not _may_name_groups(column.name):
        return False
    values = column.values.tolist()
    targets = dict(zip(values, target.tolist(), strict=True))
    # A row that lacks its number, None or NaN, cannot be put on a side.
    if any(value is None or value != value for value in targets) or 2 * len(targets) > len(values):
        return False
    if any(targets[value] != each for value, each in zip(values, target.tolist(), strict=True)):
        return False
    few = len(set(targets.values())) <= MAX_INFERRED_CLASSES
    return len(targets) >= LEAST_GROUPS and (
        not few or min(Counter(targets.values()).values()) >= LEAST_GROUPS_OF_A_CLASS
    )


def _suspects(columns: Sequence[Column]) -> list[str]:
    """Return lines on columns that rows may have to be kept together, or apart, by."""
    lines = []
    for column in columns:
        n_distinct = _n_distinct(column)
        if column.kind in ("date", "us_date") and not np.isnan(column.values).any():
            lines.append(f"time: {column.name}   # if the network is to predict later rows from earlier ones")
        elif _may_name_groups(column.name) and 2 < n_distinct < len(column.values):
            lines.append(f"group: {column.name}   # if rows of one {column.name} must not be on both sides")
    return lines


def _may_name_groups(name: str) -> bool:
    return may_be_a_group(name) or may_be_an_id(name)


def _n_distinct(column: Column) -> int:
    return len(set(column.values.tolist()))
