"""The configs of many stored runs, each section of YAML read once however many runs share it.

A stored config is 100 lines that `writing` wrote, and to read them strictly takes 15 ms, three seconds for
200 runs. Their sections are mostly the same. Settings are read without importing the schema.
"""

import re
from functools import lru_cache
from typing import TYPE_CHECKING, Any

from dlrecipe.config.tree import Entry, Mapping, Place, plain
from dlrecipe.config.yaml import read_yaml
from dlrecipe.errors import ConfigError

if TYPE_CHECKING:
    from dlrecipe.config.schema import Config

_SECTION = re.compile(r"^(?=\S)", re.MULTILINE)


def load_stored_config(text: str, name: str) -> "Config":
    """Return what `load_config_text` returns of a config with every key written out.

    Args:
        text: the YAML, as `dump_config` writes it; anything else is read as a whole.
        name: what messages call it.
    Raises:
        ConfigError: as for `load_config_text`.
    """
    from dlrecipe.config.loading import load_config_text
    from dlrecipe.config.paths import resolve_paths
    from dlrecipe.config.validation import validate

    tree = _tree(text, name)
    if tree is None:
        return load_config_text(text, name=name).config
    try:
        return validate(resolve_paths(tree, {}))
    except ConfigError:
        return load_config_text(text, name=name).config


def load_stored_settings(text: str, name: str) -> dict[str, Any]:
    """Return what `config_to_dict` returns of a config that this version of dlrecipe has written.

    It is not validated, which of 200 runs would take longer than all else (benchmarks/report.py): for a text
    that is known to be what `dump_config` wrote, with the schema of today.

    Raises:
        ConfigError: as for `load_config_text`.
    """
    tree = _tree(text, name)
    if tree is None:
        from dlrecipe.config.writing import config_to_dict

        return config_to_dict(load_stored_config(text, name))
    return {key: plain(entry.node) for key, entry in tree.entries.items()}


def _tree(text: str, name: str) -> Mapping | None:
    """Return the tree of a config; None where it must go the long way, with its messages and places.

    That is, for whatever is not plain: a list at the left edge, a key twice, an `extends`.
    """
    entries: dict[str, Entry] = {}
    for part in filter(None, _SECTION.split(text)):
        section = _section(part)
        if section is None or entries.keys() & section.entries.keys():
            return None
        entries |= section.entries
    return None if "extends" in entries else Mapping(entries, Place(name))


@lru_cache(maxsize=2048)
def _section(text: str) -> Mapping | None:
    """Return a top-level key with what is below it; None where it is anything else."""
    try:
        node, faults = read_yaml(text, "config.yaml")
    except ConfigError:
        return None
    return node if isinstance(node, Mapping) and not faults else None
