"""What `diagnose --confirm` measured, as a person reads it. Knows its JSON alone."""

from collections.abc import Mapping
from statistics import mean
from typing import Any

from rich.console import Group, RenderableType
from rich.padding import Padding
from rich.text import Text

from dlrecipe.diagnosis.wording import percent, points
from dlrecipe.reports.layout import plain_table
from dlrecipe.reports.wording import value_text

MARKS = {"better": ("better", "green"), "worse": ("worse", "red"), "within noise": ("", "dim")}
WIDEST = 40


def confirmation_view(confirmation: Mapping[str, Any]) -> RenderableType:
    """Return the changes that were tried, the largest fall of dev error first, and what they are held to."""
    table = plain_table(gap=1)
    table.add_column("", overflow="fold", max_width=WIDEST)
    for title in ("dev error", "fell by", "95%"):
        table.add_column(title, justify="right", no_wrap=True)
    table.add_column("", no_wrap=True)
    table.add_row("as it is", percent(mean(confirmation["dev"])))
    for change in confirmation["changes"]:
        word, style = MARKS[change["verdict"]]
        table.add_row(
            Text(change_named(change), style="cyan"),
            percent(mean(change["dev"])),
            points(change["fell"]),
            interval_named(change),
            Text(word, style=style),
        )
    return Padding(Group(table, Text(basis_of(confirmation), style="dim")), (0, 0, 0, 2), expand=False)


def change_named(change: Mapping[str, Any]) -> str:
    """Return the settings that a trial changed, in a line."""
    if change["share"] < 1:
        return "half of the training data"
    return ", ".join(f"{path} {value_text(value)}" for path, value in change["change"].items())


def interval_named(change: Mapping[str, Any]) -> str:
    """Return the interval of the fall of dev error, in points; of a single seed there is none."""
    return " to ".join(points(end) for end in change["interval"] or ()) or "one seed"


def basis_of(confirmation: Mapping[str, Any]) -> str:
    """Return what the figures rest on."""
    n = len(confirmation["seeds"])
    seeds = "1 seed, which tells nothing of noise" if n == 1 else f"{n} seeds, in points, paired by seed"
    part = confirmation["scale"]
    epochs = "" if part == 1 else f" Each had {part:.0%} of its epochs, for the time given."
    return f"Over {seeds}.{epochs}"
