"""Stored runs as documents: the list of all, one in full, several side by side."""

from collections.abc import Mapping, Sequence
from datetime import UTC
from pathlib import Path
from typing import TYPE_CHECKING, Any

from dlrecipe import __version__
from dlrecipe.config.dotted import flattened
from dlrecipe.store.listing import RunSummary, each_run

if TYPE_CHECKING:
    from dlrecipe.store.run_directory import RunDirectory

SHOWN_METRICS = ("r2", "rmse", "mae", "error_interval")


def runs_document(runs_dir: Path) -> dict[str, Any]:
    """Return a row a run, the oldest first."""
    runs = each_run(runs_dir, ("data", "network", "result"))
    rows = sorted(map(_row, runs), key=lambda row: (row["created"] or "", row["run_id"]))
    return {"schema_version": 1, "runs": rows}


def run_document(run: "RunDirectory") -> dict[str, Any]:
    """Return all that a run says of itself: record, resolved config, journal."""
    return {
        "schema_version": 1,
        "run_id": run.id,
        "path": str(run.path),
        "status": run.status,
        "record": dict(run.record),
        "config": run.read_text("config.yaml"),
        "history": run.read_journal(),
    }


def comparison(runs: "Sequence[RunDirectory]") -> dict[str, Any]:
    """Return the figures of several runs and the settings in which they differ.

    `settings` maps a dotted key to its value in each run, in the order of the runs.
    """
    configs = [flattened(settings) for settings in _settings(runs)]
    # Where a run comes from is no setting of it: it has a row of its own.
    keys = list(dict.fromkeys(key for config in configs for key in config if not key.startswith("parent")))
    settings = {key: [config.get(key) for config in configs] for key in keys}
    differing = {key: values for key, values in settings.items() if any(v != values[0] for v in values)}
    return {"schema_version": 1, "runs": [_full_row(run) for run in runs], "settings": differing}


def _settings(runs: "Sequence[RunDirectory]") -> "list[dict[str, Any]]":
    """Return the resolved config of each run as plain values."""
    if any(run.record.get("environment", {}).get("dlrecipe") != __version__ for run in runs):
        # An older one may lack keys, to which the schema gives their defaults.
        from dlrecipe.config.writing import config_to_dict
        from dlrecipe.experiment.reading import read_config

        return [config_to_dict(read_config(run)) for run in runs]
    # Imported here: the list of all does without YAML.
    from dlrecipe.config.stored import load_stored_settings

    return [load_stored_settings(run.read_text("config.yaml"), f"{run.id}/config.yaml") for run in runs]


def _full_row(run: "RunDirectory") -> dict[str, Any]:
    row = {"run_id": run.id, "status": run.status, **_figures(run.record)}
    if "parent" in run.record:
        row["parent"] = run.record["parent"]
        row["promise"] = (run.record.get("result") or {}).get("promise")
    return row


def _row(summary: RunSummary) -> dict[str, Any]:
    created = None if summary.created is None else summary.created.astimezone(UTC).isoformat()
    row = {"run_id": summary.id, "status": summary.status, "created": created}
    if summary.damage:
        return {**row, "damage": summary.damage}
    try:
        return {**row, **_figures(summary.record)}
    except (AttributeError, TypeError, ValueError):
        # Sealed, and yet not what a run says: written by something else than this version of dlrecipe.
        return {**row, "status": "damaged", "damage": "run.json: it does not say what a run's says"}


def _figures(record: Mapping[str, Any]) -> dict[str, Any]:
    """Return what lists and comparisons show of a run; a run without a result shows None."""
    result, data = record.get("result", {}), record.get("data", {})
    return {
        "task": data.get("task"),
        "origin": data.get("origins", {}).get("train"),
        "n": data.get("n", {}),
        "n_params": record.get("network", {}).get("n_params"),
        "errors": result.get("errors", {}),
        "cost": result.get("cost", {}),
        "metrics": {
            name: {key: value for key, value in figures.items() if key in SHOWN_METRICS}
            for name, figures in result.get("metrics", {}).items()
        },
        "epochs_run": result.get("epochs_run"),
        "best_epoch": result.get("best_epoch"),
        "kept_epoch": result.get("kept_epoch"),
        "wall_s": result.get("wall_s"),
    }
