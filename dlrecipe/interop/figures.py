"""A stored run's figures as flat series, such as `error/dev` by epoch. Knows no tracker that takes them."""

import math
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from dlrecipe.store.run_directory import RunDirectory


@dataclass(frozen=True)
class Figure:
    """One number under its name; epochs count from 1."""

    name: str
    epoch: int
    value: float


def figures_by_epoch(run: RunDirectory) -> Iterator[Figure]:
    """Yield every finite number of metrics.jsonl: cost, error, learning rate, norms and activations by layer.

    Raises:
        RunDamaged: the journal is not what was written.
    """
    for record in run.read_journal():
        for name, value in _flat({key: inner for key, inner in record.items() if key != "epoch"}):
            yield Figure(name, record["epoch"], value)


def final_figures(run: RunDirectory) -> Iterator[Figure]:
    """Yield the figures of the kept weights, as `kept/dev/error`, at the epoch they are of."""
    result = run.record.get("result") or {}
    evaluations = run.record.get("evaluations") or {}
    measured = {**(result.get("metrics") or {}), **evaluations}
    for split, figures in measured.items():
        numbers = {key: value for key, value in figures.items() if isinstance(value, int | float)}
        for name, value in _flat(numbers, f"kept/{split}/"):
            yield Figure(name, int(result.get("kept_epoch") or 0), value)


def _flat(tree: Mapping[str, Any], path: str = "") -> Iterator[tuple[str, float]]:
    for key, value in tree.items():
        if isinstance(value, Mapping):
            yield from _flat(value, f"{path}{key}/")
        elif isinstance(value, int | float) and not isinstance(value, bool) and math.isfinite(value):
            yield f"{path}{key}", float(value)
