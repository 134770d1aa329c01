"""The configs of many stored runs, each section of YAML read once however many runs share it.

A stored config is 100 lines that `writing` wrote, and to read them strictly takes 15 ms, three seconds for
200 runs. Their sections are mostly the same. Validation is a hundredth of that, and is done for each.
"""

import re
from functools import lru_cache

from dlrecipe.config.loading import load_config_text
from dlrecipe.config.paths import resolve_paths
from dlrecipe.config.schema import Config
from dlrecipe.config.tree import Entry, Mapping, Place
from dlrecipe.config.validation import validate
from dlrecipe.config.yaml import read_yaml
from dlrecipe.errors import ConfigError

_SECTION = re.compile(r"^(?=\S)", re.MULTILINE)


def load_stored_config(text: str, name: str) -> Config:
    """Return what `load_config_text` returns of a config with every key written out.

    Args:
        text: the YAML, as `dump_config` writes it; anything else is read as a whole.
        name: what messages call it.
    Raises:
        ConfigError: as for `load_config_text`.
    """
    sections = [_section(part) for part in _SECTION.split(text) if part]
    keys = [key for section in sections if section is not None for key in section.entries]
    # A list at the left edge, a key twice, an `extends`: whatever is not plain goes the long way, with its
    # messages and places.
    if None in sections or len(set(keys)) < len(keys) or "extends" in keys:
        return load_config_text(text, name=name).config
    entries: dict[str, Entry] = {}
    for section in sections:
        assert section is not None
        entries |= section.entries
    try:
        return validate(resolve_paths(Mapping(entries, Place(name)), {}))
    except ConfigError:
        return load_config_text(text, name=name).config


@lru_cache(maxsize=2048)
def _section(text: str) -> Mapping | None:
    """Return a top-level key with what is below it; None where it is anything else."""
    try:
        node, faults = read_yaml(text, "config.yaml")
    except ConfigError:
        return None
    return node if isinstance(node, Mapping) and not faults else None
