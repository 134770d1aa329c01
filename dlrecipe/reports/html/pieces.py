"""The pieces of a report: each is made by itself, and one that cannot be made says why instead."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from markupsafe import Markup

from dlrecipe.errors import DlrecipeError
from dlrecipe.reports.html.figures import inline_svg
from dlrecipe.reports.plots.kinds import KINDS
from dlrecipe.reports.subject import Subject


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


class Pictures:
    """Draws pictures for one page, each with ids of its own."""

    def __init__(self, subject: Subject) -> None:
        self._subject = subject
        self._drawn = 0

    def draw(self, kind: str, caption: str, *, draw: Callable[[Subject], Any] | None = None) -> Picture:
        """Draw a kind of picture, or say why it cannot be drawn."""
        self._drawn += 1
        number = self._drawn
        make = draw or KINDS[kind].draw
        piece = attempt(lambda: inline_svg(make(self._subject), caption, number))
        return Picture(piece.value, caption, piece.missing)
