"""Every operation on the files below a folder passes here: it is counted, and can be made to fail.

The functions of `os` are replaced while a seam is open; pathlib and shutil go through them as well. What
happens outside of the folder (imports, data, the terminal) is let through.
"""

import errno
import os
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, TypeAlias
from unittest.mock import patch

BY_PATH = ("open", "mkdir", "rmdir", "unlink", "replace", "rename", "listdir", "scandir", "lstat", "stat")
BY_DESCRIPTOR = ("write", "read", "pread", "fsync", "ftruncate", "fstat", "close")

Operation: TypeAlias = Callable[..., Any]
Handler: TypeAlias = Callable[["Call"], Any]
"""What is done in place of an operation; `call.go()` does it."""


@dataclass(frozen=True)
class Call:
    """One operation, about to be done."""

    name: str
    operation: Operation
    arguments: tuple[Any, ...]
    settings: Mapping[str, Any]

    def go(self) -> Any:
        """Do it."""
        return self.operation(*self.arguments, **self.settings)

    @property
    def described(self) -> str:
        """The operation in words."""
        return f"{self.name}({', '.join(str(argument)[-60:] for argument in self.arguments)})"


@dataclass
class Seam:
    """The operations below a folder. `handler` sees each; `descriptors` are those open there."""

    folder: Path
    handler: Handler
    descriptors: set[int] = field(default_factory=set)

    @contextmanager
    def open(self) -> Iterator[None]:
        """Stand between the program and the system."""
        with ExitStack() as stack:
            for name in (*BY_PATH, *BY_DESCRIPTOR):
                stack.enter_context(patch.object(os, name, self._wrapped(name, getattr(os, name))))
            yield

    def _wrapped(self, name: str, operation: Operation) -> Operation:
        def call(*arguments: Any, **settings: Any) -> Any:
            if not self._is_inside(name, arguments, settings):
                return operation(*arguments, **settings)
            result = self.handler(Call(name, operation, arguments, settings))
            if name == "open":
                self.descriptors.add(result)
            elif name == "close":
                self.descriptors.discard(arguments[0])
            return result

        return call

    def _is_inside(self, name: str, arguments: tuple[Any, ...], settings: Mapping[str, Any]) -> bool:
        first = arguments[0] if arguments else "."
        if isinstance(first, int):
            return first in self.descriptors
        if settings.get("dir_fd") is not None:
            return settings["dir_fd"] in self.descriptors
        return os.path.join(os.getcwd(), os.fspath(first)).startswith(str(self.folder))


class Fault:
    """Makes the n-th operation fail, once or from then on; `n_operations` counts all that came."""

    def __init__(self, kind: str, at: int, *, lasting: bool) -> None:
        self._act, self._at, self._lasting = KINDS[kind], at, lasting
        self.n_operations = 0
        self.hit = ""

    def __call__(self, call: Call) -> Any:
        """Do the operation, or let it fail."""
        self.n_operations += 1
        # A file that cannot be closed is closed all the same, and would be left open by us otherwise.
        if self.n_operations < self._at or (self.hit and not self._lasting):
            return call.go()
        self.hit = self.hit or f"{self.n_operations}: {call.described}"
        return self._act(call)


def _failing(code: int) -> Handler:
    def act(call: Call) -> Any:
        if call.name == "close":
            call.go()
        raise OSError(code, os.strerror(code), str(call.arguments[0]) if call.arguments else None)

    return act


def _short(call: Call) -> Any:
    """Write half, as a system call may, and say so."""
    if call.name != "write":
        return call.go()
    descriptor, data = call.arguments
    return call.operation(descriptor, data[: max(1, len(data) // 2)])


def _torn(call: Call) -> Any:
    """Write half, and then find the disk full."""
    if call.name == "write":
        descriptor, data = call.arguments
        call.operation(descriptor, data[: len(data) // 2])
    return _failing(errno.ENOSPC)(call)


def _raising(error: type[BaseException], *, afterwards: bool = False) -> Handler:
    def act(call: Call) -> Any:
        if afterwards or call.name == "close":
            result = call.go()
            if call.name == "open":
                os.close(result)
            if call.name == "scandir":
                result.close()  # as the descriptor above: the program never got it, and cannot close it
        raise error

    return act


OF_WRITES = ("short write", "ENOSPC after half a write")
"""Faults that only a write can have; of the second, what comes after it is an ENOSPC from then on."""
KINDS: dict[str, Handler] = {
    "ENOSPC": _failing(errno.ENOSPC),
    "EIO": _failing(errno.EIO),
    "EACCES": _failing(errno.EACCES),
    "short write": _short,
    "ENOSPC after half a write": _torn,
    "MemoryError": _raising(MemoryError),
    "KeyboardInterrupt": _raising(KeyboardInterrupt),
    "KeyboardInterrupt after it is done": _raising(KeyboardInterrupt, afterwards=True),
}
