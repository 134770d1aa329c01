"""The diagnosis of a stored run, kept beside it."""

from contextlib import suppress

from dlrecipe.diagnosis.diagnose import Diagnosis, diagnose
from dlrecipe.errors import RunDamaged, StoreError
from dlrecipe.experiment.evidence import gather_evidence
from dlrecipe.store.run_directory import RunDirectory
from dlrecipe.store.strict_json import encode

DIAGNOSIS = "diagnosis.json"


def diagnose_run(
    run: RunDirectory, *, bayes_error: float | None = None, target_error: float | None = None
) -> Diagnosis:
    """Judge a run by its evidence, and keep the result in its directory as `diagnosis.json`.

    Where another process is writing the run, or it cannot be written to, the diagnosis is returned and not
    kept.

    Args:
        bayes_error, target_error: instead of the config's; such a diagnosis is not kept.
    Raises:
        InputError: the run has no result yet.
        RunDamaged: a file of the run is not what was written.
    """
    diagnosis = diagnose(gather_evidence(run).held_against(bayes_error, target_error))
    if bayes_error is not None or target_error is not None:
        return diagnosis
    text = encode(diagnosis.to_json(), indent=2) + "\n"
    with suppress(StoreError):
        if _kept(run) != text:
            run.write_text(DIAGNOSIS, text)
    return diagnosis


def _kept(run: RunDirectory) -> str | None:
    """Return the diagnosis that was kept; None where there is none, or it is damaged: it is made anew."""
    try:
        return run.read_text(DIAGNOSIS) if run.has(DIAGNOSIS) else None
    except RunDamaged:
        return None
