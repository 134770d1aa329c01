"""What happens inside the network: norms of weights and gradients, sizes of updates, activations."""

import math
from collections.abc import Mapping
from typing import TypeAlias

import numpy as np

from dlrecipe.arrays import Batch, Flat
from dlrecipe.nn.activations import SATURATION
from dlrecipe.nn.layers.normalizing import batch_axes
from dlrecipe.nn.network import Network
from dlrecipe.nn.regularizers import Penalty
from dlrecipe.nn.tape import Shown

Figures: TypeAlias = dict[str, dict[str, float]]

PROBE_ROWS = 512
"""Examples that activations are watched on, at the most."""

SATURATION_ROWS = 256
"""Of these, examples on which saturation is counted, which takes more passes than the other figures."""

SHARE = 0.03
"""Part of a run's time that watching may take."""

SATURATED_ON = 0.5
"""Share of the examples from which on a unit whose |z| ≥ 5 there counts as saturated."""


def epochs_between_looks(network: Network, batch_size: int, steps_per_epoch: int) -> int:
    """Return how many epochs pass from one look at the inside to the next: 1, unless epochs are short.

    Estimated from counts alone, never from the clock, so that a run can be repeated exactly. In a small
    network time goes into calls, and a look takes nearly as long as a step: of epochs with one or a few of
    those, not each can be watched for SHARE of the time. The µs are those of benchmarks.monitors.
    """
    tensors = network.architecture.tensors()
    n_layers = sum(tensor.name.startswith("W") for tensor in tensors)
    n_params = network.parameters.n_params
    n_units = sum(tensor.shape[1] for tensor in tensors if tensor.name.startswith("W"))
    step_us = 40 * n_layers + batch_size * (n_params / 8000 + n_units / 300)
    look_us = 45 * n_layers + n_params / 1500 + n_units / 5
    return max(1, math.ceil(look_us / (SHARE * steps_per_epoch * step_us)))


def is_watched(epoch: int, epochs_between: int) -> bool:
    """Return whether an epoch (counted from 1) is one whose inside is recorded."""
    return epoch == 1 or epoch % epochs_between == 0


def gradient_norms(network: Network, penalty: Penalty) -> dict[str, float]:
    """Return the length of each weight matrix's gradient, the penalty's part taken out.

    A penalty pulls on every layer alike, and would hide that the data's gradient vanishes on its way down.
    """
    norms = {}
    for name, gradient in network.parameters.gradients.items():
        if name.startswith("W"):
            W = network.parameters.values[name]
            if penalty.l2:
                gradient = gradient - penalty.l2 * W
            if penalty.l1:
                gradient = gradient - penalty.l1 * np.sign(W)
            norms[name] = _norm(gradient)
    return norms


def layer_figures(network: Network, theta_before: Flat, norms: Mapping[str, float]) -> Figures:
    """Return norms of each weight matrix, of its last gradient, and of its last update relative to it.

    Args:
        theta_before: (n_params,) the parameters before the last step; the step itself afterwards.
        norms: what `gradient_norms` returned at that step.
    """
    parameters = network.parameters
    np.subtract(parameters.theta, theta_before, out=theta_before)
    updates = parameters.split(theta_before)
    figures = {}
    for name, W in parameters.values.items():
        if name.startswith("W"):
            norm = _norm(W)
            update = _norm(updates[name])
            figures[name] = {
                "weight_norm": norm,
                "gradient_norm": norms[name],
                "update_ratio": update / norm if norm else 0.0,
            }
    return figures


def activation_figures(shown: Mapping[str, Shown]) -> Figures:
    """Return what each hidden layer's outputs are like: mean, standard deviation, norm, and idle units.

    `norm`: the root mean square over examples of the length of their outputs.
    `dead`: the fraction of relu units (of a convolution: filters) that are 0 on every example.
    `saturated`: the fraction of tanh or sigmoid outputs with |z| ≥ 5; `saturated_units`: the fraction of
    units (filters) of which more than half of the outputs are such.

    Args:
        shown: the hidden layers' outputs for some examples; the first PROBE_ROWS are looked at.
    """
    return {name: _figures_of(layer.kind, _probe(layer.value)) for name, layer in shown.items()}


def _figures_of(kind: str, A: Batch) -> dict[str, float]:
    """Return one layer's figures, from the sums of each unit and one dot product."""
    sums = _sums_by_unit(A)
    n_examples = len(A) if A.ndim == 2 else A.shape[-1]
    flat = A.reshape(-1)
    mean, square = float(sums.sum()) / A.size, float(np.dot(flat, flat))
    figure = {
        "mean": mean,
        "std": math.sqrt(max(square / A.size - mean**2, 0.0)),
        "norm": math.sqrt(square / n_examples),
    }
    if kind == "relu":  # outputs are ≥ 0, so they add up to 0 just where each is
        figure["dead"] = float(len(sums) - np.count_nonzero(sums)) / len(sums)
    elif kind in EDGES:
        shares = _saturated_by_unit(A[:SATURATION_ROWS] if A.ndim == 2 else A, *EDGES[kind])
        figure["saturated"] = float(shares.mean())
        figure["saturated_units"] = float(np.count_nonzero(shares > SATURATED_ON)) / len(shares)
    return figure


def _saturated_by_unit(A: Batch, middle: float, distance: float) -> Flat:
    """Return (units,) or (channels,) the share of outputs that lie so far from the middle."""
    flags = (np.abs(A - middle if middle else A) >= distance).astype(A.dtype)
    sums = _sums_by_unit(flags)
    return sums * (len(sums) / A.size)


EDGES = {
    "tanh": (0.0, math.tanh(SATURATION)),
    "sigmoid": (0.5, 1 / (1 + math.exp(-SATURATION)) - 0.5),
}
"""The middle of an activation's range, and how far from it outputs lie whose |z| ≥ 5."""


def _probe(A: Batch) -> Batch:
    """Return the outputs for at most PROBE_ROWS examples, as one piece of memory."""
    return A[:PROBE_ROWS] if A.ndim == 2 else np.ascontiguousarray(A[..., :PROBE_ROWS])


def _sums_by_unit(A: Batch) -> Flat:
    """Return (units,) or (channels,) sums over everything else."""
    # For rows as a product: a reduction over the first axis takes ten times as long.
    sums: Flat = np.ones(len(A), A.dtype) @ A if A.ndim == 2 else np.add.reduce(A, axis=batch_axes(A))
    return sums


def _norm(array: Batch) -> float:
    flat = array.reshape(-1)
    return math.sqrt(np.dot(flat, flat))
