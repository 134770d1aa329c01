"""A tape: the kernels of one pass over the network, bound to memory that is allocated once.

Building a network at a batch size appends to a tape; running it calls the kernels one after the other,
forward and then in reverse. A step in training therefore allocates nothing that grows with the batch and
decides nothing. A tape knows no layers: a layer is a function that appends kernels to a tape.

A tape may be that of a part of a batch. It then lies in the rows of the whole batch's memory, and leaves
those weight gradients that are products over the whole batch to be worked out when all parts are done.
"""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, TypeAlias

import numpy as np
from numpy.typing import NDArray

from dlrecipe.arrays import Batch, DType, Floats, Weights
from dlrecipe.nn.arena import PartRows

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
    `spoiled`: the backward pass overwrites the value, so that nothing can be read from it afterwards.
    """

    value: Floats
    grad: Floats | None
    reusable: bool = False
    spoiled: bool = False


@dataclass(frozen=True, eq=False)
class Product:
    """A dense layer's gradient that is still to be worked out: dW = Xᵀ @ dZ, db = Σ dZ, over a whole batch.

    X (batch, fan_in) and dZ (batch, fan_out) keep their values until the step is over.
    """

    X: Batch
    dZ: Batch  # noqa: N815 - the course's names
    dW: Weights  # noqa: N815
    db: Floats


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
    returns an array that changes where the slope jumps. `rows` are those of a whole batch's memory where
    this is the tape of a part of it; `products` are then what it leaves to be done. `memory` is what
    it allocated for values and their gradients.
    """

    n: int
    dtype: DType
    training: bool
    rows: PartRows | None = None
    forward_kernels: list[Kernel] = field(default_factory=list)
    backward_kernels: list[Kernel] = field(default_factory=list)
    activations: dict[str, Shown] = field(default_factory=dict)
    pieces: list[PieceReader] = field(default_factory=list)
    products: list[Product] = field(default_factory=list)
    memory: list[Floats] = field(default_factory=list)

    def empty(self, width: int) -> Batch:
        """Allocate (n, width), uninitialized."""
        rows = np.empty((self.n, width), self.dtype) if self.rows is None else self.rows.empty(width)
        self.memory.append(rows)
        return rows

    def empty_like(self, value: Floats) -> Floats:
        """Allocate another array like one of this tape's values."""
        if value.ndim == 2:
            return self.empty(value.shape[1])
        self.memory.append(images := np.empty_like(value))
        return images

    def empty_image(self, shape: tuple[int, ...]) -> Floats:
        """Allocate (height, channels, width, n) for images of shape (height, width, channels)."""
        height, width, channels = shape
        self.memory.append(images := np.empty((height, channels, width, self.n), self.dtype))
        return images

    def gradient_like(self, value: Floats) -> Floats | None:
        """Allocate the gradient of `value` if this tape runs backward, else return None."""
        return self.empty_like(value) if self.training else None

    def add_product(self, x: Node, dZ: Batch, dW: Weights, db: Floats) -> bool:
        """Leave a dense layer's gradient until all parts of the batch are done, if possible; return whether.

        Args:
            x: the layer's input, which must last to the end of the step.
        """
        if self.rows is None or x.spoiled:
            return False
        X, whole_dZ = self.rows.whole_of(x.value), self.rows.whole_of(dZ)
        if X is None or whole_dZ is None:
            return False
        self.products.append(Product(X, whole_dZ, dW, db))
        return True

    def show(self, kind: str, value: Floats) -> None:
        """Name a hidden layer's output."""
        self.activations[f"A{len(self.activations) + 1}"] = Shown(kind, value)

    def forget(self) -> None:
        """Overwrite values and gradients by NaN, so that what the next pass reads before it writes shows."""
        for array in self.memory:
            array.fill(np.nan)

    def forward(self) -> None:
        """Run the forward kernels in order."""
        for kernel in self.forward_kernels:
            kernel()

    def backward(self) -> None:
        """Run the backward kernels, last layer first. The loss's gradient must be in place."""
        for kernel in reversed(self.backward_kernels):
            kernel()
