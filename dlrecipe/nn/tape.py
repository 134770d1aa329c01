"""A tape: the kernels of one pass over the network, bound to memory that is allocated once.

Building a network at a batch size appends to a tape; running it calls the kernels one after the other,
forward and then in reverse. A step in training therefore allocates nothing that grows with the batch and
decides nothing. A tape knows no layers: a layer is a function that appends kernels to a tape.
"""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, TypeAlias

import numpy as np
from numpy.typing import NDArray

from dlrecipe.arrays import Batch, DType, Floats

Kernel: TypeAlias = Callable[[], object]
PieceReader: TypeAlias = Callable[[], NDArray[Any]]


@dataclass(eq=False)
class Node:
    """A value on the tape and the gradient of the mean loss with respect to it.

    value: (batch, features), or (height, channels, width, batch) for images: the batch last, so that whatever
    is done with a pixel is done with a run of numbers beside each other, and the channels within a row of
    pixels, so that a convolution finds the rows that it looks at in one piece.
    grad: of the same shape, or None where nothing asks for it.
    `reusable`: nobody reads the value but the next layer, which may therefore overwrite it.
    """

    value: Floats
    grad: Floats | None
    reusable: bool = False


@dataclass(frozen=True, eq=False)
class Shown:
    """A hidden layer's output as people are told of it: the activation that made it, and its values."""

    kind: str
    value: Floats


@dataclass(eq=False)
class Tape:
    """Forward and backward kernels for batches of exactly `n` examples.

    `activations` names the values that are shown to people: A1, A2, … the hidden layers' outputs, before
    dropout. `pieces` tell, after a forward run, the smooth pieces of the network from each other: each
    returns an array that changes where the slope jumps.
    """

    n: int
    dtype: DType
    training: bool
    forward_kernels: list[Kernel] = field(default_factory=list)
    backward_kernels: list[Kernel] = field(default_factory=list)
    activations: dict[str, Shown] = field(default_factory=dict)
    pieces: list[PieceReader] = field(default_factory=list)

    def empty(self, width: int) -> Batch:
        """Allocate (n, width), uninitialized."""
        return np.empty((self.n, width), self.dtype)

    def empty_image(self, shape: tuple[int, ...]) -> Floats:
        """Allocate (height, channels, width, n) for images of shape (height, width, channels)."""
        height, width, channels = shape
        return np.empty((height, channels, width, self.n), self.dtype)

    def gradient_like(self, value: Floats) -> Floats | None:
        """Allocate the gradient of `value` if this tape runs backward, else return None."""
        return np.empty_like(value) if self.training else None

    def show(self, kind: str, value: Floats) -> None:
        """Name a hidden layer's output."""
        self.activations[f"A{len(self.activations) + 1}"] = Shown(kind, value)

    def forward(self) -> None:
        """Run the forward kernels in order."""
        for kernel in self.forward_kernels:
            kernel()

    def backward(self) -> None:
        """Run the backward kernels, last layer first. The loss's gradient must be in place."""
        for kernel in reversed(self.backward_kernels):
            kernel()
