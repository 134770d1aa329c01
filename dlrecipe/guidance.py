"""A function's docstring read as guidance: what a finding means, what to do, where it comes from.

The first paragraph is the meaning; paragraphs that begin with `Advice:`, `Example:` and `Source:` are told
apart, and the others say why. The same text feeds the terminal, the reports and the documents.
Knows no rule and no check.
"""

from collections.abc import Callable
from dataclasses import dataclass
from inspect import getdoc
from typing import Any

LABELS = ("Advice:", "Example:", "Source:")


@dataclass(frozen=True)
class Guidance:
    """The paragraphs of a docstring, each on one line."""

    paragraphs: tuple[str, ...]

    @classmethod
    def of(cls, function: Callable[..., Any]) -> "Guidance":
        """Read the docstring of a rule's or a check's function."""
        return cls(tuple(" ".join(text.split()) for text in (getdoc(function) or "").split("\n\n")))

    @property
    def meaning(self) -> str:
        """The first paragraph."""
        return self.paragraphs[0]

    @property
    def why(self) -> str:
        """The paragraphs between the first and the first labelled one."""
        return "\n\n".join(text for text in self.paragraphs[1:] if not text.startswith(LABELS))

    def labelled(self, label: str) -> str:
        """Return the paragraph that begins with a label, without it; empty where there is none."""
        found = (text for text in self.paragraphs if text.startswith(label))
        return next(found, "").removeprefix(label).strip()
