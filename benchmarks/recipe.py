"""`recipe` against Optuna's TPE and random search: time until the dev error that TPE has after 60 trials.

    python -m benchmarks.recipe                              all data sets, three seeds; ten minutes
    python -m benchmarks.recipe --only moons digits --seeds 1
    python -m benchmarks.recipe --json recipe.json           what is there already is not measured again
    python -m benchmarks.recipe --against recipe.json        TPE and random search as they were then
    python -m benchmarks.recipe --without-random             not random search

All three start from the same config, which TPE and random search get as their first trial, and search one
space: width and number of hidden layers, learning rate, L2, dropout, batch size, epochs, optimizer,
normalization. Time is this process's processor time, so that a busy machine does not count. For the recipe it
is all it takes, diagnosing included; for the others that of their trials alone. A recipe that does not get
there within three times the time of TPE's 60 trials is counted with that.
"""

import argparse
import json
import math
import tempfile
import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np

from benchmarks.common import progress
from dlrecipe.config.loading import LoadedConfig, load_config_text, varied
from dlrecipe.studies.recipe import recipe
from dlrecipe.studies.recipe_budget import Budget
from dlrecipe.studies.trial import Place, Trial, TrialResult
from dlrecipe.studies.work import run_trial

TRIALS, RECIPE_RUNS = 60, 1000
MISSED = 3.0
"""Times the time of TPE's trials that a recipe is counted with which does not get there."""
WINE_QUALITY = Path("../shared/data/wine-quality/winequality-red.csv").resolve()
SOURCES = {
    "digits": "{type: digits}",
    "breast_cancer": "{type: breast_cancer}",
    "wine": "{type: wine}",
    "diabetes": "{type: diabetes}",
    "moons": "{type: synthetic, generator: moons, n: 600, noise: 0.25}",
    "circles": "{type: synthetic, generator: circles, n: 600, noise: 0.12}",
    "spiral": "{type: synthetic, generator: spiral, n: 600, noise: 0.2}",
    "xor": "{type: synthetic, generator: xor, n: 600, noise: 0.15}",
    "wine_quality": f"{{type: table, path: {WINE_QUALITY}, target: column12}}",
}
START = """
name: {name}
seed: {seed}
data: {{source: {source}, limit_train: 600}}
checks: off
network: {{hidden: [32]}}
optimizer: {{type: adam, learning_rate: 0.001}}
training: {{epochs: 20, batch_size: 32}}
early_stopping: {{monitor: dev_error, patience: 10}}
"""
AS_IT_IS = {
    "width": 32, "layers": 1, "rate": 0.001, "l2": 0.001, "keep": 1.0, "batch": 32, "epochs": 20,
    "optimizer": "adam", "normalization": "standard",
}  # fmt: skip


@dataclass
class Track:
    """Dev errors as they came, and the processor seconds that had passed by then."""

    errors: list[float] = field(default_factory=list)
    seconds: list[float] = field(default_factory=list)

    def until(self, error: float) -> float | None:
        """Return the seconds until a dev error was reached; None where it was not."""
        return next((s for e, s in zip(self.errors, self.seconds, strict=True) if e <= error + 1e-12), None)


def space(trial: Any) -> list[str]:
    """Return a trial's settings as overrides."""
    width = trial.suggest_categorical("width", [16, 32, 64, 128])
    layers = trial.suggest_int("layers", 1, 3)
    keep = trial.suggest_float("keep", 0.5, 1.0)
    settings = {
        "network.hidden": [width] * layers,
        "optimizer": trial.suggest_categorical("optimizer", ["adam", "sgd", "momentum", "rmsprop"]),
        "optimizer.learning_rate": trial.suggest_float("rate", 1e-4, 0.3, log=True),
        "regularization.l2": trial.suggest_float("l2", 1e-3, 30, log=True),
        "regularization.dropout.keep_prob": keep,
        "training.batch_size": trial.suggest_categorical("batch", [8, 16, 32, 64]),
        "training.epochs": trial.suggest_categorical("epochs", [20, 60]),
        "normalization": trial.suggest_categorical("normalization", ["none", "standard"]),
    }
    return [
        f"{key}={json.dumps(value) if isinstance(value, list) else value}" for key, value in settings.items()
    ]


def searched(base: LoadedConfig, place: Place, sampler: Any) -> Track:
    """Return what Optuna finds with a sampler in 60 trials."""
    import optuna

    optuna.logging.set_verbosity(optuna.logging.WARNING)
    study, track, spent = optuna.create_study(sampler=sampler), Track(), 0.0
    study.enqueue_trial(AS_IT_IS)
    for number in range(TRIALS):
        trial = study.ask()
        config = varied(base, space(trial))
        began = time.process_time()
        result = run_trial(Trial(f"t{number}", config, diagnosed=False), place)
        spent += time.process_time() - began
        error = _dev_error(result)
        study.tell(trial, error if math.isfinite(error) else 10.0)
        track.errors.append(error)
        track.seconds.append(spent)
    return track


def _dev_error(result: TrialResult) -> float:
    """Return the dev error of a trial that is done; infinity of another."""
    error = result.document["errors"]["dev"] if result.outcome == "done" else None
    return math.inf if error is None else float(error)


class HereWorkers:
    """Trains the recipe's runs one after the other in this process, and notes when they end."""

    def __init__(self) -> None:
        self.track, self.began = Track(), time.process_time()

    def run(
        self, trials: Iterable[Trial], place: Place, *, stop: Callable[[], bool] = lambda: False
    ) -> Iterator[TrialResult]:
        """Yield results in order."""
        for trial in trials:
            result = run_trial(trial, place)
            self.track.errors.append(_dev_error(result))
            self.track.seconds.append(time.process_time() - self.began)
            yield result


class Nobody:
    """Watches nothing."""

    def started(self, *told: object) -> None:
        """Take no notice."""

    round_begins = ended = started


def followed(base: LoadedConfig, folder: Path, target: float, limit_s: float) -> Track:
    """Return what the recipe finds until it has a dev error, or its budget is used up.

    Args:
        limit_s: processor seconds after which it is given up.
    """
    here = HereWorkers()

    @contextmanager
    def opened() -> Iterator[HereWorkers]:
        yield here

    recipe(base, folder, opened, Nobody(), budget=Budget(runs=RECIPE_RUNS), target=target,
        stop=lambda: time.process_time() - here.began > limit_s,
    )  # fmt: skip
    return here.track


def measured(name: str, seed: int, before: dict[str, Any] | None, *, random: bool = True) -> dict[str, Any]:
    """Return the times of one data set and seed.

    Args:
        before: an earlier row, whose figures of TPE and random search are taken over.
        random: whether random search is measured too.
    """
    from optuna.samplers import RandomSampler, TPESampler

    base = load_config_text(START.format(name=name, seed=seed, source=SOURCES[name]))
    shm = Path("/dev/shm")
    with tempfile.TemporaryDirectory(dir=shm if shm.is_dir() else None) as folder:
        runs = Path(folder)
        for part in ("tpe", "random"):
            (runs / part).mkdir()
        # The data are prepared for all alike before the clock runs.
        (runs / "warm").mkdir()
        run_trial(Trial("warm", base), Place(f"{name}{seed}", runs, runs / "warm"))
        if before is None:
            tpe = searched(base, Place(f"{name}{seed}", runs, runs / "tpe"), TPESampler(seed=seed))
            place = Place(f"{name}{seed}", runs, runs / "random")
            chance = searched(base, place, RandomSampler(seed=seed)) if random else None
            goal = min(tpe.errors)
            before = {
                "goal": goal,
                "tpe_60_s": tpe.seconds[-1],
                "tpe_until_s": tpe.until(goal),
                "random_until_s": chance.until(goal) if chance else None,
                "random_60_s": chance.seconds[-1] if chance else None,
                "random_best": min(chance.errors) if chance else None,
            }
        goal = before["goal"]
        ours = followed(base, runs / "recipe", goal, MISSED * before["tpe_60_s"])
    return {
        **before,
        "data": name,
        "seed": seed,
        "start": ours.errors[0],
        "recipe_until_s": ours.until(goal),
        "recipe_s": ours.seconds[-1],
        "recipe_runs": len(ours.errors),
        "recipe_best": min(ours.errors),
    }


def summary(rows: Sequence[dict[str, Any]]) -> dict[str, Any]:
    """Return the figures over all data sets and seeds."""
    ours = [row["recipe_until_s"] or max(MISSED * row["tpe_60_s"], row["recipe_s"]) for row in rows]
    tpe = [row["tpe_60_s"] for row in rows]
    ratios = [mine / theirs for mine, theirs in zip(ours, tpe, strict=True)]
    own = [mine / row["tpe_until_s"] for mine, row in zip(ours, rows, strict=True)]
    chance = [row["random_until_s"] for row in rows]
    return {
        "cases": len(rows),
        "reached": sum(row["recipe_until_s"] is not None for row in rows),
        "total_ratio_to_tpe_60": round(sum(ours) / sum(tpe), 3),
        "median_ratio_to_tpe_60": round(float(np.median(ratios)), 3),
        "within_a_third": sum(ratio <= 1 / 3 for ratio in ratios),
        "total_ratio_to_tpe_until": round(sum(ours) / sum(row["tpe_until_s"] for row in rows), 3),
        "median_ratio_to_tpe_until": round(float(np.median(own)), 3),
        "random_reached": sum(value is not None for value in chance),
        "mean_gap_where_missed": round(
            float(
                np.mean(
                    [row["recipe_best"] - row["goal"] for row in rows if not row["recipe_until_s"]] or [0]
                )
            ),
            4,
        ),
    }


def main() -> None:
    """Measure what is not there yet, and print the figures."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("--only", nargs="*", choices=list(SOURCES), default=list(SOURCES))
    parser.add_argument("--seeds", type=int, default=3)
    parser.add_argument("--json", type=Path, default=None)
    parser.add_argument("--without-random", action="store_true")
    parser.add_argument("--against", type=Path, default=None)
    arguments = parser.parse_args()
    rows: list[dict[str, Any]] = []
    if arguments.json and arguments.json.exists():
        rows = json.loads(arguments.json.read_text())["rows"]
    earlier = json.loads(arguments.against.read_text())["rows"] if arguments.against else []
    before = {(row["data"], row["seed"]): row for row in earlier}
    for seed in range(arguments.seeds):
        for name in arguments.only:
            if name == "wine_quality" and not WINE_QUALITY.exists():
                progress(f"{WINE_QUALITY} is not there")
                continue
            if any((row["data"], row["seed"]) == (name, seed) for row in rows):
                continue
            row = measured(name, seed, before.get((name, seed)), random=not arguments.without_random)
            rows.append(row)
            progress(
                "  ".join(
                    f"{key} {value:.4g}" if isinstance(value, float) else f"{key} {value}"
                    for key, value in row.items()
                )
            )
            if arguments.json:
                arguments.json.write_text(
                    json.dumps({"rows": rows, "summary": summary(rows)}, indent=2) + "\n"
                )
    print(json.dumps(summary(rows), indent=2))


if __name__ == "__main__":
    main()
