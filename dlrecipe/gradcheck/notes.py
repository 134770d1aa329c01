"""What a reader has to know of how a check was made, in words."""

from collections.abc import Sequence

from dlrecipe.gradcheck.cost import Cost
from dlrecipe.gradcheck.result import TensorResult
from dlrecipe.nn.objective import Objective
from dlrecipe.nn.regularizers import Penalty

MOST_NAMES = 8
"""Tensors that a note names one by one."""


def notes_on(
    objective: Objective,
    cost: Cost,
    tensors: Sequence[TensorResult],
    *,
    first_step: float,
    dropout: bool,
    worse_in_parts: Sequence[str],
) -> tuple[str, ...]:
    """Return the notes of one check, the general ones first.

    Args:
        worse_in_parts: tensors whose gradient is worse where a batch is cut into two parts.
    """
    notes = ["two-sided, float64", _dropout_note(objective, dropout), _penalty_note(objective.penalty)]
    if cost.has_dropout and cost.may_be_cut:
        notes.append("a batch in two parts checked too, each part under a mask of its own")
    if objective.class_weights is not None:
        notes.append("class weights included")
    if objective.network.statistics.flat.size:
        notes.append("batch norms by these examples' own statistics, as in training")
    notes += _sample_notes(tensors, objective.network.parameters.n_params)
    notes += _kink_notes(tensors)
    for tensor in tensors:
        notes += _tensor_notes(tensor, first_step)
    if worse_in_parts:
        notes.append(
            f"{_named(worse_in_parts)}: the gradient of a batch cut into two parts, as a large network's "
            "steps have it, and not that of a whole batch (nn/split_pass.py)"
        )
    if not cost.objective.network.parameters.grads.any():
        # By symmetry, as with zero weights and balanced classes.
        notes.append("every gradient is 0 here, so this shows little: check at other weights too")
    return tuple(notes)


def _dropout_note(objective: Objective, dropout: bool) -> str:
    if not objective.network.architecture.has_dropout:
        return "no dropout to keep" if dropout else "dropout off"
    return "dropout on, its mask frozen" if dropout else "dropout off (training uses it)"


def _penalty_note(penalty: Penalty) -> str:
    return "no penalty" if penalty == Penalty() else "penalty included"


def _sample_notes(tensors: Sequence[TensorResult], n_params: int) -> list[str]:
    n_drawn = sum(tensor.n_checked + tensor.n_apart for tensor in tensors)
    if n_drawn >= n_params:
        return []
    note = f"a sample: {n_drawn:,} of {n_params:,} components, every tensor among them"
    along = [tensor.name for tensor in tensors if tensor.projection_difference is not None]
    return [note, f"{_named(along)} compared along random directions too"]


def _named(tensors: Sequence[str]) -> str:
    return ", ".join(tensors) if len(tensors) <= MOST_NAMES else f"{len(tensors)} tensors"


def _kink_notes(tensors: Sequence[TensorResult]) -> list[str]:
    n_kinks, n_apart = sum(tensor.n_kinks for tensor in tensors), sum(tensor.n_apart for tensor in tensors)
    notes = []
    if n_kinks > n_apart:
        notes.append(
            f"{n_kinks - n_apart:,} components have a kink of J between θ-ε and θ+ε: compared at a smaller "
            "step, or on the smooth side"
        )
    if n_apart:
        notes.append(f"{n_apart:,} components set apart: J has a kink between θ-ε and θ+ε")
    return notes


def _tensor_notes(tensor: TensorResult, first_step: float) -> list[str]:
    notes = []
    if tensor.epsilon != first_step and tensor.n_checked:
        notes.append(f"{tensor.name} compared at ε {tensor.epsilon:g}, where it agrees best")
    if tensor.n_one_sided and not tensor.n_apart and tensor.n_one_sided == tensor.n_checked:
        notes.append(f"{tensor.name} sits on a kink and is compared on the smooth side of it")
    if tensor.persists and tensor.relative_difference < 1e-3:
        notes.append(f"{tensor.name} differs by the same at every step: a bug, however small the difference")
    if tensor.within_rounding:
        notes.append(f"{tensor.name} differs by no more than rounding: its gradient is all but 0")
    return notes
