"""Kinks: where a loss's slope jumps, so that a difference across one says nothing of the slope beside it.

The loss is smooth in pieces. A piece is told by the side of its kink that each pre-activation lies on (relu,
leaky_relu), and by the branch of the loss that each output lies on (mae, huber). When θ - ε and θ + ε are on
unlike pieces, a kink lies between them. Knows nothing of differences.
"""

from collections.abc import Callable, Sequence
from functools import partial
from typing import Any, TypeAlias

import numpy as np
from numpy.typing import NDArray

from dlrecipe.arrays import Batch
from dlrecipe.nn.activations import ACTIVATIONS, Activation
from dlrecipe.nn.losses import Loss, Targets
from dlrecipe.nn.tape import Tape

Piece: TypeAlias = Sequence[NDArray[Any]]
"""An array a kinked layer, and one for a kinked loss: (batch, features), the side or branch of each value."""


class PieceReader:
    """Reads the present piece off a tape that has just run forward.

    The kinked activations are found among the tape's kernels, so it does not matter how the layers are
    put together. A kink that is no activation's (max pooling) is not found here.
    """

    def __init__(self, tape: Tape, outputs: Batch, loss: Loss, y: Targets) -> None:
        kinked: dict[Callable[..., Any], Activation] = {
            activation.forward: activation
            for activation in ACTIVATIONS.values()
            if activation.kink is not None
        }
        self._kinked_layers = [
            (kernel.args[1], value_at_kink(kinked[kernel.func]))
            for kernel in tape.forward_kernels
            if isinstance(kernel, partial) and kernel.func in kinked
        ]
        self._loss_pieces = loss.pieces
        self._outputs, self._y = outputs, y

    def read(self) -> Piece:
        """Return the piece that the tape's last forward run lies on."""
        found: list[NDArray[Any]] = [at_kink < A for A, at_kink in self._kinked_layers]
        if self._loss_pieces is not None:
            found.append(self._loss_pieces(self._outputs, self._y))
        return found


def same_piece(first: Piece, second: Piece) -> bool:
    """Whether two points lie on one smooth piece."""
    return all(np.array_equal(a, b) for a, b in zip(first, second, strict=True))


def value_at_kink(activation: Activation) -> float:
    """Return g at its kink. g rises there, so A > g(kink) just where Z > kink, and Z need not be kept."""
    Z: Batch = np.array([[activation.kink]], np.float64)
    return float(activate(activation, Z)[0, 0])


def activate(activation: Activation, Z: Batch) -> Batch:
    """Return g(Z), in Z's memory where g allows."""
    A = np.empty_like(Z) if activation.keeps_input else Z
    activation.forward(Z, A, np.empty(Z.shape, np.bool_ if activation.mask_scratch else Z.dtype))
    return A
