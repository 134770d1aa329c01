"""The look at the test split that a recipe takes at its end: one, however often its budget is raised.

Knows runs and their records; nothing of how a recipe goes.
"""

from collections.abc import Iterable, Mapping
from contextlib import suppress
from pathlib import Path
from typing import Any

from dlrecipe.diagnosis.intervals import wilson
from dlrecipe.errors import InputError, RunNotFound, StoreError
from dlrecipe.experiment.diagnosing import diagnose_run
from dlrecipe.experiment.evaluation import evaluate
from dlrecipe.store.run_directory import RunDirectory
from dlrecipe.studies.lab_book import Entry

Figures = Mapping[str, Any]


def look_before(runs_dir: Path, entries: Iterable[Entry]) -> tuple[str, Figures] | None:
    """Return the run of a recipe whose error on test is known already, and what is known; None if none.

    The runs are asked, and not what the recipe wrote: it may have been killed right after its look.
    """
    for entry in entries:
        if entry.run_id is not None:
            with suppress(StoreError, RunNotFound):
                seen = RunDirectory(runs_dir / entry.run_id).record.get("evaluations", {}).get("test")
                if seen is not None:
                    return entry.run_id, seen
    return None


def look(run: RunDirectory, task: str, before: tuple[str, Figures] | None) -> dict[str, Any] | None:
    """Return the chosen run's figures on test; None where there is none, or another run has had the look."""
    with suppress(InputError):
        diagnose_run(run)
    if "test" not in run.record["data"]["n"]:
        return None
    seen = run.record.get("evaluations", {}).get("test")
    if seen is None and before is not None:
        return None
    return with_interval(seen if seen is not None else evaluate(run, "test"), task)


def with_interval(test: Figures, task: str) -> dict[str, Any]:
    """Return the error on test, with its 95% interval where it is a proportion of examples."""
    error, n = test["error"], test.get("n")
    low, high = wilson(error, n) if task == "classification" and n else (None, None)
    return {"error": error, "n": n, "low": low, "high": high}
