"""What the parts of a sweep's report have in common: how points, trials and errors are written."""

from collections.abc import Mapping
from typing import Any

from dlrecipe.reports.wording import UNKNOWN, error_text, printable


def values_text(values: Mapping[str, str]) -> str:
    """Write a point as `regularization.l2=0.01 network.activation=relu`."""
    return printable(" ".join(f"{key}={value}" for key, value in values.items())) or "the config as it is"


def points_differ(document: Mapping[str, Any]) -> bool:
    """Return whether the points were measured on dev sets of their own; of old studies it is not known."""
    return bool((document.get("dev_sets") or {}).get("points_differ"))


def interval_text(figure: Mapping[str, Any] | None, task: str) -> str:
    """Write a mean with its 95% interval, `2.1% (1.8 to 2.4)`."""
    if figure is None:
        return UNKNOWN
    mean = error_text(figure["mean"], task)
    if figure["low"] is None:
        return mean
    low, high = (error_text(figure[end], task).rstrip("%") for end in ("low", "high"))
    return f"{mean} ({low} to {high})"
