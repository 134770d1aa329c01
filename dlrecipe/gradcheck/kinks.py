"""Kinks: where J's slope jumps, so that a difference across one says nothing of the slope beside it.

J is smooth in pieces. A piece is told by the side of its kink that each pre-activation lies on (relu,
leaky_relu, elu), by the largest of each square (max_pool), and by the branch of the loss that each output
lies on (mae, huber). When θ - ε and θ + ε are on
unlike pieces, a kink lies between them. Knows nothing of differences.
"""

from collections.abc import Sequence
from typing import Any, TypeAlias

import numpy as np
from numpy.typing import NDArray

from dlrecipe.nn.losses import Targets
from dlrecipe.nn.network import Pass
from dlrecipe.nn.objective import Objective

Piece: TypeAlias = Sequence[NDArray[Any]]
"""An array a kinked layer, and one for a kinked loss: the side or branch that each value lies on."""


class PieceReader:
    """Reads the present piece of J off a pass that has just run forward."""

    def __init__(self, objective: Objective, run: Pass, y: Targets) -> None:
        self._layer_pieces = run.tape.pieces
        self._loss_pieces = objective.loss.pieces
        self._outputs, self._y = run.output.value, y

    def read(self) -> Piece:
        """Return the piece that the pass's last forward run lies on."""
        found: list[NDArray[Any]] = [piece() for piece in self._layer_pieces]
        if self._loss_pieces is not None:
            found.append(self._loss_pieces(self._outputs, self._y))
        return found


def same_piece(first: Piece, second: Piece) -> bool:
    """Whether two points lie on one smooth piece of J."""
    return all(np.array_equal(a, b) for a, b in zip(first, second, strict=True))
