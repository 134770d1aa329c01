"""A study's page as plain values for the template: an answer, and sections of pictures and tables."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from dlrecipe.config.dotted import flattened
from dlrecipe.diagnosis.evidence import setting_at
from dlrecipe.reports.html.pieces import Picture
from dlrecipe.reports.wording import value_text


@dataclass(frozen=True)
class Tag:
    """A word in a frame; `tone` is good, bad, open or empty."""

    text: str
    tone: str = ""


@dataclass(frozen=True)
class Row:
    """A row: its head, and a cell a column after it."""

    head: str
    cells: Sequence[str | Tag]
    strong: bool = False


@dataclass(frozen=True)
class Table:
    """A table. `columns` are (name, whether it is of words), the first that of the heads."""

    label: str
    columns: Sequence[tuple[str, bool]]
    rows: Sequence[Row]
    caption: str = ""

    def __post_init__(self) -> None:
        if any(len(row.cells) + 1 != len(self.columns) for row in self.rows):
            raise ValueError(f"a row of {self.label} has not a cell a column")

    @property
    def shown(self) -> Sequence[int]:
        """The columns of which a cell says something, the heads' first; counted from 0."""
        said = [
            place for place in range(1, len(self.columns)) if any(row.cells[place - 1] for row in self.rows)
        ]
        return [0, *said]


@dataclass(frozen=True)
class Item:
    """An entry of a list: a title with a tag, and sentences below it."""

    title: str
    tag: Tag
    lines: Sequence[str] = ()
    change: str = ""


@dataclass(frozen=True)
class Section:
    """A part of the page; what is left out is not shown."""

    id: str
    title: str
    pictures: Sequence[Picture] = ()
    paragraphs: Sequence[str] = ()
    table: Table | None = None
    items: Sequence[Item] = ()
    commands: Sequence[str] = ()
    quiet: Sequence[str] = ()


@dataclass(frozen=True)
class Next:
    """The one step that follows."""

    title: str
    why: str = ""
    commands: Sequence[str] = ()


@dataclass(frozen=True)
class Page:
    """The whole page. `unfinished` says how to go on, where something is left to run."""

    kind: str
    tone: str
    answer: str
    reasons: Sequence[str]
    next: Next
    facts: Sequence[tuple[str, str]]
    sections: Sequence[Section] = field(default=())
    unfinished: str = ""


def changed(base: Mapping[str, Any], changes: Mapping[str, str], whole: str) -> Section:
    """Return what differs between the config that was given and the one that is chosen.

    Args:
        base: the config that was given.
        changes: dotted keys with values as text.
        whole: where the chosen config lies; empty where it was not written.
    """
    flat = flattened(base)
    rows = []
    for key, now in changes.items():
        before = _before(base, flat, key)
        rows.append(Row(key, [before, now], strong=before != now))
    table = Table("Settings that were varied", [("setting", True), ("given", True), ("chosen", True)], rows)
    paragraphs = [] if rows else ["The config as it was given is the best of those tried."]
    quiet = [f"The whole of it: {whole}"] if whole else []
    return Section("config", "The chosen config", [], paragraphs, table if rows else None, quiet=quiet)


def _before(base: Mapping[str, Any], flat: Mapping[str, Any], key: str) -> str:
    if key in flat:
        return value_text(flat[key])
    value = setting_at(base, key)
    return "–" if value is None else value_text(value)
