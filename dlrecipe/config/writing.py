"""A `Config` as plain values and as YAML that reads back to an equal one. Knows no files."""

import json
import re
from dataclasses import asdict
from typing import Any

from dlrecipe.config.scalars import scalar_value
from dlrecipe.config.schema import Config

_MAX_COLUMNS = 100
_WORD = re.compile(r"[A-Za-z_/][A-Za-z0-9_./-]*")
# Plain words to us that other readers of YAML take for booleans.
_AMBIGUOUS = {"y", "n", "yes", "no", "on", "off"}
# JSON leaves these as they are, YAML does not allow them or takes them for line breaks.
_TO_ESCAPE = re.compile("[\x7f-\xa0\u2028\u2029\ufeff\ufffe\uffff]")


def config_to_dict(config: Config) -> dict[str, Any]:
    """Return every key with its value, as dicts, lists and scalars that JSON can hold."""
    return {key: _jsonable(value) for key, value in asdict(config).items()}


def dump_config(config: Config) -> str:
    """Return the config as YAML: every key in the schema's order, defaults spelled out."""
    return "".join(f"{line}\n" for line in _block(config_to_dict(config), indent=0))


def _jsonable(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: _jsonable(inner) for key, inner in value.items()}
    return [_jsonable(inner) for inner in value] if isinstance(value, tuple | list) else value


def _block(value: dict[str, Any] | list[Any], indent: int) -> list[str]:
    """Return the lines of a mapping or list, one line an entry where the entry fits on it."""
    lines: list[str] = []
    if isinstance(value, list):
        entries = [("-", item) for item in value]
    else:
        entries = [(f"{_scalar(key)}:", inner) for key, inner in value.items()]
    for start, inner in entries:
        line = f"{' ' * indent}{start} {flow_text(inner)}"
        if not _is_simple(inner) or (isinstance(inner, dict | list) and len(line) > _MAX_COLUMNS):
            lines.append(f"{' ' * indent}{start}")
            lines += _block(inner, indent + 2)
        else:
            lines.append(line)
    return lines


def _is_simple(value: Any) -> bool:
    """Return whether a value is a scalar, or holds nothing but scalars."""
    inner = value.values() if isinstance(value, dict) else value if isinstance(value, list) else ()
    return not any(isinstance(item, dict | list) for item in inner)


def flow_text(value: Any) -> str:
    """Return a value of dicts, lists and scalars as YAML in one line."""
    if isinstance(value, dict):
        return "{" + ", ".join(f"{_scalar(key)}: {flow_text(inner)}" for key, inner in value.items()) + "}"
    if isinstance(value, list | tuple):
        return "[" + ", ".join(flow_text(item) for item in value) + "]"
    return _scalar(value)


def _scalar(value: str | int | float | bool | None) -> str:
    if value is None:
        return "null"
    if isinstance(value, bool):
        return "true" if value else "false"
    if not isinstance(value, str):
        return repr(value)
    is_word = _WORD.fullmatch(value) and value.lower() not in _AMBIGUOUS and scalar_value(value) == value
    if is_word and len(value) <= _MAX_COLUMNS:
        return value
    quoted = json.dumps(value, ensure_ascii=False)
    return _TO_ESCAPE.sub(lambda found: f"\\u{ord(found.group()):04x}", quoted)
