"""In which ways the texts of a column are dates, to a person if not to the reader. Knows no files.

What the reader takes for dates is in `cells`; this only explains why a column is none.
"""

import re
from collections.abc import Iterable

MONTHS = {
    "jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec",
    "jän", "mär", "mrz", "mai", "okt", "dez", "fév", "avr", "jui", "aoû", "déc", "ene", "abr", "ago", "dic",
    "gen", "mag", "giu", "lug", "set", "ott", "fev", "out", "maa", "mei", "mrt",
}  # fmt: skip
"""How months begin in English, German, French, Spanish, Italian, Portuguese and Dutch."""
WEEKDAYS = r"(mon|tues?|wed(nes)?|thu(rs)?|fri|sat(ur)?|sun)(day)?[,.]?\s+"
TIME = r"[T ]+[0-9]{1,2}:[0-9]{2}(:[0-9]{2}(\.[0-9]+)?)?\s*([ap]m|z|[+-][0-9]{2}:?[0-9]{2})?"
PARTS = re.compile(r"[0-9]+|[^\W\d_]+|[\W_]+")
ORDINAL = re.compile(r"(?<=[0-9])(st|nd|rd|th)\b")
MOST_TEXTS = 2_000
"""Texts that are looked at, of a column of more."""
LEAST_DATES, MOSTLY = 10, 0.9
"""Different dates, and their part of all texts, from which a column holds dates."""
YEARS = range(1800, 2201)


def date_forms(texts: Iterable[str]) -> list[str]:
    """Return an example of each way in which texts are dates, the commonest first.

    A date that can be read with the day or the month first stands for either, and is an example of its own
    only where no other is. Nothing is returned unless nine in ten texts, ten at least, are dates.

    Args:
        texts: different ones.
    """
    looked_at = list(texts)[:MOST_TEXTS]
    forms = [(text, form) for text in looked_at if (form := form_of_date(text)) is not None]
    if len(forms) < max(LEAST_DATES, MOSTLY * len(looked_at)):
        return []
    examples: dict[str, list[str]] = {}
    for text, form in forms:
        examples.setdefault(form, []).append(text)
    clear = {form: each for form, each in examples.items() if "?" not in form} or examples
    return [each[0] for each in sorted(clear.values(), key=len, reverse=True)]


def form_of_date(text: str) -> str | None:
    """Return how a text is a date, such as `D.M.Y`; None where it is none, ? for what may be day or month."""
    plain = re.sub(rf"^({WEEKDAYS})|({TIME})$", "", ORDINAL.sub("", text.strip().lower()), flags=re.I)
    if re.fullmatch(r"[0-9]{8}", plain):
        year, month, day = int(plain[:4]), int(plain[4:6]), int(plain[6:])
        return "YMD" if year in YEARS and 1 <= month <= 12 and 1 <= day <= 31 else None
    parts = PARTS.findall(plain)
    roles = [_role(part) for part in parts[::2]]
    if "M" in roles[:2] and "Y" not in roles and re.fullmatch("[0-9]{2}", parts[-1]):
        roles[-1] = "Y"  # 29 May 20
    if len(parts) != 5 or None in roles or any(len(sign) > 2 for sign in parts[1::2]):
        return None
    known = [role for role in roles if role is not None]
    if known[0] == "Y" and known[1:] in (["?", "?"], ["?", "D"]):
        known = ["Y", "M", "D"]
    elif "M" in known or "D" in known:  # what is left of the three can be told
        known = [("D" if "M" in known else "M") if role == "?" else role for role in known]
    if sorted(known) not in (["D", "M", "Y"], ["?", "?", "Y"]):
        return None
    return "".join(role + sign for role, sign in zip(known, [*parts[1::2], ""], strict=True))


def _role(part: str) -> str | None:
    """Return what a part of a date may be: year, month, day, ? for day or month; None for none of them."""
    if part.isalpha():
        return "M" if part[:3] in MONTHS else None
    if not part.isdigit():
        return None
    if len(part) == 4:
        return "Y" if int(part) in YEARS else None
    if len(part) > 2 or not 1 <= int(part) <= 31:
        return None
    return "?" if int(part) <= 12 else "D"
