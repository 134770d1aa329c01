"""Learning curves that were measured of a config, for its runs' diagnosis. Knows only how they are kept."""

import hashlib
import json
import os
from pathlib import Path
from typing import Any

from dlrecipe.config.schema import Config
from dlrecipe.config.writing import config_to_dict
from dlrecipe.diagnosis.evidence import LearningCurve
from dlrecipe.errors import StoreError
from dlrecipe.store.atomic import is_there, read_json
from dlrecipe.store.run_ids import STUDIES

LEARNING_CURVE = "learning_curve.json"
_NO_MATTER = ("name", "seed", "parent", "checks", "checkpoint", "diagnosis")
"""Settings that change nothing of what more data would bring."""
_OF_DATA = ("seed", "limit_train")


def config_key(config: Config) -> str:
    """Return what two configs share that have one learning curve."""
    plain = config_to_dict(config)
    kept = {key: value for key, value in plain.items() if key not in _NO_MATTER}
    kept["data"] = {key: value for key, value in plain["data"].items() if key not in _OF_DATA}
    kept["training"] = {key: value for key, value in plain["training"].items() if key != "threads"}
    return hashlib.sha256(json.dumps(kept, sort_keys=True).encode()).hexdigest()


def measured_curve(config: Config, runs_dir: Path) -> LearningCurve | None:
    """Return the newest learning curve of a config that lies in the runs directory; None without one."""
    folder = runs_dir / STUDIES
    if config.data.limit_train is not None or not is_there(folder):
        return None
    key = config_key(config)
    paths = [path for name in os.listdir(folder) if is_there(path := folder / name / LEARNING_CURVE)]
    for path in sorted(paths, key=os.path.getmtime, reverse=True):
        try:
            document = read_json(path)
        except StoreError:  # a damaged one says nothing; no run's diagnosis hangs on it
            continue
        if document.get("config_key") == key and document.get("complete"):
            return _curve(document)
    return None


def _curve(document: dict[str, Any]) -> LearningCurve:
    if document["refusal"] is not None:
        return LearningCurve(study=document["study_id"], n=document["n"], refusal=document["refusal"]["text"])
    tenfold = document["expected"][-1]
    return LearningCurve(
        study=document["study_id"],
        n=document["n"],
        error=document["error"],
        times=tenfold["times"],
        expected=tenfold["error"],
        interval=(tenfold["low"], tenfold["high"]),
    )
