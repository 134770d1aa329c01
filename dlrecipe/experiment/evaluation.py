"""Evaluate a stored run on one of its splits, and predict with it from raw rows."""

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from dlrecipe.config.schema import Config
from dlrecipe.data.prediction_rows import notes_on_unseen, read_rows
from dlrecipe.data.preparation import Inspector, Prepared
from dlrecipe.errors import InputError, RunDamaged
from dlrecipe.experiment.assembly import build_network, build_objective, prepare_data
from dlrecipe.experiment.reading import read_config, read_fitted, read_kept_weights, require_same_data
from dlrecipe.experiment.results import figures, predictions
from dlrecipe.nn.network import Network
from dlrecipe.nn.objective import Objective
from dlrecipe.store.run_directory import RunDirectory


@dataclass(frozen=True, eq=False)
class StoredExperiment:
    """A run read back: its data as they were, and its objective with the network's weights not yet loaded."""

    config: Config
    prepared: Prepared
    objective: Objective


def reopen(
    run: RunDirectory, *, precision: str | None = None, inspect: Inspector | None = None
) -> StoredExperiment:
    """Read a run's data again, as the run saw them, and build its objective.

    Args:
        precision: float32 or float64; None for the run's own.
        inspect: is shown the raw examples.
    Raises:
        InputError: the data are gone, or are no longer those of the run.
        RunDamaged: a file of the run is not what was written.
    """
    config, fitted = read_config(run), read_fitted(run)
    dtype = np.dtype(precision or config.training.precision)
    prepared = prepare_data(config, dtype, fitted, inspect)
    require_same_data(run, prepared)
    return StoredExperiment(config, prepared, build_objective(config, prepared, dtype))


def load_weights(run: RunDirectory, network: Network) -> None:
    """Put the weights that a run kept into a network.

    Raises:
        InputError: the run has not kept any yet.
        RunDamaged: they are not what was written.
    """
    arrays = read_kept_weights(run)
    try:
        network.load(arrays)
    except ValueError as error:
        raise RunDamaged(f"the weights do not fit the config: {error}", where=str(run.path)) from error


def evaluate(run: RunDirectory, split: str) -> dict[str, Any]:
    """Measure the kept weights on a split, note it in run.json, and count the looks at test.

    Raises:
        InputError: the run has no such split, or no weights yet.
    """
    with run.lock():
        if split not in run.record["data"]["n"]:
            raise InputError(
                f"{run.id} has no {split} split",
                remedy=f"It has {', '.join(run.record['data']['n'])}; give one of them with --split.",
            )
        stored = reopen(run)
        load_weights(run, stored.objective.network)
        with np.errstate(all="ignore"):
            result = figures(stored.objective, stored.prepared.splits[split], stored.prepared.fitted.target)
        looks = dict(run.record["looks"])
        looks[split] = looks.get(split, 0) + 1
        evaluations = {**run.record.get("evaluations", {}), split: result}
        run.update_record({"looks": looks, "evaluations": evaluations})
    return {"schema_version": 1, "run_id": run.id, "split": split, "looks": looks[split], **result}


def predict(run: RunDirectory, path: Path) -> tuple[list[str], list[NDArray[Any]], tuple[str, ...]]:
    """Return the names and values of the columns that the run predicts for the rows of a file, and notes.

    Where a row has a name, such as an image's file, the first column, `file`, holds it.

    Raises:
        InputError: the file cannot be read, or lacks columns that the run was trained on.
    """
    config, fitted = read_config(run), read_fitted(run)
    dtype = np.dtype(config.training.precision)
    source = config.data.source or config.data.train
    assert source is not None
    rows = read_rows(source, path, fitted)
    X = fitted.preprocessor.transform(rows, dtype)
    network = build_network(config, fitted, dtype)
    load_weights(run, network)
    names, columns = predictions(network.outputs(X), fitted.target)
    notes = notes_on_unseen(rows, fitted.preprocessor)
    if rows.row_names is not None:
        names, columns = ["file", *names], [rows.row_names, *columns]
    return names, columns, notes
