"""JSON as the store writes and reads it: strict, and without losing which number was not finite.

JSON has no NaN and no infinity. A number that is not finite is written as null, and the mapping that holds it
names it under `nonfinite`: `{"cost": null, "nonfinite": {"cost": "nan"}}`. That key is therefore reserved.
Knows nothing of files, and imports no NumPy although it takes its scalars.
"""

import json
import math
from collections.abc import Mapping, Sequence
from typing import Any

NONFINITE = "nonfinite"


def encode(value: object, *, indent: int | None = None) -> str:
    """Return `value` as strict JSON in ASCII, keys in the order given.

    NumPy scalars are taken for numbers. The usual value, all finite, goes straight to the C encoder; the walk
    that marks non-finite numbers is for the rest alone (benchmarked by benchmarks/overheads.py).

    Args:
        indent: spaces a level, or None for one line.
    Raises:
        TypeError: a value that JSON has no form for.
    """
    dump = _INDENTED if indent else _COMPACT
    try:
        return dump.encode(value)
    except ValueError:
        return dump.encode(mark_nonfinite(value))


def decode(data: bytes) -> Any:
    """Return what strict JSON in UTF-8 says.

    Raises:
        ValueError: not JSON, not UTF-8, NaN, infinity or a number beyond float64, a key twice in one mapping,
            or nested too deeply.
    """
    try:
        return _DECODER.decode(data.decode())
    except RecursionError:
        raise ValueError("nested too deeply") from None


def decode_own(data: bytes) -> Any:
    """Return what JSON says that `encode` wrote, and that a seal shows to be unaltered.

    It holds no key twice and no number beyond float64, so that the C decoder may do alone what `decode` does
    three times as slowly: a listing of 5,000 runs would feel it (benchmarks/overheads.py).

    Raises:
        ValueError: not JSON, not UTF-8, NaN or infinity, or nested too deeply.
    """
    try:
        return _OWN_DECODER.decode(data.decode())
    except RecursionError:
        raise ValueError("nested too deeply") from None


def decode_sections(data: bytes, keys: Sequence[str]) -> dict[str, Any]:
    """Return what stands under some keys of an object that `encode` wrote with an indent of 2.

    As for `decode_own`, a seal must show it to be unaltered. What stands under other keys is not looked at:
    most of a run.json is of no interest to a listing (benchmarks/overheads.py).

    Returns:
        Those of `keys` that are there.
    Raises:
        ValueError: not UTF-8, or what stands under one of them is not JSON or nested too deeply.
    """
    text, sections = data.decode(), {}
    try:
        for key in keys:
            # Only the object's own keys stand two spaces in, and no text in JSON holds a line break.
            mark = f'\n  "{key}": '
            at = text.find(mark)
            if at >= 0:
                sections[key], _ = _OWN_DECODER.raw_decode(text, at + len(mark))
    except RecursionError:
        raise ValueError("nested too deeply") from None
    return sections


def mark_nonfinite(value: object) -> Any:
    """Return a copy of `value` with null for what is not finite, marked in the mapping that holds it.

    Inside a list, the mark is the path from the mapping: `{"norms": [1.0, null], "nonfinite": {"norms[1]":
    "inf"}}`. A list that no mapping holds keeps the null alone.
    """
    return _marked(value, "", {})


def restore_nonfinite(value: Any) -> Any:
    """Return `value` as it was before `mark_nonfinite`."""
    return _restored(value, "", {})


def _marked(value: object, path: str, marks: dict[str, str]) -> Any:
    if isinstance(value, Mapping):
        own: dict[str, str] = {}
        copy = {key: _marked(item, key, own) for key, item in value.items()}
        return {**copy, NONFINITE: {**copy.get(NONFINITE, {}), **own}} if own else copy
    if isinstance(value, list | tuple):
        return [_marked(item, f"{path}[{index}]", marks) for index, item in enumerate(value)]
    number = _number(value) if _is_numpy_scalar(value) else value
    if isinstance(number, float) and not math.isfinite(number):
        marks[path] = str(float(number))
        return None
    return number


def _restored(value: Any, path: str, marks: Mapping[str, str]) -> Any:
    if isinstance(value, dict):
        own = value.get(NONFINITE)
        own = own if isinstance(own, dict) else {}
        return {key: _restored(item, key, own) for key, item in value.items() if item is not own}
    if isinstance(value, list):
        return [_restored(item, f"{path}[{index}]", marks) for index, item in enumerate(value)]
    return float(marks[path]) if value is None and path in marks else value


def _is_numpy_scalar(value: object) -> bool:
    return hasattr(value, "dtype") and getattr(value, "ndim", None) == 0


def _number(value: object) -> Any:
    if _is_numpy_scalar(value):
        return value.item()  # type: ignore[attr-defined]
    raise TypeError(f"{type(value).__name__} has no form in JSON")


def _finite(text: str) -> float:
    number = float(text)
    if math.isinf(number):
        raise ValueError(f"{text[:40]} is beyond float64")
    return number


def _refuse(text: str) -> None:
    raise ValueError(f"{text} is not JSON")


def _without_repeats(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    mapping = dict(pairs)
    if len(mapping) < len(pairs):
        keys = [key for key, _ in pairs]
        again = next(key for key in keys if keys.count(key) > 1)
        raise ValueError(f"the key {again[:40]!r} stands twice")
    return mapping


_COMPACT = json.JSONEncoder(allow_nan=False, default=_number)
_INDENTED = json.JSONEncoder(allow_nan=False, default=_number, indent=2)
_OWN_DECODER = json.JSONDecoder(parse_constant=_refuse)
_DECODER = json.JSONDecoder(object_pairs_hook=_without_repeats, parse_float=_finite, parse_constant=_refuse)
