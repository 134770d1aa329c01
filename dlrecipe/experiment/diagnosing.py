"""The diagnosis of a stored run, kept beside it."""

import json
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import replace
from typing import Any

from dlrecipe.config.dotted import flattened
from dlrecipe.config.writing import config_to_dict
from dlrecipe.diagnosis.diagnose import Diagnosis, diagnose, diagnose_together
from dlrecipe.errors import InputError, RunDamaged, StoreError
from dlrecipe.experiment.evidence import errors_of, gather_evidence
from dlrecipe.experiment.neighbours import beside
from dlrecipe.experiment.reading import read_config
from dlrecipe.printing import value_text
from dlrecipe.store.listing import each_run
from dlrecipe.store.run_directory import RunDirectory
from dlrecipe.store.strict_json import encode

DIAGNOSIS = "diagnosis.json"


def diagnose_run(
    run: RunDirectory,
    *,
    bayes_error: float | None = None,
    target_error: float | None = None,
    confirmation: Mapping[str, Any] | None = None,
    bayes_examples: int | None = None,
    alone: bool = False,
) -> Diagnosis:
    """Judge a run by its evidence, and keep the result in its directory as `diagnosis.json`.

    Where another process is writing the run, or it cannot be written to, the diagnosis is returned and not
    kept. What `confirm` measured of the run before is part of it, unless the run has gone on since.

    Args:
        bayes_error, target_error, bayes_examples: instead of the config's; such a diagnosis is not kept.
        alone: leave aside the runs beside it: those of the same config with other seeds, whose spread widens
            the intervals, and what the others say of it. All their records are read for that.
        confirmation: what has just been measured of the run, as JSON; None for what was before.
    Raises:
        InputError: the run has no result yet.
        RunDamaged: a file of the run is not what was written.
    """
    evidence = gather_evidence(run).held_against(bayes_error, target_error, bayes_examples)
    if not alone:
        others = tuple(errors_of(other) for other in same_but_seed(run))
        evidence = replace(evidence, seed_errors=others, beside=beside(run))
    diagnosis = diagnose(evidence)
    measured = confirmation or _measured_before(run)
    if measured is not None and measured.get("epochs_run") == diagnosis.run.epochs_run:
        diagnosis = diagnosis.confirmed_by(measured)
    if all(given is None for given in (bayes_error, target_error, bayes_examples)):
        _keep(run, diagnosis)
    return diagnosis


def diagnose_runs(
    runs: Sequence[RunDirectory],
    *,
    bayes_error: float | None = None,
    target_error: float | None = None,
    bayes_examples: int | None = None,
) -> Diagnosis:
    """Judge runs of one config with several seeds together, by the means of their errors. Keeps nothing.

    Raises:
        InputError: they differ in more than their seed, or not even in that, or one has no result yet.
        RunDamaged: a file of a run is not what was written.
    """
    _require_seeds_alone(runs)
    return diagnose_together(
        [gather_evidence(run).held_against(bayes_error, target_error, bayes_examples) for run in runs]
    )


def _require_seeds_alone(runs: Sequence[RunDirectory]) -> None:
    """Refuse runs that no mean may be taken of."""
    first, *others = runs
    wanted = flattened(_but_for_seed(first))
    seeds = {first.record.get("seed"): first.id}
    for other in others:
        config = flattened(_but_for_seed(other))
        unlike = [key for key in sorted({*wanted, *config}) if wanted.get(key) != config.get(key)]
        if unlike:
            told = [f"{key} {_told(wanted, key)} and {_told(config, key)}" for key in unlike[:3]]
            more = f"; {len(unlike)} settings in all" if len(unlike) > len(told) else ""
            raise InputError(
                f"{first.id} and {other.id} differ in more than their seed: {'; '.join(told)}{more}",
                remedy=f"Diagnose each by itself, or compare them: dlrecipe compare {first.id} {other.id}",
            )
        if (same := seeds.get(other.record.get("seed"))) is not None:
            raise InputError(
                f"{same} and {other.id} have the same seed, so the second says what the first does",
                remedy="Leave one out, or train with another: dlrecipe train CONFIG --set seed=N",
            )
        seeds[other.record.get("seed")] = other.id


def _told(config: Mapping[str, Any], key: str) -> str:
    return value_text(config[key]) if key in config else "not set"


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


def same_but_seed(run: RunDirectory) -> list[RunDirectory]:
    """Return the finished runs beside a run whose config differs from its own in nothing but the seed.

    Looked for among the runs of the same name; damaged ones are passed over.
    """
    record, wanted, found = run.record, _but_for_seed(run), []
    for other in sorted(each_run(run.path.parent, ("name", "seed")), key=lambda other: other.id):
        if (
            other.status in ("finished", "stopped_early")
            and other.record.get("name") == record.get("name")
            and other.record.get("seed") != record.get("seed")
        ):
            # What cannot be read is no evidence; that it is damaged is for `runs` to say.
            with suppress(InputError, StoreError, OSError):
                sibling = RunDirectory(other.path)
                if _but_for_seed(sibling) == wanted:
                    found.append(sibling)
    return found


def _but_for_seed(run: RunDirectory) -> dict[str, Any]:
    """Return what runs of one config have in common: all but their seed and what no training depends on."""
    config = config_to_dict(read_config(run))
    return {key: value for key, value in config.items() if key not in ("name", "seed", "diagnosis", "parent")}


def _kept(run: RunDirectory) -> str | None:
    """Return the diagnosis that was kept; None where there is none, or it is damaged: it is made anew."""
    try:
        return run.read_text(DIAGNOSIS) if run.has(DIAGNOSIS) else None
    except RunDamaged:
        return None
