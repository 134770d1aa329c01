"""A tree of values to a `Config`, or every problem with the place where it was written.

pydantic judges, `locating` finds the place of its errors and `wording` their words. Knows no files: the
tree carries the places. pydantic is imported when the first tree is validated.
"""

import json
from collections.abc import Iterator, Sequence
from functools import cache
from typing import TYPE_CHECKING

from dlrecipe.config.forms import sections
from dlrecipe.config.locating import locate
from dlrecipe.config.schema import Config
from dlrecipe.config.tree import Fault, Listing, Mapping, Node, Scalar, joined, plain, refusal, shortened
from dlrecipe.config.wording import worded

if TYPE_CHECKING:
    from pydantic import TypeAdapter, ValidationError

MAX_TOLD = 500
"""Problems that are worded, which takes time; fewer of them are printed."""
LARGEST = 2**63 - 1


@cache
def adapter(*, with_docstrings: bool = False) -> "TypeAdapter[Config]":
    """Return pydantic's validator of the schema, built once.

    Args:
        with_docstrings: describe every key by its docstring. It reads the sources, so only the JSON Schema
            asks for it.
    """
    from pydantic import ConfigDict, TypeAdapter

    # Strict: no text for numbers, no 1 for true. As JSON is read, lists are tuples and 1 is a float still.
    options = ConfigDict(
        strict=True, extra="forbid", allow_inf_nan=False, use_attribute_docstrings=with_docstrings
    )
    for _, section in sections(Config):
        # The specs are plain dataclasses that import without pydantic; it looks for its options here.
        setattr(section, "__pydantic_config__", options)  # noqa: B010
    return TypeAdapter(Config)


def validate(tree: Mapping, faults: Sequence[Fault] = (), sources: Sequence[str] = ()) -> Config:
    """Return the config that a tree describes.

    Args:
        tree: the whole config, after extends and overrides.
        faults: what reading the files found already; told together with what is found here.
        sources: the names of files and options in the order they were read, to sort by.
    Raises:
        ConfigError: at least one problem.
    """
    from pydantic import ValidationError

    try:
        config = adapter().validate_json(json.dumps(plain(tree)))
    except ValidationError as error:
        # The same value can fail in several branches of a union, which are one problem to the user.
        found = dict.fromkeys(_faults(error, tree))
        raise refusal([*faults, *found], sources) from None
    faults = [*faults, *_too_large(tree)]
    if faults:
        raise refusal(faults, sources)
    return config


def _too_large(node: Node, path: tuple[str | int, ...] = ()) -> Iterator[Fault]:
    """Yield the whole numbers that neither NumPy nor C can count to, where the schema has no limit."""
    if isinstance(node, Scalar):
        if isinstance(node.value, int) and abs(node.value) > LARGEST:
            yield Fault(node.place, joined(path), f"{shortened(node.text)} is beyond 64 bits", "Write less.")
        return
    below = enumerate(node.items) if isinstance(node, Listing) else _values(node)
    for key, inner in below:
        yield from _too_large(inner, (*path, key))


def _values(node: Mapping) -> Iterator[tuple[str, Node]]:
    return ((key, entry.node) for key, entry in node.entries.items())


def _faults(error: "ValidationError", tree: Mapping) -> list[Fault]:
    faults = []
    # Nobody reads more of them, and a list of 9,000 wrong items would take a second to be told in full.
    for detail in error.errors(include_url=False, include_input=False)[:MAX_TOLD]:
        site = locate(detail["loc"], tree)
        if site is not None:
            faults.append(worded(detail["type"], detail["msg"], detail.get("ctx", {}), site))
    return faults
