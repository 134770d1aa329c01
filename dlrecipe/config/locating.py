"""From the location in one of pydantic's errors to the value that the user wrote.

A location runs through the schema: beside keys and indices it names the branches of unions, which no user
has written. Knows pydantic's names for branches, not its messages.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace

from dlrecipe.config.forms import Forms
from dlrecipe.config.schema import Config
from dlrecipe.config.tree import Listing, Mapping, Node, Place, child, joined


@dataclass(frozen=True)
class Site:
    """The value that an error is about.

    `path`: its keys and indices. `node`: the value, or what lacks it where `absent` names a missing key or
    index. `forms`: what may stand there. `owner`: the dataclass of the section that it is a key of.
    `key_place`: where its key stands.
    """

    path: tuple[str | int, ...]
    node: Node
    forms: Forms
    key_place: Place
    owner: type | None = None
    absent: str | None = None

    @property
    def dotted(self) -> str:
        """The path as a user writes it."""
        return joined(self.path if self.absent is None else (*self.path, self.absent))

    @property
    def key(self) -> str:
        """The nearest key of the path that is a word, for messages: `activation` for `activation.1`."""
        return next((str(part) for part in reversed(self.path) if not str(part).isdecimal()), "config")


def locate(location: Sequence[str | int], tree: Mapping) -> Site | None:
    """Follow a location from the root of the config to the value it is about.

    Where no branch of a union has the form of what was written (a list, say), the site is the union's own.

    Returns:
        The site, or None for an error in a branch of another form than the user's value.
    """
    site = Site((), tree, Forms(section=Config), tree.place)
    for part in location:
        if site.forms.variants:
            member = site.forms.variants[str(part)]
            site = replace(site, forms=Forms(section=member), owner=member)
        elif site.forms.arms > 1:
            if not site.forms.accepts(site.node):
                return site
            if _form_of_branch(str(part)) != _form_of(site.node):
                return None
            # The branch is chosen, and messages still tell of the others.
            site = replace(site, forms=replace(site.forms, arms=1))
        else:
            site = _below(site, part)
    return site


def _below(site: Site, part: str | int) -> Site:
    node = child(site.node, str(part))
    if node is None:
        return replace(site, owner=site.forms.section, absent=str(part))
    key_place = site.node.entries[str(part)].key_place if isinstance(site.node, Mapping) else node.place
    forms = site.forms.child(site.node, str(part))
    return Site((*site.path, part), node, forms, key_place, owner=site.forms.section)


def _form_of_branch(label: str) -> str:
    """Return the form of a union's branch from pydantic's name for it, such as `tuple[int, ...]`."""
    return _BRANCHES.get(label.removeprefix("constrained-").partition("[")[0], "mapping")


def _form_of(node: Node) -> str:
    if isinstance(node, Listing):
        return "list"
    if isinstance(node, Mapping):
        return "mapping"
    return "text" if isinstance(node.value, str) else "number"


_BRANCHES = {
    "tuple": "list",
    "dict": "mapping",
    "literal": "text",
    "str": "text",
    "int": "number",
    "float": "number",
    "bool": "boolean",
}
