"""Penalties on the weights and the bound on their length. Biases are left out of both.

J = mean loss + λ/(2m) Σ‖W‖²_F + λ₁/m Σ|W|, m the number of training examples (the course's convention).
"""

from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np

from dlrecipe.arrays import Flat, Weights


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


def limit_norms(matrices: Iterable[Weights], max_norm: float) -> None:
    """Shorten the weights into each unit to `max_norm` where they are longer, in place.

    Args:
        matrices: each (fan_in, fan_out); a unit's weights are a column.
    Source: Srivastava et al. 2014, section 5.1.
    """
    for W in matrices:
        lengths = np.sqrt(np.einsum("ij,ij->j", W, W))
        if not np.all(lengths <= max_norm):
            W *= max_norm / np.maximum(lengths, max_norm)
