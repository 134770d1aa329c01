"""What a recipe may spend. Knows nothing of how it is spent."""

from contextlib import suppress
from dataclasses import dataclass

from dlrecipe.diagnosis.wording import plural
from dlrecipe.errors import InputError

CONFIRMING_SEEDS = 2
"""Further seeds with which the start and the best are trained again before the one is called better."""
CONFIRMED_FROM = 10
"""Runs from which on a budget has room for that."""


@dataclass(frozen=True)
class Budget:
    """How much may be spent: runs, or seconds; the other is None."""

    runs: int | None = None
    seconds: float | None = None

    @classmethod
    def read(cls, text: str) -> "Budget":
        """Read `20` (runs), or `90s`, `10m`, `1.5h`.

        Raises:
            InputError: it is neither.
        """
        units = {"s": 1.0, "m": 60.0, "h": 3600.0}
        with suppress(ValueError):
            if text[-1:] in units and 0 < float(text[:-1]) < 1e7:
                return cls(seconds=float(text[:-1]) * units[text[-1]])
            if 1 <= int(text) <= 100_000:
                return cls(runs=int(text))
        raise InputError(
            f"{text[:40]!r} is no budget", where="--budget", remedy="Give runs, 20, or a time: 90s, 10m, 1h."
        )

    def __str__(self) -> str:
        return plural(self.runs or 0, "run") if self.seconds is None else f"{self.seconds:g} seconds"

    def exceeds(self, other: "Budget") -> bool:
        """Return whether it is more of the same: runs and seconds are not compared."""
        if self.runs is not None and other.runs is not None:
            return self.runs > other.runs
        if self.seconds is not None and other.seconds is not None:
            return self.seconds > other.seconds
        return False

    @property
    def confirming_runs(self) -> int:
        """Runs that are kept back for the confirmation at the end."""
        return 2 * CONFIRMING_SEEDS if self.runs is None or self.runs >= CONFIRMED_FROM else 0
