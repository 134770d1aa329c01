"""Losses, worked from the output layer's values. Knows nothing of penalties: those are added to the mean.

Each loss has two kernels: `losses` fills the loss of every example, `gradient` its derivative with respect
to that example's outputs. Cross-entropies take logits, so nothing overflows and no logarithm meets a 0.
"""

from collections.abc import Callable
from dataclasses import dataclass
from functools import lru_cache, partial
from typing import Any, TypeAlias

import numpy as np
from numpy.typing import NDArray

from dlrecipe.arrays import Batch, DType, Flat, Floats, Indices, Labels

SAFE_LOGIT = {np.dtype(np.float32): 80.0, np.dtype(np.float64): 700.0}
"""Logits between -80 and 80 need no shift: float32 holds their exponentials and sums of thousands."""
FEW_CLASSES = 32
"""Up to here a row's sum is written beside each of its terms, and each label has a row of the identity."""
FEW_LOGITS = 2_000
"""Up to here exponentials in float64 take less time than finding the largest logit of each row."""

Targets: TypeAlias = NDArray[Any]
"""(batch,) int64 class indices, or (batch, outputs) numbers, or (batch, n_classes) shares of the classes."""
LossKernel: TypeAlias = Callable[[Batch, Targets, Floats], None]
GradientKernel: TypeAlias = Callable[[Batch, Targets, Batch], None]
PiecesKernel: TypeAlias = Callable[[Batch, Targets], NDArray[np.intp]]


@dataclass(frozen=True)
class Loss:
    """A pair of kernels.

    `losses(outputs, targets, out)` fills out (batch,); `gradient(outputs, targets, out)` fills out
    (batch, outputs) with each example's own gradient: the objective divides by the batch size and applies
    the examples' weights. A loss put together from smooth pieces has `pieces(outputs, targets)`, which
    returns (batch, outputs) integers that tell the pieces apart; None for one that is smooth throughout.
    A loss of labels has `mixed(class_weights)`, the same for shares of the classes in place of labels.
    """

    losses: LossKernel
    gradient: GradientKernel
    takes_labels: bool
    pieces: PiecesKernel | None = None
    mixed: "Callable[[Floats | None], Loss] | None" = None


def softmax_losses(logits: Batch, labels: Labels, out: Floats) -> None:
    """Cross-entropy of the softmax: log Σ exp(z) - z_y.

    Args:
        logits: (batch, n_classes).
        labels: (batch,).
        out: (batch,), overwritten.
    """
    # A class a row: along short rows, maxima and sums take ten times as long.
    columns = logits.T.copy()
    # Shift by the maximum: float32 exp overflows above 88.
    columns -= np.maximum.reduce(columns, axis=0)
    of_label = columns[labels, np.arange(len(labels))]
    np.exp(columns, out=columns)
    np.log(np.add.reduce(columns, axis=0), out=out)
    out -= of_label


def softmax_gradient(logits: Batch, labels: Labels, out: Batch) -> None:
    """softmax(z) - one_hot(y).

    Args:
        logits: (batch, n_classes).
        labels: (batch,).
        out: (batch, n_classes), overwritten; may be `logits` itself.
    """
    n, n_classes = out.shape
    if _within(SAFE_LOGIT[out.dtype], logits.reshape(-1)):
        np.exp(logits, out=out)
    elif out.size <= FEW_LOGITS and out.dtype == np.float32:
        # A small network that has been trained for long is this sure of its answers (benchmarks.speed, tiny).
        wide = logits.astype(np.float64)
        softmax_gradient(wide, labels, wide)
        np.copyto(out, wide, casting="same_kind")
        return
    else:
        np.subtract(logits, np.maximum.reduce(logits, axis=1, keepdims=True), out=out)
        np.exp(out, out=out)
    # A product with ones adds up short rows several times faster than a reduction does; and with a sum beside
    # each term, nothing need be spread along the rows in the division.
    if n_classes <= FEW_CLASSES:
        np.divide(out, np.dot(out, _ones(n_classes, n_classes, out.dtype)), out=out)
        np.subtract(out, _identity(n_classes, out.dtype).take(labels, 0), out=out)
    else:
        np.divide(out, np.dot(out, _ones(n_classes, 1, out.dtype)), out=out)
        flat = out.reshape(-1)
        flat[_row_starts(n, n_classes) + labels] -= 1


def _within(bound: float, numbers: Flat) -> bool:
    """Say whether all numbers lie between -bound and bound; not where one is NaN."""
    # The place of the largest is found in a quarter of the time of its value (benchmarks.speed, tiny).
    return bool(numbers.item(numbers.argmax()) < bound and numbers.item(numbers.argmin()) > -bound)


@lru_cache(maxsize=64)
def _ones(n: int, width: int, dtype: DType) -> Floats:
    return np.ones((n, width), dtype)


@lru_cache(maxsize=64)
def _identity(n: int, dtype: DType) -> Floats:
    return np.eye(n, dtype=dtype)


@lru_cache(maxsize=64)
def _row_starts(n: int, width: int) -> Indices:
    return np.arange(0, n * width, width)


def sigmoid_losses(logits: Batch, labels: Labels, out: Floats) -> None:
    """Cross-entropy of the sigmoid: log(1 + exp(z)) - y·z.

    Args:
        logits: (batch, 1).
        labels: (batch,), 0 or 1.
        out: (batch,), overwritten.
    """
    z = logits[:, 0]
    # log(1 + exp(z)) = max(z, 0) + log1p(exp(-|z|)), where the exponential cannot overflow. The large terms
    # come first: they cancel exactly for a confident right answer, whose tiny loss would else be rounded off.
    np.subtract(np.maximum(z, 0), labels.astype(z.dtype) * z, out=out)
    out += np.log1p(np.exp(-np.abs(z)))


def sigmoid_gradient(logits: Batch, labels: Labels, out: Batch) -> None:
    """σ(z) - y.

    Args:
        logits: (batch, 1).
        labels: (batch,), 0 or 1.
        out: (batch, 1), overwritten.
    """
    np.multiply(logits, 0.5, out=out)
    np.tanh(out, out=out)
    np.multiply(out, 0.5, out=out)
    np.add(out, 0.5, out=out)
    np.subtract(out[:, 0], labels, out=out[:, 0], casting="same_kind")


def mse_losses(outputs: Batch, targets: Batch, out: Floats) -> None:
    """½ Σ (ŷ - y)² over the outputs. The ½ makes the gradient ŷ - y.

    Args:
        outputs, targets: (batch, outputs).
        out: (batch,), overwritten.
    """
    difference = outputs - targets
    np.einsum("ij,ij->i", difference, difference, out=out)
    out *= 0.5


def mse_gradient(outputs: Batch, targets: Batch, out: Batch) -> None:
    """ŷ - y, (batch, outputs)."""
    np.subtract(outputs, targets, out=out)


def mae_losses(outputs: Batch, targets: Batch, out: Floats) -> None:
    """Σ |ŷ - y| over the outputs.

    Args:
        outputs, targets: (batch, outputs).
        out: (batch,), overwritten.
    """
    np.abs(outputs - targets).sum(axis=1, out=out)


def mae_gradient(outputs: Batch, targets: Batch, out: Batch) -> None:
    """sign(ŷ - y), (batch, outputs), 0 where they are equal."""
    np.subtract(outputs, targets, out=out)
    np.sign(out, out=out)


def mae_pieces(outputs: Batch, targets: Batch) -> NDArray[np.intp]:
    """1 where ŷ > y, else 0: the derivative jumps between them."""
    return (outputs > targets).astype(np.intp)


def huber(delta: float) -> Loss:
    """½r² for |r| ≤ delta and delta · (|r| - ½ delta) beyond, r = ŷ - y, summed over the outputs.

    Source: Huber 1964, Annals of Mathematical Statistics 35(1).
    """

    def losses(outputs: Batch, targets: Batch, out: Floats) -> None:
        size = np.abs(outputs - targets)
        inner = np.minimum(size, delta)
        (inner * (size - 0.5 * inner)).sum(axis=1, out=out)

    def gradient(outputs: Batch, targets: Batch, out: Batch) -> None:
        np.subtract(outputs, targets, out=out)
        np.clip(out, -delta, delta, out=out)

    def pieces(outputs: Batch, targets: Batch) -> NDArray[np.intp]:
        # The second derivative jumps at ±delta, which a difference across it feels to first order in ε.
        return np.digitize(outputs - targets, [-delta, delta])

    return Loss(losses, gradient, takes_labels=False, pieces=pieces)


def smoothed_softmax(smoothing: float) -> Loss:
    """Cross-entropy against (1 - smoothing) · one_hot(y) + smoothing / n_classes.

    Source: Szegedy et al. 2016, arXiv:1512.00567, section 7.
    """

    def losses(logits: Batch, labels: Labels, out: Floats) -> None:
        softmax_losses(logits, labels, out)
        of_label = logits[np.arange(len(labels)), labels]
        out += smoothing * (of_label - logits.mean(axis=1))

    def gradient(logits: Batch, labels: Labels, out: Batch) -> None:
        softmax_gradient(logits, labels, out)
        np.subtract(out, smoothing / out.shape[1], out=out)
        out[np.arange(len(labels)), labels] += smoothing

    return Loss(losses, gradient, takes_labels=True, mixed=partial(mixed_softmax, smoothing))


def smoothed_sigmoid(smoothing: float) -> Loss:
    """Cross-entropy of the sigmoid against (1 - smoothing) · y + smoothing / 2."""

    def losses(logits: Batch, labels: Labels, out: Floats) -> None:
        sigmoid_losses(logits, labels, out)
        out += smoothing * (labels.astype(out.dtype) - out.dtype.type(0.5)) * logits[:, 0]

    def gradient(logits: Batch, labels: Labels, out: Batch) -> None:
        sigmoid_gradient(logits, labels, out)
        out[:, 0] += smoothing * (labels.astype(out.dtype) - out.dtype.type(0.5))

    return Loss(losses, gradient, takes_labels=True, mixed=partial(mixed_sigmoid, smoothing))


def mixed_softmax(smoothing: float, class_weights: Floats | None) -> Loss:
    """Cross-entropy of the softmax against shares of the classes: Σ_k t_k w_k (smoothed loss of label k).

    Args:
        smoothing: of each label; 0 for none.
        class_weights: (n_classes,) w, in the outputs' dtype; None: 1.
    The loss's targets are t (batch, n_classes), which sum to 1 in each row.
    """

    def losses(logits: Batch, shares: Batch, out: Floats) -> None:
        weighted, total = _weighted(shares, class_weights)
        shifted = logits - logits.max(axis=1, keepdims=True)
        np.log(np.exp(shifted).sum(axis=1), out=out)
        out -= smoothing * shifted.mean(axis=1)
        out *= total
        out -= (1 - smoothing) * np.einsum("ij,ij->i", weighted, shifted)

    def gradient(logits: Batch, shares: Batch, out: Batch) -> None:
        weighted, total = _weighted(shares, class_weights)
        np.subtract(logits, np.maximum.reduce(logits, axis=1, keepdims=True), out=out)
        np.exp(out, out=out)
        np.divide(out, np.add.reduce(out, axis=1, keepdims=True), out=out)
        out -= smoothing / out.shape[1]
        out *= total[:, None]
        out -= (1 - smoothing) * weighted

    return Loss(losses, gradient, takes_labels=False)


def mixed_sigmoid(smoothing: float, class_weights: Floats | None) -> Loss:
    """Cross-entropy of the sigmoid against shares of the two classes; as `mixed_softmax`."""

    def parts(shares: Batch) -> tuple[Floats, Floats]:
        weighted, total = _weighted(shares, class_weights)
        return total, (1 - smoothing) * weighted[:, 1] + 0.5 * smoothing * total

    def losses(logits: Batch, shares: Batch, out: Floats) -> None:
        total, of_one = parts(shares)
        z = logits[:, 0]
        np.subtract(total * np.maximum(z, 0), of_one * z, out=out)
        out += total * np.log1p(np.exp(-np.abs(z)))

    def gradient(logits: Batch, shares: Batch, out: Batch) -> None:
        total, of_one = parts(shares)
        np.multiply(logits, 0.5, out=out)
        np.tanh(out, out=out)
        np.multiply(out, 0.5, out=out)
        np.add(out, 0.5, out=out)
        out *= total[:, None]
        out -= of_one[:, None]

    return Loss(losses, gradient, takes_labels=False)


def _weighted(shares: Batch, class_weights: Floats | None) -> tuple[Batch, Floats]:
    """Return t_k w_k (batch, n_classes), and their sums (batch,)."""
    weighted: Batch = shares if class_weights is None else shares * class_weights
    total: Floats = weighted.sum(axis=1)
    return weighted, total


def probabilities(logits: Batch) -> Batch:
    """Return (batch, n_classes) class probabilities of a softmax's or a single sigmoid's logits.

    Args:
        logits: (batch, n_classes), or (batch, 1) for two classes.
    """
    if logits.shape[1] == 1:
        positive = 0.5 + 0.5 * np.tanh(0.5 * logits[:, 0])
        return np.stack([1 - positive, positive], axis=1)
    exponentials = np.exp(logits - logits.max(axis=1, keepdims=True))
    total: Batch = exponentials / exponentials.sum(axis=1, keepdims=True)
    return total


LOSSES = {
    "softmax": Loss(softmax_losses, softmax_gradient, takes_labels=True, mixed=partial(mixed_softmax, 0.0)),
    "sigmoid": Loss(sigmoid_losses, sigmoid_gradient, takes_labels=True, mixed=partial(mixed_sigmoid, 0.0)),
    "mse": Loss(mse_losses, mse_gradient, takes_labels=False),
    "mae": Loss(mae_losses, mae_gradient, takes_labels=False, pieces=mae_pieces),
}

SMOOTHED = {"softmax": smoothed_softmax, "sigmoid": smoothed_sigmoid}
"""The cross-entropies with smoothed labels, by the loss they smooth."""
