"""The diagnosis of a stored run, kept beside it."""

import json
from collections.abc import Mapping
from contextlib import suppress
from typing import Any

from dlrecipe.diagnosis.diagnose import Diagnosis, diagnose
from dlrecipe.errors import RunDamaged, StoreError
from dlrecipe.experiment.evidence import gather_evidence
from dlrecipe.store.run_directory import RunDirectory
from dlrecipe.store.strict_json import encode

DIAGNOSIS = "diagnosis.json"


def diagnose_run(
    run: RunDirectory,
    *,
    bayes_error: float | None = None,
    target_error: float | None = None,
    confirmation: Mapping[str, Any] | None = None,
) -> Diagnosis:
    """Judge a run by its evidence, and keep the result in its directory as `diagnosis.json`.

    Where another process is writing the run, or it cannot be written to, the diagnosis is returned and not
    kept. What `confirm` measured of the run before is part of it, unless the run has gone on since.

    Args:
        bayes_error, target_error: instead of the config's; such a diagnosis is not kept.
        confirmation: what has just been measured of the run, as JSON; None for what was before.
    Raises:
        InputError: the run has no result yet.
        RunDamaged: a file of the run is not what was written.
    """
    diagnosis = diagnose(gather_evidence(run).held_against(bayes_error, target_error))
    measured = confirmation or _measured_before(run)
    if measured is not None and measured.get("epochs_run") == diagnosis.run.epochs_run:
        diagnosis = diagnosis.confirmed_by(measured)
    if bayes_error is None and target_error is None:
        _keep(run, diagnosis)
    return diagnosis


def _keep(run: RunDirectory, diagnosis: Diagnosis) -> None:
    """Write a diagnosis to its run's directory, unless it is there, or the run cannot be written to."""
    text = encode(diagnosis.to_json(), indent=2) + "\n"
    with suppress(StoreError):
        if _kept(run) != text:
            run.write_text(DIAGNOSIS, text)


def _measured_before(run: RunDirectory) -> Mapping[str, Any] | None:
    text = _kept(run)
    found = None if text is None else json.loads(text).get("confirmation")
    return found if isinstance(found, Mapping) else None


def _kept(run: RunDirectory) -> str | None:
    """Return the diagnosis that was kept; None where there is none, or it is damaged: it is made anew."""
    try:
        return run.read_text(DIAGNOSIS) if run.has(DIAGNOSIS) else None
    except RunDamaged:
        return None
