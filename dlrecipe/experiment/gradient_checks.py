"""Gradient checks of a config's network or a stored run's, in float64 on a few of its examples."""

from dataclasses import dataclass
from pathlib import Path

import numpy as np

from dlrecipe.config.loading import LoadedConfig
from dlrecipe.data.examples import Split
from dlrecipe.experiment.assembly import build_trainer, initialize, prepare_data
from dlrecipe.experiment.evaluation import load_weights, reopen
from dlrecipe.experiment.placing import places_from
from dlrecipe.experiment.reading import weights_reader
from dlrecipe.gradcheck.check import check_gradient
from dlrecipe.gradcheck.result import CheckResult
from dlrecipe.nn.objective import Objective
from dlrecipe.rng import stream
from dlrecipe.store.listing import find_run
from dlrecipe.training.hooks import Watch
from dlrecipe.training.loop import Trainer


@dataclass(frozen=True, kw_only=True)
class CheckOptions:
    """How a check is made: `epsilon` None chooses the step, `dropout` keeps it with a frozen mask.

    `every` compares every component, of networks too that are so large that a part is compared otherwise.
    """

    examples: int
    epsilon: float | None = None
    show_epsilons: bool = False
    dropout: bool = False
    every: bool = False


def check_config(
    loaded: LoadedConfig, runs_dir: Path, options: CheckOptions, *, epochs: int = 0
) -> list[CheckResult]:
    """Check the network of a config at its initial weights, on examples of its train split.

    Args:
        epochs: check again after so many epochs of training; nothing of it is stored.
    """
    config, dtype = loaded.config, np.dtype(np.float64)
    with places_from(loaded):
        prepared = prepare_data(config, dtype)
        trainer = build_trainer(config, prepared, dtype, weights_reader(runs_dir))
    train = prepared.splits["train"]
    results = [
        check_examples(trainer.objective, train, f"{config.name}, initial weights", config.seed, options)
    ]
    if epochs:
        name = f"{config.name}, {_train(trainer, epochs)}"
        results.append(check_examples(trainer.objective, train, name, config.seed, options))
    return results


def check_run(runs_dir: Path, reference: str, options: CheckOptions) -> list[CheckResult]:
    """Check a run's network at its initial weights, and again at those it kept after training."""
    run = find_run(runs_dir, reference)
    stored = reopen(run, precision="float64")
    train, seed = stored.prepared.splits["train"], stored.config.seed
    initialize(stored.objective.network, stored.config, weights_reader(runs_dir))
    at_start = check_examples(stored.objective, train, f"{run.id}, initial weights", seed, options)
    load_weights(run, stored.objective.network)
    return [at_start, check_examples(stored.objective, train, f"{run.id}, kept weights", seed, options)]


def _train(trainer: Trainer, epochs: int) -> str:
    """Train for so many epochs, or fewer if the config asks for fewer; return where that led, in words."""
    status = trainer.fit(Watch(lambda state: state.epoch >= epochs))
    done = trainer.state.epoch
    after = f"after {done} epoch{'s' if done != 1 else ''}"
    if status != "diverged":
        return after
    trainer.load_kept()
    return f"last finite weights (diverged {after})"


def check_examples(
    objective: Objective, train: Split, name: str, seed: int, options: CheckOptions
) -> CheckResult:
    """Check a network at its present weights, on examples drawn from a split."""
    n = min(options.examples, train.n_examples)
    rows = stream(seed, "gradcheck").choice(train.n_examples, n, replace=False)
    return check_gradient(
        objective,
        train.X[rows],
        train.y[rows],
        name=name,
        epsilon=options.epsilon,
        seed=seed,
        dropout=options.dropout,
        show_epsilons=options.show_epsilons,
        every=options.every,
    )
