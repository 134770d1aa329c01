"""`extends: base.yaml`: a config on top of others. Knows files and trees; validates nothing.

Mappings are merged key by key, and the later file wins. A list replaces a list whole, and so does a mapping
or name whose `type` is another: the settings of one optimizer mean nothing to the next.
"""

import os
import stat
from dataclasses import dataclass, field
from pathlib import Path

from dlrecipe.config.files import MAX_BYTES, read_text
from dlrecipe.config.forms import Forms
from dlrecipe.config.schema import Config
from dlrecipe.config.tree import (
    Entry,
    Fault,
    Listing,
    Mapping,
    Node,
    Place,
    Scalar,
    refusal,
    shortened,
    shown,
    spelled_out,
)
from dlrecipe.config.yaml import read_yaml
from dlrecipe.errors import ConfigError
from dlrecipe.printing import printable

MAX_CHAIN = 10
MAX_FILES = 50
MAX_CHARACTERS = 4 * MAX_BYTES


@dataclass
class Chain:
    """What has been read so far.

    `folders`: the folder of each file, by the name that places have, in the order of reading. `faults`: what
    is wrong with the files but leaves a tree.
    """

    folders: dict[str, Path] = field(default_factory=dict)
    faults: list[Fault] = field(default_factory=list)
    n_files: int = 0
    n_characters: int = 0

    def read(self, text: str, name: str, folder: Path, trail: tuple[Path, ...] = ()) -> Mapping:
        """Return a file's tree on top of those it extends.

        Args:
            text: the file's content.
            name: the file's name, for places.
            folder: where the relative paths in it start.
            trail: the files on the way here, itself last.
        Raises:
            ConfigError: it is no YAML, empty, no mapping, or extends what cannot be extended.
        """
        self.n_files += 1
        self.n_characters += len(text)
        self.folders.setdefault(name, folder)
        node, faults = read_yaml(text, name)
        self.faults += faults
        own = _top_level(node, name)
        bases = self._bases(own)
        own = Mapping({key: entry for key, entry in own.entries.items() if key != "extends"}, own.place)
        trees = [self._base(base, folder, trail) for base in bases]
        merged: Node = own
        if trees:
            merged = trees[0]
            for tree in [*trees[1:], own]:
                merged = merge(merged, tree, Forms(section=Config))
        assert isinstance(merged, Mapping)
        return merged

    def _bases(self, tree: Mapping) -> list[Scalar]:
        value = tree.get("extends")
        if value is None:
            return []
        nodes = value.items if isinstance(value, Listing) else (value,)
        for node in nodes:
            if not (isinstance(node, Scalar) and isinstance(node.value, str) and node.value):
                what = f"must be a file name or a list of them, not {shown(node)}"
                raise self._refused(node.place, what, "Such as extends: base.yaml.")
        return [node for node in nodes if isinstance(node, Scalar)]

    def _base(self, named: Scalar, folder: Path, trail: tuple[Path, ...]) -> Mapping:
        path = Path(os.path.normpath(folder / os.path.expanduser(str(named.value))))
        try:
            identity = path.resolve()
        except (OSError, ValueError, RuntimeError):
            # A loop of links, say; reading it below finds the words.
            identity = path
        if identity in trail:
            chain = " → ".join(step.name for step in (*trail[trail.index(identity) :], identity))
            raise self._refused(named.place, f"the files extend each other: {chain}", "Remove one extends.")
        if len(trail) >= MAX_CHAIN or self.n_files >= MAX_FILES:
            what = f"more than {MAX_CHAIN} files in a chain, or {MAX_FILES} in all"
            raise self._refused(named.place, what, "Merge some of them into one.")
        name = printable(str(path))
        if not _may_be_read(path):
            raise self._refused(named.place, "this is no plain file", "Name a YAML file.")
        try:
            text = read_text(path)
        except ConfigError as error:
            problem = error.problems[0]
            if problem.where != name:
                raise
            what = f"cannot read {shortened(str(named.value))}: {problem.what}"
            raise self._refused(named.place, what, problem.remedy) from None
        if self.n_characters + len(text) > MAX_CHARACTERS:
            raise self._refused(
                named.place, "more than 1 MiB in all", "A config is small; keep what is needed."
            )
        return self.read(text, name, path.parent, (*trail, identity))

    def _refused(self, place: Place, what: str, remedy: str) -> ConfigError:
        return refusal([*self.faults, Fault(place, "extends", what, remedy)], list(self.folders))


def _may_be_read(path: Path) -> bool:
    """Return whether reading will end: a pipe or a terminal would be waited for. What is not there may."""
    try:
        mode = os.stat(path).st_mode
    except (OSError, ValueError):
        return True
    return stat.S_ISREG(mode) or stat.S_ISDIR(mode)


def merge(base: Node, over: Node, forms: Forms) -> Node:
    """Return `over` on top of `base`, both standing where `forms` may stand."""
    if forms.variants:
        if _type_of(over) is not None and _type_of(over) != _type_of(base):
            return over
        if isinstance(over, Scalar) and isinstance(over.value, str):
            return base
        if isinstance(base, Scalar) and isinstance(base.value, str):
            base = spelled_out(base)
    if not (isinstance(base, Mapping) and isinstance(over, Mapping)):
        return over
    both = Mapping({**base.entries, **over.entries}, over.place)
    merged = dict(both.entries)
    for key in base.entries.keys() & over.entries.keys():
        inner = merge(base.entries[key].node, over.entries[key].node, forms.child(both, key))
        merged[key] = Entry(over.entries[key].key_place, inner)
    return Mapping(merged, over.place)


def _type_of(node: Node) -> object:
    """Return the name of the variant that a value chooses; None where it chooses none."""
    named = node.get("type") if isinstance(node, Mapping) else node
    return named.value if isinstance(named, Scalar) else None


def _top_level(node: Node | None, name: str) -> Mapping:
    if isinstance(node, Mapping):
        return node
    remedy = "A config holds keys and values, at the least `data: {source: digits}`."
    if node is None or (isinstance(node, Scalar) and node.text == "" and not node.quoted):
        raise refusal([Fault(Place(name), "", "the file is empty", remedy)])
    raise refusal([Fault(node.place, "", f"the file holds {_noun(node)}, not a mapping", remedy)])


def _noun(node: Node) -> str:
    return "a list" if isinstance(node, Listing) else "a single value"
