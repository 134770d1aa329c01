"""What the runs beside one say of it: how many were judged on its dev set, and where its search ended.

Reads their records alone.
"""

import math
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from dlrecipe.diagnosis.evidence import Beside, Edge
from dlrecipe.store.listing import each_run
from dlrecipe.store.run_directory import RunDirectory

FEWEST_TRIED = 3
"""Values of a setting from which an end of them means something."""


def beside(run: RunDirectory) -> Beside:
    """Return what the finished runs in the same directory say of a run, itself among them."""
    own = run.record
    same_dev = [record for record in _finished(run.path.parent) if _dev_of(record) == _dev_of(own)]
    errors = [_dev_error(record) for record in same_dev]
    study = own.get("study")
    trials = [record for record in same_dev if study is not None and record.get("study") == study]
    best_trial = min((_dev_error(record) for record in trials), default=math.inf)
    edges = _edges(own, trials) if trials and _dev_error(own) <= best_trial else ()
    return Beside(
        n_on_dev=max(1, len(same_dev)), is_best=_dev_error(own) <= min(errors, default=math.inf), edges=edges
    )


def _finished(runs_dir: Path) -> list[Mapping[str, Any]]:
    return [each.record for each in each_run(runs_dir) if each.status in ("finished", "stopped_early")]


def _dev_of(record: Mapping[str, Any]) -> Any:
    """Return what two runs share that were judged on the same dev examples."""
    return (record.get("data") or {}).get("fingerprint")


def _dev_error(record: Mapping[str, Any]) -> float:
    error = ((record.get("result") or {}).get("errors") or {}).get("dev")
    return math.inf if error is None else float(error)


def _edges(own: Mapping[str, Any], trials: list[Mapping[str, Any]]) -> tuple[Edge, ...]:
    """Return the settings of the best trial that lie at an end of what its search tried."""
    tried: dict[str, set[float]] = {}
    for record in trials:
        for key, value in _numbers(record).items():
            tried.setdefault(key, set()).add(value)
    found = []
    for key, value in _numbers(own).items():
        values = tried[key]
        if len(values) >= FEWEST_TRIED and value in (min(values), max(values)):
            lowest = value == min(values)
            edge = Edge(key=key, value=value, end="lowest" if lowest else "highest", n_tried=len(values))
            found.append(edge)
    return tuple(found)


def _numbers(record: Mapping[str, Any]) -> dict[str, float]:
    """Return the settings that a trial was given as numbers, its seed left out."""
    found = {}
    for override in record.get("overrides") or ():
        key, _, text = override.partition("=")
        try:
            value = float(text)
        except ValueError:
            continue
        if key != "seed" and math.isfinite(value):
            found[key] = value
    return found
