"""File paths in a config: which values they are, and where relative ones start. Opens no file."""

import os
from collections.abc import Mapping as MappingOf
from pathlib import Path

from dlrecipe.config.tree import Mapping, Node, Scalar, find, replace_at

PLACES = ("data.source", "data.train", "data.dev", "data.test", "data.target", "initialization")
"""The keys whose variants may name files."""

KEYS: dict[str, tuple[str, ...]] = {
    "table": ("path",),
    "npz": ("path",),
    "npy": ("path", "y"),
    "idx": ("path", "y"),
    "images": ("path",),
    "file": ("path",),
}
"""The keys that are file paths, by the variant's type."""


def resolve_paths(tree: Mapping, folders: MappingOf[str, Path]) -> Mapping:
    """Return the tree with absolute paths.

    Args:
        tree: the whole config.
        folders: where relative paths start, by the file that a value was written in. Those of an option
            (`--set data.source.path=rows.csv`) start at the current directory, as everywhere in a shell.
    """
    resolved: Node = tree
    for place in PLACES:
        section = find(tree, place)
        kind = section.get("type") if isinstance(section, Mapping) else None
        keys = KEYS.get(str(kind.value), ()) if isinstance(kind, Scalar) else ()
        for key in keys:
            named = find(tree, f"{place}.{key}")
            if isinstance(named, Scalar) and isinstance(named.value, str) and named.value:
                folder = folders.get(named.place.source, Path())
                absolute = Scalar(_absolute(named.value, folder), named.text, named.place, named.quoted)
                resolved = replace_at(resolved, f"{place}.{key}", absolute)
    assert isinstance(resolved, Mapping)
    return resolved


def _absolute(path: str, folder: Path) -> str:
    # The folder's links are followed before `..` is taken away, since link/.. is not where the link lies.
    return os.path.normpath(os.path.join(os.path.realpath(folder), os.path.expanduser(path)))
