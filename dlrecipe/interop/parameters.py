"""An estimator's parameters as a config: each is a key of the config under its own last name."""

import json
from collections.abc import Mapping
from typing import Any

from dlrecipe.config.loading import load_config_text
from dlrecipe.config.schema import Config
from dlrecipe.errors import ConfigError

KEYS = {
    "hidden": "network.hidden",
    "activation": "network.activation",
    "normalization": "normalization",
    "initialization": "initialization",
    "loss": "loss",
    "l2": "regularization.l2",
    "l1": "regularization.l1",
    "keep_prob": "regularization.dropout.keep_prob",
    "max_norm": "regularization.max_norm",
    "optimizer": "optimizer",
    "learning_rate": "optimizer.learning_rate",
    "epochs": "training.epochs",
    "batch_size": "training.batch_size",
    "precision": "training.precision",
    "threads": "training.threads",
    "monitor": "early_stopping.monitor",
    "patience": "early_stopping.patience",
    "dev": "data.split.dev",
    "bayes_error": "diagnosis.bayes_error",
    "target_error": "diagnosis.target_error",
    "seed": "seed",
}
"""Where each parameter stands in a config."""
IN_MEMORY = {"type": "npz", "path": "in-memory"}
"""Stands for a source where the data are arrays at hand; it is never read."""


def config_of(parameters: Mapping[str, Any], task: str) -> Config:
    """Return the config that an estimator's parameters describe.

    Args:
        parameters: as in KEYS, and `config`: a mapping of further settings, as in a config file.
    Raises:
        ValueError: every parameter that cannot be used, by its name, with a remedy.
    """
    tree: dict[str, Any] = _plain(dict(parameters["config"] or {}))
    for name, key in KEYS.items():
        _put(tree, key, _plain(parameters[name]), name)
    tree["task"] = task
    tree["data"] = {"source": IN_MEMORY, "split": _split(tree)}
    if parameters["patience"] is None:
        tree["early_stopping"] = None
    try:
        return load_config_text(json.dumps(tree, allow_nan=False), name="parameters").config
    except ConfigError as error:
        names = {key: name for name, key in KEYS.items()}
        told = [f"{names.get(each.path, each.path)}: {each.what}. {each.remedy}" for each in error.problems]
        raise ValueError("\n".join(line.strip() for line in told)) from None


def _split(tree: dict[str, Any]) -> Any:
    """Return the split into train and dev; a share that is no number is left for the config to refuse."""
    dev = tree.get("data", {}).get("split", {}).get("dev")
    if isinstance(dev, int | float) and not isinstance(dev, bool) and 0 < dev < 1:
        return {"train": 1 - dev, "dev": dev, "test": 0.0}
    return "auto" if dev in (0, None) else {"train": 1.0, "dev": dev, "test": 0.0}


def _put(tree: dict[str, Any], key: str, value: Any, name: str) -> None:
    *sections, last = key.split(".")
    inner = tree
    for section in sections:
        below = inner.get(section)
        if isinstance(below, str):  # a name alone, such as `optimizer: adam`
            below = {"type": below}
        if not isinstance(below, dict):
            below = {}
        inner[section] = below
        inner = below
    if inner.get("layers") and name in ("hidden", "activation"):
        return  # the layers one by one take the place of both
    if isinstance(inner.get(last), dict) and isinstance(value, str):
        inner[last].setdefault("type", value)  # further settings of the kind that the parameter names
        return
    inner[last] = value


def _plain(value: Any) -> Any:
    """Return a value as JSON can hold it: NumPy's numbers as Python's, tuples as lists."""
    if isinstance(value, Mapping):
        return {str(key): _plain(inner) for key, inner in value.items()}
    if isinstance(value, tuple | list):
        return [_plain(each) for each in value]
    return value.item() if hasattr(value, "item") and getattr(value, "ndim", 1) == 0 else value
