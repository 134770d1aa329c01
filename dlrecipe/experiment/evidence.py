"""The evidence of a stored run, gathered for the diagnosis."""

import json
from collections.abc import Mapping
from dataclasses import fields
from typing import Any

from dlrecipe.config.writing import config_to_dict
from dlrecipe.diagnosis.evidence import ClassAnswers, DataFinding, Epoch, Evidence, Gain, InputScale
from dlrecipe.errors import InputError
from dlrecipe.experiment.data_checks import DATA_CHECKS
from dlrecipe.experiment.learning_curves import measured_curve
from dlrecipe.experiment.reading import read_config
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
    data, inputs, initial = record["data"], record["data"].get("inputs"), record.get("initial") or {}
    measured: dict[str, Any] = {**result["metrics"], **record.get("evaluations", {})}
    return Evidence(
        task=data["task"],
        errors={name: split["error"] for name, split in measured.items()},
        cost={name: split["cost"] for name, split in measured.items()},
        n={name: split["n"] for name, split in measured.items()},
        error_intervals=_intervals(measured) or None,
        bayes_error=config.diagnosis.bayes_error,
        bayes_examples=config.diagnosis.bayes_examples,
        label_floor=_label_floor(run),
        target_error=config.diagnosis.target_error,
        baseline_error=data["baseline_error"],
        initial_cost=initial.get("cost") or {},
        initial_penalty=initial.get("penalty"),
        slope_difference=initial.get("slope_difference"),
        dropout_costs=result.get("dropout_costs"),
        history=tuple(Epoch.from_record(line) for line in run.read_journal()),
        best_epoch=result["best_epoch"],
        epochs_run=result["epochs_run"],
        epochs_planned=result["epochs_planned"],
        # What a study gave up was neither out of patience nor at its end.
        status="interrupted" if result.get("given_up") else result["status"],
        config=config_to_dict(config),
        inputs=None if inputs is None else InputScale(**inputs),
        n_features=data["n_features"],
        n_classes=len(data["classes"]) if "classes" in data else None,
        n_targets=len(data["targets"]) if data["task"] == "regression" else None,
        n_params=record["network"]["n_params"],
        class_counts=data.get("class_counts"),
        confusion=_confusion(record, measured) or None,
        confident_errors={name: split.get("confident_error") for name, split in measured.items()},
        by_class=_by_class(record, measured) if "classes" in data else None,
        target_reach=data.get("target_reach"),
        gain=_gain(result),
        learning_curve=measured_curve(config, run.path.parent),
        data_findings=_data_findings(run),
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


def _confusion(record: Mapping[str, Any], measured: Mapping[str, Any]) -> dict[str, list[list[int]]]:
    evaluated = {name: split["confusion"] for name, split in measured.items() if "confusion" in split}
    return {**(record.get("confusion") or {}), **evaluated}


def _by_class(record: Mapping[str, Any], measured: Mapping[str, Any]) -> dict[str, dict[str, ClassAnswers]]:
    """Return how each class fared, by split, from the confusion matrices (a row for each true class)."""
    return {
        split: {
            name: ClassAnswers(n=sum(row), right=row[k], predicted=sum(other[k] for other in matrix))
            for k, (name, row) in enumerate(zip(record["data"]["classes"], matrix, strict=True))
        }
        for split, matrix in _confusion(record, measured).items()
    }
