"""Plain scalars after the core schema of YAML 1.2: which words are numbers, booleans and null.

In YAML 1.1, which PyYAML reads by itself, `no` is false, `1e-3` is text and `12:30:45` is 45045.
Source: YAML 1.2.2, section 10.3.2.
"""

import re

from dlrecipe.config.tree import Plain

NUMBER_MAX_CHARACTERS = 400

_WORDS: dict[str, Plain] = {
    "": None,
    "~": None,
    "null": None,
    "Null": None,
    "NULL": None,
    "true": True,
    "True": True,
    "TRUE": True,
    "false": False,
    "False": False,
    "FALSE": False,
}
_DECIMAL = re.compile(r"[-+]?[0-9]+")
_OCTAL = re.compile(r"0o[0-7]+")
_HEXADECIMAL = re.compile(r"0x[0-9a-fA-F]+")
_FLOAT = re.compile(r"[-+]?(\.[0-9]+|[0-9]+(\.[0-9]*)?)([eE][-+]?[0-9]+)?")
_INFINITY = re.compile(r"[-+]?\.(inf|Inf|INF)")
_NAN = re.compile(r"\.(nan|NaN|NAN)")


def scalar_value(text: str) -> Plain:
    """Return the value of a plain (unquoted) scalar.

    Raises:
        ValueError: a number of more than 400 characters, which Python would be slow or unable to read.
    """
    if text in _WORDS:
        return _WORDS[text]
    if text[0] not in "+-.0123456789":
        return text
    if _INFINITY.fullmatch(text):
        return float("-inf") if text[0] == "-" else float("inf")
    if _NAN.fullmatch(text):
        return float("nan")
    base = 10 if _DECIMAL.fullmatch(text) else 8 if _OCTAL.fullmatch(text) else 16
    is_whole = base < 16 or _HEXADECIMAL.fullmatch(text) is not None
    if not is_whole and not _FLOAT.fullmatch(text):
        return text
    if len(text) > NUMBER_MAX_CHARACTERS:
        raise ValueError(f"a number of {len(text)} characters")
    if not is_whole:
        return float(text)
    return int(text, 10) if base == 10 else int(text[2:], base)
