"""Layouts that follow the width of the terminal. Know nothing of what they lay out."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import NamedTuple, final

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

    Where even those of rank 0 do not fit, the ones that `fold` are broken into lines; one with a `least`
    width is, down to it, before any other goes.
    """

    title: str
    rank: int = 0
    right: bool = False
    fold: bool = False
    least: int | None = None


class Cell(NamedTuple):
    """A cell of a fitted table: printable text, and the name of its style."""

    text: str
    style: str = ""


@final
@dataclass(frozen=True)
class FittedTable:
    """A table that leaves out its least important columns where the terminal is too narrow for all."""

    columns: Sequence[Column]
    rows: Sequence[Sequence[Cell]]

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
            table.add_row(*(Text(row[index].text, style=row[index].style) for index in fitting))
        yield table

    @property
    def natural_width(self) -> int:
        """The width that it takes with all of its columns, none of them broken."""
        widths = self._widths()
        return sum(widths) + GAP * (len(widths) - 1)

    @property
    def least_width(self) -> int:
        """The width below which columns are broken that need not be: that of those that never go."""
        kept = [
            min(width, column.least) if column.least is not None else width
            for width, column in zip(self._widths(), self.columns, strict=True)
            if column.rank == 0
        ]
        return sum(kept) + GAP * (len(kept) - 1)

    def _lines(self, console: Console, columns: Sequence[tuple[int, int]]) -> Iterator[Segment]:
        """Yield the table where nothing need be broken or cut.

        rich's own table takes milliseconds a row, which a list of 5,000 runs would feel; so would its texts
        (benchmarks/overheads.py).
        """
        names = {cell.style for row in self.rows for cell in row} | {"table.header"}
        styles = {name: console.get_style(name) for name in names}
        header = [Cell(column.title, "table.header") for column in self.columns]
        for row in (header, *self.rows):
            padded = [
                _padded(row[index].text, width, right=self.columns[index].right) for index, width in columns
            ]
            end = len(padded)
            while end > 1 and not padded[end - 1].strip():
                end -= 1
            padded[end - 1] = padded[end - 1].rstrip()
            if console.color_system is None:
                yield Segment((" " * GAP).join(padded[:end]))
            else:
                for place, text in enumerate(padded[:end]):
                    if place:
                        yield Segment(" " * GAP)
                    yield Segment(text, styles[row[columns[place][0]].style])
            yield Segment.line()

    def _widths(self) -> list[int]:
        return [
            max(cell_len(column.title), *(_width(row[index].text) for row in self.rows), 0)
            for index, column in enumerate(self.columns)
        ]

    def _fitting(self, wide: Sequence[int], width: int) -> list[int]:
        kept = list(range(len(self.columns)))
        least = [
            each if column.least is None else min(each, column.least)
            for each, column in zip(wide, self.columns, strict=True)
        ]
        while sum(least[index] + GAP for index in kept) - GAP > width:
            last = max(kept, key=lambda index: self.columns[index].rank)
            if self.columns[last].rank == 0:
                break
            kept.remove(last)
        return kept


def _width(text: str) -> int:
    return len(text) if text.isascii() else cell_len(text)


def _padded(text: str, width: int, *, right: bool) -> str:
    room = " " * (width - _width(text))
    return room + text if right else text + room


def plain_table(*, gap: int = GAP, show_header: bool = True, header_style: str = "table.header") -> Table:
    """Return an empty table without lines, with so many spaces between two columns."""
    return Table(
        box=None, padding=(0, gap, 0, 0), pad_edge=False, show_header=show_header, header_style=header_style
    )
