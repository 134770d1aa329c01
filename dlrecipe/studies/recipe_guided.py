"""Which of many configs nearby to try: those that promise the most for their time, by what is known.

A model is made of the dev errors measured so far, over the settings that are moved. Knows no runs: it is
handed configs and their dev errors. Times are reckoned from the configs, never measured, so that what is
chosen is the same on any machine.
"""

import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import pairwise
from typing import Any, TypeAlias

import numpy as np
from numpy.random import Generator

from dlrecipe.diagnosis.evidence import setting_at
from dlrecipe.diagnosis.settings import USUAL_LEARNING_RATE
from dlrecipe.studies.recipe_ideas import Idea
from dlrecipe.studies.recipe_model import Array, fitted
from dlrecipe.studies.recipe_neighbours import FAR, NEAR, NEARBY, OPTIMIZERS, neighbours

Config: TypeAlias = Mapping[str, Any]

PARENTS = 4
"""Of the best runs, near which configs are drawn."""
DRAWN = 16
"""Configs drawn near each of them."""
DRAWN_FAR = 24
"""Configs drawn farther from the best run, and from the one that is best now."""
EVERY = 4
"""Of so many that are proposed one is among these."""
ENOUGH = 8
"""Runs from which on a model is made of them."""
MOST_KNOWN = 160
"""Runs that a model is made of, the latest and the best: its time grows with their cube."""
AT_MOST = 12
"""Configs that are proposed for a round."""
AROUND = 240
"""Steps of a small network that take as long as all that is done in a run beside its steps."""
MEASURED = 7
"""Such steps that take as long as what is done once an epoch."""
WORK = 4096.0
"""Examples times hidden units that take as long again as such a step."""
PRODUCTS = 2e5
"""Examples times weights between hidden layers that do."""
NO_L2 = 0.001
"""λ of an example that changes next to nothing: smaller ones are all alike."""
L2 = 1
"""The coordinate of λ."""
SWITCH = 1.0
"""How far apart two optimizers are, or two normalizations, where 1 is a usual step of a learning rate."""
MOVED = (
    "network.hidden",
    "optimizer.type",
    "optimizer.learning_rate",
    "regularization.l2",
    "regularization.dropout.keep_prob",
    "training.batch_size",
    "training.epochs",
    "early_stopping.patience",
    "normalization",
)


@dataclass
class Known:
    """A run that has ended: its whole config, and its dev error and J on dev.

    Worth keeping from one round to the next: where its config lies is reckoned once.
    """

    config: Config
    score: tuple[float, float]

    @cached_property
    def fixed(self) -> Config:
        """What is never moved of its config."""
        return _fixed(self.config)

    @cached_property
    def point(self) -> list[float]:
        """Where its config lies, by `_point`."""
        return _point(self.config)

    @property
    def dev(self) -> float:
        """The dev error."""
        return self.score[0]


def promising(
    now: Config, known: Sequence[Known], rng: Generator, *, n_train: int, least: float
) -> Iterator[Idea]:
    """Yield configs as changes of the one that is best now, the most promising first.

    Args:
        known: all runs that have ended; those that differ from `now` in what is never moved are left out.
        n_train: examples that a run is trained on.
        least: the dev error that one wrong example amounts to, or another that is next to nothing.
    """
    rest = _fixed(now)
    known = [each for each in known if math.isfinite(each.dev) and each.fixed == rest]
    if len(known) < ENOUGH or not _can_be_placed(now):
        yield from neighbours(now, rng, DRAWN)
        return
    best = sorted(known, key=lambda each: each.score)
    known = [*best[: MOST_KNOWN // 2], *best[MOST_KNOWN // 2 :][-MOST_KNOWN // 2 :]]
    parents = [each.config for each in best[:PARENTS]]
    near = _drawn([now, *parents], rng, DRAWN, NEAR, n_train)
    far = _drawn([now, *parents[:1]], rng, DRAWN_FAR, FAR, n_train)
    if not far:
        return
    drawn = [*near, *far]
    points = _spread([_point(each) for each in drawn], n_train)
    costs = np.array([cost(each, n_train) for each in drawn])
    model = fitted(
        _spread([each.point for each in known], n_train),
        np.array([each.dev for each in known]),
        np.array(APART),
        least,
    )
    outlook = model.outlook(points)
    for number in range(AT_MOST):
        # One in a few comes from farther off, or the search would never leave the valley it is in.
        first = len(near) if number % EVERY == EVERY - 1 else 0
        index = first + int((outlook.gain() / costs)[first:].argmax())
        yield _idea(drawn[index], now)
        # The next one is to tell something else.
        outlook.take(index)
        costs[index] = math.inf


def _drawn(
    parents: Sequence[Config], rng: Generator, n: int, reach: tuple[float, float], n_train: int
) -> list[Config]:
    """Return up to `n` configs near each of some, those left out that a model has no place for."""
    found = [_with(parent, idea.change) for parent in parents for idea in neighbours(parent, rng, n, reach)]
    return [each for each in found if _can_be_placed(each) and not _exceeds(each, n_train)]


def cost(config: Config, n_train: int) -> float:
    """Return how long a run takes, in steps of a small network."""
    size = config["training"]["batch_size"]
    steps = 1 if size == "full" else math.ceil(n_train / size)
    epochs, hidden = int(config["training"]["epochs"]), list(config["network"]["hidden"])
    products = sum(one * other for one, other in pairwise(hidden))
    work = n_train * sum(hidden) / WORK + n_train * products / PRODUCTS
    return float(AROUND + epochs * (MEASURED + steps + work))


def _spread(points: Sequence[list[float]], n_train: int) -> Array:
    """Return points as rows, λ by its logarithm: what it does depends on the number of examples."""
    found = np.array(points)
    found[:, L2] = np.log10(found[:, L2] + n_train * NO_L2)
    return found


def _point(config: Config) -> list[float]:
    """Return where a config lies: a usual step of any setting is about 1; λ is as it is."""
    hidden, optimizer = config["network"]["hidden"], config["optimizer"]
    regularization, size = config["regularization"], config["training"]["batch_size"]
    units = sum(hidden) / len(hidden) if hidden else 1.0
    usual = USUAL_LEARNING_RATE[optimizer["type"]]
    return [
        math.log(optimizer["learning_rate"] / usual, 3),
        regularization["l2"],
        (1 - regularization["dropout"]["keep_prob"]) / 0.15,
        math.log2(units),
        float(len(hidden)),
        math.log2(size) if isinstance(size, int) else 10.0,
        math.log2(config["training"]["epochs"]),
        *(SWITCH * (optimizer["type"] == each) for each in OPTIMIZERS),
        SWITCH * (config["normalization"] == "none"),
    ]


REDRAWN = 20.0
APART = (1.0, 1.0, 1.0, REDRAWN, REDRAWN, REDRAWN, 1.0, *([REDRAWN] * len(OPTIMIZERS)), REDRAWN)
"""By coordinate of a point: with another width, depth or batch size all that is random is drawn anew."""


def _can_be_placed(config: Config) -> bool:
    optimizer, keep = config["optimizer"], config["regularization"]["dropout"]["keep_prob"]
    return (
        optimizer["type"] in OPTIMIZERS
        and bool(optimizer.get("learning_rate"))
        and isinstance(keep, int | float)
    )


def _exceeds(config: Config, n_train: int) -> bool:
    size = config["training"]["batch_size"]
    return isinstance(size, int) and size > n_train


def _fixed(config: Config) -> Config:
    """Return what is never moved of a config: only where it is the same can errors be compared."""
    found = _with(config, dict.fromkeys(MOVED))
    # Settings of an optimizer's own go with its type.
    return {**found, "optimizer": {key: config["optimizer"].get(key) for key in ("schedule", "clip")}}


def _with(config: Config, values: Mapping[str, Any]) -> Config:
    """Return a config with other values at some paths, where there is something at all."""
    found = dict(config)
    for path, value in values.items():
        *parents, last = path.split(".")
        part: Any = found
        for key in parents:
            if isinstance(part.get(key), Mapping):
                part[key] = dict(part[key])
            part = part[key]
            if part is None:
                break
        if part is not None:
            part[last] = value
    return found


def _idea(config: Config, now: Config) -> Idea:
    change = {
        path: setting_at(config, path) for path in MOVED if setting_at(config, path) != setting_at(now, path)
    }
    why = "no single change helped any more; of many near the best ones this promises the most for its time"
    return Idea("Move several settings at once", change, why, NEARBY, {})
