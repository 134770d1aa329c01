"""What a run's parent promised of it, and whether that came true. Knows records and documents of runs.

The parent's figures are written down when the run starts: it may have been deleted when the run ends.
"""

from collections.abc import Mapping
from pathlib import Path
from typing import Any, Literal, TypeAlias

from dlrecipe.diagnosis.intervals import Estimate, difference, proportion
from dlrecipe.diagnosis.specs import ParentSpec
from dlrecipe.errors import DlrecipeError
from dlrecipe.store.listing import find_run

Verdict: TypeAlias = Literal["kept", "in part", "within noise", "worse"]
"""kept: the error fell beyond noise, and the one promised is not below its interval. in part: it fell beyond
noise, but not as far. within noise: the interval of the fall contains 0. worse: it rose beyond noise."""


def parentage(parent: ParentSpec | None, runs_dir: Path) -> dict[str, Any]:
    """Return what run.json says of a run's parent: its id, and the promise with the parent's figures.

    A parent that is not there, or has no figures, leaves nothing to hold the promise against.
    """
    if parent is None:
        return {}
    found: dict[str, Any] = {"parent": parent.run}
    try:
        result = find_run(runs_dir, parent.run).record.get("result") or {}
    except DlrecipeError:
        result = {}
    before = {
        "task": result.get("task"),
        "errors": result.get("errors", {}),
        "n": result.get("n", {}),
        "intervals": {
            split: figures["error_interval"]
            for split, figures in (result.get("metrics") or {}).items()
            if figures.get("error_interval")
        },
    }
    found["promise"] = {"advice": parent.advice, "expects": parent.expected, "before": before}
    return found


def outcome(promise: Mapping[str, Any], document: Mapping[str, Any]) -> dict[str, Any]:
    """Return whether a promise came true, by split.

    The interval of the fall is for independent examples: on one and the same dev set two runs mostly fail on
    the same examples, so it is too wide rather than too narrow.

    Args:
        promise: as `parentage` makes it.
        document: the run's result, as `train --json` prints it.
    Returns:
        `advice`, and for train and dev `before`, `expected` (None where nothing was promised), `now`, `fell`
        (before - now) with its 95% `interval`, and the `verdict`; a split without a figure is left out.
    """
    before = promise["before"]
    splits: dict[str, Any] = {}
    if before["task"] == document["task"]:
        for split in ("train", "dev"):
            old = _estimate(before["task"], before["errors"], before["n"], before["intervals"], split)
            metrics = document["metrics"].get(split) or {}
            new = _estimate(
                document["task"],
                document["errors"],
                document["n"],
                {split: metrics.get("error_interval")},
                split,
            )
            if old is not None and new is not None:
                splits[split] = _held_against(old, new, promise["expects"].get(split))
    return {"advice": promise["advice"], "splits": splits}


def _estimate(
    task: str,
    errors: Mapping[str, Any],
    n: Mapping[str, int],
    intervals: Mapping[str, Any],
    split: str,
) -> Estimate | None:
    error, count = errors.get(split), n.get(split)
    if error is None or error != error:
        return None
    if task == "classification" and count:
        return proportion(error, count)
    low, high = intervals.get(split) or (None, None)
    return Estimate(value=error, low=low, high=high, n=count, binomial=False)


def _held_against(old: Estimate, new: Estimate, expected: float | None) -> dict[str, Any]:
    interval = difference(old, new)
    return {
        "before": old.value,
        "expected": expected,
        "now": new.value,
        "fell": old.value - new.value,
        "interval": None if interval is None else list(interval),
        "verdict": _verdict(new, expected, interval),
    }


def _verdict(new: Estimate, expected: float | None, interval: tuple[float, float] | None) -> Verdict | None:
    if interval is None:
        return None
    if interval[1] < 0:
        return "worse"
    if interval[0] <= 0:
        return "within noise"
    far_enough = expected is None or new.low is None or new.low <= expected
    return "kept" if far_enough else "in part"
