"""File paths in a config: which values they are, and where relative ones start. Opens no file."""

import os
from collections.abc import Iterator
from collections.abc import Mapping as MappingOf
from pathlib import Path

from dlrecipe.config.tree import Fault, Mapping, Node, Scalar, find, replace_at

PLACES = ("data.source", "data.train", "data.dev", "data.test", "data.target", "initialization")
"""The keys whose variants may name files."""

LONGEST_PATH = 4095
LONGEST_NAME = 255
"""In bytes, on Linux; macOS has less, and says so when the file is opened."""

KEYS: dict[str, tuple[str, ...]] = {
    "table": ("path",),
    "npz": ("path",),
    "npy": ("path", "y"),
    "idx": ("path", "y"),
    "images": ("path",),
    "file": ("path",),
}
"""The keys that are file paths, by the variant's type."""


MOST_STEPS_UP = "../../.."
"""A relative path that starts so is no clearer than the absolute one."""


def relative_to(path: str, folder: Path) -> str:
    """Return an absolute path as it is best written in a file of this folder: relative where short."""
    relative = os.path.relpath(path, os.path.realpath(folder))
    return path if relative.startswith(MOST_STEPS_UP) else relative


def resolve_paths(tree: Mapping, folders: MappingOf[str, Path]) -> Mapping:
    """Return the tree with absolute paths.

    Args:
        tree: the whole config.
        folders: where relative paths start, by the file that a value was written in. Those of an option
            (`--set data.source.path=rows.csv`) start at the current directory, as everywhere in a shell.
    """
    resolved: Node = tree
    for key, named in _named_paths(tree):
        folder = folders.get(named.place.source, Path())
        absolute = Scalar(_absolute(str(named.value), folder), named.text, named.place, named.quoted)
        resolved = replace_at(resolved, key, absolute)
    assert isinstance(resolved, Mapping)
    return resolved


def path_faults(tree: Mapping) -> list[Fault]:
    """Return the paths that no file can have, of a tree with absolute ones."""
    faults = []
    for key, named in _named_paths(tree):
        path = os.fsencode(str(named.value))
        if len(path) > LONGEST_PATH or max(map(len, path.split(b"/"))) > LONGEST_NAME:
            what = f"a path of {len(path):,} bytes, or with a name in it that is too long"
            remedy = f"A path has at most {LONGEST_PATH:,} bytes, each name in it {LONGEST_NAME}."
            faults.append(Fault(named.place, key, what, remedy))
    return faults


def _named_paths(tree: Mapping) -> Iterator[tuple[str, Scalar]]:
    """Yield the dotted key and the value of each path that is written."""
    for place in PLACES:
        section = find(tree, place)
        kind = section.get("type") if isinstance(section, Mapping) else None
        for key in KEYS.get(str(kind.value), ()) if isinstance(kind, Scalar) else ():
            named = find(tree, f"{place}.{key}")
            if isinstance(named, Scalar) and isinstance(named.value, str) and named.value:
                yield f"{place}.{key}", named


def _absolute(path: str, folder: Path) -> str:
    # The folder's links are followed before `..` is taken away, since link/.. is not where the link lies.
    return os.path.normpath(os.path.join(os.path.realpath(folder), os.path.expanduser(path)))
