"""A sweep: the trials of a search, run in parallel, kept as they come, and put together at the end.

Prints nothing; who watches is told. Knows nothing of how workers are had, or of pictures.
"""

import time
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Protocol

from dlrecipe.config.loading import LoadedConfig, varied
from dlrecipe.config.writing import config_to_dict
from dlrecipe.errors import ConfigError, InputError, Problem
from dlrecipe.store.trees import remove_tree
from dlrecipe.studies.axes import LARGEST_LIST, Axis, read_axes
from dlrecipe.studies.directory import StudyDirectory, open_study
from dlrecipe.studies.executor import Workers, kept_results
from dlrecipe.studies.methods import Method
from dlrecipe.studies.search import MOST_POINTS, SEARCHERS, Budget, Proposal, Rounds, Score, n_different
from dlrecipe.studies.sweep_results import Scored, mean_dev_error, sweep_document
from dlrecipe.studies.trial import Trial, TrialResult

KIND = "sweep"
SEED = "seed"
DEFAULT_POINTS = 20
"""Points that are tried where nobody says how many, each with every seed."""


@dataclass(frozen=True)
class Request:
    """What is asked for: `vary` as `KEY=VALUES`; `trials` is how many runs at the most, None for 20 points.

    `method` None: a grid for one or two keys, a Sobol sample for more.
    """

    base: LoadedConfig
    vary: tuple[str, ...]
    method: Method | None = None
    trials: int | None = None
    seed: int = 0


@dataclass(frozen=True)
class Plan:
    """A request made out: the axes without the seeds, and the seeds that each point is trained with."""

    request: Request
    axes: tuple[Axis, ...]
    seeds: tuple[str, ...]
    method: Method
    budget: Budget

    @property
    def asked(self) -> dict[str, Any]:
        """What two sweeps must share for the one to go on with the other's trials; as JSON holds it."""
        return {
            "config": config_to_dict(self.request.base.config),
            "vary": list(self.request.vary),
            "method": self.method,
            "points": self.budget.points,
            "seed": self.request.seed,
        }

    def trial(self, proposal: Proposal, seed: int) -> Trial:
        """Return the trial of a point with one of the seeds, counted from 0.

        Raises:
            ConfigError: the config that comes of it is none, placed at --vary.
        """
        keys = [axis.key for axis in self.axes]
        pairs = [
            *zip(keys, proposal.values, strict=True),
            *([(SEED, self.seeds[seed])] if self.seeds else []),
        ]
        sets = [f"{key}={value}" for key, value in pairs]
        first = proposal.epochs
        try:
            config = varied(self.request.base, [*sets, *([f"training.epochs={first}"] if first else [])])
        except ConfigError as error:
            raise ConfigError([_placed(problem) for problem in error.problems]) from error
        return Trial(f"p{proposal.index:04d}-s{seed}", config, proposal.epochs)


def plan_of(base: LoadedConfig, asked: Mapping[str, Any]) -> Plan:
    """Return the plan that was asked for, as `Plan.asked` has it.

    Raises:
        InputError: an axis cannot be read.
    """
    axes = read_axes(list(asked["vary"]))
    request = Request(base, tuple(asked["vary"]), asked["method"], None, asked["seed"])
    budget = Budget(asked["points"], base.config.training.epochs, asked["seed"])
    others = tuple(axis for axis in axes if axis.key != SEED)
    return Plan(request, others, _seeds(axes), asked["method"], budget)


def _goes_on(old: Mapping[str, Any], plan: Plan) -> bool:
    """Return whether a sweep that was asked for goes on as a plan: the same, with more points or seeds.

    All of its trials must be among the plan's, and under the same names.
    """
    new = plan.asked
    if any(old.get(key) != new[key] for key in ("config", "method", "seed")):
        return False
    try:
        before = plan_of(plan.request.base, old)
        n = len(before.seeds)
        if before.axes != plan.axes or plan.seeds[:n] != before.seeds or bool(n) != bool(plan.seeds):
            return False
        if plan.method in ("halving", "optuna") and plan.axes:
            # What comes next there depends on the seeds too, and in halving on how many began.
            more = before.budget.points <= plan.budget.points
            return plan.method == "optuna" and before.seeds == plan.seeds and more
        proposed, now = (next(_rounds(each, lambda _: float("inf"))) for each in (before, plan))
    except InputError:
        return False
    return bool(proposed == now[: len(proposed)])


class Watcher(Protocol):
    """Who is shown a sweep."""

    def started(self, plan: Plan, study: StudyDirectory, n_trials: int, ended: Sequence[Scored]) -> None:
        """It begins, or goes on after some; `n_trials` are planned as far as is known."""

    def trial_ended(self, scored: Scored) -> None:
        """A trial has ended."""


def make_plan(request: Request) -> Plan:
    """Make a request out, every config of its first round read.

    Raises:
        InputError: an axis cannot be read, or the budget does not hold the points.
        ConfigError: a value is none that its key can have.
    """
    axes = read_axes(list(request.vary))
    seeds = _seeds(axes)
    others = tuple(axis for axis in axes if axis.key != SEED)
    method = request.method or ("grid" if len(others) <= 2 else "sobol")
    if method == "halving" and any(axis.key == "training.epochs" for axis in others):
        raise InputError(
            "halving gives the trials their epochs",
            where="--vary training.epochs",
            remedy="Do not vary them.",
        )
    n_seeds = max(1, len(seeds))
    points = DEFAULT_POINTS if request.trials is None else request.trials // n_seeds
    if points < 1:
        raise InputError(
            f"{request.trials} trials are fewer than the {n_seeds} seeds of a single point",
            where="--trials",
            remedy=f"Give --trials {n_seeds} or more, or fewer seeds.",
        )
    if points > MOST_POINTS:
        raise InputError(f"{points:,} points", where="--trials", remedy=f"At most {MOST_POINTS:,}.")
    budget = Budget(points, request.base.config.training.epochs, request.seed)
    plan = Plan(request, others, seeds, method, budget)
    for proposal in next(_rounds(plan, lambda _: float("inf"))):
        for seed in range(n_seeds):
            plan.trial(proposal, seed)
    return plan


def sweep(
    plan: Plan,
    runs_dir: Path,
    workers: Callable[[], Any],
    watcher: Watcher,
    *,
    resume: bool = False,
    stop: Callable[[], bool] = lambda: False,
) -> dict[str, Any]:
    """Run a sweep, or go on with the one that was asked the same, and return its document.

    Args:
        workers: opens the workers (a context), not before they are needed.
        stop: whether to leave off; what has ended is kept.
    Raises:
        InputError: the config cannot be used on its data, the cluster is lost, or there is none to resume.
        StoreError: the runs directory cannot be written to.
    """
    name, asked = plan.request.base.config.name, plan.asked
    study = open_study(runs_dir, KIND, name, asked, resume=resume, goes_on=lambda old: _goes_on(old, plan))
    with study.writing() as journal:
        study.ask(asked)
        ended = {
            (record["trial"], record["epochs"]): Scored.from_record(record) for record in study.results()
        }
        run = _Run(plan, study, runs_dir, ended, journal.append, watcher, stop)
        watcher.started(plan, study, run.planned, list(ended.values()))
        try:
            if not run.is_over():
                with workers() as pool:
                    run.go(pool)
        except InputError:
            if not run.ended:
                with suppress(OSError):
                    remove_tree(study.path)
            raise
    return sweep_document(plan, study, list(run.ended.values()), complete=run.complete)


@dataclass
class _Run:
    """One process's part of a sweep."""

    plan: Plan
    study: StudyDirectory
    runs_dir: Path
    ended: dict[tuple[str, int | None], Scored]
    note: Callable[[Mapping[str, Any]], None]
    watcher: Watcher
    stop: Callable[[], bool]
    complete: bool = False
    began: float = field(default_factory=time.monotonic)

    @property
    def planned(self) -> int:
        """How many trials there will be, as far as is known: in halving, those of all rounds."""
        if self.plan.method == "optuna":
            return n_different(self.plan.axes, self.plan.budget.points) * self.n_seeds
        n = sum(len(proposals) for proposals in _rounds(self.plan, lambda proposal: proposal.index))
        return n * self.n_seeds

    @property
    def n_seeds(self) -> int:
        """How many trials a point has."""
        return max(1, len(self.plan.seeds))

    def is_over(self) -> bool:
        """Return whether every trial has ended."""
        self.complete = all(not self._left(proposals) for proposals in _rounds(self.plan, self._score))
        return self.complete

    def go(self, workers: Workers) -> None:
        """Run what is left, round by round."""
        for proposals in _rounds(self.plan, self._score):
            left = self._left(proposals)
            by_id = {trial.id: (proposal, seed) for trial, proposal, seed in left}
            trials = [trial for trial, _, _ in left]
            for result in kept_results(workers, trials, self.study.place(self.runs_dir), stop=self.stop):
                self._keep(result, *by_id[result.id])
            if self._left(proposals):
                return
        self.complete = True

    def _left(self, proposals: Sequence[Proposal]) -> list[tuple[Trial, Proposal, int]]:
        pairs = [(proposal, seed) for proposal in proposals for seed in range(self.n_seeds)]
        trials = [(self.plan.trial(proposal, seed), proposal, seed) for proposal, seed in pairs]
        return [each for each in trials if (each[0].id, each[0].epochs) not in self.ended]

    def _keep(self, result: TrialResult, proposal: Proposal, seed: int) -> None:
        if result.refused and not self.ended:
            # If it is the config itself that cannot be used, there is no point in the others.
            _require_usable(self.plan.request.base, self.runs_dir)
        scored = Scored.of(result, self.plan, proposal, seed)
        self.note(scored.to_record())
        self.ended[result.id, proposal.epochs] = scored
        self.watcher.trial_ended(scored)

    def _score(self, proposal: Proposal) -> float:
        return mean_dev_error(
            [
                scored
                for scored in self.ended.values()
                if scored.point == proposal.index and scored.epochs == proposal.epochs
            ]
        )


def _rounds(plan: Plan, score: Score) -> Rounds:
    if not plan.axes:
        return iter([[Proposal(0, (), None)]])
    return SEARCHERS[plan.method](plan.axes, plan.budget, score)


def _seeds(axes: Sequence[Axis]) -> tuple[str, ...]:
    for axis in axes:
        if axis.key == SEED:
            if axis.size is None or axis.log:
                raise InputError(
                    "seeds are whole numbers, each of which is taken",
                    where="--vary seed",
                    remedy="Write them as seed=0..4 or seed=1,2,3.",
                )
            return tuple(axis.spaced(min(axis.count or axis.size, LARGEST_LIST)))
    return ()


def _placed(problem: Problem) -> Problem:
    return Problem(problem.where.replace("--set ", "--vary ", 1), problem.path, problem.what, problem.remedy)


def _require_usable(base: LoadedConfig, runs_dir: Path) -> None:
    """Refuse a config that cannot be trained on its data.

    Raises:
        InputError: with its place in the config.
    """
    from dlrecipe.experiment.assembly import build_trainer
    from dlrecipe.experiment.data_checks import refuse_errors
    from dlrecipe.experiment.placing import places_from
    from dlrecipe.experiment.reading import weights_reader
    from dlrecipe.experiment.training_run import prepare_for_training

    with places_from(base):
        prepared, report = prepare_for_training(base.config)
        refuse_errors(base.config, report)
        build_trainer(base.config, prepared, prepared.splits["train"].X.dtype, weights_reader(runs_dir))
