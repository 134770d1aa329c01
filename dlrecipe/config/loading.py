"""From a config file, or the text of one, to a validated `Config`. The front door of this package.

The steps are modules of their own: files and yaml read, extends composes, overrides sets, paths makes
absolute, validation judges.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

from dlrecipe.config.extends import Chain
from dlrecipe.config.files import read_text
from dlrecipe.config.overrides import apply_override, place_of
from dlrecipe.config.paths import path_faults, resolve_paths
from dlrecipe.config.schema import Config
from dlrecipe.config.tree import Mapping, Node, child
from dlrecipe.config.validation import validate
from dlrecipe.errors import ConfigError, Problem
from dlrecipe.printing import printable


@dataclass(frozen=True)
class LoadedConfig:
    """A config, and how it came about.

    `text`: the file as it was written. `name`: what messages call the file. `path`: the file, None for a
    config without one. `files`: the file and all that it extends. `overrides`: the --set options.
    """

    config: Config
    text: str
    name: str
    path: Path | None
    files: tuple[str, ...]
    overrides: tuple[str, ...]
    tree: Mapping = field(repr=False)

    def where(self, key: str) -> str:
        """Return `file:line:column` (or the option) of a dotted key, or of what it would stand in.

        For problems that show only later, such as a target column that the data has not.
        """
        node: Node = self.tree
        for part in key.split("."):
            below = child(node, part)
            if below is None:
                break
            node = below
        return str(node.place)


def load_config(path: Path, overrides: Sequence[str] = ()) -> LoadedConfig:
    """Read a config file.

    Args:
        path: the file; relative paths in it start at its folder.
        overrides: `key.subkey=value`, applied in this order on top of the file.
    Raises:
        ConfigError: every problem of the file, of those it extends and of the overrides, with its place.
    """
    return _load(read_text(path), printable(str(path)), path.parent, path, overrides)


def load_config_text(
    text: str, name: str = "config", *, folder: Path | None = None, overrides: Sequence[str] = ()
) -> LoadedConfig:
    """Read a config that is at hand as text, such as a stored run's.

    Args:
        text: the YAML.
        name: what messages call it.
        folder: where relative paths in it start; None for the current directory.
        overrides: as for `load_config`.
    Raises:
        ConfigError: as for `load_config`.
    """
    return _load(text, name, folder or Path(), None, overrides)


def varied(loaded: LoadedConfig, overrides: Sequence[str]) -> LoadedConfig:
    """Return the config with more values set, without reading the file again: a tenth of a millisecond.

    Args:
        overrides: as for `load_config`, applied after those that were there.
    Raises:
        ConfigError: as for `load_config`.
    """
    tree = resolve_paths(_overridden(loaded.tree, overrides), {})
    sources = [*loaded.files, *(place_of(override).source for override in (*loaded.overrides, *overrides))]
    config = validate(tree, path_faults(tree), sources)
    return replace(loaded, config=config, overrides=(*loaded.overrides, *overrides), tree=tree)


def _load(text: str, name: str, folder: Path, path: Path | None, overrides: Sequence[str]) -> LoadedConfig:
    chain = Chain()
    tree = chain.read(text, name, folder, () if path is None else (path.resolve(),))
    tree = _overridden(tree, overrides)
    tree = resolve_paths(tree, chain.folders)
    sources = [*chain.folders, *(place_of(override).source for override in overrides)]
    config = validate(tree, [*chain.faults, *path_faults(tree)], sources)
    return LoadedConfig(config, text, name, path, tuple(chain.folders), tuple(overrides), tree)


def _overridden(tree: Mapping, overrides: Sequence[str]) -> Mapping:
    problems: list[Problem] = []
    for override in overrides:
        try:
            tree = apply_override(tree, override)
        except ConfigError as error:
            problems += error.problems
    if problems:
        raise ConfigError(problems)
    return tree
