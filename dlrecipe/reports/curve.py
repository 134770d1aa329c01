"""Curves by epoch, drawn with braille dots: eight to a character. Knows nothing of what they measure."""

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import final

from rich.cells import cell_len
from rich.console import Console, ConsoleOptions, RenderResult
from rich.text import Text

from dlrecipe.reports.plots.chart import LOG_FROM

_BLANK = 0x2800
_DOTS = ((0x01, 0x08), (0x02, 0x10), (0x04, 0x20), (0x40, 0x80))
"""The bit of each dot, by row and column of a character."""


@final
@dataclass(frozen=True)
class Curves:
    """Train as dots and dev as a line, by epoch, as wide as the terminal allows.

    Values that are not known (None) leave a gap. Those of the first tenth of the epochs that are above all
    later ones are drawn at the upper edge: the fall of the first epochs would flatten all the rest.
    """

    title: str
    train: Sequence[float | None]
    dev: Sequence[float | None]
    label: Callable[[float], str]
    log: bool = False
    """Draw on a log scale if the values are positive and far enough apart."""
    height: int = 8
    widest: int = 72

    def __rich_console__(self, console: Console, options: ConsoleOptions) -> RenderResult:
        if options.ascii_only:
            yield Text(f"{self.title}: to draw its curves needs a terminal that shows UTF-8", style="dim")
            return
        low, high, is_log = self._range()
        top, bottom = f"{self.label(high)} ", f"{self.label(low)} "
        margin = max(cell_len(top), cell_len(bottom))
        width = max(min(options.max_width - margin - 1, self.widest), 8)
        # A dotted curve and a solid one can be told apart without colour.
        rows = self._rows(width, [_scaled(values, low, high, is_log) for values in (self.train, self.dev)])
        n_epochs = max(len(self.train), len(self.dev))
        cut_off = any(value is not None and value > high for value in (*self.train, *self.dev))
        remarks = f"{', log scale' if is_log else ''}{', higher values cut off' if cut_off else ''}"
        yield Text(f"{self.title}: train dotted, dev solid{remarks}", style="bold")
        for number, row in enumerate(rows):
            label = top if number == 0 else bottom if number == self.height - 1 else ""
            yield Text.assemble((f"{label:>{margin}}", "dim"), ("│", "dim"), row)
        last = f"epoch {n_epochs:,}"
        yield Text(f"{'':>{margin}}└1{last:>{width - 1}}", style="dim")

    def _range(self) -> tuple[float, float, bool]:
        """Return the lower end, the upper end, and whether the scale is logarithmic."""
        settled = [value for values in (self.train, self.dev) for value in values[len(values) // 10 :]]
        known = [value for value in settled if value is not None] or [0.0, 1.0]
        low, high = min(known), max(known)
        if self.log and low > 0 and high / low >= LOG_FROM:
            return low, high, True
        low = 0.0 if 0 <= low < high / 2 or 0 < low == high else low
        return low, high if high > low else low + 1.0, False

    def _rows(self, width: int, curves: list[list[float | None]]) -> list[Text]:
        cells = [[[0, 0] for _ in range(width)] for _ in range(self.height)]
        for index, heights in enumerate(curves):
            before: int | None = None
            for column, height in enumerate(_by_column(heights, 2 * width)):
                if height is None:
                    before = None
                    continue
                row = round((1 - height) * (4 * self.height - 1))
                first, last = sorted((row, row if before is None else before))
                before = row
                if index == 0 and column % 3:  # a dot every third column
                    continue
                for y in range(first, last + 1) if index == 1 else (row,):
                    cells[y // 4][column // 2][index] |= _DOTS[y % 4][column % 2]
        return [Text.assemble(*(_cell(train, dev) for train, dev in row)) for row in cells]


def _cell(train: int, dev: int) -> tuple[str, str]:
    return chr(_BLANK | train | dev) if train | dev else " ", "cyan" if dev else "yellow"


def _scaled(values: Sequence[float | None], low: float, high: float, is_log: bool) -> list[float | None]:
    """Return where each value is between the lower end (0) and the upper (1)."""

    def scale(value: float) -> float:
        value = min(max(value, low), high)
        if is_log:
            return math.log(value / low) / math.log(high / low)
        return (value - low) / (high - low)

    return [None if value is None or math.isnan(value) else scale(value) for value in values]


def _by_column(values: Sequence[float | None], n_columns: int) -> list[float | None]:
    """Return a value a column: the mean of the epochs that fall into it, or the epoch it falls into."""
    columns: list[float | None] = []
    for column in range(n_columns if values else 0):
        start = column * len(values) // n_columns
        stop = max((column + 1) * len(values) // n_columns, start + 1)
        known = [value for value in values[start:stop] if value is not None]
        columns.append(sum(known) / len(known) if known else None)
    return columns
