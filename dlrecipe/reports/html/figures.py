"""Figures and pixels as they stand in a page: SVG in the page's own colours, PNG as data URIs."""

import base64
import io
import re
from typing import TYPE_CHECKING

import numpy as np
from markupsafe import Markup, escape
from numpy.typing import NDArray

from dlrecipe.reports.plots.files import figure_bytes
from dlrecipe.reports.plots.style import INK, LAYERS, LINE, MUTED, PAPER

if TYPE_CHECKING:
    from matplotlib.figure import Figure

_NAMES = {INK: "ink", MUTED: "muted", LINE: "line", PAPER: "card"}
_NAMES |= {colour: f"c{number + 1}" for number, (colour, _) in enumerate(LAYERS)}
_COLOUR = re.compile("|".join(map(re.escape, _NAMES)))
_ID = re.compile(r'(\bid="|href="#|url\(#)')
_UNSEEN = re.compile(r"<\?xml.*?\?>|<!DOCTYPE.*?>|<metadata>.*?</metadata>|<title>.*?</title>", re.DOTALL)
# A coordinate of matplotlib has six decimals; two are a hundredth of a point.
_DECIMALS = re.compile(r"(\d+\.\d\d)\d+")
MOST_SIDE = 160
"""Pixels of an image's longer side: more cannot be seen at the size shown."""


def inline_svg(figure: "Figure", label: str, number: int) -> Markup:
    """Return a figure as an SVG element.

    Colours are the page's variables, so that they change on dark screens; ids are the figure's own.

    Args:
        label: what a screen reader says of it.
        number: a number that no other figure of the page has.
    """
    svg = _UNSEEN.sub("", figure_bytes(figure, "svg", title="", transparent=True).decode()).strip()
    svg = _COLOUR.sub(lambda found: f"var(--{_NAMES[found[0]]})", svg)
    svg = _DECIMALS.sub(r"\1", _ID.sub(rf"\g<1>f{number}-", svg))
    svg = re.sub(
        r"<svg [^>]*?(viewBox=\"[^\"]*\")[^>]*>", rf'<svg \1 role="img" aria-label="{escape(label)}">', svg
    )
    return Markup(svg)  # its texts are escaped by matplotlib, the label above


def image_uri(pixels: NDArray[np.uint8]) -> str:
    """Return grey or RGB pixels as the data URI of a PNG."""
    from PIL import Image

    image = Image.fromarray(pixels)
    image.thumbnail((MOST_SIDE, MOST_SIDE))
    out = io.BytesIO()
    image.save(out, "PNG", optimize=True)
    return f"data:image/png;base64,{base64.b64encode(out.getvalue()).decode()}"
