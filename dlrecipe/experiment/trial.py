"""One short training for a figure alone: nothing is shown, stored or counted as a run."""

import math
import time
from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np

from dlrecipe.config.schema import Config
from dlrecipe.data.examples import Split
from dlrecipe.data.preparation import Prepared
from dlrecipe.experiment.assembly import build_trainer, prepare_data
from dlrecipe.experiment.reading import weights_reader
from dlrecipe.rng import stream
from dlrecipe.training.hooks import Watch
from dlrecipe.training.measurement import measure


@dataclass(frozen=True)
class TriedConfig:
    """How a config that was tried ended: errors of the kept weights by split, its status, epochs and seconds.

    `fit_s`: those of training alone, without reading data and importing what reads them. `n_dev`: the
    examples that dev error was measured on.
    """

    errors: Mapping[str, float]
    status: str
    epochs: int
    wall_s: float
    fit_s: float
    task: str
    n_dev: int


def try_config(
    config: Config,
    *,
    share: float = 1.0,
    seconds: float = math.inf,
    runs_dir: Path = Path("runs"),
    prepared: Prepared | None = None,
) -> TriedConfig:
    """Train a config and return the errors of the weights it would keep, on train and dev.

    Args:
        share: the part of the training examples to learn from, drawn by the config's seed; dev is the same.
        seconds: when to end, if the config does not end before.
        runs_dir: where initial weights are looked for, if they come from a run.
        prepared: the data, if they have been prepared for this config.
    Raises:
        InputError: the config or its data cannot be used.
    """
    started = time.perf_counter()
    dtype = np.dtype(config.training.precision)
    data = prepare_data(config, dtype) if prepared is None else prepared
    if share < 1:
        data = _with_fewer(data, share, config.seed)
    # Two processes share the machine already where trials do.
    config = replace(config, training=replace(config.training, threads=1))
    trainer = build_trainer(config, data, data.splits["train"].X.dtype, weights_reader(runs_dir))
    began = time.perf_counter()
    end = time.monotonic() + seconds
    status = trainer.fit(Watch(lambda _: time.monotonic() > end))
    fit_s = time.perf_counter() - began
    trainer.load_kept()
    with np.errstate(all="ignore"):
        errors = {name: measure(trainer.objective, data.splits[name]).error for name in ("train", "dev")}
    return TriedConfig(
        errors,
        status,
        trainer.state.epoch,
        time.perf_counter() - started,
        fit_s,
        data.fitted.target.task,
        data.splits["dev"].n_examples,
    )


def _with_fewer(data: Prepared, share: float, seed: int) -> Prepared:
    """Return the data with a part of the training examples; the statistics stay those of all of them."""
    train = data.splits["train"]
    n = max(1, round(share * train.n_examples))
    rows = np.sort(stream(seed, "confirm").permutation(train.n_examples)[:n])
    X = train.X[rows] if isinstance(train.X, np.ndarray) else train.X.select(rows)
    fewer = Split(X, train.y[rows], train.rows[rows])
    return replace(data, splits={**data.splits, "train": fewer}, images=None)
