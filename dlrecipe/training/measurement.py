"""Cost and error of a network on a split, without dropout and augmentation."""

from dataclasses import dataclass

import numpy as np

from dlrecipe.arrays import Batch, Labels
from dlrecipe.data.examples import Split
from dlrecipe.nn.losses import Targets
from dlrecipe.nn.objective import Objective


@dataclass(frozen=True)
class Measurement:
    """J with its penalty, and the error as a fraction: wrong labels, or 1 - R² for numbers."""

    cost: float
    error: float


def measure(objective: Objective, split: Split) -> Measurement:
    """Return cost and error of the network's present weights on a split."""
    return measured_from(objective.network.outputs(split.X), objective, split.y)


def measured_from(outputs: Batch, objective: Objective, targets: Targets) -> Measurement:
    """Return cost and error of outputs (n, n_outputs) that the network has given."""
    cost = objective.mean_loss(outputs, targets) + objective.penalty_value()
    return Measurement(cost, error_of(outputs, targets))


def error_of(outputs: Batch, targets: Targets) -> float:
    """Return the fraction of wrong labels, or the fraction of variance unexplained (1 - R²).

    Args:
        outputs: (n, n_outputs) logits or numbers.
        targets: (n,) labels, or (n, n_outputs) numbers. Several outputs count alike.
    """
    if targets.ndim == 1:
        return float(np.count_nonzero(predicted_labels(outputs) != targets)) / len(targets)
    residual = np.square(outputs - targets, dtype=np.float64).sum(axis=0)
    spread = np.square(targets - targets.mean(axis=0, dtype=np.float64)).sum(axis=0)
    return float(np.mean(residual / spread))


def predicted_labels(outputs: Batch) -> Labels:
    """Return the most probable class of each row.

    Args:
        outputs: (n, n_classes) logits, or (n, 1) for two classes.
    """
    if outputs.shape[1] == 1:
        return (outputs[:, 0] > 0).astype(np.int64)
    labels: Labels = outputs.argmax(axis=1)
    return labels
