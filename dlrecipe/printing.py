"""Texts and settings as they may be printed: nothing in them moves a cursor or breaks a line."""

from collections.abc import Mapping
from typing import Any


def printable(text: str) -> str:
    """Write characters that a terminal would obey, such as escapes and line breaks, as Python does."""
    if text.isprintable():
        return text
    return "".join(char if char.isprintable() else repr(char)[1:-1] for char in text)


def value_text(value: Any) -> str:
    """Write a setting as YAML would, numbers in ten digits; `config.writing.flow_text` loses none of them."""
    if value is None:
        return "null"
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, float):
        return f"{value:.10g}"
    if isinstance(value, list | tuple):
        return f"[{', '.join(map(value_text, value))}]"
    if isinstance(value, Mapping):
        return f"{{{', '.join(f'{key}: {value_text(inner)}' for key, inner in value.items())}}}"
    return printable(str(value))
