"""`--set optimizer.learning_rate=0.01`: single values set from the command line. Knows trees and the schema.

A value is read by the rules of the file. Setting a key below a bare name spells the name out first; where
nothing is written, a variant starts from the type it has by default, so that
`--set optimizer.learning_rate=0.01` means Adam's on every config that does not say otherwise.
"""

from dataclasses import MISSING, dataclass
from typing import Any

from dlrecipe.config.forms import Forms, keys_of
from dlrecipe.config.schema import Config
from dlrecipe.config.tree import (
    Entry,
    Fault,
    Listing,
    Mapping,
    Node,
    Place,
    Scalar,
    plain,
    refusal,
    shortened,
    spelled_out,
)
from dlrecipe.config.yaml import read_option
from dlrecipe.errors import ConfigError

_FORM = "Write it as --set key.subkey=value, such as --set optimizer.learning_rate=0.01."


def apply_override(tree: Mapping, override: str) -> Mapping:
    """Return the tree with one more value set.

    Args:
        tree: the config so far.
        override: `key.subkey=value`; an item of a list is named by its index, as in `network.hidden.0`.
    Raises:
        ConfigError: it is no `key=value`, its value is no YAML, or its path leads through a single value.
    """
    parts, value = _read(override)
    return put_at(tree, parts, value, place_of(override))


def change_of(override: str) -> tuple[str, Any]:
    """Return the dotted path and the value, as plain data, of `key.subkey=value`.

    Raises:
        ConfigError: it is no `key=value`, or its value is no YAML.
    """
    parts, value = _read(override)
    return ".".join(parts), plain(value)


def _read(override: str) -> tuple[list[str], Node]:
    place = place_of(override)
    path, equals, text = override.partition("=")
    parts = path.strip().split(".")
    if not equals:
        raise _refused(place, "", "there is no = in it", _FORM)
    if not all(part.strip() for part in parts):
        raise _refused(place, "", "a key is missing before the =", _FORM)
    if parts[0] == "extends":
        raise _refused(place, "extends", "can be set in a file alone", "Write it into the config.")
    return parts, read_option(text, place.source)


def put_at(tree: Mapping, parts: list[str], value: Node, place: Place) -> Mapping:
    """Return the tree with a value at a path, what lies on the way there made or spelled out.

    Args:
        tree: the config so far.
        parts: the keys from the top down.
        value: the new value.
        place: what is made on the way has it for its place.
    Raises:
        ConfigError: the path leads through a single value, or to an item that a list has not.
    """
    new = _Setting(parts, place).put(tree, Forms(section=Config), MISSING, 0, value)
    assert isinstance(new, Mapping)
    return new


def place_of(override: str) -> Place:
    """Return the place of a value that was set by an option: the option itself."""
    return Place(f"--set {shortened(override)}")


@dataclass(frozen=True)
class _Setting:
    """One override on its way down the tree."""

    parts: list[str]
    place: Place

    def put(self, node: Node | None, forms: Forms, default: Any, depth: int, value: Node) -> Node:
        """Return `node` with the value put below it, at the parts from `depth` on.

        Args:
            node: what is there; None for nothing.
            forms: what may stand there.
            default: what the schema puts there; MISSING for nothing.
            depth: how many parts have been followed.
            value: the new value.
        """
        if depth == len(self.parts):
            return value
        part = self.parts[depth]
        container = self._container(node, forms, default, depth)
        below, default = forms.child(container, part), _default(forms, container, part)
        if isinstance(container, Listing):
            index = self._index(container, depth)
            items = list(container.items)
            items[index] = self.put(items[index], below, MISSING, depth + 1, value)
            return Listing(tuple(items), container.place)
        entry = container.entries.get(part)
        inner = self.put(None if entry is None else entry.node, below, default, depth + 1, value)
        return Mapping({**container.entries, part: Entry(self.place, inner)}, container.place)

    def _container(self, node: Node | None, forms: Forms, default: Any, depth: int) -> Listing | Mapping:
        """Return the list or mapping to put the next part into, made where there is none."""
        if isinstance(node, Listing | Mapping):
            return node
        if node is None or node.value is None:
            return self._from_default(default)
        if forms.variants and isinstance(node.value, str):
            return spelled_out(node)
        if forms.takes_mapping:
            # One form of several, such as `split: auto`, gives way to a mapping.
            return Mapping({}, self.place)
        path = ".".join(self.parts[:depth])
        what = f"{path} is a single value and has nothing below it"
        raise _refused(self.place, ".".join(self.parts), what, f"Set it whole: --set {path}=….")

    def _from_default(self, default: Any) -> Listing | Mapping:
        if isinstance(default, tuple) and default:
            return Listing(tuple(Scalar(item, str(item), self.place) for item in default), self.place)
        kind = getattr(default, "type", None)
        return Mapping({}, self.place) if kind is None else spelled_out(Scalar(kind, kind, self.place))

    def _index(self, listing: Listing, depth: int) -> int:
        part, n_items = self.parts[depth], len(listing.items)
        if part.isdecimal() and len(part) < 10 and int(part) < n_items:
            return int(part)
        remedy = f"Its items are 0 to {n_items - 1}." if n_items else "It is empty."
        raise _refused(self.place, ".".join(self.parts), f"the list has no item '{shortened(part)}'", remedy)


def _default(forms: Forms, container: Node, part: str) -> Any:
    cls = forms.dataclass_of(container)
    key = None if cls is None else keys_of(cls).get(part)
    return MISSING if key is None else key.default


def _refused(place: Place, path: str, what: str, remedy: str) -> ConfigError:
    return refusal([Fault(place, path, what, remedy)])
