"""Kinks: where J's slope jumps, so that a difference across one says nothing of the slope beside it.

J is smooth in pieces. A piece is told by the side of its kink that each pre-activation lies on (relu,
leaky_relu), and by the branch of the loss that each output lies on (mae, huber). When θ - ε and θ + ε are on
unlike pieces, a kink lies between them. Knows nothing of differences.
"""

from collections.abc import Sequence
from typing import Any, TypeAlias

import numpy as np
from numpy.typing import NDArray

from dlrecipe.arrays import Batch
from dlrecipe.nn.activations import ACTIVATIONS, Activation
from dlrecipe.nn.losses import Targets
from dlrecipe.nn.network import Pass
from dlrecipe.nn.objective import Objective

Piece: TypeAlias = Sequence[NDArray[Any]]
"""An array a kinked layer, and one for a kinked loss: (batch, features), the side or branch of each value."""


class PieceReader:
    """Reads the present piece of J off a pass that has just run forward."""

    def __init__(self, objective: Objective, run: Pass, y: Targets) -> None:
        layers = [*run.tape.activations.values(), run.output.value]
        self._kinked_layers = [
            (A, _value_at_kink(ACTIVATIONS[name]))
            for A, name in zip(layers, objective.network.architecture.activations, strict=True)
            if ACTIVATIONS[name].kink is not None
        ]
        self._loss_pieces = objective.loss.pieces
        self._outputs, self._y = run.output.value, y

    def read(self) -> Piece:
        """Return the piece that the pass's last forward run lies on."""
        found: list[NDArray[Any]] = [at_kink < A for A, at_kink in self._kinked_layers]
        if self._loss_pieces is not None:
            found.append(self._loss_pieces(self._outputs, self._y))
        return found


def same_piece(first: Piece, second: Piece) -> bool:
    """Whether two points lie on one smooth piece of J."""
    return all(np.array_equal(a, b) for a, b in zip(first, second, strict=True))


def _value_at_kink(activation: Activation) -> float:
    """Return g at its kink. g rises there, so A > g(kink) just where Z > kink, and Z need not be kept."""
    Z: Batch = np.array([[activation.kink]], np.float64)
    A, scratch = np.empty_like(Z), np.empty(Z.shape, np.bool_ if activation.mask_scratch else Z.dtype)
    activation.forward(Z, A, scratch)
    return float(A[0, 0])
