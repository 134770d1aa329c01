"""What a sweep varies: `--vary KEY=VALUES` read into an axis. Knows no configs and no arrays.

regularization.l2=log:1e-3..10     a range on a logarithmic scale
regularization.l2=log:1e-3..10/9   the same, nine values of it in a grid
optimizer.learning_rate=0.001..0.1 a range on a plain scale
seed=0..4                          whole numbers at both ends: whole numbers alone
network.activation=relu,tanh       a list
network.hidden=[64],[64, 64]       a list of lists
"""

import math
import re
from dataclasses import dataclass
from typing import Literal

from dlrecipe.errors import InputError

LARGEST_LIST = 10_000
_RANGE = re.compile(
    r"(?P<log>log:)?\s*(?P<low>[^/.\s]\S*?|\.\d\S*?)\s*\.\.\s*(?P<high>[^/\s]+)\s*(/\s*(?P<count>\S+))?"
)
_WHOLE = re.compile(r"[+-]?\d+")
_JUST = 1e-4
_FORMS = "Write a range as 0.01..0.1, log:1e-3..10 or 0..4, a list as relu,tanh."


@dataclass(frozen=True)
class Axis:
    """A key of the config and the values it takes, written as `--set` reads them.

    `choices`: a list's values, in their order; empty for a range from `low` to `high`, whose ends are among
    the values. `count`: how many values of a range a grid has, None where it was not said.
    """

    key: str
    choices: tuple[str, ...] = ()
    low: float = 0.0
    high: float = 0.0
    log: bool = False
    whole: bool = False
    count: int | None = None

    @property
    def size(self) -> int | None:
        """How many values there are to choose from; None for a range of numbers, which has no end of them."""
        if self.choices:
            return len(self.choices)
        return int(self.high - self.low) + 1 if self.whole else None

    def at(self, u: float) -> str:
        """Return the value at `u` in [0, 1): uniform `u` give uniform values on the axis' scale."""
        if self.choices:
            return self.choices[int(u * len(self.choices))]
        if self.whole and not self.log:
            return str(int(self.low + math.floor(u * (self.high - self.low + 1))))
        return self._between(u)

    def spaced(self, count: int) -> list[str]:
        """Return `count` values at equal distances with the ends, fewer if they meet; all of a list."""
        if self.choices:
            return list(self.choices)
        if count == 1:
            return [self._between(0.5)]
        return list(dict.fromkeys(self._between(index / (count - 1)) for index in range(count)))

    def position(self, value: str) -> float | None:
        """Return where on the axis a value lies, from 0 to 1; None for a list that is not of numbers."""
        if not self.choices:
            low, high, x = self._scaled(self.low), self._scaled(self.high), self._scaled(float(value))
            return (x - low) / (high - low)
        try:
            numbers = sorted(float(choice) for choice in self.choices)
            return numbers.index(float(value)) / max(1, len(numbers) - 1)
        except ValueError:
            return None

    def beyond(self, end: Literal["lower", "upper"]) -> str:
        """Return a value just outside of its numbers."""
        numbers = [float(choice) for choice in self.choices] or [self.low, self.high]
        x, sign = (min(numbers), -1) if end == "lower" else (max(numbers), 1)
        if x.is_integer() and (self.whole or all("." not in choice for choice in self.choices)):
            return f"{x + sign:.0f}"
        return f"{x + sign * (abs(x) or 1.0) * _JUST:.12g}"

    def _between(self, u: float) -> str:
        low, high = self._scaled(self.low), self._scaled(self.high)
        x = low + u * (high - low)
        number = math.exp(x) if self.log else x
        if self.whole:
            return str(round(number))
        # Four digits can be read, and are the same on every machine; the ends are kept as they are.
        return f"{(self.low if u == 0 else self.high):.12g}" if u in (0, 1) else f"{number:.4g}"

    def _scaled(self, value: float) -> float:
        return math.log(value) if self.log else value


def read_axes(texts: list[str]) -> list[Axis]:
    """Read all that is to be varied.

    Raises:
        InputError: nothing is given, one cannot be read or is empty, or a key is given twice.
    """
    if not texts:
        raise InputError(
            "nothing to vary", remedy="Give --vary KEY=VALUES, such as regularization.l2=log:1e-3..10."
        )
    axes = [read_axis(text) for text in texts]
    for index, axis in enumerate(axes):
        if axis.key in [other.key for other in axes[:index]]:
            raise _refused(texts[index], f"{axis.key} is varied twice", "Give all its values in one --vary.")
    return axes


def read_axis(text: str) -> Axis:
    """Read one `KEY=VALUES`.

    Raises:
        InputError: it is no such thing, or there is no value in it.
    """
    key, equals, values = (part.strip() for part in text.partition("="))
    if not equals or not key:
        raise _refused(text, "there is no KEY= in it", f"Write KEY=VALUES. {_FORMS}")
    if key == "extends":
        raise _refused(text, "extends can be set in a file alone", "Vary the keys of what it names.")
    if not values:
        raise _refused(text, "there are no values", _FORMS)
    match = _RANGE.fullmatch(values)
    if match:
        return _range(text, key, match)
    if values.startswith("log:"):
        raise _refused(text, f"{values!r} is no range", _FORMS)
    return Axis(key, choices=_choices(text, values))


def _range(text: str, key: str, match: re.Match[str]) -> Axis:
    low, high = (_number(text, match[name]) for name in ("low", "high"))
    log = bool(match["log"])
    whole = all(_WHOLE.fullmatch(match[name]) for name in ("low", "high"))
    if low >= high:
        what = "the range is empty" if low > high else "the range holds one value alone"
        raise _refused(text, f"{what}: {match['low']} to {match['high']}", "Put the lower end first.")
    if log and low <= 0:
        remedy = "Start above 0, such as log:1e-4..10; 0 itself can be tried in a list: 0,0.001,0.01."
        raise _refused(text, f"a logarithmic scale has no {match['low']}", remedy)
    count = None
    if match["count"] is not None:
        if not _WHOLE.fullmatch(match["count"]) or not 2 <= int(match["count"]) <= LARGEST_LIST:
            what = f"{match['count']!r} is no number of values"
            raise _refused(text, what, f"Give 2 to {LARGEST_LIST:,}, such as log:1e-3..10/9.")
        count = int(match["count"])
    if whole and not log and high - low >= LARGEST_LIST and count is None:
        what = f"{int(high - low) + 1:,} whole numbers"
        raise _refused(
            text, what, f"At most {LARGEST_LIST:,}; say how many, {low:.0f}..{high:.0f}/20, or use log:."
        )
    return Axis(key, low=low, high=high, log=log, whole=whole, count=count)


def _number(text: str, written: str) -> float:
    try:
        number = float(written)
    except ValueError:
        raise _refused(text, f"{written!r} is no number", _FORMS) from None
    if not math.isfinite(number):
        raise _refused(text, f"{written} is not finite", _FORMS)
    return number


def _choices(text: str, values: str) -> tuple[str, ...]:
    """Split at the commas that are in no brackets or quotes."""
    parts, depth, quote = [""], 0, ""
    for char in values:
        if quote:
            quote = "" if char == quote else quote
        elif char in "'\"":
            quote = char
        elif char in "[{":
            depth += 1
        elif char in "]}":
            depth -= 1
        if char == "," and not depth and not quote:
            parts.append("")
        else:
            parts[-1] += char
    stripped = [part.strip() for part in parts]
    if not all(stripped):
        raise _refused(text, "a value is missing beside a comma", _FORMS)
    seen: dict[object, str] = {}
    for part in stripped:
        value = _number_or_text(part)
        if value in seen:
            what = (
                f"{part} is there twice" if seen[value] == part else f"{seen[value]} and {part} are the same"
            )
            raise _refused(text, what, "Give each value once.")
        seen[value] = part
    return tuple(stripped)


def _number_or_text(part: str) -> float | str:
    """Return what tells a value from others: 1e-3 is 0.001."""
    try:
        return float(part)
    except ValueError:
        return part


def _refused(text: str, what: str, remedy: str) -> InputError:
    return InputError(what, where=f"--vary {text[:120]}", remedy=remedy)
