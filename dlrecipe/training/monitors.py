"""What happens inside the network: norms of weights and gradients, sizes of updates, activations."""

from collections.abc import Mapping
from typing import TypeAlias

import numpy as np

from dlrecipe.arrays import Batch, Flat
from dlrecipe.nn.activations import SATURATION
from dlrecipe.nn.layers.normalizing import batch_axes
from dlrecipe.nn.network import Network
from dlrecipe.nn.regularizers import Penalty

Figures: TypeAlias = dict[str, dict[str, float]]

PROBE_ROWS = 512
"""Training examples on which activations are watched."""

STEPS_BETWEEN = 64
"""Steps that pass between two looks, at the least, so that small networks are not slowed by being watched."""


def is_watched(epoch: int, steps_per_epoch: int) -> bool:
    """Return whether an epoch (counted from 1) is one whose inside is recorded.

    It depends on counts alone, never on the clock, so that a run can be repeated exactly.
    """
    return epoch == 1 or epoch % -(-STEPS_BETWEEN // steps_per_epoch) == 0


def gradient_norms(network: Network, penalty: Penalty) -> dict[str, float]:
    """Return the length of each weight matrix's gradient, the penalty's part taken out.

    A penalty pulls on every layer alike, and would hide that the data's gradient vanishes on its way down.
    """
    norms = {}
    for name, gradient in network.parameters.gradients.items():
        if name.startswith("W"):
            W = network.parameters.values[name]
            data_gradient = (
                gradient - penalty.l2 * W - penalty.l1 * np.sign(W) if penalty.applies else gradient
            )
            norms[name] = _norm(data_gradient)
    return norms


def layer_figures(network: Network, theta_before: Flat, norms: Mapping[str, float]) -> Figures:
    """Return norms of each weight matrix, of its last gradient, and of its last update relative to it.

    Args:
        theta_before: (n_params,) the parameters before the last step.
        norms: what `gradient_norms` returned at that step.
    """
    parameters = network.parameters
    before = parameters.split(theta_before)
    figures = {}
    for name, W in parameters.values.items():
        if name.startswith("W"):
            norm = _norm(W)
            update = _norm(W - before[name])
            figures[name] = {
                "weight_norm": norm,
                "gradient_norm": norms[name],
                "update_ratio": update / norm if norm else 0.0,
            }
    return figures


def activation_figures(network: Network, X: Batch) -> Figures:
    """Return mean, standard deviation, dead and saturated fractions of each hidden layer's outputs.

    `dead`: the fraction of relu units (of a convolution: filters) that are 0 on every example.
    `saturated`: the fraction of tanh or sigmoid outputs with |z| ≥ 5.

    Args:
        X: (n, n_features), n ≤ PROBE_ROWS.
    """
    figures = {}
    for name, shown in network.activations(X).items():
        kind, A = shown.kind, shown.value
        figure = {"mean": float(A.mean(dtype=np.float64)), "std": float(A.std(dtype=np.float64))}
        if kind == "relu":
            figure["dead"] = float(np.mean(~(A > 0).any(axis=batch_axes(A))))
        elif kind == "tanh":
            figure["saturated"] = float(np.mean(np.abs(A) >= np.tanh(SATURATION)))
        elif kind == "sigmoid":
            edge = 1 / (1 + np.exp(-SATURATION))
            figure["saturated"] = float(np.mean((edge <= A) | (1 - edge >= A)))
        figures[name] = figure
    return figures


def _norm(array: Batch) -> float:
    flat = array.reshape(-1)
    return float(np.sqrt(np.dot(flat, flat)))
