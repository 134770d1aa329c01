"""The evidence of a stored run, gathered for the diagnosis."""

from typing import Any

from dlrecipe.config.writing import config_to_dict
from dlrecipe.diagnosis.evidence import Epoch, Evidence, InputScale
from dlrecipe.errors import InputError
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
    record = run.record
    result = record.get("result")
    if result is None:
        raise InputError(
            f"{run.id} is {run.status} and has no result yet",
            remedy=f"wait for it, or go on with it: dlrecipe resume {run.id}",
        )
    config = read_config(run)
    data = record["data"]
    measured: dict[str, Any] = {**result["metrics"], **record.get("evaluations", {})}
    intervals = {
        name: (split["error_interval"][0], split["error_interval"][1])
        for name, split in measured.items()
        if split.get("error_interval")
    }
    inputs = data.get("inputs")
    return Evidence(
        task=data["task"],
        errors={name: split["error"] for name, split in measured.items()},
        cost={name: split["cost"] for name, split in measured.items()},
        n={name: split["n"] for name, split in measured.items()},
        error_intervals=intervals or None,
        bayes_error=config.diagnosis.bayes_error,
        target_error=config.diagnosis.target_error,
        baseline_error=data["baseline_error"],
        history=tuple(Epoch.from_record(line) for line in run.read_journal()),
        best_epoch=result["best_epoch"],
        epochs_run=result["epochs_run"],
        epochs_planned=result["epochs_planned"],
        status=result["status"],
        config=config_to_dict(config),
        inputs=None if inputs is None else InputScale(**inputs),
        n_features=data["n_features"],
        n_classes=len(data["classes"]) if "classes" in data else None,
        n_params=record["network"]["n_params"],
        class_counts=data.get("class_counts"),
    )
