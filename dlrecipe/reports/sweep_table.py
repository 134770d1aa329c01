"""The points of a sweep as a table that fits its terminal: however many keys were varied, the notes stay.

Where there is no room, the keys go by their last names, then figures beside dev error are left out; where a
column for each key is still too much, the settings of a point are told in one.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, final

from rich.console import Console, ConsoleOptions, RenderResult

from dlrecipe.reports.layout import Cell, Column, FittedTable
from dlrecipe.reports.sweep_wording import interval_text
from dlrecipe.reports.wording import count, printable

LEAST_SETTINGS = 24
"""Of the terminal, for the settings of a point where one column holds them all."""


@final
@dataclass(frozen=True)
class SweepTable:
    """The first `shown` points of a sweep's document."""

    document: Mapping[str, Any]
    shown: int

    def __rich_console__(self, console: Console, options: ConsoleOptions) -> RenderResult:
        keys: list[str] = self.document["keys"]
        whole, short = (self._table(names) for names in (keys, last_names(keys)))
        if whole.natural_width <= options.max_width:
            yield whole
        elif short.least_width <= options.max_width:
            yield short
        else:
            yield self._table(None)

    def _table(self, names: Sequence[str] | None) -> FittedTable:
        """Return the table with a column for each key, or one for all of them."""
        points = self.document["points"][: self.shown]
        has_seeds = self.document["seeds"] > 1 or any(point["seeds_done"] != 1 for point in points)
        has_epochs = any(point["epochs"] is not None for point in points)
        columns = [Column("")]
        if names is None:
            columns.append(Column("settings", fold=True, least=LEAST_SETTINGS))
        else:
            columns += [Column(printable(name), fold=True) for name in names]
        columns += [Column("dev (95%)", right=True), Column("train (95%)", rank=1, right=True)]
        columns += [Column("seeds", rank=3, right=True)] if has_seeds else []
        columns += [Column("epochs", rank=2, right=True)] if has_epochs else []
        columns.append(Column("notes", fold=names is None))
        return FittedTable(
            columns,
            [
                self._row(point, columns=names is not None, seeds=has_seeds, epochs=has_epochs)
                for point in points
            ],
        )

    def _row(self, point: Mapping[str, Any], *, columns: bool, seeds: bool, epochs: bool) -> list[Cell]:
        keys, task = self.document["keys"], self.document["task"]
        chosen = _is(point, self.document["chosen"])
        style = "bold" if chosen else "" if point["complete"] else "dim"
        values = [point["values"][key] for key in keys]
        if not columns:
            named = zip(last_names(keys), values, strict=True)
            values = [" ".join(f"{name}={value}" for name, value in named)]
        cells = [Cell("→" if chosen else "", style="bold")]
        cells += [Cell(printable(value), style=style) for value in values]
        cells += [
            Cell(interval_text(point["dev"], task), style=style),
            Cell(interval_text(point["train"], task)),
        ]
        cells += [Cell(str(point["seeds_done"]))] if seeds else []
        cells += [Cell("" if point["epochs"] is None else count(point["epochs"]))] if epochs else []
        return [*cells, Cell(", ".join(_notes(point, self.document["best"])), style="dim")]


def _notes(point: Mapping[str, Any], best: Mapping[str, Any] | None) -> list[str]:
    lost = [f"{n} {outcome}" for outcome, n in point["outcomes"].items()]
    if _is(point, best):
        return [*lost, "lowest"]
    return [*lost, "within noise"] if point["within_noise"] else lost


def _is(point: Mapping[str, Any], other: Mapping[str, Any] | None) -> bool:
    return other is not None and point["point"] == other["point"]


def last_names(keys: Sequence[str]) -> list[str]:
    """Return the shortest ends of keys that tell them apart: `l2` of `regularization.l2`."""
    found = []
    for key in keys:
        parts = key.split(".")
        ends = (".".join(parts[-n:]) for n in range(1, len(parts) + 1))
        others = [f".{other}" for other in keys if other != key]
        unique = (end for end in ends if not any(each.endswith(f".{end}") for each in others))
        found.append(next(unique, key))
    return found
