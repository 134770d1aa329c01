"""dlrecipe from Python: train a config, read a run's diagnosis. Prints nothing."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from dlrecipe.config.loading import LoadedConfig, load_config, load_config_text
from dlrecipe.diagnosis.diagnose import Diagnosis
from dlrecipe.errors import InputError
from dlrecipe.experiment.diagnosing import diagnose_run
from dlrecipe.experiment.silence import SilentDisplay
from dlrecipe.experiment.training_run import train as train_run
from dlrecipe.store.listing import find_run
from dlrecipe.store.run_directory import RunDirectory


@dataclass(frozen=True, kw_only=True)
class TrainedRun:
    """How a training ended. Errors and costs are those of the kept weights, by split (`train`, `dev`, …).

    `status` is `finished`, `stopped_early`, `interrupted` or `diverged`. `errors` are fractions:
    misclassified, or 1 - R². `cost` is J, penalty included. `messages` is what the command line would have
    said meanwhile, and `document` the JSON of `dlrecipe train --json`.
    """

    run_id: str
    path: Path
    status: str
    epochs_run: int
    best_epoch: int
    n: Mapping[str, int]
    errors: Mapping[str, float | None]
    cost: Mapping[str, float | None]
    wall_s: float
    messages: tuple[str, ...]
    document: Mapping[str, Any]

    def diagnose(self) -> Diagnosis:
        """Return the run's diagnosis."""
        return diagnose(self)


def train(
    config: str | Path | Mapping[str, Any],
    *,
    runs_dir: str | Path = "runs",
    overrides: Mapping[str, Any] | Sequence[str] = (),
) -> TrainedRun:
    """Train as `dlrecipe train CONFIG` does, and keep all of it in a new run directory.

    Args:
        config: a YAML file, or its content as a mapping; relative paths in a mapping start here and now.
        runs_dir: where runs are kept.
        overrides: settings on top, {"optimizer.learning_rate": 0.01} or ["optimizer.learning_rate=0.01"].
    Raises:
        InputError: the config or the data cannot be used; nothing is left under `runs_dir`.
        StoreError: the run directory cannot be written.
    """
    loaded = _loaded(config, _as_texts(overrides))
    display = SilentDisplay()
    document = train_run(loaded, Path(runs_dir), display).document
    fields = ("run_id", "status", "epochs_run", "best_epoch", "n", "errors", "cost", "wall_s")
    return TrainedRun(
        path=Path(document["path"]),
        messages=tuple(display.messages),
        document=document,
        **{name: document[name] for name in fields},
    )


def diagnose(
    run: str | Path | TrainedRun,
    *,
    runs_dir: str | Path = "runs",
    bayes_error: float | None = None,
    target_error: float | None = None,
) -> Diagnosis:
    """Return what holds a run back: gaps with intervals, findings, what to try next.

    Args:
        run: what `train` returned, a run id, a unique start of one, `latest`, or the path of a run directory.
        runs_dir: where runs are kept; a path says that itself.
        bayes_error, target_error: instead of the config's.
    Raises:
        RunNotFound: no run, or more than one, goes by that name.
        StoreError: the run is damaged.
    """
    return diagnose_run(_stored(run, Path(runs_dir)), bayes_error=bayes_error, target_error=target_error)


def _stored(run: str | Path | TrainedRun, runs_dir: Path) -> RunDirectory:
    if isinstance(run, TrainedRun):
        return RunDirectory(run.path)
    if isinstance(run, Path) or "/" in run:
        path = Path(run)
        return find_run(path.parent, path.name)
    return find_run(runs_dir, run)


def _loaded(config: str | Path | Mapping[str, Any], overrides: Sequence[str]) -> LoadedConfig:
    if not isinstance(config, Mapping):
        return load_config(Path(config), overrides)
    try:
        text = json.dumps(config, indent=2, allow_nan=False)
    except (TypeError, ValueError) as error:
        raise InputError(
            f"the config holds what YAML cannot: {error}",
            remedy="Use mappings, lists, text, finite numbers, true, false and null.",
        ) from error
    return load_config_text(text, overrides=overrides)


def _as_texts(overrides: Mapping[str, Any] | Sequence[str]) -> list[str]:
    if not isinstance(overrides, Mapping):
        return list(overrides)
    return [f"{key}={json.dumps(value)}" for key, value in overrides.items()]
