"""What a config says of a network's layers, one dataclass a kind. Knows no arrays and no shapes.

`network.layers` is a list of these; the plain `network.hidden` is written out as dense and dropout layers.
"""

from dataclasses import dataclass, replace
from typing import Annotated, Literal, TypeAlias

from annotated_types import Gt, Interval, Le, Lt, MinLen

from dlrecipe.variants import BY_TYPE

ActivationName: TypeAlias = Literal[
    "relu", "leaky_relu", "elu", "gelu", "swish", "softplus", "tanh", "sigmoid", "identity"
]
Width: TypeAlias = Annotated[int, Interval(ge=1, le=1_000_000)]
KeepProb: TypeAlias = Annotated[float, Gt(0), Le(1)]
Pixels: TypeAlias = Annotated[int, Interval(ge=1, le=1024)]
Repeats: TypeAlias = Annotated[int, Interval(ge=1, le=10_000)]
LEAST_KEEP_PROB = 1e-6
"""keep_prob down to which masks of 32 random bits meet it; what is kept is divided by it all the same."""
SmallNumber: TypeAlias = Annotated[float, Gt(0)]


@dataclass(frozen=True, kw_only=True)
class DenseLayer:
    """A = g(X @ W + b)."""

    type: Literal["dense"] = "dense"
    units: Width
    """Numbers that the layer gives for each example."""
    activation: ActivationName = "relu"
    """g; identity where a normalization comes before the activation."""


@dataclass(frozen=True, kw_only=True)
class ConvLayer:
    """A two-dimensional convolution of images, (height, width, channels), and an activation."""

    type: Literal["conv"] = "conv"
    filters: Width
    """Channels that the layer gives."""
    kernel: Pixels = 3
    """Side of the square that a filter looks at."""
    stride: Pixels = 1
    """Pixels from one place of the square to the next."""
    padding: Literal["same", "valid"] = "same"
    """same: zeros around the image keep its size (divided by the stride); valid: none."""
    activation: ActivationName = "relu"
    """What follows the convolution."""


@dataclass(frozen=True, kw_only=True)
class PoolLayer:
    """The largest number, or the mean, of each square of an image; what fills no square is left out."""

    type: Literal["max_pool", "avg_pool"] = "max_pool"
    size: Pixels = 2
    """Side of the square."""
    stride: Pixels | None = None
    """Pixels from one square to the next; null: as many as its side."""


@dataclass(frozen=True, kw_only=True)
class FlattenLayer:
    """An image as a row of numbers, channel by channel."""

    type: Literal["flatten"] = "flatten"


@dataclass(frozen=True, kw_only=True)
class ActivationLayer:
    """An activation by itself, as after a normalization."""

    type: Literal["activation"] = "activation"
    name: ActivationName = "relu"
    """The activation."""


@dataclass(frozen=True, kw_only=True)
class DropoutLayer:
    """Inverted dropout: units are dropped in training and what is kept is divided by keep_prob."""

    type: Literal["dropout"] = "dropout"
    keep_prob: KeepProb = 0.5
    """Fraction of units kept."""


@dataclass(frozen=True, kw_only=True)
class BatchNormLayer:
    """Each feature (channel of an image) to mean 0 and variance 1 over the batch, then γ · x + β.

    In evaluation running means of the batches' statistics take their place.
    """

    type: Literal["batch_norm"] = "batch_norm"
    momentum: Annotated[float, Interval(ge=0), Lt(1)] = 0.9
    """Part of the running statistics that each batch leaves as it was."""
    eps: SmallNumber = 1e-5
    """Added to the variance, which may be 0."""


@dataclass(frozen=True, kw_only=True)
class LayerNormLayer:
    """Each example to mean 0 and variance 1 over its features, then γ · x + β, one of each a feature."""

    type: Literal["layer_norm"] = "layer_norm"
    eps: SmallNumber = 1e-5
    """Added to the variance, which may be 0."""


@dataclass(frozen=True, kw_only=True)
class ResidualLayer:
    """x + f(x), f being the layers of the block (He et al. 2016)."""

    type: Literal["residual"] = "residual"
    layers: Annotated[tuple["Layer", ...], MinLen(1)]
    """The block's layers, among which may be further blocks."""
    repeat: Repeats = 1
    """Blocks of these layers, one after the other, each with weights of its own."""
    projection: bool = False
    """Where f(x) is of another shape than x: whether a linear map brings x to it; without, it is an error."""


Layer: TypeAlias = Annotated[
    DenseLayer
    | ConvLayer
    | PoolLayer
    | FlattenLayer
    | ActivationLayer
    | DropoutLayer
    | BatchNormLayer
    | LayerNormLayer
    | ResidualLayer,
    BY_TYPE,
]


@dataclass(frozen=True, kw_only=True)
class EmbeddedColumn:
    """A column of categories: its name, its number of categories, and the numbers that stand for each."""

    name: str
    rows: int
    width: int


@dataclass(frozen=True, kw_only=True)
class EmbeddingLayer:
    """The last features, which are indices of categories, as learned vectors, the others as they are.

    No config lists it among its layers: it is made of `network.embeddings` and comes before them all.
    """

    type: Literal["embedding"] = "embedding"
    columns: tuple[EmbeddedColumn, ...]


AnyLayer: TypeAlias = Layer | EmbeddingLayer


def needs_image(layers: tuple[AnyLayer, ...]) -> bool:
    """Return whether any of the layers works on images, so that the inputs must come as such."""
    return any(
        needs_image(layer.layers)
        if isinstance(layer, ResidualLayer)
        else isinstance(layer, ConvLayer | PoolLayer | FlattenLayer)
        for layer in layers
    )


def count_layers(layers: tuple[AnyLayer, ...]) -> int:
    """Return how many layers these are, blocks with what is in them as often as they are repeated."""
    return sum(
        layer.repeat * (1 + count_layers(layer.layers)) if isinstance(layer, ResidualLayer) else 1
        for layer in layers
    )


def without_dropout(layers: tuple[AnyLayer, ...]) -> tuple[AnyLayer, ...]:
    """Return the layers with every unit kept."""
    return tuple(layer if isinstance(layer, EmbeddingLayer) else _kept_whole(layer) for layer in layers)


def _kept_whole(layer: Layer) -> Layer:
    if isinstance(layer, ResidualLayer):
        return replace(layer, layers=tuple(_kept_whole(inner) for inner in layer.layers))
    return replace(layer, keep_prob=1.0) if isinstance(layer, DropoutLayer) else layer


def hidden_layers(
    units: tuple[int, ...], activations: tuple[ActivationName, ...], keep_prob: tuple[float, ...]
) -> tuple[Layer, ...]:
    """Return a plain stack's hidden layers.

    Args:
        units, activations: one a hidden layer.
        keep_prob: one for the input and one for each hidden layer; where it is 1 there is no dropout layer.
    """
    layers: list[Layer] = [DropoutLayer(keep_prob=keep_prob[0])] if keep_prob[0] < 1 else []
    for width, activation, keep in zip(units, activations, keep_prob[1:], strict=True):
        layers.append(DenseLayer(units=width, activation=activation))
        if keep < 1:
            layers.append(DropoutLayer(keep_prob=keep))
    return tuple(layers)
