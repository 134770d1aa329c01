"""What may stand at each place of a config, read from the annotations of the schema's dataclasses.

The one reading of those annotations: error messages, --set, extends and the walk along an error's location
all ask here. Knows no YAML, no files and no pydantic.
"""

import types
from collections.abc import Iterator, Mapping
from dataclasses import MISSING, dataclass, field, fields, is_dataclass
from functools import cache
from typing import Annotated, Any, Literal, Union, get_args, get_origin, get_type_hints

from dlrecipe.config.tree import Listing, Node, Scalar
from dlrecipe.config.tree import Mapping as MappingNode
from dlrecipe.variants import BY_TYPE


@dataclass(frozen=True)
class Forms:
    """The forms that one value may take. Nothing set: anything goes, as below an unknown key.

    `section`: the dataclass of a mapping. `variants`: the dataclass of each name of a union by `type`.
    `items`: the annotations of a list's items (one, or one an item where `fixed`). `entries`: the
    annotation of the values of a mapping with free keys. `arms`: how many forms, null left out, are joined
    with `|`; where there are several, pydantic puts one's name into an error's location.
    """

    section: type | None = None
    variants: Mapping[str, type] = field(default_factory=dict)
    items: tuple[Any, ...] = ()
    is_list: bool = False
    fixed: bool = False
    entries: Any = None
    choices: tuple[str, ...] = ()
    text: bool = False
    number: Literal["whole", "any"] | None = None
    boolean: bool = False
    null: bool = False
    arms: int = 1

    @property
    def takes_mapping(self) -> bool:
        """Whether a mapping may stand here."""
        return self.section is not None or bool(self.variants) or self.entries is not None

    def accepts(self, node: Node) -> bool:
        """Return whether a value of this kind (list, number, …) may stand here, its content aside."""
        if isinstance(node, MappingNode):
            return self.takes_mapping
        if isinstance(node, Listing):
            return self.is_list
        if node.value is None:
            return self.null
        if isinstance(node.value, bool):
            return self.boolean
        if isinstance(node.value, str):
            return self.text or bool(self.choices) or bool(self.variants)
        return self.number == "any" or (self.number == "whole" and isinstance(node.value, int))

    def dataclass_of(self, node: Node) -> type | None:
        """Return the dataclass that a mapping given here describes; None where its `type` decides nothing."""
        if not self.variants:
            return self.section
        named = node.get("type") if isinstance(node, MappingNode) else None
        name = named.value if isinstance(named, Scalar) else None
        return self.variants.get(name) if isinstance(name, str) else None

    def item(self, index: int) -> "Forms":
        """Return the forms of a list's item."""
        if not self.items:
            return ANYTHING
        return forms_of(self.items[min(index, len(self.items) - 1)])

    def child(self, node: Node, part: str) -> "Forms":
        """Return the forms of the value at a key or index below `node`, which stands here."""
        if isinstance(node, Listing):
            return self.item(int(part)) if part.isdecimal() else ANYTHING
        if self.entries is not None:
            return forms_of(self.entries)
        cls = self.dataclass_of(node)
        known = {} if cls is None else keys_of(cls)
        return known[part].forms if part in known else ANYTHING


ANYTHING = Forms()


@dataclass(frozen=True)
class Key:
    """One key of a section: the forms of its value, and its default (MISSING where it must be given)."""

    forms: Forms
    default: Any


@cache
def keys_of(cls: type) -> dict[str, Key]:
    """Return the keys of a section's dataclass, in the order of the schema."""
    assert is_dataclass(cls)
    hints = get_type_hints(cls, include_extras=True)
    keys = {}
    for entry in fields(cls):
        made = entry.default if entry.default_factory is MISSING else entry.default_factory()
        keys[entry.name] = Key(forms_of(hints[entry.name]), made)
    return keys


@cache
def forms_of(annotation: Any) -> Forms:
    """Return the forms that an annotation of the schema allows.

    Raises:
        TypeError: an annotation of a kind that no part of the schema has used so far.
    """
    origin, args = get_origin(annotation), get_args(annotation)
    if origin is Annotated:
        return _variants(args[0]) if BY_TYPE in args[1:] else forms_of(args[0])
    if origin in (Union, types.UnionType):
        return _joined([forms_of(arm) for arm in args])
    if origin is Literal:
        return Forms(choices=args)
    if origin is tuple:
        repeated = args[-1:] == (...,)
        return Forms(is_list=True, items=args[:1] if repeated else args, fixed=not repeated)
    if origin is dict:
        return Forms(entries=args[1])
    if is_dataclass(annotation) and isinstance(annotation, type):
        return Forms(section=annotation)
    if annotation in _ATOMS:
        return _ATOMS[annotation]
    raise TypeError(f"the schema uses {annotation}, which forms_of does not know")


def _variants(union: Any) -> Forms:
    members = get_args(union) or (union,)
    return Forms(
        variants={
            name: member
            for member in members
            for name in get_args(get_type_hints(member, include_extras=True)["type"])
        }
    )


def _joined(arms: list[Forms]) -> Forms:
    """Return the union of forms; of two lists, or two mappings, the schema never joins more than one."""
    parts = [arm for arm in arms if arm is not _ATOMS[types.NoneType]]
    return Forms(
        section=next((arm.section for arm in parts if arm.section), None),
        variants=next((arm.variants for arm in parts if arm.variants), {}),
        items=next((arm.items for arm in parts if arm.items), ()),
        is_list=any(arm.is_list for arm in parts),
        fixed=any(arm.fixed for arm in parts),
        entries=next((arm.entries for arm in parts if arm.entries is not None), None),
        choices=tuple(choice for arm in parts for choice in arm.choices),
        text=any(arm.text for arm in parts),
        number=next((arm.number for arm in parts if arm.number), None),
        boolean=any(arm.boolean for arm in parts),
        null=len(parts) < len(arms),
        arms=len(parts),
    )


_ATOMS = {
    str: Forms(text=True),
    int: Forms(number="whole"),
    float: Forms(number="any"),
    bool: Forms(boolean=True),
    types.NoneType: Forms(null=True),
}


def sections(cls: type, path: str = "", within: tuple[type, ...] = ()) -> Iterator[tuple[str, type]]:
    """Yield every dataclass of the schema below `cls` with the dotted path where it stands, itself first.

    Args:
        within: the dataclasses that `cls` stands in. One that may stand within itself is yielded once there.
    """
    yield path, cls
    around = (*within, cls)
    for name, key in keys_of(cls).items():
        below = f"{path}.{name}" if path else name
        for forms in (key.forms, *(forms_of(item) for item in key.forms.items)):
            for section in dict.fromkeys([forms.section, *forms.variants.values()]):
                if section is not None and section not in around:
                    yield from sections(section, below, around)


def dotted_keys(cls: type, key: str) -> list[str]:
    """Return every place below `cls` at which a key of this name stands, such as `training.epochs`."""
    paths = dict.fromkeys(path for path, section in sections(cls) if key in keys_of(section))
    return [f"{path}.{key}" if path else key for path in paths]


def described(forms: Forms) -> str:
    """Return the forms in words, such as "a whole number or 'full'"."""
    words = []
    if forms.variants:
        words.append("a name or a mapping with `type`")
    elif forms.takes_mapping:
        words.append("a mapping")
    if forms.is_list:
        words.append(_list_in_words(forms))
    if forms.number:
        words.append("a whole number" if forms.number == "whole" else "a number")
    if forms.boolean:
        words.append("true or false")
    if forms.text:
        words.append("text")
    if forms.choices:
        words.extend([f"'{name}'" for name in forms.choices] if len(forms.choices) < 4 else ["a name"])
    if forms.null:
        words.append("null")
    return f"{', '.join(words[:-1])} or {words[-1]}" if len(words) > 1 else "".join(words)


def _list_in_words(forms: Forms) -> str:
    inner = forms.item(0)
    if inner.number:
        what = "whole numbers" if inner.number == "whole" else "numbers"
    else:
        what = "names" if inner.choices or inner.variants else "texts" if inner.text else "mappings"
    return f"a list of {len(forms.items)} {what}" if forms.fixed else f"a list of {what}"
