"""The pieces of a report: each is made by itself, and one that cannot be made says why instead."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from markupsafe import Markup

from dlrecipe.errors import DlrecipeError
from dlrecipe.reports.html.charts import chart_svg
from dlrecipe.reports.plots.chart import Chart


@dataclass(frozen=True)
class Piece:
    """What a section shows, or in its stead why it cannot: `missing` is empty where it can."""

    value: Any = None
    missing: str = ""


@dataclass(frozen=True)
class Picture:
    """A figure of a page: its SVG, or why there is none, and the words below it."""

    svg: Markup | None
    caption: str
    missing: str = ""


def attempt(make: Callable[[], Any]) -> Piece:
    """Return what `make` returns, or what it says is missing or damaged."""
    try:
        return Piece(make())
    except DlrecipeError as error:
        return Piece(missing=told(error))
    except OSError as error:
        return Piece(missing=f"{error.strerror or error}.")


def told(error: DlrecipeError) -> str:
    """Return an error in a sentence or two, without indents."""
    where = f"{error.where}: " if error.where else ""
    remedy = " ".join(error.remedy.split())
    said = f"{where}{error.what}."
    return f"{said[0].upper()}{said[1:]} {remedy}".strip()


def drawn(make: Callable[[], Chart], caption: str, name: str) -> Picture:
    """Draw a chart for a page, or say why it cannot be drawn.

    Args:
        name: one that no other picture of the page has.
    """
    piece = attempt(lambda: chart_svg(make(), caption, name))
    return Picture(piece.value, caption, piece.missing)
