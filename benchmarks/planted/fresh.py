"""The same kinds of causes on data that no rule was written on, at other strengths, and other healthy runs.

For the figure alone: what counts as right is what stands with the kind; worlds, strengths, seeds and the
variations of what does well are all others than those that the rules were tuned by.
"""

from dataclasses import replace
from typing import Any

from benchmarks.planted.architecture import ARCHITECTURE
from benchmarks.planted.data import (
    DATA_CAUSES,
    big_targets,
    elsewhere,
    few,
    leak,
    outliers,
    rare,
    relabelled,
    repeated,
    tiny_dev,
    unscaled,
)
from benchmarks.planted.fresh_worlds import FRESH_WORLDS
from benchmarks.planted.kind import Kind, Settings, setting
from benchmarks.planted.optimization import OPTIMIZATION, times

EVERY = tuple(FRESH_WORLDS)
HARD = ("mnist_whole", "fashion_whole", "clusters")
"""Where a handful of units is too few."""
TABLES = ("adult_test", "expensive", "wine_points", "wine_cultivars")
CLASSES = ("mnist_whole", "fashion_whole", "adult_test", "expensive", "wine_cultivars", "clusters", "moons")
MANY_CLASSES = ("mnist_whole", "fashion_whole", "clusters")
NUMBERS = ("friedman", "wine_points")
SEEN: dict[str, Kind] = {**OPTIMIZATION, **ARCHITECTURE, **DATA_CAUSES}


def _few_rows(parts, rng, instance):  # type: ignore[no-untyped-def]
    train = parts.train.take(rng.permutation(parts.train.n)[:400])
    return replace(parts, train=train)


def _normal(*scales: float) -> tuple[dict[str, Any], ...]:
    return tuple({"type": "normal", "scale": scale} for scale in scales)


CHANGED: dict[str, dict[str, Any]] = {
    "zeros as initialization": {
        "worlds": EVERY,
        "settings": setting(initialization="zeros", network__hidden=([40], [32, 16])),
    },
    "weights ten times too large": {
        "worlds": EVERY,
        "settings": setting(initialization=({"type": "he", "scale": 10.0}, *_normal(5.0))),
    },
    "weights too small for the depth": {
        "worlds": EVERY,
        "settings": setting(initialization=_normal(0.02, 0.003), network__hidden=([24] * 7, [64] * 4)),
    },
    "learning rate 100 times too low": {"worlds": EVERY, "settings": times((0.005, 0.02, 0.002))},
    "learning rate far too high": {"worlds": EVERY, "settings": times((500.0, 2000.0))},
    "dead relus by a step too long": {
        "worlds": CLASSES,
        "settings": setting(
            optimizer=({"type": "sgd", "learning_rate": 15.0}, {"type": "sgd", "learning_rate": 30.0}),
            network__hidden=([48], [64, 64]),
        ),
    },
    "batches of two at a high rate": {
        "worlds": MANY_CLASSES,
        "settings": setting(
            training__batch_size=(3, 4),
            training__epochs=3,
            optimizer=({"type": "rmsprop", "learning_rate": 0.5}, {"type": "adam", "learning_rate": 0.5}),
        ),
    },
    "one batch of everything": {
        "worlds": EVERY,
        "settings": setting(training__batch_size="full", training__epochs=(8, 20), early_stopping=None),
    },
    "too few epochs": {
        "worlds": ("mnist_whole", "clusters", "expensive", "friedman"),
        "settings": setting(training__epochs=(1, 2), optimizer={"type": "adam", "learning_rate": 2e-4}),
    },
    "stopped too early": {
        "worlds": ("clusters", "mnist_whole", "wine_points"),
        "settings": setting(
            early_stopping=(
                {"monitor": "dev_error", "patience": 1},
                {"monitor": "dev_error", "patience": 2},
            ),
            optimizer={"type": "adam", "learning_rate": 1.5e-4},
            training__epochs=200,
        ),
    },
    "a wrong gradient": {"worlds": EVERY},
    "too small": {"worlds": HARD, "settings": setting(network__hidden=([3], [2], [4, 2]))},
    "stacked linear layers": {
        "worlds": ("friedman", "moons", "clusters"),
        "settings": setting(network__activation="identity", network__hidden=([48, 48], [96], [24] * 4)),
    },
    "deep sigmoid": {
        "worlds": EVERY,
        "settings": setting(
            network__activation="sigmoid", network__hidden=([48] * 5, [24] * 7), initialization="xavier"
        ),
    },
    "saturated tanh": {
        "worlds": HARD,
        "settings": setting(
            network__activation="tanh", network__hidden=([48, 48], [96]), initialization=_normal(2.0, 5.0)
        ),
    },
    "an output that cannot reach": {
        "worlds": NUMBERS,
        "settings": setting(
            network__output=("tanh", "sigmoid"), target_normalization="none", network__hidden=([48], [32, 32])
        ),
    },
    "keep_prob 0.2": {
        "worlds": (*HARD, "friedman"),
        "settings": setting(
            regularization__dropout__keep_prob=(0.25, 0.15), network__hidden=([40, 40], [32, 24])
        ),
    },
    "dropout on an underfitting net": {
        "worlds": HARD,
        "settings": setting(
            regularization__dropout__keep_prob=(0.6, 0.5), network__hidden=([7], [9, 9], [6])
        ),
    },
    "too strong l2": {"worlds": EVERY, "settings": setting(regularization__l2=(2000.0, 20_000.0))},
    "too strong l1": {"worlds": EVERY, "settings": setting(regularization__l1=(200.0, 2000.0))},
    "weights bounded too tightly": {
        "worlds": HARD,
        "settings": setting(regularization__max_norm=(0.03, 0.08)),
    },
    "no regularization where it is needed": {
        "worlds": ("fashion_whole", "mnist_whole", "clusters"),
        "settings": setting(
            regularization__l2=0.0,
            network__hidden=([200], [300, 100]),
            early_stopping=None,
            training__epochs=50,
        ),
        "parts": _few_rows,
    },
    "a hundred rows of train": {"worlds": (*HARD, "friedman"), "parts": few(120, 50)},
    "inputs of unlike scales": {"worlds": CLASSES, "parts": unscaled(-2, 3)},
    "raw inputs": {"worlds": TABLES},
    "wrong labels": {
        "worlds": ("mnist_whole", "moons", "clusters", "expensive"),
        "parts": relabelled(0.15, 0.25),
    },
    "a leaking column": {"worlds": EVERY, "parts": leak(0.02, 0.1)},
    "train's rows in dev": {"worlds": EVERY, "parts": repeated(0.2, 0.5)},
    "dev from another device": {"worlds": EVERY, "parts": elsewhere(4, 2.0)},
    "labels shuffled": {"worlds": EVERY},
    "dev's labels shuffled": {"worlds": (*HARD, "friedman")},
    "inputs that say nothing": {"worlds": EVERY},
    "a class in a hundred": {"worlds": (*MANY_CLASSES, "adult_test"), "parts": rare(3, 90)},
    "a tiny dev set": {"worlds": CLASSES, "parts": tiny_dev(6, 15)},
    "a few targets far out": {"worlds": NUMBERS, "parts": outliers(5, 3e2, 3e4)},
    "targets of 10,000s as they are": {"worlds": NUMBERS, "parts": big_targets(2e3, 1e6)},
}
assert CHANGED.keys() == SEEN.keys()
FRESH: dict[str, Kind] = {name: replace(kind, **CHANGED[name]) for name, kind in SEEN.items()}

VARIATIONS: tuple[Settings, ...] = (
    {},
    {"network.hidden": [128]},
    {"network.activation": "tanh", "initialization": "glorot"},
    {"network.activation": "gelu"},
    {"optimizer": {"type": "nesterov", "learning_rate": 0.01}},
    {"optimizer": {"type": "adam", "learning_rate": 0.003}},
    {"normalization": "quantile"},
    {"training.batch_size": 24},
    {"network.hidden": [80, 40]},
    {"early_stopping": None},
    {"optimizer": {"type": "adamw", "learning_rate": 0.002, "weight_decay": 0.01}},
    {"network.activation": "elu"},
    {"optimizer": {"type": "rmsprop", "learning_rate": 0.002}},
)


def healthy_fresh(instance: int) -> tuple[str, Settings]:
    """Return the world and the config of one healthy run: every variation meets every world in turn."""
    world = EVERY[instance % len(EVERY)]
    return world, FRESH_WORLDS[world].config(1000 + instance) | VARIATIONS[instance % len(VARIATIONS)]
