"""A config's text with some values changed: comments, order and layout stay. Writes no file.

The text is edited where the value stands, not written anew. What is missing is put where the schema's order
has it. The result is read again, strictly, and must say what was meant.
"""

from collections.abc import Mapping as MappingOf
from pathlib import Path
from typing import Any, NoReturn

from dlrecipe.config.extends import Chain
from dlrecipe.config.forms import keys_of
from dlrecipe.config.overrides import put_at
from dlrecipe.config.schema import Config
from dlrecipe.config.spans import Member, Span, Table, spans_of
from dlrecipe.config.spans import Sequence as Items
from dlrecipe.config.tree import Entry, Listing, Mapping, Node, Place, Scalar, child, find, plain, spelled_out
from dlrecipe.config.validation import validate
from dlrecipe.config.writing import config_to_dict, flow_text
from dlrecipe.config.yaml import read_yaml
from dlrecipe.errors import ConfigError, InputError

_MADE = Place("the change")


def rewrite(text: str, changes: MappingOf[str, Any], *, folder: Path | None = None) -> str:
    """Return the text of a config with new values.

    Args:
        text: a config without faults in its YAML.
        changes: dotted paths (`network.hidden`, `network.layers.0.units`) to their new values, plain data;
            they are made in this order. A bare name (`optimizer: adam`) is spelled out where a key below it
            is set, as `--set` does.
        folder: where the files that it extends are looked for; None for the current directory.
    Raises:
        ConfigError: the text, or what it extends, cannot be read; a path leads through a single value.
        InputError: the text is written in a way that it cannot be changed in place.
    """
    for path, value in changes.items():
        text = _with(text, path, value, folder or Path())
    return text


def changed(config: Config, changes: MappingOf[str, Any]) -> Config:
    """Return a config with new values, the same that `rewrite` writes.

    Raises:
        ConfigError: the config that comes of it has a fault, its place the dotted key.
    """
    tree = _node(config_to_dict(config))
    assert isinstance(tree, Mapping)
    for path, value in changes.items():
        tree = put_at(tree, path.split("."), _node(value), _MADE)
    return validate(tree)


def _with(text: str, path: str, value: Any, folder: Path) -> str:
    own = _top_level(text)
    if own is None:
        # Nothing but comments, or an empty mapping: there is no layout yet to keep.
        if "." in path:
            _refuse(path)
        return f"{text.rstrip()}\n{path}: {flow_text(value)}\n"
    parts = path.split(".")
    if "extends" in own.entries:
        whole = Chain().read(text, "config", folder)
        own_seeded = _seeded(own, whole, parts[:-1])
    else:
        own_seeded = own
    wanted = put_at(own_seeded, parts, _node(value), _MADE)
    edited = _edited(text, own, wanted, parts)
    if not _means(edited, wanted):
        _refuse(path)
    return edited


def _means(text: str, wanted: Mapping) -> bool:
    """Return whether a text says what is wanted: an anchor may have gone that an alias still names."""
    try:
        node, faults = read_yaml(text, "config")
    except ConfigError:
        return False
    return node is not None and not faults and plain(node) == plain(wanted)


def _top_level(text: str) -> Mapping | None:
    node, _ = read_yaml(text, "config")
    return node if isinstance(node, Mapping) and node.entries else None


def _refuse(path: str) -> NoReturn:
    raise InputError(
        f"{path} cannot be changed in the config as it is written",
        remedy="Change it by hand, or write the section it stands in with plain keys and values.",
    )


def _node(value: Any) -> Node:
    if isinstance(value, MappingOf):
        return Mapping({str(key): Entry(_MADE, _node(inner)) for key, inner in value.items()}, _MADE)
    if isinstance(value, list | tuple):
        return Listing(tuple(_node(item) for item in value), _MADE)
    return Scalar(value, str(value), _MADE, quoted=isinstance(value, str))


def _seeded(own: Mapping, whole: Mapping, parts: list[str]) -> Mapping:
    """Return a file's own tree with the types that it inherits along a path, where it says nothing itself.

    `{learning_rate: 0.01}` on top of a base's `{type: sgd}` is SGD's only if it names SGD, or no type; the
    default type, which a file without a base gets, would take the base's place.
    """
    for depth in range(1, len(parts) + 1):
        path = ".".join(parts[:depth])
        inherited = find(whole, path)
        if find(own, path) is not None or inherited is None:
            continue
        named = inherited.get("type") if isinstance(inherited, Mapping) else inherited
        if isinstance(named, Scalar) and isinstance(named.value, str):
            own = put_at(own, parts[:depth], spelled_out(named), _MADE)
        elif isinstance(inherited, Mapping):
            own = put_at(own, parts[:depth], Mapping({}, _MADE), _MADE)
    return own


def _edited(text: str, own: Mapping, wanted: Mapping, parts: list[str]) -> str:
    """Return the text with the smallest value on the way to `parts` replaced or put in."""
    span: Span = spans_of(text)
    node: Node = own
    depth = 0
    while True:
        part = parts[depth]
        new = find(wanted, ".".join(parts[: depth + 1]))
        assert new is not None
        below = child(node, part)
        if isinstance(span, Items):
            inner, member = span.items[int(part)], None
        else:
            assert isinstance(span, Table)
            member = span.members.get(part)
            if member is None or below is None:
                return _inserted(text, span, part, flow_text(plain(new)), top=depth == 0)
            inner = member.value
        last = depth == len(parts) - 1
        # An alias is a leaf in the text, whatever it stands for.
        if last or not isinstance(inner, Table | Items) or not isinstance(below, Mapping | Listing):
            return _replaced(text, inner, member, flow_text(plain(new)))
        span, node, depth = inner, below, depth + 1


def _replaced(text: str, old: Span, member: Member | None, new: str) -> str:
    between = "" if member is None else text[member.key_end : old.start]
    if old.start == old.end and member is not None:
        # Nothing stands there: `early_stopping:`, or in braces a key alone.
        return f"{text[: old.start]}{' ' if ':' in between else ': '}{new}{text[old.end :]}"
    if "\n" not in between or member is None:
        return text[: old.start] + new + text[old.end :]
    # A value on lines of its own: the new one goes behind the key, and the lines away with their comments.
    colon = member.key_end + between.index(":") + 1
    line = text.find("\n", colon)
    end = _line_end(text, old.end)
    return f"{text[:colon]} {new}{text[colon:line]}{text[end:]}"


def _inserted(text: str, table: Table, key: str, value: str, *, top: bool) -> str:
    entry = f"{flow_text(key)}: {value}"
    before = _before(table, key) if top else list(table.members.values())
    if table.flow:
        if not table.members:
            return f"{text[: table.start + 1]}{entry}{text[table.start + 1 :]}"
        if not before:
            return f"{text[: table.start + 1]}{entry}, {text[table.start + 1 :]}"
        at = before[-1].value.end
        return f"{text[:at]}, {entry}{text[at:]}"
    indent = " " * table.column
    if not before:
        first = next(iter(table.members.values()))
        at = text.rfind("\n", 0, first.key_start) + 1
        return f"{text[:at]}{indent}{entry}\n{text[at:]}"
    at = _after_comments(text, _line_end(text, before[-1].value.end), table.column)
    return f"{text[:at]}\n{indent}{entry}{text[at:]}"


def _before(table: Table, key: str) -> list[Member]:
    """Return the members after which a key of the top level belongs by the schema's order, that one last."""
    order = ["extends", *keys_of(Config)]
    rank = order.index(key) if key in order else len(order)
    earlier = [name for name in table.members if name in order and order.index(name) < rank]
    if not earlier:
        return []
    closest = max(earlier, key=order.index)
    return [table.members[closest]]


def _line_end(text: str, at: int) -> int:
    end = text.find("\n", at)
    return len(text) if end < 0 else end


def _after_comments(text: str, end: int, column: int) -> int:
    """Return the end of the comment lines that follow, as far as they are indented into what was before."""
    while end < len(text):
        following = _line_end(text, end + 1)
        line = text[end + 1 : following]
        if not line.strip().startswith("#") or len(line) - len(line.lstrip()) <= column:
            break
        end = following
    return end
