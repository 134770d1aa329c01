"""What a sweep's trials come to: a mean and an interval a point, the best, and what it is not better than.

Differences within one standard error of the best point's mean count as noise. Source: Breiman et al. 1984,
Classification and Regression Trees, section 3.4.3; Hastie, Tibshirani & Friedman, section 7.10. Seeds that
happen to err equally often do not know the error any better: their deviation is one dev example at the least.
Seeds that share one dev set do not make it larger: in a mean over them, the chance of which examples are in
it is left. Where points have dev sets of their own, it is the standard error of the difference that counts.
"""

import math
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from statistics import fmean, stdev
from typing import TYPE_CHECKING, Any, Literal

from dlrecipe.config.loading import varied
from dlrecipe.diagnosis.intervals import CONFIDENCE, sampling_variance, wilson
from dlrecipe.errors import ConfigError
from dlrecipe.studies.axes import Axis
from dlrecipe.studies.dev_sets import DRAWS, dev_sets
from dlrecipe.studies.search import Proposal
from dlrecipe.studies.trial import Outcome, TrialResult

if TYPE_CHECKING:
    from dlrecipe.studies.directory import StudyDirectory
    from dlrecipe.studies.sweep import Plan

SCHEMA_VERSION = 1
AT_EDGE = 0.05
"""How near an end of its range, on its scale, the best value counts as at the edge."""
ROUNDING = 1e-12
"""Means that are apart by less are the same."""

SIMPLER: dict[str, int] = {
    "regularization.l2": 1,
    "regularization.l1": 1,
    "regularization.dropout.keep_prob": -1,
    "regularization.max_norm": -1,
    "optimizer.weight_decay": 1,
    "training.epochs": -1,
}
"""Keys of which it is known which of two values makes the simpler model: 1 the larger, -1 the smaller."""


@dataclass(frozen=True)
class Scored:
    """A trial that has ended, and the point it belongs to; its journal line."""

    trial: str
    point: int
    epochs: int | None
    values: Mapping[str, str]
    seed: str | None
    outcome: Outcome
    run_id: str | None
    errors: Mapping[str, float]
    n_dev: int
    epochs_run: int
    task: str
    error: str
    wall_s: float
    dev_set: str = ""
    """The fingerprint of its dev examples; empty where it has none, or was measured before it was kept."""

    @classmethod
    def of(cls, result: TrialResult, plan: "Plan", proposal: Proposal, seed: int) -> "Scored":
        """Return a trial's result with its point."""
        done, document = result.outcome == "done", result.document
        return cls(
            trial=result.id,
            point=proposal.index,
            epochs=proposal.epochs,
            values={axis.key: value for axis, value in zip(plan.axes, proposal.values, strict=True)},
            seed=plan.seeds[seed] if plan.seeds else None,
            outcome=result.outcome,
            run_id=result.run_id,
            errors={name: document["errors"][name] for name in ("train", "dev")} if done else {},
            n_dev=document["n"]["dev"] if done else 0,
            epochs_run=document.get("epochs_run", 0),
            task=document.get("task", ""),
            error=result.error,
            wall_s=result.wall_s,
            dev_set=document.get("dev_fingerprint", "") if done else "",
        )

    @classmethod
    def from_record(cls, record: Mapping[str, Any]) -> "Scored":
        """Return what `to_record` was made of."""
        return cls(**{key: record[key] for key in cls.__dataclass_fields__ if key in record})

    def to_record(self) -> dict[str, Any]:
        """Return it as JSON holds it."""
        return asdict(self)


def mean_dev_error(trials: Sequence[Scored]) -> float:
    """Return the mean dev error over the seeds; infinite where one of them is not done."""
    if not trials or any(trial.outcome != "done" for trial in trials):
        return math.inf
    return fmean(trial.errors["dev"] for trial in trials)


def sweep_document(
    plan: "Plan", study: "StudyDirectory", trials: Sequence[Scored], *, complete: bool
) -> dict[str, Any]:
    """Return the JSON of a sweep: its points, the best first, the trials, and what may be said of them."""
    ordered = sorted(trials, key=lambda trial: (trial.point, trial.trial, trial.epochs or 0))
    task = next((trial.task for trial in ordered if trial.task), "classification")
    points = _points(ordered, max(1, len(plan.seeds)), task)
    outcomes = [trial.outcome for trial in ordered]
    keys = [axis.key for axis in plan.axes]
    sets = dev_sets(ordered, keys)
    document: dict[str, Any] = {
        "schema_version": SCHEMA_VERSION,
        "study_id": study.id,
        "path": str(study.path),
        "status": "finished" if complete else "interrupted",
        "task": task,
        "method": plan.method,
        "keys": keys,
        "seeds": len(plan.seeds),
        "dev_sets": None if sets is None else sets.to_json(),
        "n_trials": {name: outcomes.count(name) for name in ("done", "diverged", "failed", "killed")},
        "points": points,
        "trials": [trial.to_record() for trial in ordered],
        "best": None,
        "chosen": None,
        "edges": [],
    }
    full = [point for point in points if point["complete"]]
    if full:
        best = full[0]
        _compare(full, best, differ=sets is not None and sets.points_differ)
        document["best"] = best
        # Of settings that only deal other dev sets, the lowest error is that of the easiest of these.
        if not keys or not set(keys) <= set(DRAWS):
            document["chosen"] = _simplest([p for p in full if p["within_noise"]] or [best], plan.axes)
        document["edges"] = _edges(best, plan)
    return document


def _compare(points: Sequence[dict[str, Any]], best: Mapping[str, Any], *, differ: bool) -> None:
    """Mark the points that noise does not tell from the best.

    Args:
        differ: whether points have dev sets of their own: the best has its noise then, and the other its own.
    """
    noise = best["dev"]["standard_error"]
    if noise is None:
        return
    for point in points:
        own = point["dev"]["standard_error"] if differ and point is not best else 0.0
        reach = math.hypot(noise, own) if own is not None else noise
        point["within_noise"] = point["dev"]["mean"] <= best["dev"]["mean"] + reach + ROUNDING


def _points(trials: Sequence[Scored], n_seeds: int, task: str) -> list[dict[str, Any]]:
    """Return the points, the lowest mean dev error first; of halving's, each with its last epochs."""
    last: dict[int, int] = {}
    for trial in trials:
        last[trial.point] = max(last.get(trial.point, 0), trial.epochs or 0)
    longest = max(last.values(), default=0)
    points = []
    for number, epochs in last.items():
        own = [trial for trial in trials if trial.point == number and (trial.epochs or 0) == epochs]
        done = [trial for trial in own if trial.outcome == "done"]
        lost = Counter(trial.outcome for trial in own)
        points.append(
            {
                "point": number,
                "values": dict(own[0].values),
                "epochs": epochs or None,
                "seeds_done": len(done),
                # Compared are points with all their seeds, and in halving those that came to the end.
                "complete": len(done) == n_seeds and epochs == longest,
                "outcomes": {name: lost[name] for name in ("diverged", "failed", "killed") if lost[name]},
                "train": _over_seeds([trial.errors["train"] for trial in done], None, task),
                "dev": _over_seeds(
                    [trial.errors["dev"] for trial in done],
                    done[0].n_dev if done and task == "classification" else None,
                    task,
                    shared=len({trial.dev_set for trial in done} - {""}) == 1,
                ),
                "within_noise": False,
                "run_ids": [trial.run_id for trial in own if trial.run_id],
            }
        )
    return sorted(
        points,
        key=lambda p: (not p["complete"], p["dev"]["mean"] if p["dev"] else math.inf, p["point"]),
    )


def _over_seeds(
    errors: Sequence[float], n_examples: int | None, task: str, *, shared: bool = False
) -> dict[str, Any] | None:
    """Return the mean with its 95% interval: Student's over seeds, of one seed Wilson's over examples.

    Student's, which knows no ends, is cut at those that the error has: 0, and all of the examples. Where all
    seeds share their examples, Wilson's has a part in it: that of the chance of which examples they are.

    Args:
        n_examples: those that each error is a proportion of; None where it is none, or they are not known.
        shared: whether they are the same for all seeds.
    """
    if not errors:
        return None
    mean, n = fmean(errors), len(errors)
    low = high = noise = None
    one_example = 1 / n_examples if n_examples else 0.0
    if n > 1:
        deviation, sampling = stdev(errors), 0.0
        if shared and n_examples:
            one_seed = mean * (1 - mean) / n_examples
            sampling = sampling_variance(one_seed, deviation**2)
            part = sampling / one_seed if one_seed else 1.0
            below, above = (math.sqrt(part) * abs(end - mean) for end in wilson(mean, n_examples))
            own = deviation / math.sqrt(n)
            noise = max(math.hypot(own, math.sqrt(sampling)), one_example)
        else:
            own = noise = max(deviation, one_example) / math.sqrt(n)
            below = above = 0.0
        reach = _student(n - 1) * own
        ceiling = 1.0 if task == "classification" else math.inf
        low = max(0.0, mean - math.hypot(reach, below))
        high = min(ceiling, mean + math.hypot(reach, above))
    elif n_examples:
        noise = max(math.sqrt(mean * (1 - mean) / n_examples), one_example)
        low, high = wilson(mean, n_examples)
    return {"mean": mean, "low": low, "high": high, "standard_error": noise, "seeds": n}


def _student(degrees: int) -> float:
    from scipy.special import stdtrit

    return float(stdtrit(degrees, (1 + CONFIDENCE) / 2))


def _simplest(points: Sequence[dict[str, Any]], axes: Sequence[Axis]) -> dict[str, Any]:
    """Return the simplest of points that noise does not tell apart; the best where that is not known."""
    if len(axes) != 1 or axes[0].key not in SIMPLER:
        return points[0]
    key = axes[0].key
    try:
        return max(points, key=lambda point: SIMPLER[key] * float(point["values"][key]))
    except ValueError:
        return points[0]


def _edges(best: Mapping[str, Any], plan: "Plan") -> list[dict[str, Any]]:
    """Return the axes at whose lower or upper end the best point lies, where there is anything beyond it."""
    edges = []
    for axis in plan.axes:
        position = axis.position(best["values"][axis.key]) if (axis.size or 3) > 2 else None
        if position is not None and not AT_EDGE < position < 1 - AT_EDGE:
            end: Literal["lower", "upper"] = "lower" if position <= AT_EDGE else "upper"
            if axis.key not in DRAWS and _is_permitted(plan, axis.key, axis.beyond(end)):
                edges.append({"key": axis.key, "value": best["values"][axis.key], "end": end})
    return edges


def _is_permitted(plan: "Plan", key: str, value: str) -> bool:
    """Return whether a key may have a value: there is no keep_prob above 1, and no λ below 0."""
    try:
        varied(plan.request.base, [f"{key}={value}"])
    except ConfigError:
        return False
    return True
