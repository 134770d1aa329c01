"""Training on arrays at hand, without a run directory: the same engine, splits, statistics and figures."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from dlrecipe.arrays import Floats
from dlrecipe.config.schema import Config
from dlrecipe.config.writing import config_to_dict
from dlrecipe.data.examples import Examples, Split
from dlrecipe.data.fitted import Fitted
from dlrecipe.data.preparation import Prepared
from dlrecipe.data.preprocessing import Preprocessor
from dlrecipe.data.specs import SplitSpec
from dlrecipe.data.splits import split_rows
from dlrecipe.data.targets import TargetCodec
from dlrecipe.diagnosis.evidence import ClassAnswers, Epoch, Evidence, InputScale
from dlrecipe.errors import DataError
from dlrecipe.experiment.assembly import build_trainer
from dlrecipe.experiment.reading import weights_reader
from dlrecipe.experiment.results import data_facts, dropout_costs, figures, slope_at_start
from dlrecipe.training.hooks import Record
from dlrecipe.training.loop import Trainer
from dlrecipe.training.measurement import Measurement, measure
from dlrecipe.training.state import TrainingState

FEWEST_TO_SPLIT = 20
"""Rows below which no dev set is split off: one of three rows could not tell one epoch from another."""


@dataclass(frozen=True, eq=False)
class InMemoryFit:
    """What training on arrays has made: all that predicting and the diagnosis need, and none of the data."""

    config: Config
    fitted: Fitted
    weights: Mapping[str, Floats]
    evidence: Evidence


def fit_arrays(config: Config, examples: Examples, target: TargetCodec) -> InMemoryFit:
    """Train on examples as `dlrecipe train` does on a config's data; nothing is written.

    A share `data.split.dev` of the rows is held out as dev, for early stopping and the diagnosis. Of fewer
    than 20 rows, or where the rest would have a constant target, none is: then all epochs are trained.

    Args:
        examples: with a matrix of finite numbers, and the target as the codec encodes it.
    """
    dtype = np.dtype(config.training.precision)
    prepared, has_dev = _prepared(config, examples, target, dtype)
    if not has_dev:
        config = replace(config, early_stopping=None)
    trainer = build_trainer(config, prepared, dtype, weights_reader(Path("runs")))
    measured = ("train", "dev") if has_dev else ("train",)
    with np.errstate(all="ignore"):
        initial = {name: measure(trainer.objective, prepared.splits[name]) for name in measured}
        penalty = trainer.objective.penalty_value()
    slope = slope_at_start(trainer.objective, trainer.train, config.seed)
    history = _History()
    status = trainer.fit(history)
    trainer.load_kept()
    evidence = _evidence(config, prepared, trainer, measured, initial, penalty, slope, history, status)
    weights = {name: array.copy() for name, array in trainer.network.arrays().items()}
    return InMemoryFit(config, prepared.fitted, weights, evidence)


@dataclass
class _History:
    """Hooks that only keep what the loop tells."""

    records: list[Record] = field(default_factory=list)

    def epoch_finished(self, record: Record, state: TrainingState) -> None:
        self.records.append(record)

    def pause(self, state: TrainingState) -> bool:
        return False


def _prepared(
    config: Config, examples: Examples, target: TargetCodec, dtype: np.dtype[Any]
) -> tuple[Prepared, bool]:
    """Return splits ready for the engine, and whether dev is more than train under another name."""
    rows = _rows(config, examples, target)
    fitted = Fitted(Preprocessor.fit(examples, config.normalization, rows=rows["train"]), target, None)
    assert examples.target is not None
    splits = {}
    for name, part in rows.items():
        X = fitted.preprocessor.transform(examples, dtype, rows=part)
        splits[name] = Split(X, _encoded(examples.target[part], target, dtype), part)
    has_dev = "dev" in splits
    splits.setdefault("dev", splits["train"])
    return Prepared(splits, fitted, "", dict.fromkeys(splits, examples.origin)), has_dev


def _rows(config: Config, examples: Examples, target: TargetCodec) -> dict[str, NDArray[np.intp]]:
    n, y = examples.n_examples, examples.target
    everything = {"train": np.arange(n)}
    spec = config.data.split
    if not isinstance(spec, SplitSpec) or spec.dev == 0 or n < FEWEST_TO_SPLIT:
        return everything
    try:
        rows = split_rows(examples, spec, seed=config.seed, task_hint=target.task)
    except DataError:  # a class of a single row cannot be spread over two splits
        plain = replace(spec, stratify=False)
        rows = split_rows(examples, plain, seed=config.seed, task_hint=target.task)
    assert y is not None
    if target.task == "regression" and any(np.any(np.ptp(y[part], axis=0) == 0) for part in rows.values()):
        return everything
    if target.task == "classification" and len(set(y[rows["train"]])) < len(target.classes):
        return everything
    return rows


def _encoded(values: NDArray[Any], target: TargetCodec, dtype: np.dtype[Any]) -> NDArray[Any]:
    if target.task == "classification":
        return values.astype(np.int64)
    return target.encode(values, dtype)


def _evidence(
    config: Config,
    prepared: Prepared,
    trainer: Trainer,
    measured: tuple[str, ...],
    initial: Mapping[str, Measurement],
    penalty: float,
    slope: float | None,
    history: _History,
    status: Any,
) -> Evidence:
    """Return what the diagnosis may read, of the kept weights."""
    target = prepared.fitted.target
    facts = data_facts(prepared)
    with np.errstate(all="ignore"):
        found = {name: figures(trainer.objective, prepared.splits[name], target) for name in measured}
        dropped = dropout_costs(trainer.objective, trainer.train, config.seed)
    inputs = facts["inputs"]
    return Evidence(
        task=target.task,
        errors=_finite({name: each["error"] for name, each in found.items()}),
        cost=_finite({name: each["cost"] for name, each in found.items()}),
        n={name: prepared.n[name] for name in measured},
        error_intervals={
            name: tuple(each["error_interval"])
            for name, each in found.items()
            if each.get("error_interval") is not None
        }
        or None,
        bayes_error=config.diagnosis.bayes_error,
        target_error=config.diagnosis.target_error,
        baseline_error=facts["baseline_error"],
        initial_cost={name: value.cost for name, value in initial.items()},
        initial_penalty=penalty,
        slope_difference=slope,
        dropout_costs=dropped,
        history=tuple(_epoch(record, measured) for record in history.records),
        best_epoch=trainer.state.best.epoch,
        epochs_run=trainer.state.epoch,
        epochs_planned=config.training.epochs,
        status=status,
        config=config_to_dict(config),
        inputs=None if inputs is None else InputScale(**inputs),
        n_features=facts["n_features"],
        n_classes=len(target.classes) or None,
        n_targets=len(target.target_names) if target.task == "regression" else None,
        n_params=trainer.network.parameters.n_params,
        class_counts=_of(facts.get("class_counts"), measured),
        by_class={
            name: _answers(target.classes, each["confusion"])
            for name, each in found.items()
            if "confusion" in each
        }
        or None,
        confusion={name: each["confusion"] for name, each in found.items() if "confusion" in each} or None,
        confident_errors={name: each.get("confident_error") for name, each in found.items()},
        target_reach=facts.get("target_reach"),
    )


def _epoch(record: Record, measured: tuple[str, ...]) -> Epoch:
    """Return an epoch's figures; those of a dev that is train under another name are left out."""
    own = {key: _of(record[key], measured) for key in ("cost", "error")}
    return Epoch.from_record({**record, **own})


def _of(by_split: Mapping[str, Any] | None, measured: tuple[str, ...]) -> dict[str, Any] | None:
    return None if by_split is None else {name: by_split[name] for name in measured if name in by_split}


def _finite(by_split: Mapping[str, float]) -> dict[str, float]:
    return {name: value for name, value in by_split.items() if np.isfinite(value)}


def _answers(classes: tuple[str, ...], matrix: list[list[int]]) -> dict[str, ClassAnswers]:
    return {
        name: ClassAnswers(n=sum(row), right=row[k], predicted=sum(other[k] for other in matrix))
        for k, (name, row) in enumerate(zip(classes, matrix, strict=True))
    }
