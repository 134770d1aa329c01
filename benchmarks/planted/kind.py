"""What a planted cause is: a change to a config, to its data, or to the program, and what should be found."""

from collections.abc import Callable
from contextlib import AbstractContextManager
from dataclasses import dataclass
from typing import Any, TypeAlias

from numpy.random import Generator

from benchmarks.planted.worlds import Parts

Settings: TypeAlias = dict[str, Any]
ALL = ("digits", "mnist", "fashion", "adult", "breast_cancer", "housing", "wine_quality")
IMAGES = ("digits", "mnist", "fashion")
RAW = ("adult", "breast_cancer", "housing", "wine_quality")
CLASSES = ("digits", "mnist", "fashion", "adult", "breast_cancer", "wine_quality")


@dataclass(frozen=True)
class Kind:
    """One kind of cause, with the codes that count as right, which were written down before any run.

    `settings` changes the config of the world; it is given how manieth instance this is, so that strengths
    differ. `parts` changes the data. `bug` is a context in which the program itself is wrong. `shows` says
    that the cause does its harm in the errors, so that a run within its target is not harmed by it.
    """

    right: tuple[str, ...]
    worlds: tuple[str, ...] = ALL
    settings: Callable[[Settings, int], Settings] | None = None
    parts: Callable[[Parts, Generator, int], Parts] | None = None
    bug: Callable[[int], AbstractContextManager[None]] | None = None
    shows: bool = True


def setting(**choices: Any) -> Callable[[Settings, int], Settings]:
    """Set dotted paths (written with __) to a value, or to one of a tuple of them, the instances in turn."""

    def change(config: Settings, instance: int) -> Settings:
        values = {path: v[instance % len(v)] if isinstance(v, tuple) else v for path, v in choices.items()}
        return {**config, **{path.replace("__", "."): value for path, value in values.items()}}

    return change
