"""Strict YAML: text to a tree of values with their places. Knows no schema and opens no file.

It reads the events of PyYAML's SafeLoader, the one in pure Python (the one in C overflows its stack on
100,000 `[`), and builds the tree itself. So depth and size are checked before anything grows, and what a
config has no use for (tags, merge keys, a second document, a key given twice) is refused with its place.
"""

import re
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import TypeAlias

import yaml
from yaml.error import MarkedYAMLError

from dlrecipe.config.scalars import scalar_value
from dlrecipe.config.syntax_errors import explain
from dlrecipe.config.tree import (
    Entry,
    Fault,
    Listing,
    Mapping,
    Node,
    Place,
    Scalar,
    height,
    refusal,
    shortened,
)

MAX_DEPTH = 50
MAX_NODES = 10_000
KEY_MAX_CHARACTERS = 128

PlaceAt: TypeAlias = Callable[[int, int], Place]
"""From a line and a column, counted from 0, to a place."""

# What YAML does not allow in a file, and a byte-order mark at its start.
_FORBIDDEN = re.compile("[^\t\n\r -~\x85\xa0-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]|\\A\ufeff")
# What quotes and a backslash could still bring in, and no file name, column or class label may hold.
_UNUSABLE = re.compile("[\0\ud800-\udfff]")
# What is left of 0,5 and 1,5e-3, where a comma ends the value and begins a key.
_AFTER_A_COMMA = re.compile(r"\d+(e[-+]?\d+)?", re.IGNORECASE)


def read_yaml(text: str, source: str) -> tuple[Node | None, list[Fault]]:
    """Read a file's text.

    Args:
        text: at most 256 KiB, see `files.read_text`.
        source: the file's name, for places.
    Returns:
        The tree (None where the text holds no value) and the faults that leave a tree: of a key given
        twice the first is kept, a tag is left out.
    Raises:
        ConfigError: the text is no YAML, or exceeds a limit.
    """
    return _read(text, lambda line, column: Place(source, line + 1, column + 1))


def read_option(text: str, option: str) -> Node:
    """Read the value of an option by the same rules; every part of it has the option as its place.

    Raises:
        ConfigError: the text is no YAML, or holds something a config cannot.
    """
    place = Place(option)
    node, faults = _read(text, lambda line, column: place)
    if faults:
        raise refusal(faults)
    return Scalar(None, "", place) if node is None else node


def _read(text: str, place_at: PlaceAt) -> tuple[Node | None, list[Fault]]:
    _refuse_characters(text, place_at)
    loader = yaml.SafeLoader(text)
    builder = _Builder(Events(loader), place_at)
    try:
        return builder.document(), builder.faults
    except MarkedYAMLError as error:
        raise refusal([*builder.faults, explain(error, place_at)]) from None
    except ValueError:
        # An escape such as "\U00110000", or %YAML with thousands of digits, is a bare ValueError in PyYAML.
        what, remedy = "a number here is too large", "Write a character itself, not its number."
        place = place_at(loader.line, loader.column)
        raise refusal([*builder.faults, Fault(place, "", what, remedy)]) from None


def _refuse_characters(text: str, place_at: PlaceAt) -> None:
    found = _FORBIDDEN.search(text)
    if found is None:
        return
    code = f"U+{ord(found.group()):04X}"
    if found.group() == "\ufeff":
        what, remedy = f"the file starts with a byte-order mark ({code})", "Save it as UTF-8 without BOM."
    else:
        what, remedy = f"the character {code} is not allowed", "Remove it; this may not be a text file."
    before = text[: found.start()]
    place = place_at(before.count("\n"), len(before) - before.rfind("\n") - 1)
    raise refusal([Fault(place, "", what, remedy)])


@dataclass(frozen=True)
class Events:
    """PyYAML's parser one event at a time, with types. It reads no further in the text than it is asked."""

    loader: yaml.SafeLoader

    def take(self) -> yaml.Event:
        """Return the next event and step over it."""
        event: yaml.Event = self.loader.get_event()  # type: ignore[no-untyped-call]
        return event

    def peek(self) -> yaml.Event:
        """Return the next event."""
        event: yaml.Event = self.loader.peek_event()  # type: ignore[no-untyped-call]
        return event


@dataclass(frozen=True)
class _Anchored:
    """What an alias stands for: its value, and how many nodes and levels it adds where it is used."""

    node: Node
    size: int
    height: int


@dataclass
class _Builder:
    """Builds the tree of one document from parsing events."""

    events: Events
    place_at: PlaceAt
    faults: list[Fault] = field(default_factory=list)
    anchors: dict[str, _Anchored] = field(default_factory=dict)
    n_nodes: int = 0

    def document(self) -> Node | None:
        """Return the value of the only document, None where there is none."""
        self.events.take()
        if isinstance(self.events.peek(), yaml.StreamEndEvent):
            return None
        self.events.take()
        root = self._node(depth=0, path="")
        self.events.take()
        second = self.events.peek()
        if not isinstance(second, yaml.StreamEndEvent):
            place = self._place_of(second)
            self._fault(place, "", "a second document starts here", "Keep one; remove the line `---`.")
        return root

    def _node(self, depth: int, path: str) -> Node:
        event = self.events.take()
        assert isinstance(event, yaml.NodeEvent)
        place = self._place_of(event)
        if isinstance(event, yaml.AliasEvent):
            return self._alias(str(event.anchor), place, depth)
        self._grow(1, place)
        if depth >= MAX_DEPTH and not isinstance(event, yaml.ScalarEvent):
            raise self._limit(place, f"lists and mappings are nested more than {MAX_DEPTH} deep")
        # An anchor is known once its value is complete, so that a value cannot contain itself.
        self.anchors.pop(str(event.anchor), None)
        before = self.n_nodes
        node = self._content(event, place, depth, path)
        if event.anchor is not None:
            self.anchors[event.anchor] = _Anchored(node, 1 + self.n_nodes - before, height(node))
        return node

    def _content(self, event: yaml.NodeEvent, place: Place, depth: int, path: str) -> Node:
        assert isinstance(event, yaml.ScalarEvent | yaml.CollectionStartEvent)
        if event.tag is not None:
            remedy = "Remove it; numbers, true, false and null need no tag, and quotes make text."
            tag = shortened(event.tag.replace("tag:yaml.org,2002:", "!!"))
            self._fault(place, path, f"the tag {tag} is not allowed", remedy)
        if isinstance(event, yaml.ScalarEvent):
            return self._scalar(event, place, path)
        if isinstance(event, yaml.SequenceStartEvent):
            return self._listing(place, depth, path)
        return self._mapping(place, depth, path)

    def _alias(self, anchor: str, place: Place, depth: int) -> Node:
        anchored = self.anchors.get(anchor)
        if anchored is None:
            what = f"*{shortened(anchor)} stands for nothing that was complete before it"
            remedy = (
                f"Put &{shortened(anchor)} before an earlier value; text that starts with * needs quotes."
            )
            raise refusal([*self.faults, Fault(place, "", what, remedy)])
        self._grow(anchored.size, place)
        if depth + anchored.height > MAX_DEPTH:
            raise self._limit(place, f"aliases nest lists and mappings more than {MAX_DEPTH} deep")
        return anchored.node

    def _scalar(self, event: yaml.ScalarEvent, place: Place, path: str) -> Scalar:
        text: str = event.value
        unusable = _UNUSABLE.search(text)
        if unusable is not None:
            what = f"the text contains the character U+{ord(unusable.group()):04X}"
            self._fault(place, path, what, "Remove it, or write the character meant by it.")
            return Scalar("", text, place, quoted=True)
        if event.style is not None:
            return Scalar(text, text, place, quoted=True)
        try:
            return Scalar(scalar_value(text), text, place)
        except ValueError as error:
            self._fault(place, path, f"{error} is too long", "Write it shorter, such as 1e-3, or in quotes.")
            return Scalar(text, text, place)

    def _listing(self, place: Place, depth: int, path: str) -> Listing:
        items: list[Node] = []
        while not isinstance(self.events.peek(), yaml.SequenceEndEvent):
            items.append(self._node(depth + 1, _below(path, str(len(items)))))
        self.events.take()
        return Listing(tuple(items), place)

    def _mapping(self, place: Place, depth: int, path: str) -> Mapping:
        entries: dict[str, Entry] = {}
        while not isinstance(self.events.peek(), yaml.MappingEndEvent):
            key_place = self._place_of(self.events.peek())
            before = next(reversed(entries.values())).node if entries else None
            key = self._key(self._node(depth + 1, path), key_place, path, before)
            value = self._node(depth + 1, path if key is None else _below(path, key))
            if key is not None and key in entries:
                first = entries[key].key_place
                remedy = f"The first is at {first}; keep one of them."
                self._fault(key_place, _below(path, key), "the key is given twice", remedy)
            elif key is not None:
                entries[key] = Entry(key_place, value)
        self.events.take()
        return Mapping(entries, place)

    def _key(self, node: Node, place: Place, path: str, before: Node | None) -> str | None:
        """Return the key, or None after saying what is wrong with it; `before` is the value before it."""
        if not isinstance(node, Scalar):
            self._fault(place, path, "a list or mapping cannot be a key", "Text in { } or [ ] needs quotes.")
        elif not isinstance(node.value, str):
            kind = "an empty key" if node.text == "" else f"the key {shortened(node.text)} is not text"
            self._fault(place, path, kind, _way_to_write_key(node.text, before))
        elif node.value == "<<" and not node.quoted:
            self._fault(place, path, "merge keys (<<) are not read", "Write the keys out, or use extends.")
        elif len(node.value) > KEY_MAX_CHARACTERS:
            what = f"a key of {len(node.value)} characters"
            self._fault(place, path, what, f"Keys have at most {KEY_MAX_CHARACTERS}.")
        else:
            return node.value
        return None

    def _place_of(self, event: yaml.Event) -> Place:
        assert event.start_mark is not None
        return self.place_at(event.start_mark.line, event.start_mark.column)

    def _grow(self, n: int, place: Place) -> None:
        self.n_nodes += n
        if self.n_nodes > MAX_NODES:
            raise self._limit(place, f"the config holds more than {MAX_NODES:,} values, aliases included")

    def _limit(self, place: Place, what: str) -> Exception:
        return refusal([*self.faults, Fault(place, "", what, "A config is small; is this the right file?")])

    def _fault(self, place: Place, path: str, what: str, remedy: str) -> None:
        self.faults.append(Fault(place, path, what, remedy))


def _below(path: str, key: str) -> str:
    return f"{path}.{shortened(key)}" if path else shortened(key)


def _way_to_write_key(text: str, before: Node | None) -> str:
    """Say how to write what is no key: in quotes, or with the number that a comma has cut it off from."""
    tail = shortened(text)
    if not (_AFTER_A_COMMA.fullmatch(text) and isinstance(before, Scalar) and isinstance(before.value, int)):
        return f'Put it in quotes: "{tail}".'
    head = shortened(before.text)
    decimal = f"Decimals take a point: {head}.{tail}."
    is_thousands = len(tail) == 3 and tail.isdecimal() and before.value != 0
    return f"Thousands take no comma: {head}{tail}.  {decimal}" if is_thousands else decimal
