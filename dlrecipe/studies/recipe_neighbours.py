"""Several settings moved at once, at random and nearby: what is tried when no single change helps.

Knows no runs: it is handed a config, and a stream of random numbers.
"""

import math
from collections.abc import Callable, Mapping
from typing import Any, TypeAlias

from numpy.random import Generator

from dlrecipe.diagnosis.settings import USUAL_LEARNING_RATE
from dlrecipe.studies.recipe_ideas import Idea

Move: TypeAlias = Callable[[Mapping[str, Any], Generator, float], dict[str, Any]]
"""Takes a config and how far to go, 1 as a rule, and returns a change, empty where there is none."""

NEARBY = "nearby"
"""The kind of such a change."""
NEAR, FAR = (-2.0, 1.0), (0.5, 1.5)
"""How far a change goes, in binary logarithms of usual steps. Small and large steps are mixed: how wide the
valley is that the best lies in nobody knows."""
FAR_STEP = 2.0
"""Usual steps from which on two layers may come or go at once."""
MOVED = 0.5
"""How likely each of the settings is to be among those that are moved."""
SWITCHED = 0.2
"""The same for the optimizer and the normalization, which have no near and far."""
OPTIMIZERS = ("adam", "momentum", "rmsprop", "sgd")
MOST_UNITS = 512
"""In a hidden layer: a search at random is no reason to make runs long."""
LEAST_L2, MOST_L2 = 1e-3, 100.0
"""Of λ: smaller ones change nothing, and larger ones leave nothing of the weights."""
SLOWEST = 100.0
"""Times that a learning rate may lie below its optimizer's usual one."""
_TRIES = 20


def neighbours(
    config: Mapping[str, Any], rng: Generator, n: int, reach: tuple[float, float] = NEAR
) -> list[Idea]:
    """Return up to `n` configs near one, as near as `reach` says: binary logarithms of usual steps."""
    found = (neighbour(config, rng, reach) for _ in range(n))
    return [idea for idea in found if idea is not None]


def neighbour(config: Mapping[str, Any], rng: Generator, reaches: tuple[float, float] = NEAR) -> Idea | None:
    """Return a config nearby as a change of two settings or more; None where there is little to move."""
    for _ in range(_TRIES):
        reach = 2.0 ** rng.uniform(*reaches)
        moved = [move(config, rng, reach) for move in MOVES if rng.random() < MOVED]
        changes = [change for change in moved if change]
        together = {path: value for change in changes for path, value in change.items()}
        for switch in SWITCHES:
            if rng.random() < SWITCHED:
                together |= (switched := switch(config, rng, together))
                changes += [switched] if switched else []
        if len(changes) > 1:
            return Idea(
                "Move several settings at once",
                together,
                "no single change helped any more; drawn at random near the best config",
                NEARBY,
                {},
            )
    return None


def _rate(config: Mapping[str, Any], rng: Generator, reach: float) -> dict[str, Any]:
    rate = config["optimizer"].get("learning_rate")
    if not rate:
        return {}
    least = min(rate, USUAL_LEARNING_RATE.get(config["optimizer"]["type"], rate) / SLOWEST)
    return {"optimizer.learning_rate": _rounded(max(min(rate * 3 ** rng.normal(scale=reach), 1.0), least))}


def _l2(config: Mapping[str, Any], rng: Generator, reach: float) -> dict[str, Any]:
    l2 = config["regularization"]["l2"]
    if l2:
        moved = min(l2 * 10 ** rng.normal(scale=0.7 * reach), max(MOST_L2, l2))
        return {"regularization.l2": _rounded(max(moved, min(LEAST_L2, l2)))}
    return {"regularization.l2": _rounded(10 ** rng.uniform(-3, 1))}


def _dropout(config: Mapping[str, Any], rng: Generator, reach: float) -> dict[str, Any]:
    keep = config["regularization"]["dropout"]["keep_prob"]
    if not isinstance(keep, int | float):
        return {}
    step = rng.normal(scale=0.15 * reach)
    # From 1 there is but one way.
    new = min(1.0, max(0.4, round(keep - abs(step) if keep == 1 else keep + step, 2)))
    return {} if new == keep else {"regularization.dropout.keep_prob": new}


def _size(config: Mapping[str, Any], rng: Generator, reach: float) -> dict[str, Any]:
    hidden, keep = config["network"]["hidden"], config["regularization"]["dropout"]["keep_prob"]
    if not hidden:
        return {}
    if isinstance(keep, int | float) and isinstance(config["network"]["activation"], str):
        most = 2 if reach > FAR_STEP else 1
        depth = min(4, max(1, len(hidden) + int(rng.integers(-most, most + 1))))
        hidden = [*hidden, *[hidden[-1]] * depth][:depth]
    factor = 2.0 ** rng.normal(scale=reach)
    sized = [min(max(4, _round_units(units * factor)), max(MOST_UNITS, units)) for units in hidden]
    return {} if sized == config["network"]["hidden"] else {"network.hidden": sized}


def _batch(config: Mapping[str, Any], rng: Generator, reach: float) -> dict[str, Any]:
    size = config["training"]["batch_size"]
    if not isinstance(size, int):
        return {}
    return {"training.batch_size": max(8, size * 2 if rng.random() < 0.5 else size // 2)}


def _length(config: Mapping[str, Any], rng: Generator, reach: float) -> dict[str, Any]:
    factor = 2.0 if rng.random() < 0.5 else 0.5
    change: dict[str, Any] = {"training.epochs": max(5, round(factor * config["training"]["epochs"]))}
    stopping = config["early_stopping"]
    if stopping is not None:
        change["early_stopping.patience"] = max(5, round(factor * stopping["patience"]))
    return change


def _optimizer(config: Mapping[str, Any], rng: Generator, moved: Mapping[str, Any]) -> dict[str, Any]:
    """Take another optimizer, and a learning rate as far from its usual one as before."""
    old, rate = config["optimizer"]["type"], config["optimizer"].get("learning_rate")
    if old not in OPTIMIZERS or not rate:
        return {}
    new = str(rng.choice([each for each in OPTIMIZERS if each != old]))
    rate = moved.get("optimizer.learning_rate", rate)
    factor = USUAL_LEARNING_RATE[new] / USUAL_LEARNING_RATE[old]
    return {"optimizer.type": new, "optimizer.learning_rate": _rounded(min(factor * rate, 1.0))}


def _normalization(config: Mapping[str, Any], rng: Generator, moved: Mapping[str, Any]) -> dict[str, Any]:
    other = {"none": "standard", "standard": "none"}.get(str(config["normalization"]))
    return {} if other is None else {"normalization": other}


MOVES: tuple[Move, ...] = (_rate, _l2, _dropout, _size, _batch, _length)

SWITCHES = (_optimizer, _normalization)


def _round_units(units: float) -> int:
    """Return the nearest power of two or number halfway between two of them: widths as people choose them."""
    below = 1 << math.floor(math.log2(max(units, 2.0)))
    return min((below, below * 3 // 2, below * 2), key=lambda each: abs(math.log(each / max(units, 2.0))))


def _rounded(value: float) -> float:
    return float(f"{value:.2g}")
