"""The colours of pictures as the page's own variables, which change on dark screens."""

import re

from dlrecipe.reports.plots.style import INK, LAYERS, LINE, MUTED, PAPER

_NAMES = {INK: "ink", MUTED: "muted", LINE: "line", PAPER: "card"}
_NAMES |= {colour: f"c{number + 1}" for number, (colour, _) in enumerate(LAYERS)}
_COLOUR = re.compile("|".join(map(re.escape, _NAMES)))


def in_page_colours(svg: str) -> str:
    """Return SVG with each colour of the house's palette as the variable of its name."""
    return _COLOUR.sub(lambda found: f"var(--{_NAMES[found[0]]})", svg)
