"""One check: a network's gradient of J on given examples, tensor by tensor, against differences of J."""

from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from dlrecipe.arrays import Batch
from dlrecipe.errors import InputError
from dlrecipe.gradcheck.difference import Cost, CostAlong
from dlrecipe.gradcheck.result import CheckResult, TensorResult, relative_difference
from dlrecipe.gradcheck.sampling import components
from dlrecipe.gradcheck.tensor import Comparison, TensorCheck
from dlrecipe.nn.losses import Targets
from dlrecipe.nn.network import Network
from dlrecipe.nn.objective import GradientPass, Objective
from dlrecipe.nn.regularizers import Penalty

EPSILONS = (1e-5, 1e-6, 1e-4, 1e-7)
"""Steps, in the order they are tried on a tensor until one passes. A right gradient agrees at some step (a
small one where inputs are of scale 1000, a large one where the gradient is tiny), a wrong one at none."""


def check_gradient(
    objective: Objective,
    X: Batch,
    y: Targets,
    *,
    name: str,
    epsilon: float | None = None,
    seed: int = 0,
) -> CheckResult:
    """Compare dJ/dθ from backpropagation with two-sided differences of J, in float64, at the present θ.

    J is the training objective on these examples: class weights and penalties included, dropout off. The
    network itself is left alone; a float64 copy is checked. Up to 20,000 parameters every component is
    compared, beyond that a sample of each tensor. Components with a kink inside ±ε that do not agree are
    set apart.

    Args:
        X: (n, fan_in), n ≥ 1; 10 to 50 examples are enough.
        y: (n,) labels or (n, n_outputs) numbers.
        name: what the result is called.
        epsilon: the step; None tries EPSILONS.
        seed: of the sample.
    Raises:
        InputError: J is not finite at these weights.
    Source: the course, lectures 12-14; docs/decisions/0005.
    """
    assert len(X) > 0
    twin = float64_twin(objective)
    X = np.ascontiguousarray(X, np.float64)
    y = y if twin.loss.takes_labels else np.asarray(y, np.float64)
    # Weights of a run that diverged may overflow, which is to be a finding, not a warning.
    with np.errstate(all="ignore"):
        cost = _finite_cost(twin, X, y, name)
        GradientPass(twin, len(X), X=X, y=y).run()
        steps = EPSILONS if epsilon is None else (epsilon,)
        found = [check.at_best_step(steps) for check in _tensor_checks(twin, cost, seed)]
        difference = _overall(found)
    tensors = tuple(comparison.result for comparison in found)
    return CheckResult(
        name=name,
        relative_difference=difference,
        epsilon=steps[0],
        n_components=twin.network.parameters.n_params,
        n_examples=len(X),
        notes=tuple(_notes(objective, tensors, steps[0]) + _nothing_to_see(twin)),
        tensors=tensors,
    )


def float64_twin(objective: Objective) -> Objective:
    """Return the same objective on a float64 copy of the network, without dropout."""
    network = Network(objective.network.architecture.without_dropout(), np.dtype(np.float64))
    network.load(objective.network.arrays())
    class_weights = objective.class_weights
    if class_weights is not None:
        class_weights = class_weights.astype(np.float64)
    return replace(objective, network=network, class_weights=class_weights)


def _finite_cost(twin: Objective, X: Batch, y: Targets, name: str) -> Cost:
    cost = Cost(twin, X, y)
    value = cost.value()
    if np.isfinite(value):
        return cost
    raise InputError(
        f"J is {value} at these weights, so there is no gradient to check",
        where=name,
        remedy="check at the initial weights, or lower the learning rate and train again",
    )


def _tensor_checks(twin: Objective, cost: Cost, seed: int) -> list[TensorCheck]:
    parameters = twin.network.parameters
    magnitude = cost.magnitude()
    checks = []
    for index, tensor in enumerate(parameters.tensors):
        value = parameters.values[tensor.name]
        penalty = twin.penalty if tensor.penalised else Penalty()
        checks.append(
            TensorCheck(
                tensor=tensor,
                value=value,
                gradient=parameters.gradients[tensor.name],
                positions=components(tensor, index=index, n_params=parameters.n_params, seed=seed),
                penalty=penalty,
                along=CostAlong(cost, value, penalty.l1),
                magnitude=magnitude,
            )
        )
    return checks


def _overall(found: Sequence[Comparison]) -> float:
    """Return the relative difference of all tensors together, θ and dθ end to end as in the course."""
    return relative_difference(
        np.concatenate([comparison.analytic for comparison in found]),
        np.concatenate([comparison.numeric for comparison in found]),
        rounding=float(np.linalg.norm([comparison.rounding for comparison in found])),
    )


def _notes(objective: Objective, tensors: Sequence[TensorResult], first_step: float) -> list[str]:
    """Return what a reader has to know of how the check was made."""
    notes = ["two-sided, float64", _dropout_note(objective), _penalty_note(objective.penalty)]
    if objective.class_weights is not None:
        notes.append("class weights included")
    if objective.network.statistics.flat.size:
        notes.append("batch norms by these examples' own statistics, as in training")
    n_params = objective.network.parameters.n_params
    n_kinks = sum(tensor.n_kinks for tensor in tensors)
    n_compared = sum(tensor.n_checked for tensor in tensors)
    if n_compared + n_kinks < n_params:
        notes.append(
            f"a sample: {n_compared + n_kinks:,} of {n_params:,} components, every tensor among them"
        )
    if n_kinks:
        notes.append(f"{n_kinks:,} components set apart: J has a kink between θ-ε and θ+ε")
    for tensor in tensors:
        notes += _tensor_notes(tensor, first_step)
    return notes


def _nothing_to_see(twin: Objective) -> list[str]:
    """Return a note where all is 0 by symmetry, as with zero weights and balanced classes."""
    if twin.network.parameters.grads.any():
        return []
    return ["every gradient is 0 here, so this shows little: check at other weights too"]


def _tensor_notes(tensor: TensorResult, first_step: float) -> list[str]:
    notes = []
    if tensor.epsilon != first_step:
        notes.append(f"{tensor.name} compared at ε {tensor.epsilon:g}, where it agrees best")
    if tensor.one_sided:
        notes.append(f"{tensor.name} sits on a kink and is compared on the smooth side of it")
    if tensor.within_rounding:
        notes.append(f"{tensor.name} differs by no more than rounding: its gradient is all but 0")
    return notes


def _dropout_note(objective: Objective) -> str:
    return "dropout off (training uses it)" if objective.network.architecture.has_dropout else "dropout off"


def _penalty_note(penalty: Penalty) -> str:
    return "no penalty" if penalty == Penalty() else "penalty included"
