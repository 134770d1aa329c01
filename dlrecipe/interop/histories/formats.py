"""Every format that is known, in the order in which a path is tried: the more particular ones first."""

from dlrecipe.interop.histories import (
    boosting,
    dvclive,
    hugging_face,
    json_tables,
    mlflow_runs,
    sacred,
    sklearn_mlp,
    tables,
    tensorboard,
)
from dlrecipe.interop.histories.history import KNOWN_FORMATS, History, Place, Reader

FORMATS = {
    "mlflow": Reader("MLflow folder", mlflow_runs.is_folder_store, mlflow_runs.read_folder_store),
    "mlflow-sqlite": Reader("MLflow database", mlflow_runs.is_sqlite_store, mlflow_runs.read_sqlite_store),
    "dvclive": Reader("DVCLive", dvclive.is_dvclive, dvclive.read_dvclive),
    "hugging-face": Reader(
        "Hugging Face Trainer", hugging_face.is_hugging_face, hugging_face.read_hugging_face
    ),
    "sacred": Reader("Sacred", sacred.is_sacred, sacred.read_sacred),
    "tensorboard": Reader("TensorBoard", tensorboard.is_events, tensorboard.read_events),
    "sklearn": Reader("scikit-learn MLP", sklearn_mlp.is_sklearn, sklearn_mlp.read_sklearn),
    "boosting": Reader("XGBoost or LightGBM", boosting.is_boosting, boosting.read_boosting),
    "json-lists": Reader("JSON of lists", json_tables.is_lists, json_tables.read_lists),
    "json-records": Reader("JSON, an object an epoch", json_tables.is_records, json_tables.read_records),
    "lightning": Reader("Lightning metrics.csv", tables.is_lightning, tables.read_lightning),
    "keras": Reader("Keras CSVLogger", tables.is_keras, tables.read_keras),
    "csv": Reader("CSV", tables.is_table, tables.read_table),
}


def read_history(place: Place) -> tuple[str, History]:
    """Return the name of the format found at a path, and the history.

    Raises:
        InputError: no format is recognized, or the file is broken, with its place.
    """
    for name, reader in FORMATS.items():
        if reader.recognizes(place):
            history = reader.read(place)
            if not any(history.series.values()):
                raise place.refuse(
                    f"there are no figures in it ({reader.title})", "Give a log with some epochs."
                )
            return name, history
    what = (
        "nothing in this folder is a training history" if place.is_folder else "this is no training history"
    )
    raise place.refuse(what, KNOWN_FORMATS)
