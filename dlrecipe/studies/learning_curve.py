"""A learning curve: one config trained on growing parts of train, and what more data would bring.

The parts are nested and dev is the same for all. Each trial is an ordinary run. Prints nothing; who watches
is told. Knows nothing of how workers are had, or of pictures.
"""

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol

import numpy as np

from dlrecipe.config.loading import LoadedConfig, varied
from dlrecipe.diagnosis.wording import count, error_text
from dlrecipe.errors import InputError
from dlrecipe.experiment.data_checks import refuse_errors
from dlrecipe.experiment.learning_curves import LEARNING_CURVE, config_key
from dlrecipe.experiment.placing import places_from
from dlrecipe.experiment.training_run import prepare_for_training
from dlrecipe.store.atomic import write_json
from dlrecipe.studies.directory import StudyDirectory, open_study
from dlrecipe.studies.executor import Workers, kept_results
from dlrecipe.studies.power_law import FEWEST_SIZES, PowerLaw, Refusal, fit_power_law
from dlrecipe.studies.trial import Place, Trial, TrialResult

KIND = "learning-curve"
SIZES, SEEDS = 8, 3
SMALLEST = 16
"""Examples that the smallest part has at least, and two of each class."""
RATIO = 2.0
"""The largest ratio of a size to the one before it."""
TIMES = (2, 10)
"""Times the data at which the curve is read."""


@dataclass(frozen=True)
class Plan:
    """What is trained: `base` on `sizes` examples, ascending, the last all there are, with each seed."""

    base: LoadedConfig
    sizes: tuple[int, ...]
    seeds: tuple[int, ...]
    task: str
    n_dev: int

    @property
    def asked(self) -> dict[str, Any]:
        """What two curves must share for the one to go on with the other's trials; as JSON holds it."""
        key = config_key(self.base.config)
        return {"config_key": key, "sizes": list(self.sizes), "seeds": list(self.seeds)}

    def trials(self) -> list[tuple[Trial, int, int]]:
        """Return (trial, size, seed) of each, the largest first: they take longest."""
        data_seed = self.base.config.data.seed
        data_seed = self.base.config.seed if data_seed is None else data_seed
        return [
            (Trial(f"n{n:07d}-s{seed}", self._part(n, seed, data_seed)), n, seed)
            for n in reversed(self.sizes)
            for seed in self.seeds
        ]

    def _part(self, n: int, seed: int, data_seed: int) -> LoadedConfig:
        # Checked once, on all of the data: of a part, much would look amiss.
        sets = [f"data.limit_train={n}", f"data.seed={data_seed}", f"seed={seed}", "checks=off"]
        return varied(self.base, sets)


class Watcher(Protocol):
    """Who is shown a learning curve."""

    def started(self, plan: Plan, study: StudyDirectory, ended: Sequence[Mapping[str, Any]]) -> None:
        """It begins, or goes on after these trials."""

    def trial_ended(self, record: Mapping[str, Any]) -> None:
        """A trial has ended: its `n`, `seed`, `outcome`, `errors`."""


def make_plan(base: LoadedConfig, *, sizes: int = SIZES, seeds: int = SEEDS) -> Plan:
    """Choose sizes in geometric steps up to all of train, as many seeds each.

    Raises:
        InputError: the config or its data cannot be used, or train is too small for so many sizes.
    """
    config = base.config
    with places_from(base):
        prepared, report = prepare_for_training(config)
        refuse_errors(config, report)
    n, n_classes = prepared.n["train"], len(prepared.fitted.target.classes)
    smallest = max(SMALLEST, 2 * n_classes, math.ceil(n / RATIO ** (sizes - 1)))
    chosen = tuple(sorted({round(each) for each in np.geomspace(min(smallest, n), n, sizes)}))
    if len(chosen) < sizes or smallest >= n:
        raise InputError(
            f"{n} training examples are too few for a learning curve of {sizes} sizes",
            where=base.name,
            remedy=f"Give fewer --sizes ({FEWEST_SIZES} at least), or get more data first."
            if sizes > FEWEST_SIZES
            else "That is as few sizes as a curve can have: get more data first.",
        )
    return Plan(
        base,
        chosen,
        tuple((config.seed + each) % 2**63 for each in range(seeds)),
        prepared.fitted.target.task,
        prepared.n["dev"],
    )


def learning_curve(
    plan: Plan,
    runs_dir: Path,
    workers: Callable[[], Any],
    watcher: Watcher,
    *,
    resume: bool = False,
    stop: Callable[[], bool] = lambda: False,
) -> dict[str, Any]:
    """Train what is left of a plan, and return the curve and what follows from it.

    It is kept as `learning_curve.json` in the study's directory.

    Args:
        workers: opens the workers (a context), not before they are needed.
        stop: whether to leave off; what has ended is kept.
    Raises:
        InputError: the cluster is lost, or there is no study to resume.
        StoreError: the runs directory cannot be written to.
    """
    name, asked = plan.base.config.name, plan.asked
    study = open_study(runs_dir, KIND, name, asked, resume=resume)
    with study.writing() as journal:
        ended = study.results()
        watcher.started(plan, study, ended)
        done = {record["trial"] for record in ended}
        left = {trial.id: (trial, n, seed) for trial, n, seed in plan.trials() if trial.id not in done}
        if left:
            with workers() as pool:
                ended += _trained(pool, left, study.place(runs_dir), journal.append, watcher, stop)
        document = document_of(plan, study, ended)
        write_json(study.path / LEARNING_CURVE, document)
    return document


def _trained(
    pool: Workers,
    left: Mapping[str, tuple[Trial, int, int]],
    place: Place,
    note: Callable[[Mapping[str, Any]], None],
    watcher: Watcher,
    stop: Callable[[], bool],
) -> list[dict[str, Any]]:
    ended = []
    for result in kept_results(pool, [trial for trial, _, _ in left.values()], place, stop=stop):
        _, n, seed = left[result.id]
        record = _record(result, n, seed)
        note(record)
        ended.append(record)
        watcher.trial_ended(record)
    return ended


def _record(result: TrialResult, n: int, seed: int) -> dict[str, Any]:
    errors = result.document.get("errors", {}) if result.outcome == "done" else {}
    return {
        "trial": result.id,
        "n": n,
        "seed": seed,
        "outcome": result.outcome,
        "run_id": result.run_id,
        "errors": {name: errors[name] for name in ("train", "dev") if name in errors},
        "error": result.error,
        "wall_s": result.wall_s,
    }


def document_of(plan: Plan, study: StudyDirectory, ended: Sequence[Mapping[str, Any]]) -> dict[str, Any]:
    """Return the document of `learning-curve --json`: the points, the fit, what more data would bring."""
    points = curve_points(ended, plan)
    usable = [point for point in points if point["dev"] is not None]
    fit = fit_power_law(
        [point["n"] for point in usable],
        [point["dev"]["mean"] for point in usable],
        [point["dev"]["standard_error"] for point in usable],
        ceiling=_ceiling(plan.task),
    )
    target = plan.base.config.diagnosis.target_error
    found = {
        "schema_version": 1,
        "study_id": study.id,
        "path": str(study.path),
        "config": plan.base.name,
        "overrides": list(plan.base.overrides),
        "config_key": config_key(plan.base.config),
        "task": plan.task,
        "n_dev": plan.n_dev,
        "complete": len(ended) >= len(plan.sizes) * len(plan.seeds),
        "points": points,
        "target_error": target,
        "caution": _caution(points, plan.task),
        "trials": [dict(record) for record in sorted(ended, key=lambda record: str(record["trial"]))],
    }
    return found | _conclusions(fit, plan.sizes[-1], target)


def _conclusions(fit: PowerLaw | Refusal, n: int, target: float | None) -> dict[str, Any]:
    if isinstance(fit, Refusal):
        none: dict[str, Any] = {
            "fit": None,
            "refusal": fit.to_json(),
            "expected": [],
            "drawn": [],
            "size_for_target": None,
        }
        return none | {"n": n, "error": None}
    sizes = np.unique(np.geomspace(n, 10 * n, 25).round().astype(int))
    return {
        "n": n,
        "error": fit.last_error,
        "fit": fit.to_json(),
        "refusal": None,
        "expected": [{"times": times} | fit.predict(times * n).to_json() for times in TIMES],
        "drawn": [fit.predict(int(each)).to_json() for each in sizes],
        "size_for_target": None if target is None else fit.n_for(target).to_json(),
    }


def _caution(points: Sequence[Mapping[str, Any]], task: str) -> str | None:
    """Return what speaks against reading the curve as one of data: that more of it only trains longer.

    With more examples there is more to learn, and train error rises; where it falls by more than two standard
    errors, the network had not learned the few, and its dev error says little of what data bring.
    """
    known = [point for point in points if point["train"] is not None]
    if len(known) < 2:
        return None
    *smaller, last = known
    worst = max(smaller, key=lambda point: float(point["train"]["mean"]))
    fall = worst["train"]["mean"] - last["train"]["mean"]
    if fall <= 2 * math.hypot(worst["train"]["standard_error"], last["train"]["standard_error"]):
        return None
    high, low = (error_text(point["train"]["mean"], task) for point in (worst, last))
    return (
        f"Train error falls as well, from {high} with {count(worst['n'])} examples to {low} with "
        f"{count(last['n'])}: on few examples training does not get to its end. First let it, with more "
        "training.epochs and early_stopping.patience, or a higher optimizer.learning_rate; then measure again"
    )


def curve_points(ended: Sequence[Mapping[str, Any]], plan: Plan) -> list[dict[str, Any]]:
    """Return, by size, the mean errors over seeds with 95 % intervals; None where no trial is done.

    With so few seeds the deviation at one size is hardly known: that of all sizes together is used, scaled
    by the root of the error, as a proportion's is.
    """
    by_size = {n: [record["errors"] for record in ended if record["n"] == n] for n in plan.sizes}
    points: list[dict[str, Any]] = []
    for n, errors in by_size.items():
        done = [each for each in errors if each]
        points.append({"n": n, "done": len(done), "failed": len(errors) - len(done)})
    for split in ("train", "dev"):
        values = [[each[split] for each in errors if each] for errors in by_size.values()]
        summaries = _summaries(values, plan.n_dev, _ceiling(plan.task))
        for point, summary in zip(points, summaries, strict=True):
            point[split] = summary
    return points


def _ceiling(task: str) -> float:
    """Return the highest error there is."""
    return 1.0 if task == "classification" else math.inf


def _summaries(
    values: Sequence[Sequence[float]], n_dev: int, ceiling: float
) -> list[dict[str, float] | None]:
    from scipy.stats import t

    means = [float(np.mean(each)) if each else 0.0 for each in values]
    freedom = sum(max(len(each) - 1, 0) for each in values)
    floor = 0.5 / n_dev
    squares = sum(
        float(np.sum((np.asarray(each) - mean) ** 2)) / max(mean, floor)
        for each, mean in zip(values, means, strict=True)
        if len(each) > 1
    )
    found: list[dict[str, float] | None] = []
    for each, mean in zip(values, means, strict=True):
        if not each:
            found.append(None)
            continue
        # A single seed shows no deviation; that of a proportion on dev stands in.
        variance = squares / freedom if freedom else 1 / n_dev
        error = math.sqrt(variance * max(mean, floor) / len(each))
        half = error * float(t.ppf(0.975, freedom)) if freedom else 1.96 * error
        found.append(
            {
                "mean": mean,
                "standard_error": error,
                "low": max(mean - half, 0.0),
                "high": min(mean + half, ceiling),
            }
        )
    return found
