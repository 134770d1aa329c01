"""Whether what a run's parent promised came true, in words. Knows the JSON of `train` alone."""

from collections.abc import Mapping
from typing import Any

from dlrecipe.reports.wording import error_text, expected_text, gap_text

VERDICTS = {
    "kept": "kept",
    "in part": "kept in part",
    "within noise": "within noise, so nothing is shown",
    "worse": "not kept: it became worse",
    None: "no interval, so nothing is shown",
}
MOVES = {"kept": "better", "in part": "better", "worse": "it became worse"}
"""Verdicts where nothing was promised that could be kept."""


def promise_lines(promise: Mapping[str, Any] | None, task: str) -> list[str]:
    """Return a line for dev and one for train: the promise, what came, the fall with its interval.

    Args:
        promise: as a run's result has it; None, or one without figures, gives no lines.
        task: classification, for errors in percent, or regression, for errors as they are.
    """
    splits = (promise or {}).get("splits") or {}
    return [_line(split, splits[split], task) for split in ("dev", "train") if split in splits]


def _line(split: str, held: Mapping[str, Any], task: str) -> str:
    was, now = error_text(held["before"], task), error_text(held["now"], task)
    promised = "" if held["expected"] is None else f", about {expected_text(held['expected'], task)} promised"
    return f"{split} {was} → {now}{promised}: {verdict_text(held, task)}"


def verdict_word(held: Mapping[str, Any]) -> str:
    """Return the verdict without figures; of an error that nothing was promised of, only how it moved."""
    verdict = held["verdict"]
    if held["expected"] is None and verdict in MOVES:
        return MOVES[verdict]
    return VERDICTS[verdict]


def verdict_text(held: Mapping[str, Any], task: str) -> str:
    """Return the verdict, and by how much the error fell with its interval: `kept (41 points, 36 to 46)`."""
    verdict = verdict_word(held)
    if held["interval"] is None:
        return verdict
    low, high = (gap_text(end, task) for end in held["interval"])
    unit = " points" if task == "classification" else ""
    return f"{verdict} (fell by {gap_text(held['fell'], task)}{unit}, 95%: {low} to {high})"
