"""In which ways the texts of a column are numbers, to a person if not to the reader. Knows no files.

What the reader takes for numbers is in `cells`; this only explains why a column is none.
"""

import re
from collections.abc import Iterable
from dataclasses import dataclass

MOST_TEXTS = 2_000
"""Texts that are looked at, of a column of more."""
LEAST_NUMBERS, LEAST_MEASURED = 10, 20
"""More different texts than that hold amounts with a sign of their own, or measures with a unit: fewer may be
grades (2-), sizes or codes."""
MOSTLY = 0.9
WORD = r"[^0-9.,()+-]*"
NUMBER = r"[+-]?(?:(?:[0-9]{1,3}(?:[.,'’ \u00a0\u202f][0-9]{3})+|[0-9]+)(?:[.,][0-9]+)?|[.,][0-9]+)"
"""1234, 1,234.5, .5."""
PARTS = re.compile(
    rf"(?P<before>{WORD})(?P<open>\(?)(?P<symbol>{WORD})(?P<number>{NUMBER})(?P<minus>\s*-?)"
    rf"(?P<unit>{WORD})(?P<close>\)?)(?P<after>{WORD})"
)
UNITS = {
    "mg", "g", "kg", "t", "lb", "lbs", "oz", "mm", "cm", "m", "km", "in", "ft", "mi", "ml", "cl", "l", "ms",
    "s", "sec", "min", "h", "hr", "hrs", "d", "kb", "mb", "gb", "tb", "k", "b", "bn", "mn", "mio", "mrd",
    "$", "€", "£", "¥", "₹", "usd", "eur", "gbp", "jpy", "cny", "inr", "chf", "sek", "nok", "dkk", "pln",
}  # fmt: skip
"""Units and currencies, in small letters, of which two in one column make its numbers incomparable."""


@dataclass(frozen=True)
class OddNumbers:
    """Numbers written in a way that is not read.

    `example` is such a text. `below_zero`: as accounts write what is below zero. Else `words` are the units
    and currencies around them; `mixed`, if these are units of more than one size.
    """

    example: str
    below_zero: bool = False
    words: tuple[str, ...] = ()
    mixed: bool = False


def odd_numbers(texts: Iterable[str], *, accounting: bool = False) -> OddNumbers | None:
    """Return how texts are numbers that are not read as such; None unless nine in ten of them are.

    A word in front of whole numbers makes codes (store 12), not measures. Percent and currency signs, if they
    are of one kind, and those between thousands are told apart in `cells`.

    Args:
        texts: different ones.
        accounting: what accounts write for less than zero is read already.
    """
    looked_at = list(texts)[:MOST_TEXTS]
    found = {text: parts for text in looked_at if (parts := _parts(text)) is not None}
    if len(found) <= LEAST_NUMBERS or len(found) < MOSTLY * len(looked_at):
        return None
    ahead: dict[str, str] = {}
    behind: dict[str, str] = {}
    for text, parts in found.items():
        for words_there, word in ((ahead, parts.ahead), (behind, parts.behind)):
            if word:
                words_there.setdefault(word, text)
    words = ahead | behind
    several = max(len(ahead), len(behind)) > 1
    if several and not {word.casefold() for word in words} <= UNITS:
        return None  # codes, such as 7590-VHVEG
    below_zero = [text for text, parts in found.items() if parts.below_zero]
    pairs = len(below_zero) == len(found) and any("," in text for text in found)  # (1,5)
    if below_zero and not accounting and not pairs:
        return OddNumbers(below_zero[0], below_zero=True)
    if len(found) <= LEAST_MEASURED or not words:
        return None
    if several:
        return OddNumbers(next(iter(words.values())), words=tuple(words), mixed=True)
    if ahead and not any(parts.has_fraction for parts in found.values()):
        return None
    return OddNumbers(next(iter(words.values())), words=tuple(words))


@dataclass(frozen=True)
class _Parts:
    """A number, the words around it, and whether it is marked as below zero in another way than by -."""

    ahead: str
    behind: str
    below_zero: bool
    has_fraction: bool


def _parts(text: str) -> _Parts | None:
    """Return what a text consists of if it is a single number with words around it."""
    match = PARTS.fullmatch(text.strip().replace("\u2212", "-"))
    if match is None or bool(match["open"]) != bool(match["close"]):
        return None
    signed = match["number"][0] in "+-"
    minus = match["minus"].strip()
    below_zero = bool(match["open"] or minus or "\u2212" in text)
    if signed and (match["open"] or minus):
        return None
    ahead = (match["before"] + match["symbol"]).strip()
    behind = (match["unit"] + match["after"]).strip()
    return _Parts(ahead, behind, below_zero, bool(re.search("[.,]", match["number"])))
