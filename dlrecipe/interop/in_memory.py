"""Training on arrays at hand, without a run directory: the same engine, splits, statistics and figures."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from dlrecipe.arrays import Floats
from dlrecipe.config.schema import Config
from dlrecipe.data.examples import Examples, Split
from dlrecipe.data.fitted import Fitted
from dlrecipe.data.preparation import Prepared
from dlrecipe.data.preprocessing import Preprocessor
from dlrecipe.data.specs import SplitSpec
from dlrecipe.data.splits import split_rows
from dlrecipe.data.targets import TargetCodec
from dlrecipe.diagnosis.evidence import Evidence
from dlrecipe.errors import DataError
from dlrecipe.experiment.assembly import build_trainer
from dlrecipe.experiment.evidence import evidence_of
from dlrecipe.experiment.reading import weights_reader
from dlrecipe.experiment.results import data_facts, dropout_costs, figures, start_figures
from dlrecipe.training.hooks import Record, Watch

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
    initial = start_figures(trainer, prepared.splits, measured, config.seed)
    watch = Watch()
    status = trainer.fit(watch)
    trainer.load_kept()
    with np.errstate(all="ignore"):
        figures_by_split = {
            name: figures(trainer.objective, prepared.splits[name], target) for name in measured
        }
        dropped = dropout_costs(trainer.objective, trainer.train, config.seed)
    facts = data_facts(prepared)
    evidence = evidence_of(
        config,
        facts=facts | {"class_counts": _of(facts.get("class_counts"), measured)},
        initial=initial,
        measured=figures_by_split,
        ended={
            "status": status,
            "best_epoch": trainer.state.best.epoch,
            "epochs_run": trainer.state.epoch,
            "epochs_planned": config.training.epochs,
            "dropout_costs": dropped,
        },
        history=[_of_measured(record, measured) for record in watch.records],
        n_params=trainer.network.parameters.n_params,
    )
    weights = {name: array.copy() for name, array in trainer.network.arrays().items()}
    return InMemoryFit(config, prepared.fitted, weights, evidence)


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


def _of_measured(record: Record, measured: tuple[str, ...]) -> Record:
    """Return an epoch's record; the figures of a dev that is train under another name are left out."""
    return {**record, **{key: _of(record[key], measured) for key in ("cost", "error")}}


def _of(by_split: Mapping[str, Any] | None, measured: tuple[str, ...]) -> dict[str, Any] | None:
    return None if by_split is None else {name: by_split[name] for name in measured if name in by_split}
