"""Gradient checks of a config's network or a stored run's, in float64 on a few of its examples."""

from collections.abc import Sequence
from pathlib import Path

import numpy as np

from dlrecipe.config.loading import load_config
from dlrecipe.data.examples import Split
from dlrecipe.experiment.assembly import build_objective, initialize, prepare_data
from dlrecipe.experiment.evaluation import load_weights, reopen
from dlrecipe.experiment.reading import weights_reader
from dlrecipe.experiment.training_run import places_from
from dlrecipe.gradcheck.check import check_gradient
from dlrecipe.gradcheck.result import CheckResult
from dlrecipe.nn.objective import Objective
from dlrecipe.rng import stream
from dlrecipe.store.listing import find_run

EXAMPLES = 16
"""Enough for every class and unit to matter, few enough for thousands of forward passes."""


def check_config(path: Path, overrides: Sequence[str], runs_dir: Path) -> list[CheckResult]:
    """Check the network of a config at its initial weights, on examples of its train split."""
    loaded = load_config(path, overrides)
    dtype = np.dtype(np.float64)
    with places_from(loaded):
        prepared = prepare_data(loaded.config, dtype)
        objective = build_objective(loaded.config, prepared, dtype)
        initialize(objective.network, loaded.config, weights_reader(runs_dir))
    name = f"{loaded.config.name}, initial weights"
    return [_check(objective, prepared.splits["train"], name, loaded.config.seed)]


def check_run(runs_dir: Path, reference: str) -> list[CheckResult]:
    """Check a run's network at its initial weights, and again at those it kept after training."""
    run = find_run(runs_dir, reference)
    stored = reopen(run, precision="float64")
    train, seed = stored.prepared.splits["train"], stored.config.seed
    initialize(stored.objective.network, stored.config, weights_reader(runs_dir))
    at_start = _check(stored.objective, train, f"{run.id}, initial weights", seed)
    load_weights(run, stored.objective.network)
    return [at_start, _check(stored.objective, train, f"{run.id}, kept weights", seed)]


def _check(objective: Objective, train: Split, name: str, seed: int) -> CheckResult:
    n = min(EXAMPLES, train.n_examples)
    rows = stream(seed, "gradcheck").choice(train.n_examples, n, replace=False)
    return check_gradient(objective, train.X[rows], train.y[rows], name=name)
