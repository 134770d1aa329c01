"""Images as they stand in a page: pixels as PNGs in data URIs, and the first layer's weights with names."""

import base64
import io
from typing import TYPE_CHECKING

import numpy as np
from markupsafe import Markup, escape
from numpy.typing import NDArray

from dlrecipe.reports.html.charts import ADVANCE, POINTS, TITLE_TYPE, TYPE
from dlrecipe.reports.html.colours import in_page_colours
from dlrecipe.reports.plots.first_layer import SIGNS, Sheet
from dlrecipe.reports.plots.style import INK, MUTED, WIDTH

if TYPE_CHECKING:
    from PIL.Image import Image

MOST_SIDE = 160
"""Pixels of an image's longer side: more cannot be seen at the size shown."""


def image_uri(pixels: NDArray[np.uint8]) -> str:
    """Return grey, RGB or RGBA pixels as the data URI of a PNG."""
    from PIL.Image import fromarray

    image = fromarray(pixels)
    image.thumbnail((MOST_SIDE, MOST_SIDE))
    return _uri(image)


def sheet_svg(sheet: Sheet, label: str, name: str) -> Markup:
    """Return weights as an SVG element: an image of a pixel a weight, names, and a bar of the signs.

    Args:
        label: what a screen reader says of it.
        name: one that no other picture of the page has.
    """
    from PIL.Image import fromarray

    height, width = POINTS * sheet.height, POINTS * WIDTH
    left = 26 + max((ADVANCE * TYPE * len(each) for each in sheet.names), default=0) if sheet.stretched else 2
    top, right, bottom = 22.0, width - 34, height - (20 if sheet.stretched else 6)
    uri = _uri(fromarray(_coloured(sheet)))
    rows = len(sheet.values)
    names = "".join(
        f'<text x="{left - 4:.1f}" y="{top + (row + 0.5) * (bottom - top) / rows + 3:.1f}" '
        f'text-anchor="end" fill="{MUTED}">{escape(each)}</text>'
        for row, each in enumerate(sheet.names)
    )
    if sheet.stretched:
        middle = (top + bottom) / 2
        names += (
            f'<text x="{(left + right) / 2:.1f}" y="{height - 6:.1f}" text-anchor="middle" '
            f'fill="{MUTED}">unit</text>'
            f'<text x="10" y="{middle:.1f}" text-anchor="middle" fill="{MUTED}" '
            f'transform="rotate(-90 10 {middle:.1f})">input</text>'
        )
    aspect = "none" if sheet.stretched else "xMinYMin meet"
    inside = in_page_colours(
        f'<text x="{left:.1f}" y="12" fill="{INK}" font-size="{TITLE_TYPE:g}" font-weight="700">'
        f"{escape(sheet.title)}</text>"
        f'<image x="{left:.1f}" y="{top:g}" width="{right - left:.1f}" height="{bottom - top:.1f}" '
        f'preserveAspectRatio="{aspect}" style="image-rendering: pixelated" href="{uri}"/>'
        f"{names}{_bar(name, width - 26, top, bottom)}"
    )
    return Markup(
        f'<svg viewBox="0 0 {width:g} {height:g}" font-size="{TYPE:g}" role="img" '
        f'aria-label="{escape(label)}">{inside}</svg>'
    )


def _bar(name: str, x: float, top: float, bottom: float) -> str:
    """Return the scale of colours, + above and − below."""
    stops = "".join(
        f'<stop offset="{number / (len(SIGNS) - 1):g}" stop-color="{colour}"/>'
        for number, colour in enumerate(reversed(SIGNS))
    )
    signs = "".join(
        f'<text x="{x + 12:.1f}" y="{y + 3:.1f}" fill="{MUTED}">{sign}</text>'
        for sign, y in (("+", top + 3), ("0", (top + bottom) / 2), ("−", bottom - 3))
    )
    return (
        f'<defs><linearGradient id="{name}-signs" x2="0" y2="1">{stops}</linearGradient></defs>'
        f'<rect x="{x:.1f}" y="{top:.1f}" width="8" height="{bottom - top:.1f}" '
        f'fill="url(#{name}-signs)"/>{signs}'
    )


def _coloured(sheet: Sheet) -> NDArray[np.uint8]:
    """Return (rows, columns, 4) pixels; what is NaN is transparent."""
    stops = np.array([[int(colour[place : place + 2], 16) for place in (1, 3, 5)] for colour in SIGNS])
    at = np.linspace(-1, 1, len(SIGNS))
    values = np.nan_to_num(sheet.values)
    parts = [np.interp(values, at, stops[:, part]) for part in range(3)]
    opaque = np.where(np.isnan(sheet.values), 0, 255)
    return np.stack([*parts, opaque], axis=-1).round().astype(np.uint8)


def _uri(image: "Image") -> str:
    out = io.BytesIO()
    image.save(out, "PNG", optimize=True)
    return f"data:image/png;base64,{base64.b64encode(out.getvalue()).decode()}"
