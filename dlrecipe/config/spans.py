"""Where each value of a YAML text begins and ends, to the character. Judges nothing: `yaml.py` has done so.

PyYAML's own nodes end a block mapping at the next key, behind its comments, and show an alias as what it
stands for. Here a value ends with its last character, and an alias is a leaf.
"""

from collections.abc import Mapping as MappingOf
from dataclasses import dataclass
from typing import TypeAlias

import yaml

from dlrecipe.config.yaml import Events


@dataclass(frozen=True)
class Leaf:
    """A scalar or an alias: the text from `start` to `end`."""

    start: int
    end: int


@dataclass(frozen=True)
class Sequence:
    """A list and its items."""

    start: int
    end: int
    items: tuple["Span", ...]


@dataclass(frozen=True)
class Member:
    """A key of a mapping: where the key begins and ends, and its value."""

    key_start: int
    key_end: int
    value: "Span"


@dataclass(frozen=True)
class Table:
    """A mapping; `flow` says that it stands in braces, `column` where the keys of one that does not begin."""

    start: int
    end: int
    members: MappingOf[str, Member]
    flow: bool
    column: int


Span: TypeAlias = Leaf | Sequence | Table


def spans_of(text: str) -> Span:
    """Return the spans of the only document of `text`, which `read_yaml` has read without a fault."""
    events = Events(yaml.SafeLoader(text))
    events.take()
    events.take()
    return _Reader(text, events).span()


@dataclass(frozen=True)
class _Reader:
    """Builds spans from PyYAML's events, one at a time."""

    text: str
    events: Events

    def span(self) -> Span:
        event = self.events.take()
        start, end = _marks(event)
        if isinstance(event, yaml.SequenceStartEvent):
            items: list[Span] = []
            while not isinstance(self.events.peek(), yaml.SequenceEndEvent):
                items.append(self.span())
            closing = _marks(self.events.take())[1]
            return Sequence(start, closing if event.flow_style else _end_of(items, end), tuple(items))
        if isinstance(event, yaml.MappingStartEvent):
            return self._table(start, end, flow=bool(event.flow_style))
        if isinstance(event, yaml.ScalarEvent) and event.style in ("|", ">"):
            # PyYAML ends a block scalar behind the blank lines that follow it.
            end = start + len(self.text[start:end].rstrip())
        return Leaf(start, end)

    def _table(self, start: int, end: int, *, flow: bool) -> Table:
        members: dict[str, Member] = {}
        first = self.events.peek().start_mark
        while not isinstance(self.events.peek(), yaml.MappingEndEvent):
            key = self.events.take()
            assert isinstance(key, yaml.ScalarEvent)
            members[key.value] = Member(*_marks(key), self.span())
        closing = _marks(self.events.take())[1]
        last = closing if flow else _end_of([member.value for member in members.values()], end)
        return Table(start, last, members, flow, first.column if first is not None else 0)


def _marks(event: yaml.Event) -> tuple[int, int]:
    assert event.start_mark is not None
    assert event.end_mark is not None
    return event.start_mark.index, event.end_mark.index


def _end_of(values: list[Span], otherwise: int) -> int:
    return values[-1].end if values else otherwise
