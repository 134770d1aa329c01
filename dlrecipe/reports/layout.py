"""Layouts that follow the width of the terminal. Know nothing of what they lay out."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import final

from rich.cells import cell_len
from rich.console import Console, ConsoleOptions, RenderableType, RenderResult
from rich.segment import Segment
from rich.table import Table
from rich.text import Text

GAP = 2
"""Spaces between two columns, and between two parts of a line."""


@final
@dataclass(frozen=True)
class Flow:
    """Short texts side by side, broken between two of them where the line is full, never inside one."""

    parts: Sequence[Text]

    def __rich_console__(self, console: Console, options: ConsoleOptions) -> RenderResult:
        line = Text()
        for part in self.parts:
            if line and line.cell_len + GAP + part.cell_len > options.max_width:
                yield line
                line = Text()
            line.append(" " * GAP if line else "")
            line.append_text(part)
        yield line


@final
@dataclass(frozen=True)
class Trimmed:
    """Anything, without the spaces that tables leave at the ends of its lines."""

    content: RenderableType

    def __rich_console__(self, console: Console, options: ConsoleOptions) -> RenderResult:
        for line in console.render_lines(self.content, options, pad=False):
            while line and not line[-1].text.strip():
                line.pop()
            if line:
                yield from line[:-1]
                yield Segment(line[-1].text.rstrip(), line[-1].style)
            yield Segment.line()


@final
@dataclass(frozen=True)
class Column:
    """A column of a fitted table; the one with the highest `rank` goes first, and rank 0 never goes.

    Where even those of rank 0 do not fit, the ones that `fold` are broken into lines.
    """

    title: str
    rank: int = 0
    right: bool = False
    fold: bool = False


@final
@dataclass(frozen=True)
class FittedTable:
    """A table that leaves out its least important columns where the terminal is too narrow for all."""

    columns: Sequence[Column]
    rows: Sequence[Sequence[Text]]

    def __rich_console__(self, console: Console, options: ConsoleOptions) -> RenderResult:
        widths = self._widths()
        fitting = self._fitting(widths, options.max_width)
        if sum(widths[index] + GAP for index in fitting) - GAP <= options.max_width:
            yield from self._lines(console, [(index, widths[index]) for index in fitting])
            return
        table = plain_table()
        for index in fitting:
            column = self.columns[index]
            table.add_column(
                column.title,
                justify="right" if column.right else "left",
                no_wrap=not column.fold,
                overflow="fold" if column.fold else "ellipsis",
            )
        for row in self.rows:
            table.add_row(*(row[index] for index in fitting))
        yield table

    def _lines(self, console: Console, columns: Sequence[tuple[int, int]]) -> Iterator[Segment]:
        """Yield the table where nothing need be broken or cut.

        rich's own table takes milliseconds a row, which a list of 5,000 runs would feel.
        """
        header = [Text(column.title, style="table.header") for column in self.columns]
        for row in (header, *self.rows):
            blank = 0
            for index, width in columns:
                cell, room = row[index], width - row[index].cell_len
                blank += room if self.columns[index].right else 0
                if cell.plain:
                    yield Segment(" " * blank)
                    yield Segment(cell.plain, console.get_style(cell.style))
                    blank = 0
                blank += (0 if self.columns[index].right else room) + GAP
            yield Segment.line()

    def _widths(self) -> list[int]:
        return [
            max(cell_len(column.title), *(row[index].cell_len for row in self.rows), 0)
            for index, column in enumerate(self.columns)
        ]

    def _fitting(self, wide: Sequence[int], width: int) -> list[int]:
        kept = list(range(len(self.columns)))
        while sum(wide[index] + GAP for index in kept) - GAP > width:
            last = max(kept, key=lambda index: self.columns[index].rank)
            if self.columns[last].rank == 0:
                break
            kept.remove(last)
        return kept


def plain_table(*, show_header: bool = True) -> Table:
    """Return an empty table without lines, its columns `GAP` apart."""
    return Table(box=None, padding=(0, GAP, 0, 0), pad_edge=False, show_header=show_header)
