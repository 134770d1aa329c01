"""All parameters of a network in one vector θ and all gradients in another, with a view for each tensor.

Optimizers, the gradient check and checkpoints work on the vectors; layers on the views. The weights, which
penalties apply to, come before the biases, which they leave out, so a penalty is one pass over a slice.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from dlrecipe.arrays import DType, Flat, Floats
from dlrecipe.shared_memory import shared_zeros


@dataclass(frozen=True)
class TensorShape:
    """One tensor: its name (W1, b1, …), its shape, whether penalties apply to it, and its first value.

    The penalised ones are the weights, whose first values are drawn: `initial` is that of the others.
    """

    name: str
    shape: tuple[int, ...]
    penalised: bool
    initial: float = 0.0

    @property
    def size(self) -> int:
        """Number of components."""
        return int(np.prod(self.shape))


class Parameters:
    """θ and dθ of one network.

    `theta` and `grads` are (n_params,); `values[name]` and `gradients[name]` are views into them, in the
    order W1, b1, W2, b2, …. The first `n_weights` entries of the vectors are the penalised ones. `place`
    says where in the vectors a tensor lies. Both vectors are memory that a forked process shares.
    """

    def __init__(self, tensors: Sequence[TensorShape], dtype: DType) -> None:
        self.tensors = tuple(tensors)
        self.dtype = dtype
        stored = sorted(self.tensors, key=lambda tensor: not tensor.penalised)
        starts = np.cumsum([0, *(tensor.size for tensor in stored)])
        self.place = {
            tensor.name: slice(int(start), int(start) + tensor.size)
            for tensor, start in zip(stored, starts, strict=False)
        }
        self.n_params = int(starts[-1])
        self.n_weights = sum(tensor.size for tensor in stored if tensor.penalised)
        self.theta: Flat = shared_zeros(self.n_params, dtype)
        self.grads: Flat = shared_zeros(self.n_params, dtype)
        self.values = self.split(self.theta)
        self.gradients = self.split(self.grads)
        self.reset()

    def reset(self) -> None:
        """Set every tensor to its first value, the weights to 0."""
        for tensor in self.tensors:
            self.values[tensor.name][...] = tensor.initial

    def split(self, flat: Flat) -> dict[str, Floats]:
        """Return a view of each tensor in a vector laid out as θ is.

        Args:
            flat: (n_params,).
        """
        return {tensor.name: flat[self.place[tensor.name]].reshape(tensor.shape) for tensor in self.tensors}

    def halves(self) -> tuple[slice, slice]:
        """Return θ's two halves, cut between two rows of a weight matrix."""
        middle = self.n_params // 2
        cut = self.n_weights
        for tensor in self.tensors:
            start, row = self.place[tensor.name].start, tensor.size // tensor.shape[0]
            if tensor.penalised and start <= middle < start + tensor.size:
                cut = start + round((middle - start) / row) * row
        return slice(0, cut), slice(cut, self.n_params)

    def load(self, arrays: Mapping[str, Floats]) -> None:
        """Overwrite θ with the tensors of these names.

        Raises:
            ValueError: a tensor is missing, or one is of another shape.
        """
        require_fit(self.values, arrays)
        for name, value in self.values.items():
            value[...] = arrays[name]


class Statistics:
    """What a network has learned of its data without a gradient: the running means of batch normalizations.

    `flat` is (n_statistics,), often empty; `values[name]` are views into it.
    """

    def __init__(self, tensors: Sequence[TensorShape], dtype: DType) -> None:
        self.flat: Flat = np.zeros(sum(tensor.size for tensor in tensors), dtype)
        self.values: dict[str, Floats] = {}
        self._tensors = tuple(tensors)
        start = 0
        for tensor in tensors:
            self.values[tensor.name] = self.flat[start : start + tensor.size].reshape(tensor.shape)
            start += tensor.size
        self.reset()

    def reset(self) -> None:
        """Set everything to what it is before the first batch."""
        for tensor in self._tensors:
            self.values[tensor.name][...] = tensor.initial


def rows_within(piece: slice, start: int, shape: tuple[int, ...]) -> slice:
    """Return which rows of a matrix lie in a piece of θ that is cut between rows.

    Args:
        start, shape: of the matrix, where in θ it begins.
    """
    n_rows, row = shape
    first, last = (min(max(edge - start, 0) // row, n_rows) for edge in (piece.start, piece.stop))
    return slice(first, last)


def require_fit(wanted: Mapping[str, Floats], arrays: Mapping[str, Floats]) -> None:
    """Check that `arrays` holds what is wanted, in the same shapes.

    Raises:
        ValueError: a tensor is missing, or one is of another shape.
    """
    for name, value in wanted.items():
        if name not in arrays:
            raise ValueError(f"holds no {name}; it holds {', '.join(arrays) or 'nothing'}")
        if arrays[name].shape != value.shape:
            raise ValueError(f"{name} is {arrays[name].shape}; this network needs {value.shape}")
