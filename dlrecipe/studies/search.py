"""How a sweep chooses its points: grid, random, Sobol, successive halving, Optuna. Trains nothing.

A searcher yields rounds of proposals and may, from one round to the next, ask for the scores of those before.
A round is complete before the next is chosen, so that what is chosen depends neither on how many workers
there are nor on which of them is done first.
"""

import math
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import islice, product
from typing import Any, TypeAlias

from dlrecipe.errors import InputError
from dlrecipe.extras import require
from dlrecipe.studies.axes import Axis
from dlrecipe.studies.methods import Method

Values: TypeAlias = tuple[str, ...]
"""One value of each axis."""

ETA = 3
"""Of the candidates of a round of halving, one in so many goes on, with so many times the epochs."""
MOST_POINTS = 10_000
OPTUNA_ROUND = 4
"""Points that Optuna proposes at once: workers have something to do, and it learns often enough."""
_DRAWS = 50


@dataclass(frozen=True)
class Proposal:
    """A point to try; `index` is its number from 0. `epochs`: in all, None as the config says."""

    index: int
    values: Values
    epochs: int | None = None


Score: TypeAlias = Callable[[Proposal], float]
"""The mean dev error of a proposal of an earlier round; infinite where no trial of it is done."""
Rounds: TypeAlias = Iterator[list[Proposal]]


@dataclass(frozen=True)
class Budget:
    """`points` may be tried at the most; `epochs` are those of the config, of which halving uses fewer."""

    points: int
    epochs: int
    seed: int


def grid(axes: Sequence[Axis], budget: Budget, score: Score) -> Rounds:
    """Propose every combination of the axes' values; ranges without a count share what the budget leaves.

    Raises:
        InputError: there are more combinations than may be tried.
    """
    fixed = math.prod(axis.count or axis.size or 1 for axis in axes)
    free = [axis for axis in axes if axis.size is None and axis.count is None]
    each = math.floor((budget.points / fixed) ** (1 / len(free)) + 1e-9) if free else 0
    if fixed > budget.points or (free and each < 2):
        n = fixed * 2 ** len(free)
        raise InputError(
            f"the grid has {'at least ' if free else ''}{n:,} points, and {budget.points:,} may be tried",
            where="--vary",
            remedy="Allow more runs with --trials (points times seeds), give fewer values, as in "
            "log:1e-3..10/5,\nor take a sample: --method sobol.",
        )
    lists = [axis.spaced(axis.count or axis.size or each) for axis in axes]
    yield [Proposal(index, values) for index, values in enumerate(product(*lists))]


def random(axes: Sequence[Axis], budget: Budget, score: Score) -> Rounds:
    """Propose points drawn independently; more trials only add points to those of fewer."""
    from dlrecipe.rng import stream

    draws = (stream(budget.seed, "sweep", index).random(len(axes)) for index in range(budget.points * _DRAWS))
    yield _different(axes, draws, budget.points)


def sobol(axes: Sequence[Axis], budget: Budget, score: Score) -> Rounds:
    """Propose points of a scrambled Sobol sequence, which leave smaller gaps than random ones.

    Source: Owen 1998, Scrambling Sobol' and Niederreiter-Xing points; scipy.stats.qmc.Sobol.
    """
    from scipy.stats.qmc import Sobol

    from dlrecipe.rng import stream

    sequence = Sobol(len(axes), scramble=True, rng=stream(budget.seed, "sweep"))
    # Drawn in powers of two, to which its balance is tied; some to spare, as whole numbers may repeat.
    draws = sequence.random_base2(math.ceil(math.log2(budget.points)) + 2)
    yield _different(axes, draws, budget.points)


def halving(axes: Sequence[Axis], budget: Budget, score: Score) -> Rounds:
    """Propose random points on few epochs, and let the best third of each round go on with thrice as many.

    Source: Jamieson & Talwalkar 2016, arXiv:1502.07943; Li et al. 2018, arXiv:1603.06560, for η = 3.
    """
    candidates = next(random(axes, budget, score))
    n_rounds = 1 + int(min(math.log(max(1, len(candidates)), ETA), math.log(budget.epochs, ETA)) + 1e-9)
    for remaining in reversed(range(n_rounds)):
        epochs = max(1, budget.epochs // ETA**remaining)
        proposals = [Proposal(each.index, each.values, epochs) for each in candidates]
        yield proposals
        ranked = sorted(proposals, key=lambda each: (score(each), each.index))
        going_on = {each.index for each in ranked[: max(1, len(ranked) // ETA)]}
        candidates = [each for each in candidates if each.index in going_on]


def optuna(axes: Sequence[Axis], budget: Budget, score: Score) -> Rounds:
    """Propose what Optuna's TPE sampler does, a few points at a time.

    It knows nothing of points that were tried, and among few comes back to the same again and again: it is
    told their errors once more, and asked anew.

    Raises:
        MissingExtra: Optuna is not installed.
    """
    library: Any = require("optuna", extra="optuna", purpose="--method optuna")
    library.logging.set_verbosity(library.logging.ERROR)
    sampler = library.samplers.TPESampler(seed=budget.seed % 2**32)
    study = library.create_study(sampler=sampler, direction="minimize")
    space = {axis.key: _distribution(library, axis) for axis in axes}
    proposed: dict[Values, Proposal] = {}
    # As many as there are of points that differ; what Optuna does not come to is taken from these.
    others = [each.values for each in next(random(axes, budget, score))]
    while len(proposed) < len(others):
        asked, before = [], len(proposed)
        wanted = min(len(others), before + OPTUNA_ROUND)
        for _ in range(_DRAWS):
            if len(proposed) == wanted:
                break
            trial = study.ask(space)
            values = tuple(_written(axis, trial.params[axis.key]) for axis in axes)
            asked.append((trial, proposed.setdefault(values, Proposal(len(proposed), values))))
        if len(proposed) == before:
            new = next(each for each in others if each not in proposed)
            proposed[new] = Proposal(before, new)
        yield [each for each in proposed.values() if each.index >= before]
        for trial, proposal in asked:
            value = score(proposal)
            failed = library.trial.TrialState.FAIL
            study.tell(trial, value) if math.isfinite(value) else study.tell(trial, state=failed)


def _distribution(library: Any, axis: Axis) -> Any:
    kinds = library.distributions
    if axis.choices:
        return kinds.CategoricalDistribution(axis.choices)
    if axis.whole:
        return kinds.IntDistribution(int(axis.low), int(axis.high), log=axis.log)
    return kinds.FloatDistribution(axis.low, axis.high, log=axis.log)


def _written(axis: Axis, value: Any) -> str:
    return f"{value:.4g}" if isinstance(value, float) else str(value)


def _different(axes: Sequence[Axis], draws: Any, wanted: int) -> list[Proposal]:
    """Return the first points that differ, `wanted` of them if there are as many."""
    points = (tuple(axis.at(float(u)) for axis, u in zip(axes, draw, strict=True)) for draw in draws)
    found = islice(_unseen(points), n_different(axes, wanted))
    return [Proposal(index, values) for index, values in enumerate(found)]


def n_different(axes: Sequence[Axis], wanted: int) -> int:
    """Return how many points that differ there are, or the number wanted where there are more."""
    sizes = [axis.size for axis in axes]
    return wanted if None in sizes else min(wanted, math.prod(size or 1 for size in sizes))


def _unseen(points: Iterable[Values]) -> Iterator[Values]:
    seen: set[Values] = set()
    for point in points:
        if point not in seen:
            seen.add(point)
            yield point


SEARCHERS: dict[Method, Callable[[Sequence[Axis], Budget, Score], Rounds]] = {
    "grid": grid,
    "random": random,
    "sobol": sobol,
    "halving": halving,
    "optuna": optuna,
}
