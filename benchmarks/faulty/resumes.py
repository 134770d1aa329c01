"""Resume equals the uninterrupted run, over combinations of all that a training state is made of.

A factor is a line of FACTORS: a new optimizer, penalty or augmentation is one more entry. The combinations
are drawn so that every two choices of different factors meet in at least one config.
"""

import itertools
import json
import random
from collections.abc import Mapping
from pathlib import Path
from typing import Any, TypeAlias

from benchmarks.faulty.lab import TINY, Killed, Lab, killed_after, stopped_after

Settings: TypeAlias = Mapping[str, object]
"""Settings of a config by dotted key."""

_LAYERS = "network.layers"
FACTORS: dict[str, list[Settings]] = {
    "optimizer": [
        {"optimizer.type": kind, "optimizer.learning_rate": 0.02}
        for kind in ("sgd", "momentum", "nesterov", "rmsprop", "adam", "adamw")
    ],
    "schedule": [
        {"optimizer.schedule": schedule}
        for schedule in (
            "constant",
            {"type": "step", "every": 1, "factor": 0.5},
            {"type": "exponential", "factor": 0.8, "warmup_epochs": 1.3},
            {"type": "cosine", "final_fraction": 0.1, "warmup_epochs": 0.5},
        )
    ],
    "clipping": [{}, {"optimizer.clip.norm": 0.3}, {"optimizer.clip.value": 0.1}],
    "penalty": [
        {},
        {"regularization.l2": 0.3},
        {"regularization.l1": 0.05},
        {"regularization.max_norm": 1.5},
        {"regularization.l2": 0.1, "regularization.l1": 0.01, "regularization.max_norm": 2.0},
    ],
    "network": [
        {"network.hidden": [4], "regularization.dropout.keep_prob": 1.0},
        {"network.hidden": [4], "regularization.dropout.keep_prob": [0.9, 0.6]},
        {"network.hidden": [5, 3], "network.activation": ["tanh", "relu"]},
        {_LAYERS: [{"type": "dense", "units": 5}, "batch_norm", {"type": "dropout", "keep_prob": 0.8}]},
        {
            _LAYERS: [
                {"type": "dense", "units": 4},
                "layer_norm",
                {"type": "residual", "layers": [{"type": "dense", "units": 4}]},
            ]
        },
    ],
    "averaging": [{}, {"training.averaging": {"decay": 0.9}}, {"training.averaging": {"decay": 0.99}}],
    "augmentation": [
        {},
        {"augmentation": [{"type": "noise", "std": 0.1}]},
        {"augmentation": [{"type": "mixup"}]},
        {"augmentation": [{"type": "noise", "std": 0.1}, {"type": "mixup"}]},
    ],
    "early stopping": [
        {"early_stopping": None},
        {"early_stopping": {"monitor": "dev_cost", "patience": 2, "min_delta": 0.01}},
        {"early_stopping": {"monitor": "dev_error", "patience": 3}},
    ],
    "batches": [
        {"training.batch_size": 7},
        {"training.batch_size": 16},
        {"training.batch_size": "full"},
        {"training.batch_size": 16, "training.measured_examples": 20},
    ],
    "precision": [{"training.precision": "float32"}, {"training.precision": "float64"}],
    "data": [
        {"data.source": {"type": "synthetic", "generator": "moons", "n": 60, "noise": 0.3}},
        {"data.source": {"type": "synthetic", "generator": "blobs", "n": 60, "noise": 0.8}},
        {"data.source": {"type": "synthetic", "generator": "spiral", "n": 60}, "normalization": "minmax"},
    ],
    "checkpoints": [
        {"checkpoint": {"every_s": None, "every_epochs": 0.4}},
        {"checkpoint": {"every_s": None, "every_epochs": 2}},
        {"checkpoint": {"every_s": None, "every_epochs": None}},
        {"checkpoint": {"every_s": 1e-9}},
    ],
}


def combinations(n: int, seed: int = 0) -> list[dict[str, object]]:
    """Return n different configs' settings; among the first hundred every two choices meet."""
    rng = random.Random(seed)
    names = list(FACTORS)
    missing = {
        frozenset([(a, i), (b, k)])
        for a, b in itertools.combinations(names, 2)
        for i in range(len(FACTORS[a]))
        for k in range(len(FACTORS[b]))
    }
    chosen: dict[tuple[int, ...], None] = {}
    while len(chosen) < n:
        drawn = [tuple(rng.randrange(len(FACTORS[name])) for name in names) for _ in range(30)]
        best = max(drawn, key=lambda choice: len(_pairs(names, choice) & missing))
        missing -= _pairs(names, best)
        chosen[best] = None
    return [
        {key: value for name, i in zip(names, choice, strict=True) for key, value in FACTORS[name][i].items()}
        for choice in chosen
    ]


def _pairs(names: list[str], choice: tuple[int, ...]) -> set[frozenset[tuple[str, int]]]:
    return {frozenset(pair) for pair in itertools.combinations(zip(names, choice, strict=True), 2)}


def config_of(settings: Mapping[str, object]) -> dict[str, Any]:
    """Return the tiny config with these settings in the place of its own."""
    config: dict[str, Any] = {"name": "tiny", "data": {}, "training": {"epochs": 6, "threads": 1}}
    for key, value in settings.items():
        *sections, last = key.split(".")
        place = config
        for section in sections:
            place = place.setdefault(section, {})
        place[last] = value
    return {**config, "seed": TINY.get("seed", 0)}


def amiss_on_resuming(folder: Path, settings: Mapping[str, object], rng: random.Random) -> str:
    """Interrupt a config's training twice, once by a kill and once as Ctrl-C does, at steps drawn at random.

    Returns:
        How the end differs from that of the run that was left alone, or nothing.
    """
    lab = Lab(folder, config_of(settings))
    outcome = lab.train()
    if outcome.code != 0:
        return f"{json.dumps(settings)}: cannot be trained: {outcome.err}"
    whole = lab.remains()
    steps = json.loads((lab.newest() / "run.json").read_text())["result"]["epochs_run"] * _steps_per_epoch(
        lab
    )
    kill, stop = sorted(rng.sample(range(1, steps), 2)) if steps > 2 else (1, 1)
    try:
        with killed_after(kill, saving=rng.random() < 0.8):
            lab.train()
    except Killed:
        with stopped_after(stop):
            outcome = lab.resume()
        if outcome.code != 0:
            return f"{json.dumps(settings)}: cannot be resumed after step {kill}: {outcome.err}"
    if lab.remains() != whole:
        outcome = lab.resume()
        if outcome.code != 0:
            return f"{json.dumps(settings)}: cannot be resumed after step {stop}: {outcome.err}"
    return (
        "" if lab.remains() == whole else f"{json.dumps(settings)}: killed after {kill}, stopped after {stop}"
    )


def _steps_per_epoch(lab: Lab) -> int:
    size, n_train = lab.config["training"]["batch_size"], 36  # 60 % of 60 rows
    return 1 if size == "full" else -(-n_train // size)
