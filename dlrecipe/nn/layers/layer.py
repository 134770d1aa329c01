"""The contract of a layer: `place` works out its shapes and tensors, `build` appends it to a tape.

Placing comes first and allocates nothing, so that whatever does not fit together is refused before there is
an array. Knows no kind of layer.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, TypeAlias

from numpy.random import Generator

from dlrecipe.arrays import Floats
from dlrecipe.nn.parameters import TensorShape
from dlrecipe.nn.tape import Node, Tape

Shape: TypeAlias = tuple[int, ...]
"""Of one example: (features,), or (height, width, channels) of an image."""


class Misfit(ValueError):
    """A layer cannot take what it is given.

    `path` leads from `network.layers` to the layer, and further to one in a residual block.
    """

    def __init__(self, what: str, remedy: str, path: tuple[str | int, ...] = ()) -> None:
        super().__init__(f"{what}; {remedy}")
        self.what, self.remedy, self.path = what, remedy, path

    def below(self, *path: str | int) -> "Misfit":
        """Return the same misfit of a layer found under `path`."""
        return Misfit(self.what, self.remedy, (*path, *self.path))

    def path_behind(self, n_layers: int) -> tuple[str | int, ...]:
        """Return the path when the first `n_layers` are none of the config's."""
        first, *rest = self.path or (None,)
        return (first - n_layers, *rest) if isinstance(first, int) else self.path


@dataclass
class Names:
    """Numbers for the tensors of a network, in the order of its layers.

    Weights are W1, b1, W2, … whatever layer they belong to; normalizations count for themselves: gamma1, ….
    """

    weights: int = 0
    normalizations: int = 0

    def next_weights(self) -> int:
        """Return the number of the next W and b."""
        self.weights += 1
        return self.weights

    def next_normalization(self) -> int:
        """Return the number of the next gamma and beta."""
        self.normalizations += 1
        return self.normalizations


@dataclass(frozen=True)
class Placed:
    """A layer in its place: what it takes and gives, and the tensors it needs.

    `statistics` are tensors that training moves without a gradient. `multiplications` counts those of its
    largest matrix product, for one example. `inner` are the layers of a residual block.
    """

    spec: Any
    input_shape: Shape
    output_shape: Shape
    parameters: tuple[TensorShape, ...] = ()
    statistics: tuple[TensorShape, ...] = ()
    multiplications: int = 0
    inner: tuple["Placed", ...] = ()


@dataclass(frozen=True, eq=False)
class Memory:
    """Where a network keeps its tensors, by name, and the stream that dropout draws from."""

    values: Mapping[str, Floats]
    gradients: Mapping[str, Floats]
    statistics: Mapping[str, Floats]
    rng: Generator | None


@dataclass(frozen=True)
class LayerKind:
    """The two functions of a kind of layer.

    `place(spec, shape, names)` returns the layer placed behind something that gives `shape`, or raises a
    Misfit. `build(tape, node, placed, memory)` appends kernels to the tape and returns the output's node.

    A layer's forward kernels overwrite `node.value` only where it is `reusable`; its backward kernels read
    its output's grad, which is theirs to spoil, and write `node.grad` unless that is None.
    """

    place: Callable[[Any, Shape, Names], Placed]
    build: Callable[[Tape, Node, Placed, Memory], Node]


def weight_tensors(number: int, fan_in: int, fan_out: int) -> tuple[TensorShape, TensorShape]:
    """Return W and b of this number."""
    return (
        TensorShape(f"W{number}", (fan_in, fan_out), penalised=True),
        TensorShape(f"b{number}", (fan_out,), penalised=False),
    )


def shape_in_words(shape: Shape) -> str:
    """Return a shape as a person would say it."""
    if len(shape) == 1:
        return f"a row of {shape[0]:,} numbers"
    height, width, channels = shape
    plural = "s" if channels > 1 else ""
    return f"an image of {height}×{width} pixels and {channels} channel{plural}"


def require_image(shape: Shape, layer: str) -> None:
    """Refuse a row of numbers.

    Raises:
        Misfit: the shape is no image's.
    """
    if len(shape) != 3:
        raise Misfit(
            f"{layer} needs an image, and is given {shape_in_words(shape)}",
            "put it before flatten, or use dense layers",
        )


def place_all(
    kinds: Mapping[str, LayerKind], specs: Sequence[Any], shape: Shape, names: Names
) -> tuple[Placed, ...]:
    """Place layers one behind the other, those with a `repeat` as often as it says.

    Raises:
        Misfit: one does not fit; its path starts with the layer's index.
    """
    placed: list[Placed] = []
    for index, spec in enumerate(specs):
        try:
            for _ in range(getattr(spec, "repeat", 1)):
                placed.append(kinds[spec.type].place(spec, shape, names))
                shape = placed[-1].output_shape
        except Misfit as misfit:
            raise misfit.below(index) from None
    return tuple(placed)
