"""Write the training histories of fixtures/ with the libraries whose formats they are.

Not a test. Run with a Python that has the libraries (any of them; the others are passed over):

    pip install keras jax lightning mlflow tensorboardX tensorboard dvclive sacred transformers accelerate \
        xgboost-cpu lightgbm 'setuptools<81'
    python tests/interop/make_fixtures.py

Each trains on the same small data: scikit-learn's breast cancer table, its first 400 rows to learn from, the
others to judge by. fixtures/versions.json notes what wrote them.
"""

import json
import os
import shutil
import sqlite3
import sys
import tempfile
import traceback
from collections.abc import Callable
from contextlib import closing
from importlib.metadata import version
from pathlib import Path
from typing import Any

os.environ.setdefault("KERAS_BACKEND", "jax")
os.environ.setdefault("CUDA_VISIBLE_DEVICES", "")
FIXTURES = Path(__file__).parent / "fixtures"
EPOCHS = 5


def data() -> tuple[Any, Any, Any, Any]:
    from sklearn.datasets import load_breast_cancer

    X, y = load_breast_cancer(return_X_y=True)
    X = ((X - X[:400].mean(0)) / X[:400].std(0)).astype("float32")
    return X[:400], y[:400], X[400:], y[400:]


def keras(folder: Path) -> None:
    """keras.callbacks.CSVLogger."""
    import keras

    X, y, X_dev, y_dev = data()
    keras.utils.set_random_seed(0)
    model = keras.Sequential([keras.layers.Dense(8, "relu"), keras.layers.Dense(1, "sigmoid")])
    model.compile("adam", "binary_crossentropy", metrics=["accuracy"])
    logger = keras.callbacks.CSVLogger(str(folder / "keras.csv"))
    model.fit(X, y, validation_data=(X_dev, y_dev), epochs=EPOCHS, callbacks=[logger], verbose=0)


def lightning(folder: Path) -> None:
    """Lightning's CSVLogger: train and validation on rows of their own."""
    import lightning as L  # noqa: N812
    import torch
    from lightning.pytorch.loggers import CSVLogger

    X, y, X_dev, y_dev = (torch.tensor(each) for each in data())

    class Net(L.LightningModule):
        def __init__(self) -> None:
            super().__init__()
            self.layer = torch.nn.Linear(X.shape[1], 2)

        def _shared(self, batch: Any, name: str) -> Any:
            logits = self.layer(batch[0])
            loss = torch.nn.functional.cross_entropy(logits, batch[1])
            accuracy = (logits.argmax(1) == batch[1]).float().mean()
            self.log_dict({f"{name}_loss": loss, f"{name}_acc": accuracy}, on_step=False, on_epoch=True)
            return loss

        def training_step(self, batch: Any, index: int) -> Any:
            return self._shared(batch, "train")

        def validation_step(self, batch: Any, index: int) -> None:
            self._shared(batch, "val")

        def configure_optimizers(self) -> Any:
            return torch.optim.Adam(self.parameters(), 0.01)

    L.seed_everything(0)
    loader = torch.utils.data.DataLoader(torch.utils.data.TensorDataset(X, y), 32)
    loader_dev = torch.utils.data.DataLoader(torch.utils.data.TensorDataset(X_dev, y_dev), 64)
    logger = CSVLogger(folder, name="", version="lightning")
    trainer = L.Trainer(
        max_epochs=EPOCHS, logger=logger, accelerator="cpu", log_every_n_steps=1, enable_progress_bar=False,
        enable_checkpointing=False, enable_model_summary=False,
    )  # fmt: skip
    trainer.fit(Net(), loader, loader_dev)
    shutil.move(folder / "lightning" / "metrics.csv", folder / "lightning.csv")
    shutil.rmtree(folder / "lightning")


def mlflow_sqlite(folder: Path) -> None:
    """MLflow's SQLite store."""
    _mlflow(f"sqlite:///{folder / 'mlflow.db'}")
    shrink(folder / "mlflow.db")


def shrink(path: Path) -> None:
    """Drop the tables that hold nothing, which are nine tenths of the file, and the paths of this machine."""
    with closing(sqlite3.connect(path)) as base:
        names = [name for (name,) in base.execute("SELECT name FROM sqlite_master WHERE type = 'table'")]
        for name in names:
            if base.execute(f'SELECT count(*) FROM "{name}"').fetchone() == (0,):
                base.execute(f'DROP TABLE "{name}"')
        base.execute("UPDATE runs SET artifact_uri = 'artifacts'")
        base.execute("UPDATE experiments SET artifact_location = 'artifacts'")
        base.commit()
        base.execute("VACUUM")


def mlflow_files(folder: Path) -> None:
    """MLflow's file store, which version 3 writes only when it is asked to."""
    os.environ["MLFLOW_ALLOW_FILE_STORE"] = "true"
    _mlflow((folder / "mlruns").as_uri())
    for meta in (folder / "mlruns").rglob("meta.yaml"):
        lines = meta.read_text().splitlines(keepends=True)
        meta.write_text("".join(line for line in lines if not line.startswith(("artifact_", "source_name"))))
    for leftover in (folder / "mlruns").rglob("*"):
        if leftover.is_dir() and not any(leftover.iterdir()):
            leftover.rmdir()


def _mlflow(uri: str) -> None:
    import mlflow

    mlflow.set_tracking_uri(uri)
    client = mlflow.MlflowClient()
    experiment = client.create_experiment("cancer", artifact_location="artifacts")
    run = client.create_run(experiment)
    for epoch, row in enumerate(sgd_history(), start=1):
        for name, value in row.items():
            client.log_metric(run.info.run_id, name, value, step=epoch)
    client.set_terminated(run.info.run_id)


def sgd_history() -> list[dict[str, float]]:
    """The figures of a linear classifier by epoch, for the loggers that train nothing themselves."""
    import numpy as np
    from sklearn.linear_model import SGDClassifier
    from sklearn.metrics import log_loss

    X, y, X_dev, y_dev = data()
    model, rows = SGDClassifier("log_loss", random_state=0), []
    for _ in range(EPOCHS):
        model.partial_fit(X, y, classes=np.array([0, 1]))
        rows.append(
            {
                "train_accuracy": float(model.score(X, y)),
                "val_accuracy": float(model.score(X_dev, y_dev)),
                "train_loss": float(log_loss(y, model.predict_proba(X))),
                "val_loss": float(log_loss(y_dev, model.predict_proba(X_dev))),
            }
        )
    return rows


def tensorboard_x(folder: Path) -> None:
    """tensorboardX's SummaryWriter, one event file."""
    from tensorboardX import SummaryWriter

    with SummaryWriter(str(folder / "tensorboardx")) as writer:
        for epoch, row in enumerate(sgd_history(), start=1):
            for name, value in row.items():
                split, _, quantity = name.partition("_")
                writer.add_scalar(f"{quantity}/{split}", value, epoch)


def tensorboard_torch(folder: Path) -> None:
    """torch.utils.tensorboard in Keras's manner: a folder for train and one for validation."""
    from torch.utils.tensorboard import SummaryWriter

    for split, name in (("train", "train"), ("val", "validation")):
        with SummaryWriter(str(folder / "tensorboard" / name)) as writer:
            for epoch, row in enumerate(sgd_history()):
                for quantity in ("loss", "accuracy"):
                    writer.add_scalar(f"epoch_{quantity}", row[f"{split}_{quantity}"], epoch)


def dvclive(folder: Path) -> None:
    """DVCLive: a file a metric below plots/metrics."""
    from dvclive import Live

    with Live(str(folder / "dvclive"), save_dvc_exp=False, dvcyaml=None, report=None) as live:
        for row in sgd_history():
            for name, value in row.items():
                split, _, quantity = name.partition("_")
                live.log_metric(f"{split}/{quantity}", value)
            live.next_step()


def sacred(folder: Path) -> None:
    """Sacred's FileStorageObserver: metrics.json of a run."""
    from sacred import Experiment
    from sacred.observers import FileStorageObserver

    experiment = Experiment("cancer", save_git_info=False)
    experiment.observers.append(FileStorageObserver(str(folder / "sacred-runs")))

    @experiment.main
    def run(_run: Any) -> None:
        for epoch, row in enumerate(sgd_history(), start=1):
            for name, value in row.items():
                split, _, quantity = name.partition("_")
                _run.log_scalar(
                    {"train": "training", "val": "validation"}[split] + "." + quantity, value, epoch
                )

    experiment.run()
    shutil.move(folder / "sacred-runs" / "1" / "metrics.json", folder / "sacred.json")
    shutil.rmtree(folder / "sacred-runs")


def hugging_face(folder: Path) -> None:
    """transformers.Trainer: trainer_state.json."""
    import numpy as np
    import torch
    from transformers import Trainer, TrainingArguments

    X, y, X_dev, y_dev = data()

    class Net(torch.nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.layer = torch.nn.Linear(X.shape[1], 2)

        def forward(self, x: Any, labels: Any = None) -> Any:
            logits = self.layer(x)
            return {"loss": torch.nn.functional.cross_entropy(logits, labels), "logits": logits}

    def rows(features: Any, labels: Any) -> list[dict[str, Any]]:
        return [{"x": f, "labels": int(label)} for f, label in zip(features, labels, strict=True)]

    torch.manual_seed(0)
    settings = TrainingArguments(
        output_dir=str(folder / "hf"), num_train_epochs=EPOCHS, eval_strategy="epoch",
        logging_strategy="epoch", save_strategy="no", learning_rate=0.05, per_device_train_batch_size=32,
        report_to=[], disable_tqdm=True, use_cpu=True, seed=0,
    )  # fmt: skip
    trainer = Trainer(
        Net(), settings, train_dataset=rows(X, y), eval_dataset=rows(X_dev, y_dev),
        compute_metrics=lambda p: {"accuracy": float(np.mean(p.predictions.argmax(1) == p.label_ids))},
    )  # fmt: skip
    trainer.train()
    trainer.state.save_to_json(str(folder / "trainer_state.json"))
    shutil.rmtree(folder / "hf", ignore_errors=True)


def xgboost(folder: Path) -> None:
    """xgboost.train's evals_result."""
    import xgboost

    X, y, X_dev, y_dev = data()
    train, dev = xgboost.DMatrix(X, y), xgboost.DMatrix(X_dev, y_dev)
    result: dict[str, Any] = {}
    settings = {
        "objective": "binary:logistic",
        "eval_metric": ["logloss", "error"],
        "seed": 0,
        "max_depth": 3,
    }
    xgboost.train(
        settings, train, 8, evals=[(train, "train"), (dev, "eval")], evals_result=result, verbose_eval=False
    )
    (folder / "xgboost.json").write_text(json.dumps(result))
    model = xgboost.XGBClassifier(n_estimators=8, eval_metric="error", random_state=0)
    model.fit(X, y, eval_set=[(X, y), (X_dev, y_dev)], verbose=False)
    (folder / "xgboost_unnamed.json").write_text(json.dumps(model.evals_result()))


def lightgbm(folder: Path) -> None:
    """lightgbm's evals_result_."""
    import lightgbm

    X, y, X_dev, y_dev = data()
    model = lightgbm.LGBMClassifier(n_estimators=8, random_state=0, verbose=-1)
    model.fit(X, y, eval_set=[(X, y), (X_dev, y_dev)], eval_metric=["binary_error"])
    (folder / "lightgbm.json").write_text(json.dumps(model.evals_result_))


def sklearn_mlp(folder: Path) -> None:
    """scikit-learn's MLPClassifier: loss_curve_ and validation_scores_."""
    from sklearn.neural_network import MLPClassifier

    X, y, _, _ = data()
    model = MLPClassifier((8,), early_stopping=True, max_iter=30, random_state=0)
    model.fit(X, y)
    names = ("loss_curve_", "validation_scores_", "best_validation_score_", "n_iter_")
    dumped = {"class": "MLPClassifier", **{name: getattr(model, name) for name in names}}
    (folder / "sklearn_mlp.json").write_text(json.dumps(dumped))


WRITERS: dict[str, tuple[Callable[[Path], None], tuple[str, ...]]] = {
    "keras.csv": (keras, ("keras", "jax")),
    "lightning.csv": (lightning, ("lightning",)),
    "mlflow.db": (mlflow_sqlite, ("mlflow",)),
    "mlruns": (mlflow_files, ("mlflow",)),
    "tensorboardx": (tensorboard_x, ("tensorboardX",)),
    "tensorboard": (tensorboard_torch, ("torch", "tensorboard")),
    "dvclive": (dvclive, ("dvclive",)),
    "sacred.json": (sacred, ("sacred",)),
    "trainer_state.json": (hugging_face, ("transformers",)),
    "xgboost.json": (xgboost, ("xgboost-cpu",)),
    "lightgbm.json": (lightgbm, ("lightgbm",)),
    "sklearn_mlp.json": (sklearn_mlp, ("scikit-learn",)),
}


def main() -> None:
    """Write those that were asked for by name, or all."""
    noted = FIXTURES / "versions.json"
    versions = json.loads(noted.read_text()) if noted.exists() else {}
    for name, (write, packages) in WRITERS.items():
        if sys.argv[1:] and name not in sys.argv[1:]:
            continue
        with tempfile.TemporaryDirectory() as scratch:
            try:
                write(Path(scratch))
                versions[name] = {package: version(package) for package in packages}
            except Exception:
                traceback.print_exc()
                continue
            for made in Path(scratch).iterdir():
                target = FIXTURES / made.name
                shutil.rmtree(target, ignore_errors=True)
                target.unlink(missing_ok=True)
                shutil.move(made, target)
            print("wrote", name, flush=True)
        noted.write_text(json.dumps(versions, indent=2, sort_keys=True) + "\n")


if __name__ == "__main__":
    main()
