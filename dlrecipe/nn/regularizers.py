"""Penalties on the weights and the bound on their length. Biases are left out of both.

J = mean loss + λ/(2m) Σ‖W‖²_F + λ₁/m Σ|W|, m the number of training examples (the course's convention).
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from dlrecipe.arrays import Flat, Weights
from dlrecipe.nn.parameters import Parameters, rows_within
from dlrecipe.shared_memory import shared_zeros


@dataclass(frozen=True)
class Penalty:
    """L2 and L1 with their factors divided by m: `l2` is λ/m and `l1` is λ₁/m."""

    l2: float = 0.0
    l1: float = 0.0

    @property
    def applies(self) -> bool:
        """Whether there is any penalty."""
        return bool(self.l2 or self.l1)

    def value(self, weights: Flat) -> float:
        """Return l2/2 · Σw² + l1 · Σ|w|.

        Args:
            weights: (n_weights,) all penalised weights end to end.
        """
        total = 0.0
        if self.l2:
            total += 0.5 * self.l2 * float(np.dot(weights, weights))
        if self.l1:
            total += self.l1 * float(np.abs(weights).sum())
        return total

    def add_gradient(
        self,
        weights: Flat,  # (n_weights,)
        grads: Flat,  # (n_weights,)  added to
        scratch: Flat,  # (n_weights,)  contents undefined afterwards
    ) -> None:
        """Add l2 · w + l1 · sign(w) to the gradient; at w = 0 the derivative of |w| is taken as 0."""
        if self.l2:
            np.multiply(weights, self.l2, out=scratch)
            np.add(grads, scratch, out=grads)
        if self.l1:
            np.sign(weights, out=scratch)
            np.multiply(scratch, self.l1, out=scratch)
            np.add(grads, scratch, out=grads)


class NormBound:
    """Keeps the weights into each unit no longer than `max_norm`, in place.

    θ is measured piece by piece and shortened by shares of the units, so that processes that share its memory
    can work on it side by side: first everybody measures what he has just updated, which lies in his cache
    still, then, when all have come back, everybody shortens. Reading the weights of every unit again, columns
    of half a matrix, took 2.4 ms of a step of 38 where this takes 1.0 (benchmarks.speed, wide).

    Source: Srivastava et al. 2014, section 5.1.
    """

    def __init__(self, parameters: Parameters, max_norm: float, pieces: Sequence[slice]) -> None:
        """Find the weights; a unit's are a column of a matrix (fan_in, fan_out).

        Args:
            pieces: of θ, cut between rows of matrices; there are as many shares of the units.
        """
        self.max_norm = max_norm
        names = [name for name in parameters.values if name.startswith("W")]
        self._matrices: list[Weights] = [parameters.values[name] for name in names]
        self._squares = [shared_zeros((len(pieces), W.shape[1]), parameters.dtype) for W in self._matrices]
        self._rows = [
            [
                rows_within(piece, parameters.place[name].start, parameters.values[name].shape)
                for name in names
            ]
            for piece in pieces
        ]

    def measure(self, piece: int) -> None:
        """Sum the squares of the weights into each unit, as far as they lie in this piece of θ."""
        for W, rows, squares in zip(self._matrices, self._rows[piece], self._squares, strict=True):
            np.einsum("ij,ij->j", W[rows], W[rows], out=squares[piece])

    def shorten(self, share: int) -> None:
        """Shorten the weights into this share of the units where they are too long."""
        for W, squares in zip(self._matrices, self._squares, strict=True):
            n_shares, n_units = squares.shape
            units = slice(share * n_units // n_shares, (share + 1) * n_units // n_shares)
            lengths = np.sqrt(squares[:, units].sum(axis=0))
            if not np.all(lengths <= self.max_norm):
                if np.isinf(lengths).any():
                    # The squares of float32 overflow above 1.8e19, and such a unit would be set to 0.
                    lengths = np.linalg.norm(W[:, units].astype(np.float64), axis=0)
                W[:, units] *= self.max_norm / np.maximum(lengths, self.max_norm)
