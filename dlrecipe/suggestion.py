"""The name that a misspelt one probably stands for, said alike in every error."""

from collections.abc import Iterable
from difflib import get_close_matches

_MATCHED_CHARACTERS = 60
"""Of a longer word only so many are looked at: the time of a match grows with the square of its length."""


def closest(word: str, choices: Iterable[str], *, likeness: float = 0.6) -> str | None:
    """Return the choice most like a word; None where none is like it, on a scale from 0 to 1 (the same).

    Of one that differs in its capitals alone there is no doubt.
    """
    choices = list(choices)
    for choice in choices:
        if choice.casefold() == word.casefold():
            return choice
    close = get_close_matches(word[:_MATCHED_CHARACTERS], choices, n=1, cutoff=likeness)
    return close[0] if close else None


def did_you_mean(word: str, choices: Iterable[str], rest: str = "") -> str:
    """Return a remedy that asks for the closest choice, if there is one, before the rest of what it says."""
    choice = closest(word, choices)
    question = f"Did you mean '{choice}'?" if choice is not None else ""
    return "  ".join(part for part in (question, rest) if part)
