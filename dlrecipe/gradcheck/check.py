"""One check: a network's gradient of J on given examples, tensor by tensor, against differences of J."""

from collections.abc import Mapping, Sequence
from dataclasses import replace

import numpy as np

from dlrecipe.arrays import Batch, Flat
from dlrecipe.errors import InputError
from dlrecipe.gradcheck.comparison import EPSILONS
from dlrecipe.gradcheck.cost import Cost, Gradients, float64_twin
from dlrecipe.gradcheck.difference import Differences, TapeDifferences, rounding_unit
from dlrecipe.gradcheck.epsilons import epsilon_table
from dlrecipe.gradcheck.notes import notes_on
from dlrecipe.gradcheck.penalty import MOST_COMPONENTS, ClosedForm, EnginePenalty, closed_form_holds
from dlrecipe.gradcheck.projection import Projections
from dlrecipe.gradcheck.result import SEVERITY, CheckResult, relative_difference
from dlrecipe.gradcheck.sampling import DIRECTIONS, STACK_WORK, TAPE_COMPONENTS, draw, share_of
from dlrecipe.gradcheck.stack import StackDifferences, recognise
from dlrecipe.gradcheck.tensor import TensorCheck, TensorComparison
from dlrecipe.nn.losses import Targets
from dlrecipe.nn.objective import Objective
from dlrecipe.nn.regularizers import Penalty

SAME = 1e-9
"""Difference, as a share of a tensor's largest gradient, up to which two forms of it count as one."""


def check_gradient(
    objective: Objective,
    X: Batch,
    y: Targets,
    *,
    name: str,
    epsilon: float | None = None,
    seed: int = 0,
    dropout: bool = False,
    show_epsilons: bool = False,
    every: bool = False,
) -> CheckResult:
    """Compare dJ/dθ from backpropagation with two-sided differences of J, in float64, at the present θ.

    J is the training objective on these examples, class weights included; its data term and its penalty
    are compared separately. Steps of large networks cut a batch into two parts: the gradient is worked out
    in that way too, with dropout under a frozen mask for each part, and the worse one is told of. The network
    itself is left alone: a float64 copy is checked. Of a dense stack every component is compared; of a
    network too large for that, a sample and random directions.

    Args:
        X: (n, fan_in), n ≥ 1; 8 to 50 examples are enough.
        y: (n,) labels or (n, n_outputs) numbers.
        name: what the result is called.
        epsilon: the step; None tries EPSILONS.
        seed: of the sample, the directions and the dropout mask.
        dropout: keep the network's dropout, with one frozen mask; else it is off.
        show_epsilons: work out the difference against the step as well.
        every: compare every component, however long that takes.
    Raises:
        InputError: J is not finite at these weights.
    Source: the course, lectures 12-14; docs/decisions/0005.
    """
    assert len(X) > 0
    twin = float64_twin(objective, dropout=dropout)
    X = np.ascontiguousarray(X, np.float64)
    y = y if twin.loss.takes_labels else np.asarray(y, np.float64)
    # Weights of a run that diverged may overflow, which is to be a finding, not a warning.
    with np.errstate(all="ignore"):
        cost = Cost(twin, X, y, seed=seed)
        _require_finite(cost, name)
        steps = EPSILONS if epsilon is None else (epsilon,)
        checks, in_parts = _tensor_checks(cost, seed, every=every)
        found, parted = _compared(checks, in_parts, steps)
        result = _result(cost, found, name, steps)
        notes = notes_on(
            objective, cost, result.tensors, first_step=steps[0], dropout=dropout, worse_in_parts=parted
        )
        epsilons = epsilon_table(checks, seed) if show_epsilons else ()
        return replace(result, notes=notes, epsilons=epsilons)


def _require_finite(cost: Cost, name: str) -> None:
    value = cost.loss() + cost.objective.penalty_value()
    if not np.isfinite(value):
        raise InputError(
            f"J is {value} at these weights, so there is no gradient to check",
            where=name,
            remedy="Check at the initial weights, or lower the learning rate and train again.",
        )


def _compared(
    checks: Sequence[TensorCheck], in_parts: Mapping[int, TensorCheck], steps: Sequence[float]
) -> tuple[list[TensorComparison], list[str]]:
    """Compare every tensor's gradient, and its other form where there is one.

    Returns:
        The worse comparison of each, and the tensors where that is the one of a batch in parts.
    """
    found = [check.run(steps) for check in checks]
    parted = []
    for index, check in in_parts.items():
        other = check.run(steps)
        if SEVERITY[other.result().verdict] > SEVERITY[found[index].result().verdict]:
            found[index] = other
            parted.append(check.tensor.name)
    return found, parted


def _result(cost: Cost, found: Sequence[TensorComparison], name: str, steps: Sequence[float]) -> CheckResult:
    """Return the comparison of every tensor as one, without notes."""
    return CheckResult(
        name=name,
        relative_difference=_overall(found),
        epsilon=steps[0],
        n_components=cost.objective.network.parameters.n_params,
        n_examples=len(cost.X),
        notes=(),
        tensors=tuple(comparison.result() for comparison in found),
    )


def _tensor_checks(cost: Cost, seed: int, *, every: bool) -> tuple[list[TensorCheck], dict[int, TensorCheck]]:
    """Return the check of every tensor, and one more, by number, of those whose gradient has two forms.

    A large network's steps cut a batch into two parts and work its gradient out in another way. Where it
    comes to the same, as everywhere in an intact engine, one check does for both. With dropout it never does,
    for each part has a mask of its own: J of the parts is another function, whose gradient is held against
    its own differences.
    """
    parameters, maker = cost.objective.network.parameters, _Maker(cost, seed, every)
    gradients, parted = cost.gradients(), cost.in_two_parts()
    tensors = range(len(parameters.tensors))
    others = {}
    if parted is not None:
        in_parts = parted.gradients()
        of_parts = _Maker(parted, seed, every) if cost.has_dropout else maker
        others = {
            index: of_parts.check(index, in_parts)
            for index in tensors
            if cost.has_dropout
            or not _are_same(gradients, in_parts, parameters.place[parameters.tensors[index].name])
        }
    return [maker.check(index, gradients) for index in tensors], others


def _are_same(one: Gradients, other: Gradients, place: slice) -> bool:
    """Return whether two gradients of a tensor differ by no more than the order of their sums."""
    pairs = ((one.data[place], other.data[place]), (one.total[place], other.total[place]))
    return all(np.allclose(a, b, rtol=0, atol=SAME * float(np.abs(a).max())) for a, b in pairs)


class _Maker:
    """Decides for each tensor how its differences are worked out."""

    def __init__(self, cost: Cost, seed: int, every: bool) -> None:
        self._cost, self._seed, self._every = cost, seed, every
        self._parameters = cost.objective.network.parameters
        self._unit = rounding_unit(cost.magnitude())
        self._stack = recognise(cost, seed)
        self._closed_form = closed_form_holds(cost.objective, seed)
        self._drawn: int | None = None
        self._directions = DIRECTIONS
        if self._stack is None:
            self._drawn, self._directions = share_of(len(self._parameters.tensors))

    def check(self, index: int, gradients: Gradients) -> TensorCheck:
        """Return the check of tensor number `index`, which has these gradients."""
        tensor = self._parameters.tensors[index]
        value, place = self._parameters.values[tensor.name], self._parameters.place[tensor.name]
        data, total = gradients.data[place], gradients.total[place]
        differences, compares_all = self._differences(index)
        penalty = self._cost.objective.penalty if tensor.penalised else Penalty()
        every = np.arange(tensor.size)
        places = every if compares_all else draw(tensor, index=index, seed=self._seed, at_most=self._drawn)
        few = (
            every
            if self._closed_form
            else draw(tensor, index=index, seed=self._seed, at_most=MOST_COMPONENTS)
        )
        return TensorCheck(
            tensor=tensor,
            value=value,
            data=data,
            total=total,
            places=places,
            differences=differences,
            penalty=penalty,
            penalty_places=few,
            penalty_differences=self._penalty_differences(index, penalty, np.abs(data) + np.abs(total)),
            projections=None
            if len(places) == tensor.size
            else Projections(self._cost, value, data, self._unit, self._seed, index, self._directions),
        )

    def _differences(self, index: int) -> tuple[Differences, bool]:
        """Return how a tensor's differences are worked out, and whether for all of its components."""
        tensor = self._parameters.tensors[index]
        value = self._parameters.values[tensor.name]
        if self._stack is None:
            by_tape = TapeDifferences(self._cost, value, self._unit)
            return by_tape, self._every or self._parameters.n_params <= TAPE_COMPONENTS
        number = index // 2 + 1
        by_stack = StackDifferences(self._stack, number, value, self._unit)
        return by_stack, self._every or tensor.size * self._stack.work(number) <= STACK_WORK

    def _penalty_differences(self, index: int, penalty: Penalty, sizes: Flat) -> Differences | None:
        """Return how the penalty's differences are worked out; None where J has no penalty.

        Args:
            sizes: (size,) of the numbers that its gradient was worked out from.
        """
        objective = self._cost.objective
        if objective.penalty == Penalty():
            return None
        value = self._parameters.values[self._parameters.tensors[index].name]
        if self._closed_form:
            return ClosedForm(value, penalty.l2, penalty.l1, sizes)
        return EnginePenalty(objective, value, sizes)


def _overall(found: Sequence[TensorComparison]) -> float:
    """Return the relative difference of all tensors together, θ and dθ end to end as in the course."""
    wholes = [comparison.whole() for comparison in found]
    analytic, numeric, rounding = (np.concatenate([whole[part] for whole in wholes]) for part in (1, 2, 3))
    return relative_difference(analytic, numeric, rounding=float(np.linalg.norm(rounding)))
