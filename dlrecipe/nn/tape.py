"""A tape: the kernels of one pass over the network, bound to memory that is allocated once.

Building a network at a batch size appends to a tape; running it calls the kernels one after the other,
forward and then in reverse. A step in training therefore allocates nothing that grows with the batch and
decides nothing. A tape knows no layers: a layer is a function that appends kernels to a tape.
"""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import TypeAlias

import numpy as np

from dlrecipe.arrays import Batch, DType

Kernel: TypeAlias = Callable[[], object]


@dataclass(eq=False)
class Node:
    """A value on the tape and the gradient of the mean loss with respect to it.

    value: (batch, features). grad: of the same shape, or None where nothing asks for it.
    """

    value: Batch
    grad: Batch | None


@dataclass(eq=False)
class Tape:
    """Forward and backward kernels for batches of exactly `n` examples.

    `activations` names the nodes that are shown to people: A1, A2, … the hidden layers' outputs, before
    dropout.
    """

    n: int
    dtype: DType
    training: bool
    forward_kernels: list[Kernel] = field(default_factory=list)
    backward_kernels: list[Kernel] = field(default_factory=list)
    activations: dict[str, Batch] = field(default_factory=dict)

    def empty(self, width: int) -> Batch:
        """Allocate (n, width), uninitialized."""
        return np.empty((self.n, width), self.dtype)

    def gradient_like(self, value: Batch) -> Batch | None:
        """Allocate the gradient of `value` if this tape runs backward, else return None."""
        return np.empty_like(value) if self.training else None

    def forward(self) -> None:
        """Run the forward kernels in order."""
        for kernel in self.forward_kernels:
            kernel()

    def backward(self) -> None:
        """Run the backward kernels, last layer first. The loss's gradient must be in place."""
        for kernel in reversed(self.backward_kernels):
            kernel()
