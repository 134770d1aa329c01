"""Classes that are one class in several spellings. Knows the labels alone, and no rows."""

import re
import unicodedata
from collections.abc import Sequence

from dlrecipe.data.checks.check import Check, Found
from dlrecipe.data.checks.tables import Tables
from dlrecipe.data.checks.wording import counted, listed

BETWEEN_WORDS = re.compile(r"(?<=[^\W_])[\s_-]+(?=[^\W_])")
WHOLE_NUMBER = re.compile(r"([+-]?)(0|[1-9]\d*)(?:\.0+)?")
"""3 and 3.0 are one number; 03 may be a code, 3.10 a version."""

Vocabulary = tuple[tuple[str, ...], tuple[str, ...]]
VOCABULARIES: tuple[Vocabulary, ...] = (
    (("yes", "true", "y", "t", "1"), ("no", "false", "n", "f", "0")),
    (("male", "m"), ("female", "f")),
    (("positive", "pos", "+", "1"), ("negative", "neg", "-", "0")),
)
"""Two answers to one question, and how each is written."""
LEAST_SHARE_OF_ANSWERS = 0.5
"""Of the classes more than so many must be answers: yes, no and the digits are what was said, not a reply."""


def class_spellings(tables: Tables) -> Found | None:
    """Classes differ in nothing but their spelling: case, spaces, hyphens, or yes beside 1 and y.

    Case and what stands between words are no difference, except of single characters, for of handwritten
    letters a and A are two, unless there are y, n and Y alone; spaces at the ends never are, nor is 3.0
    beside 3. Words for yes and no, male and female, positive and negative are one with their abbreviations
    and with 1 and 0 where they make up most of the classes. The network is asked to tell apart what is the
    same, and errs on half of it at best.

    Advice: Write each class in one way, in every file (of images, move them into one folder); or, if they are
    different things, rename one of them.

    Example: yes, Yes and 1, from three people who filled in one sheet.

    Source: deepchecks, String Mismatch.
    """
    alike = same_classes(tables.classes)
    if not alike:
        return None
    return Found(
        severity="warning",
        evidence=f"{counted(len(alike), 'class', 'classes')} written in several ways: "
        + listed([" and ".join(f"'{label}'" for label in labels[:4]) for labels in alike], most=3),
        numbers={"classes": len(alike), "spellings": [labels[:10] for labels in alike[:10]]},
    )


def same_classes(classes: Sequence[str]) -> list[list[str]]:
    """Return the labels that stand for one class, class by class, where there are several."""
    bare = {label: _bare(label) for label in classes}
    meanings = _answers(list(bare.values()))
    spellings: dict[str, list[str]] = {}
    for label in classes:
        spellings.setdefault(meanings.get(bare[label], bare[label]), []).append(label)
    return [labels for labels in spellings.values() if len(labels) > 1]


def _bare(label: str) -> str:
    """Return what is left of a label without case, signs that are not seen, and ways to part words."""
    seen = "".join(sign for sign in unicodedata.normalize("NFC", label) if unicodedata.category(sign) != "Cf")
    bare = seen.strip()
    if number := WHOLE_NUMBER.fullmatch(bare):
        return number[1].replace("+", "") + number[2]
    return BETWEEN_WORDS.sub(" ", bare.casefold()) if len(bare) > 1 else bare


def _answers(bare: Sequence[str]) -> dict[str, str]:
    """Return what each bare label means, where the labels answer one question in several ways.

    Single characters alone are letters or digits that mean themselves, unless they are all there is. Numbers
    are no answers beside others than 1 and 0, nor is 0 without 1: it may stand for neither.
    """
    numbers = {text for text in bare if WHOLE_NUMBER.fullmatch(text)}
    words = set(bare) if numbers in ({"1"}, {"1", "0"}) else set(bare) - numbers
    for vocabulary in VOCABULARIES:
        meant = {text: side[0] for text in words for side in vocabulary if text.casefold() in side}
        complete = len(meant) == len(set(bare)) and len(set(meant.values())) == len(vocabulary)
        has_word = any(len(text) > 1 for text in meant)
        if len(meant) > LEAST_SHARE_OF_ANSWERS * len(set(bare)) and (
            has_word or (complete and _paired(meant))
        ):
            return meant
    return {}


def _paired(meant: dict[str, str]) -> bool:
    """Say whether single characters are two answers of one kind, and some of another: y, n, 1 or Y."""
    texts = {text.casefold() for text in meant}
    pairs = ({"y", "n"}, {"t", "f"}, {"m", "f"}, {"1", "0"})
    return len(meant) > 2 and any(pair <= texts for pair in pairs) and any(map(str.isalpha, texts))


CHECKS = {
    "class-spellings": Check(
        title="One class is written in several ways", judge=class_spellings, task="classification"
    ),
}
