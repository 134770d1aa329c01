"""Runs that do well: the worlds' own configs, varied as people vary them without doing harm."""

from typing import Any

from benchmarks.planted.kind import ALL
from benchmarks.planted.worlds import WORLDS

VARIATIONS: tuple[dict[str, Any], ...] = (
    {},
    {"network.activation": "tanh", "initialization": "xavier"},
    {"network.hidden": [64, 32]},
    {"normalization": "minmax"},
    {"optimizer": {"type": "momentum", "learning_rate": 0.02}},
    {"network.activation": "leaky_relu"},
    {"optimizer": {"type": "adam", "learning_rate": 0.002}},
    {"training.batch_size": 48},
    {"optimizer": {"type": "rmsprop", "learning_rate": 0.001}},
    {"optimizer": {"type": "adamw", "learning_rate": 0.001}},
    {"network.hidden": [96], "regularization.dropout.keep_prob": 0.9},
    {"normalization": "robust"},
    {"early_stopping": {"monitor": "dev_cost", "patience": 8}},
    {"optimizer": {"type": "adam", "learning_rate": 0.001, "schedule": {"type": "cosine"}}},
    {"initialization": "orthogonal"},
)


def healthy(instance: int) -> tuple[str, dict[str, Any]]:
    """Return the world and the config of one healthy run: every variation meets every world in turn."""
    world = ALL[instance % len(ALL)]
    return world, WORLDS[world].config(instance) | VARIATIONS[instance % len(VARIATIONS)]
