"""Kinks: where a loss's slope jumps, so that a difference across one says nothing of the slope beside it.

The loss is smooth in pieces. A piece is told by the layers' kinks, as the tape has them (the side that each
pre-activation of relu, leaky_relu and elu lies on, the largest of each square of max_pool), and by the branch
of the loss that each output lies on (mae, huber). When θ - ε and θ + ε are on unlike pieces, a kink lies
between them. Knows no layers and nothing of differences.
"""

from collections.abc import Sequence
from typing import Any, TypeAlias

import numpy as np
from numpy.typing import NDArray

from dlrecipe.arrays import Batch
from dlrecipe.nn.losses import Loss, Targets
from dlrecipe.nn.tape import Tape

Piece: TypeAlias = Sequence[NDArray[Any]]
"""An array a kinked layer, and one for a kinked loss: the side or branch that each value lies on."""


class PieceReader:
    """Reads the present piece off tapes that have just run forward: one, or those of a batch's parts."""

    def __init__(self, tapes: Sequence[Tape], loss: Loss, y: Targets) -> None:
        self._layer_pieces = [piece for tape in tapes for piece in tape.pieces]
        self._loss_pieces, self._y = loss.pieces, y

    def read(self, outputs: Batch) -> Piece:
        """Return the piece that the last forward run, which gave these outputs, lies on."""
        found: list[NDArray[Any]] = [piece() for piece in self._layer_pieces]
        if self._loss_pieces is not None:
            found.append(self._loss_pieces(outputs, self._y))
        return found


def same_piece(first: Piece, second: Piece) -> bool:
    """Whether two points lie on one smooth piece."""
    return all(np.array_equal(a, b) for a, b in zip(first, second, strict=True))
