"""A disk that may lose power: which files may be found afterwards, given the operations that were done.

What was brought to the disk by fsync is there: a file's bytes, a directory's names. What was not may be
there, may not, or may be there in part; names and bytes reach the disk in any order. A rename of one name
within a directory happens or does not.
"""

import os
import random
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, TypeAlias

from benchmarks.faulty.seam import Call

Tree: TypeAlias = dict[str, "bytes | None"]
"""Files by their path below the folder; None is a directory."""


@dataclass(eq=False)
class Node:
    """A file or a directory: what programs see, and what is on the disk for certain.

    `pending` are the changes of a directory's names since its last fsync, each a mapping from names to the
    node found there afterwards, or None for nothing.
    """

    is_directory: bool
    data: bytes = b""
    durable: bytes = b""
    names: dict[str, "Node"] = field(default_factory=dict)
    durable_names: dict[str, "Node"] = field(default_factory=dict)
    pending: list[dict[str, "Node | None"]] = field(default_factory=list)

    def change(self, change: "dict[str, Node | None]") -> None:
        """Change some names at once."""
        _apply(self.names, change)
        self.pending.append(change)

    def sync(self) -> None:
        """Bring the bytes, or the names, to the disk."""
        if self.is_directory:
            self.durable_names, self.pending = dict(self.names), []
        else:
            self.durable = self.data


@dataclass
class Disk:
    """Follows the operations of a program below a folder, as a seam's handler."""

    folder: Path
    root: Node = field(default_factory=lambda: Node(is_directory=True))
    open_files: dict[int, tuple[Node, bool]] = field(default_factory=dict)
    """By descriptor: the node, and whether writes append."""
    positions: dict[int, int] = field(default_factory=dict)
    before_change: Callable[[], None] = lambda: None
    """Called before each operation that changes something: the moments at which the power may fail."""

    def __call__(self, call: Call) -> Any:
        """Do an operation, and note what it means for the disk."""
        follow = getattr(self, f"_{call.name}", None)
        if follow is None:
            return call.go()
        if call.name != "open":
            self.before_change()
        result = call.go()
        follow(result, *call.arguments, **call.settings)
        return result

    def _open(self, descriptor: int, path: Any, flags: int, mode: int = 0o777, **settings: Any) -> None:
        parent, name = self._parent(path, settings.get("dir_fd"))
        if flags & os.O_CREAT and name not in parent.names:
            self.before_change()
            parent.change({name: Node(is_directory=False)})
        node = parent.names[name] if name else parent
        self.open_files[descriptor] = (node, bool(flags & os.O_APPEND))
        self.positions[descriptor] = 0

    def _write(self, written: int, descriptor: int, data: bytes) -> None:
        node, appends = self.open_files[descriptor]
        at = len(node.data) if appends else self.positions[descriptor]
        node.data = node.data[:at] + data[:written] + node.data[at + written :]
        self.positions[descriptor] = at + written

    def _ftruncate(self, _: None, descriptor: int, size: int) -> None:
        node, _appends = self.open_files[descriptor]
        node.data = node.data[:size]

    def _fsync(self, _: None, descriptor: int) -> None:
        self.open_files[descriptor][0].sync()

    def _close(self, _: None, descriptor: int) -> None:
        self.open_files.pop(descriptor, None)

    def _mkdir(self, _: None, path: Any, mode: int = 0o777, **settings: Any) -> None:
        parent, name = self._parent(path, settings.get("dir_fd"))
        if name:  # not the folder itself, in which all happens
            parent.change({name: Node(is_directory=True)})

    def _replace(self, _: None, source: Any, target: Any) -> None:
        parent, old = self._parent(source, None)
        same, new = self._parent(target, None)
        assert same is parent, "the store renames within one directory"
        parent.change({new: parent.names[old], old: None})

    _rename = _replace

    def _unlink(self, _: None, path: Any, **settings: Any) -> None:
        parent, name = self._parent(path, settings.get("dir_fd"))
        parent.change({name: None})

    _rmdir = _unlink

    def _parent(self, path: Any, dir_fd: int | None) -> tuple[Node, str]:
        if dir_fd is not None:
            return self.open_files[dir_fd][0], os.fspath(path)
        parts = Path(os.path.abspath(path)).relative_to(self.folder).parts
        node = self.root
        for part in parts[:-1]:
            node = node.names[part]
        return node, parts[-1] if parts else ""


def survivors(disk: Disk, n: int, rng: random.Random) -> list[Tree]:
    """Return n trees that may be found after the power failed now: the least, the most, and torn ones."""
    trees = [_found(disk.root, _least), _found(disk.root, _most)]
    while len(trees) < n:
        trees.append(_found(disk.root, _Torn(rng, rng.random(), rng.random())))
    return trees[:n]


def written_to(tree: Tree, folder: Path) -> None:
    """Make a tree's files in an empty folder."""
    for path, data in tree.items():
        if data is None:
            (folder / path).mkdir()
        else:
            (folder / path).write_bytes(data)


Choice: TypeAlias = Callable[[Node], "tuple[bytes, dict[str, Node]]"]
"""What of a node is found: a file's bytes, a directory's names."""


def _found(node: Node, choose: Choice, path: str = "") -> Tree:
    tree: Tree = {}
    for name, child in choose(node)[1].items():
        below = f"{path}/{name}" if path else name
        if child.is_directory:
            tree[below] = None
            tree |= _found(child, choose, below)
        else:
            tree[below] = choose(child)[0]
    return tree


def _least(node: Node) -> "tuple[bytes, dict[str, Node]]":
    return node.durable, node.durable_names


def _most(node: Node) -> "tuple[bytes, dict[str, Node]]":
    return node.data, node.names


@dataclass
class _Torn:
    """Some of the pending changes of names; some of the bytes, zeros where blocks are missing."""

    rng: random.Random
    of_names: float
    of_bytes: float

    def __call__(self, node: Node) -> "tuple[bytes, dict[str, Node]]":
        names = dict(node.durable_names)
        for change in node.pending:
            if self.rng.random() < self.of_names:
                _apply(names, change)
        data = node.durable
        if node.data != node.durable and self.rng.random() < self.of_bytes:
            same = _same(node.data, node.durable)
            end = self.rng.randint(same, len(node.data))
            data = node.data[:end]
            if self.rng.random() < 0.5:
                hole = self.rng.randint(same, end)
                data = data[:hole] + bytes(end - hole)
        return data, names


def _same(first: bytes, second: bytes) -> int:
    """Return how many bytes at the start are the same."""
    differing = (i for i, (a, b) in enumerate(zip(first, second, strict=False)) if a != b)
    return next(differing, min(len(first), len(second)))


def _apply(names: dict[str, Node], change: "dict[str, Node | None]") -> None:
    for name, node in change.items():
        if node is None:
            names.pop(name, None)
        else:
            names[name] = node
