"""A config as it was written: values and the places they stand at. Knows no YAML, no schema and no files.

Everything between reading a file and validating it (extends, --set, relative paths) turns one tree into
another, so that a value keeps its place wherever it moves.
"""

from collections.abc import Mapping as MappingOf
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TypeAlias

from dlrecipe.errors import ConfigError, Problem
from dlrecipe.printing import printable

Plain: TypeAlias = str | int | float | bool | None

_SHOWN_CHARACTERS = 60


@dataclass(frozen=True)
class Place:
    """A position in a file, counted from 1; with line 0 a whole file, or an option such as `--set seed=1`."""

    source: str
    line: int = 0
    column: int = 0

    def __str__(self) -> str:
        return f"{self.source}:{self.line}:{self.column}" if self.line else self.source


@dataclass(frozen=True)
class Scalar:
    """A single value. `text` is how it was written, `quoted` whether in quotes (and so text for certain)."""

    value: Plain
    text: str
    place: Place
    quoted: bool = False


@dataclass(frozen=True)
class Listing:
    """A list."""

    items: tuple["Node", ...]
    place: Place


@dataclass(frozen=True)
class Entry:
    """A value of a mapping, with the place of its key."""

    key_place: Place
    node: "Node"


@dataclass(frozen=True)
class Mapping:
    """Keys and values, in the order written."""

    entries: MappingOf[str, Entry]
    place: Place

    def get(self, key: str) -> "Node | None":
        """Return the value of `key`, or None where it is absent."""
        entry = self.entries.get(key)
        return None if entry is None else entry.node


Node: TypeAlias = Scalar | Listing | Mapping


@dataclass(frozen=True)
class Fault:
    """A problem whose place can still be sorted by."""

    place: Place
    path: str
    what: str
    remedy: str = ""


def refusal(faults: Sequence[Fault], sources: Sequence[str] = ()) -> ConfigError:
    """Return the error that tells all `faults`, sorted by place.

    Args:
        faults: at least one.
        sources: the names of files and options in the order they were read.
    """
    order = {source: position for position, source in reversed(list(enumerate(sources)))}

    def rank(fault: Fault) -> tuple[int, int, int]:
        return (order.get(fault.place.source, len(order)), fault.place.line, fault.place.column)

    return ConfigError(
        [
            Problem(str(fault.place), fault.path, fault.what, fault.remedy)
            for fault in sorted(faults, key=rank)
        ]
    )


def plain(node: Node) -> object:
    """Return the values alone, as dicts, lists and scalars."""
    if isinstance(node, Scalar):
        return node.value
    if isinstance(node, Listing):
        return [plain(item) for item in node.items]
    return {key: plain(entry.node) for key, entry in node.entries.items()}


def child(node: Node, part: str) -> Node | None:
    """Return the value under a key, or at an index written in digits; None where there is none."""
    if isinstance(node, Mapping):
        return node.get(part)
    if isinstance(node, Listing) and part.isdecimal() and len(part) < 10 and int(part) < len(node.items):
        return node.items[int(part)]
    return None


def find(node: Node, path: str) -> Node | None:
    """Return the value at a dotted path, such as `network.hidden.0`; None where there is none."""
    found: Node | None = node
    for part in path.split("."):
        found = None if found is None else child(found, part)
    return found


def replace_at(node: Node, path: str, new: Node) -> Node:
    """Return the tree with another value at `path`, which exists and leads through mappings alone."""
    key, _, rest = path.partition(".")
    assert isinstance(node, Mapping)
    entry = node.entries[key]
    inner = replace_at(entry.node, rest, new) if rest else new
    return Mapping({**node.entries, key: Entry(entry.key_place, inner)}, node.place)


def spelled_out(name: Scalar) -> Mapping:
    """Return the bare name of a variant, such as `adam`, as the mapping `{type: adam}`."""
    return Mapping({"type": Entry(name.place, name)}, name.place)


def height(node: Node) -> int:
    """Return how many levels of lists and mappings a value has; 0 for a scalar."""
    if isinstance(node, Scalar):
        return 0
    if isinstance(node, Listing):
        return 1 + max((height(item) for item in node.items), default=0)
    return 1 + max((height(entry.node) for entry in node.entries.values()), default=0)


def shortened(text: str) -> str:
    """Return `text` made printable, or its start and an ellipsis where it is long."""
    return printable(text if len(text) <= _SHOWN_CHARACTERS else text[: _SHOWN_CHARACTERS - 1] + "…")


def shown(node: Node) -> str:
    """Return a value as a message names it: 'adamm', 2.5, null, a list."""
    if isinstance(node, Listing):
        return "a list" if node.items else "an empty list"
    if isinstance(node, Mapping):
        return "a mapping" if node.entries else "an empty mapping"
    if node.value is None:
        return "null"
    return f"'{shortened(node.value)}'" if isinstance(node.value, str) else shortened(node.text)


def joined(path: Sequence[str | int]) -> str:
    """Return a dotted path, its parts made safe to print."""
    return ".".join(shortened(str(part)) for part in path)
