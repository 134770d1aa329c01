"""A stored run's settings and figures in MLflow: a server, or a SQLite file that `mlflow ui` reads."""

from collections.abc import Iterator, Mapping
from datetime import datetime
from typing import Any

from dlrecipe.config.dotted import flattened
from dlrecipe.config.writing import config_to_dict
from dlrecipe.errors import InputError
from dlrecipe.experiment.reading import read_config
from dlrecipe.extras import require
from dlrecipe.interop.figures import Figure, figures_by_epoch, final_figures
from dlrecipe.store.run_directory import RunDirectory

EXPERIMENT = "dlrecipe"
RUN_TAG = "dlrecipe.run_id"
METRICS_A_CALL, PARAMS_A_CALL, LONGEST_PARAM = 1_000, 100, 6_000
"""What an MLflow server takes at once."""
STATUS = {"finished": "FINISHED", "stopped_early": "FINISHED", "interrupted": "KILLED"}
"""MLflow's word for each end of a run; the others are FAILED."""
PURPOSE = "export --mlflow"


def export_mlflow(run: RunDirectory, uri: str, *, force: bool = False) -> dict[str, Any]:
    """Log a run to MLflow: settings as params, figures by epoch as metrics, what it rests on as tags.

    Args:
        uri: `http(s)://…`, `sqlite:///FILE.db` or another database. MLflow 3 has given up plain folders.
        force: delete the run that an earlier export has made there, and log it anew.
    Raises:
        InputError: the store cannot be reached, is a folder, or has the run already.
        MissingExtra: mlflow-skinny, or the package for databases, is not installed.
    """
    _require_usable(uri)
    require("mlflow", extra="mlflow", purpose=PURPOSE)
    if not uri.startswith("http"):
        require("sqlalchemy", extra="mlflow", purpose=f"{PURPOSE} to a database")
        require("alembic", extra="mlflow", purpose=f"{PURPOSE} to a database")
    tracking = require("mlflow.tracking", extra="mlflow", purpose=PURPOSE)
    mlflow_error = require("mlflow.exceptions", extra="mlflow", purpose=PURPOSE).MlflowException
    try:
        client = tracking.MlflowClient(tracking_uri=uri)
        experiment = client.get_experiment_by_name(EXPERIMENT)
        experiment_id = experiment.experiment_id if experiment else client.create_experiment(EXPERIMENT)
        _make_room(client, experiment_id, run.id, force=force)
        mlflow_run_id = _log(client, experiment_id, run)
    except (mlflow_error, OSError) as error:
        raise InputError(
            f"MLflow refuses: {str(error).splitlines()[0]}",
            where=uri,
            remedy="Check the address, and that the server is running or the file can be written.",
        ) from error
    return {"uri": uri, "experiment": EXPERIMENT, "mlflow_run_id": mlflow_run_id}


def _require_usable(uri: str) -> None:
    if "://" in uri and not uri.startswith("file:"):
        return
    raise InputError(
        "this is a folder, and MLflow 3 stores nothing in folders any more",
        where=uri,
        remedy="Give the address of a server, or a SQLite file: --mlflow sqlite:///mlflow.db",
    )


def _make_room(client: Any, experiment_id: str, run_id: str, *, force: bool) -> None:
    for earlier in client.search_runs([experiment_id], f"tags.`{RUN_TAG}` = '{run_id}'"):
        if not force:
            raise InputError(
                f"{run_id} is there already, as {earlier.info.run_id}",
                where=client.tracking_uri,
                remedy="Give --force to delete it and log the run anew.",
            )
        client.delete_run(earlier.info.run_id)


def _log(client: Any, experiment_id: str, run: RunDirectory) -> str:
    """Log everything; a run that breaks off is deleted, so that none is there in part."""
    entities = require("mlflow.entities", extra="mlflow", purpose=PURPOSE)
    started = _milliseconds(run)
    made: str = client.create_run(
        experiment_id, start_time=started, run_name=run.id, tags=_tags(run)
    ).info.run_id
    try:
        params = [entities.Param(*pair) for pair in _params(config_to_dict(read_config(run)))]
        for start in range(0, len(params), PARAMS_A_CALL):
            client.log_batch(made, params=params[start : start + PARAMS_A_CALL])
        metrics = [
            entities.Metric(figure.name, figure.value, started + 1000 * figure.epoch, figure.epoch)
            for figure in _figures(run)
        ]
        for start in range(0, len(metrics), METRICS_A_CALL):
            client.log_batch(made, metrics=metrics[start : start + METRICS_A_CALL])
        client.set_terminated(made, STATUS.get(run.status, "FAILED"), _ended(run, started))
    except BaseException:
        client.delete_run(made)
        raise
    return made


def _figures(run: RunDirectory) -> Iterator[Figure]:
    yield from figures_by_epoch(run)
    yield from final_figures(run)


def _tags(run: RunDirectory) -> dict[str, str]:
    record = run.record
    tags = {RUN_TAG: run.id, "dlrecipe.status": run.status, "dlrecipe.task": record["data"]["task"]}
    tags["dlrecipe.data"] = record["data"]["fingerprint"]
    return tags


def _params(config: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    """Yield each setting under its dotted key, as text."""
    for key, value in flattened(config).items():
        yield key, ("null" if value is None else str(value))[:LONGEST_PARAM]


def _milliseconds(run: RunDirectory) -> int:
    return int(datetime.fromisoformat(run.record["created"]).timestamp() * 1000)


def _ended(run: RunDirectory, started: int) -> int:
    return started + int(1000 * float((run.record.get("result") or {}).get("wall_s", 0)))
