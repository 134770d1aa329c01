"""The evidence of a run, gathered for the diagnosis: from its own figures, and from its directory."""

import json
import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import fields, replace
from typing import Any

from dlrecipe.config.schema import Config
from dlrecipe.config.writing import config_to_dict
from dlrecipe.diagnosis.evidence import ClassAnswers, DataFinding, Epoch, Evidence, Gain, InputScale
from dlrecipe.errors import InputError
from dlrecipe.experiment.learning_curves import measured_curve
from dlrecipe.experiment.reading import DATA_CHECKS, read_config
from dlrecipe.store.run_directory import RunDirectory


def gather_evidence(run: RunDirectory) -> Evidence:
    """Return every number that the rules may read of a run.

    Errors, costs and intervals belong to the kept weights; those of the test split are there once it has been
    evaluated.

    Raises:
        InputError: the run has not got so far that there is anything to read.
        RunDamaged: a file of the run is not what was written.
    """
    record, result, config = run.record, _result(run), read_config(run)
    known = evidence_of(
        config,
        facts=record["data"],
        initial=record.get("initial") or {},
        measured=_with_confusion({**result["metrics"], **record.get("evaluations", {})}, record),
        # What a study gave up was neither out of patience nor at its end.
        ended={**result, "status": "interrupted"} if result.get("given_up") else result,
        history=run.read_journal(),
        n_params=record["network"]["n_params"],
    )
    return replace(
        known,
        label_floor=_label_floor(run),
        gain=_gain(result),
        learning_curve=measured_curve(config, run.path.parent),
        data_findings=_data_findings(run),
    )


def evidence_of(
    config: Config,
    *,
    facts: Mapping[str, Any],
    initial: Mapping[str, Any],
    measured: Mapping[str, Mapping[str, Any]],
    ended: Mapping[str, Any],
    history: Iterable[Mapping[str, Any]],
    n_params: int,
) -> Evidence:
    """Return what a training by itself says, stored or not; what lies beside it is for the caller to add.

    Args:
        facts: as `results.data_facts` returns them.
        initial: as `results.start_figures` does.
        measured: the figures of the kept weights by split, as `results.figures` does.
        ended: `status`, `best_epoch`, `epochs_run`, `epochs_planned` and `dropout_costs`.
        history: the journal's records.
    """
    is_classification = facts["task"] == "classification"
    matrices = {name: split["confusion"] for name, split in measured.items() if "confusion" in split}
    inputs = facts.get("inputs")
    return Evidence(
        task=facts["task"],
        errors={name: _known(split["error"]) for name, split in measured.items()},
        cost={name: _known(split["cost"]) for name, split in measured.items()},
        n={name: split["n"] for name, split in measured.items()},
        error_intervals=_intervals(measured) or None,
        bayes_error=config.diagnosis.bayes_error,
        bayes_examples=config.diagnosis.bayes_examples,
        target_error=config.diagnosis.target_error,
        baseline_error=facts["baseline_error"],
        initial_cost=initial.get("cost") or {},
        initial_penalty=initial.get("penalty"),
        slope_difference=initial.get("slope_difference"),
        dropout_costs=ended.get("dropout_costs"),
        history=tuple(Epoch.from_record(record) for record in history),
        best_epoch=ended["best_epoch"],
        epochs_run=ended["epochs_run"],
        epochs_planned=ended["epochs_planned"],
        status=ended["status"],
        config=config_to_dict(config),
        inputs=None if inputs is None else InputScale(**inputs),
        n_features=facts["n_features"],
        n_classes=len(facts["classes"]) if is_classification else None,
        n_targets=None if is_classification else len(facts["targets"]),
        n_params=n_params,
        class_counts=facts.get("class_counts"),
        confusion=matrices or None,
        by_class={name: _by_class(facts["classes"], matrix) for name, matrix in matrices.items()} or None,
        confident_errors={name: split.get("confident_error") for name, split in measured.items()},
        target_reach=facts.get("target_reach"),
    )


def errors_of(run: RunDirectory) -> dict[str, float | None]:
    """Return the errors of a run that has ended, by split.

    Raises:
        InputError: it has no result yet.
    """
    measured: dict[str, Any] = {**_result(run)["metrics"], **run.record.get("evaluations", {})}
    return {name: split["error"] for name, split in measured.items()}


def _gain(result: Mapping[str, Any]) -> Gain | None:
    """Return what the advice that made this run of another did to dev error; None where there was none."""
    promise = result.get("promise") or {}
    dev = (promise.get("splits") or {}).get("dev") or {}
    if not dev.get("interval"):
        return None
    low, high = dev["interval"]
    return Gain(advice=promise["advice"], fell=dev["fell"], interval=(low, high))


def _data_findings(run: RunDirectory) -> tuple[DataFinding, ...]:
    """Return what the checks found in the data at the start of the run; nothing where they were off."""
    names = [each.name for each in fields(DataFinding)]
    return tuple(
        DataFinding(**{name: found[name] for name in names if name in found}) for found in _found_in_data(run)
    )


def _label_floor(run: RunDirectory) -> float:
    """Return the train error that conflicting labels leave; 0 where there are none, or none were seen."""
    conflicts = [each["numbers"] for each in _found_in_data(run) if each["code"] == "conflicting-labels"]
    return float(conflicts[0].get("lowest_train_error") or 0.0) if conflicts else 0.0


def _found_in_data(run: RunDirectory) -> list[dict[str, Any]]:
    if not run.has(DATA_CHECKS):
        return []
    found: list[dict[str, Any]] = json.loads(run.read_text(DATA_CHECKS))["findings"]
    return found


def _result(run: RunDirectory) -> Mapping[str, Any]:
    result: Mapping[str, Any] | None = run.record.get("result")
    if result is None:
        raise InputError(
            f"{run.id} is {run.status} and has no result yet",
            remedy=f"Wait for it, or go on with it: dlrecipe resume {run.id}",
        )
    return result


def _intervals(measured: Mapping[str, Any]) -> dict[str, tuple[float, float]]:
    known = {name: split["error_interval"] for name, split in measured.items() if split.get("error_interval")}
    return {name: (low, high) for name, (low, high) in known.items()}


def _known(figure: float | None) -> float | None:
    return None if figure is None or not math.isfinite(figure) else figure


def _with_confusion(
    measured: Mapping[str, Mapping[str, Any]], record: Mapping[str, Any]
) -> dict[str, Mapping[str, Any]]:
    """Return figures by split with the confusion matrices, which run.json keeps apart from them."""
    matrices = record.get("confusion") or {}
    return {
        name: {"confusion": matrices[name], **split} if name in matrices else split
        for name, split in measured.items()
    }


def _by_class(classes: Sequence[str], matrix: Sequence[Sequence[int]]) -> dict[str, ClassAnswers]:
    """Return how each class fared, from a confusion matrix with a row for each true class."""
    return {
        name: ClassAnswers(n=sum(row), right=row[k], predicted=sum(other[k] for other in matrix))
        for k, (name, row) in enumerate(zip(classes, matrix, strict=True))
    }
