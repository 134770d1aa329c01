"""Small networks that among them use every activation, loss, initialization, penalty and layer.

They are read off the registries, so that what is added there is checked without a line here; sizes at which
kernels take another way are listed. Knows no numbers: those are drawn where the networks are checked.
"""

import itertools
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from dlrecipe.nn.activations import ACTIVATIONS
from dlrecipe.nn.initializers import VARIANCES, RandomInit
from dlrecipe.nn.layer_specs import (
    ActivationLayer,
    AnyLayer,
    BatchNormLayer,
    ConvLayer,
    DenseLayer,
    DropoutLayer,
    EmbeddedColumn,
    EmbeddingLayer,
    FlattenLayer,
    Layer,
    LayerNormLayer,
    PoolLayer,
    ResidualLayer,
    needs_image,
)
from dlrecipe.nn.layers.layer import Shape
from dlrecipe.nn.losses import LOSSES, SMOOTHED, Loss, huber
from dlrecipe.nn.regularizers import Penalty
from dlrecipe.nn.specs import NormalInit, OrthogonalInit, ScaledInit, ZerosInit

N_EXAMPLES = 7
N_FEATURES = 4
HIDDEN = (5, 3)

MATRIX_LOSSES: dict[str, Loss] = {
    **LOSSES,
    "huber": huber(0.7),
    **{f"smoothed {name}": smoothed(0.2) for name, smoothed in SMOOTHED.items()},
}
N_OUTPUTS = {"sigmoid": 1, "smoothed sigmoid": 1}
"""Outputs of a loss's network where they are not 3."""

MANY_OUTPUTS = 40
"""More classes than the softmax's short way takes."""

PENALTIES = {
    "no penalty": Penalty(),
    "l2": Penalty(l2=0.1),
    "l1": Penalty(l1=0.05),
    "l2 + l1": Penalty(l2=0.1, l1=0.05),
}

INITIALIZATIONS: dict[str, RandomInit] = {
    "zeros": ZerosInit(),
    "normal": NormalInit(scale=0.5),
    "orthogonal": OrthogonalInit(),
    **{
        f"{kind} {distribution}": ScaledInit(type=kind, distribution=distribution)  # type: ignore[arg-type]
        for kind in VARIANCES
        for distribution in ("normal", "uniform")
    },
}


IMAGE: Shape = (4, 5, 2)
"""Unlike sides and two channels, so that exchanged axes show."""

LARGE = 10.0
"""Factor of inputs that take activations and losses to where they are flat, or all but straight."""

HUGE = 800.0
"""Beyond what an exponential can hold."""

TANH5 = DenseLayer(units=5, activation="tanh")
LINEAR5 = DenseLayer(units=5, activation="identity")
CONV = ConvLayer(filters=3, activation="tanh")
FLATTEN = FlattenLayer()
EMBEDDING = EmbeddingLayer(
    columns=(EmbeddedColumn(name="a", rows=3, width=2), EmbeddedColumn(name="b", rows=5, width=4))
)
"""Unlike sizes; of the 5 rows of b, some occur twice among the examples and some never."""
BLOCK: tuple[Layer, ...] = (LayerNormLayer(), ActivationLayer(name="elu"), LINEAR5)

LAYERS: dict[str, tuple[AnyLayer, ...]] = {
    "embedding": (EMBEDDING, TANH5),
    "embedding before the output": (EMBEDDING,),
    "embedding before batch_norm": (EMBEDDING, BatchNormLayer(), TANH5),
    "activation": (LINEAR5, ActivationLayer(name="swish")),
    "batch_norm": (LINEAR5, BatchNormLayer(), ActivationLayer(name="tanh")),
    "batch_norm on the input": (BatchNormLayer(), TANH5),
    "layer_norm": (LINEAR5, LayerNormLayer(), ActivationLayer(name="relu")),
    "residual": (TANH5, ResidualLayer(layers=BLOCK, repeat=2)),
    "residual with a projection": (ResidualLayer(layers=(TANH5,), projection=True),),
    "residual on the input": (ResidualLayer(layers=(DenseLayer(units=N_FEATURES, activation="tanh"),)),),
    "residual within residual": (
        TANH5,
        ResidualLayer(layers=(ResidualLayer(layers=BLOCK, repeat=2), TANH5, ResidualLayer(layers=BLOCK))),
    ),
    "conv": (CONV, FLATTEN),
    "two conv": (CONV, ConvLayer(filters=2, activation="relu"), FLATTEN),
    "conv valid": (CONV, ConvLayer(filters=2, kernel=2, padding="valid", activation="tanh"), FLATTEN),
    "conv with a stride": (CONV, ConvLayer(filters=2, stride=2, activation="tanh"), FLATTEN),
    "conv of a large square": (CONV, ConvLayer(filters=2, kernel=4, activation="tanh"), FLATTEN),
    "batch_norm of images": (CONV, BatchNormLayer(), FLATTEN),
    "layer_norm of images": (CONV, LayerNormLayer(), FLATTEN),
    "max_pool": (CONV, PoolLayer(), FLATTEN),
    "max_pool of overlapping squares": (CONV, PoolLayer(size=3, stride=1), FLATTEN),
    "avg_pool": (CONV, PoolLayer(type="avg_pool"), FLATTEN),
    "avg_pool of overlapping squares": (CONV, PoolLayer(type="avg_pool", size=3, stride=1), FLATTEN),
    "residual of images": (
        ResidualLayer(layers=(CONV, ConvLayer(filters=3, stride=2, activation="tanh")), projection=True),
        ResidualLayer(layers=(CONV,)),
        FLATTEN,
    ),
}
"""Networks that among them have every kind of layer but dropout, which plain stacks have."""

ONE_CHANNEL = ConvLayer(filters=1, activation="tanh")

LAYERS_AT_THEIR_EDGES: dict[str, tuple[AnyLayer, ...]] = {
    "layer_norm of one channel": (ONE_CHANNEL, LayerNormLayer(), FLATTEN),
    "residual that begins with an activation": (
        LINEAR5,
        ResidualLayer(layers=(ActivationLayer(name="tanh"), LINEAR5), repeat=2),
    ),
    "residual with a projection, not the first": (
        TANH5,
        ResidualLayer(layers=(DenseLayer(units=3, activation="tanh"),), projection=True),
    ),
    "residual of images with a projection, not the first": (
        CONV,
        ResidualLayer(layers=(ConvLayer(filters=2, stride=2, activation="tanh"),), projection=True),
        FLATTEN,
    ),
    "conv of single pixels": (ONE_CHANNEL, ConvLayer(filters=2, kernel=1, activation="tanh"), FLATTEN),
    "conv of a square larger than the image": (CONV, ConvLayer(filters=1, kernel=5), FLATTEN),
    "conv of many filters": (ONE_CHANNEL, ConvLayer(filters=17, kernel=2), PoolLayer(size=4), FLATTEN),
    "conv valid with a stride": (
        CONV,
        ConvLayer(filters=2, kernel=2, stride=2, padding="valid", activation="tanh"),
        FLATTEN,
    ),
    "conv with a stride beyond its square": (
        CONV,
        ConvLayer(filters=2, kernel=1, stride=3, activation="tanh"),
        FLATTEN,
    ),
    **{
        f"{kind} of {squares}": (CONV, PoolLayer(type=kind, size=size, stride=stride), FLATTEN)
        for kind in ("max_pool", "avg_pool")
        for squares, size, stride in (
            ("overlapping squares that leave pixels out", 3, 2),
            ("squares far apart", 2, 3),
            ("single pixels far apart", 1, 3),
            ("single large squares", 4, None),
        )
    },
}
"""Sizes at which kernels take another way, or have a rest to see to: they go wrong there alone."""

EVERY_ROW: tuple[AnyLayer, ...] = (
    EMBEDDING,
    LayerNormLayer(),
    ResidualLayer(layers=(DenseLayer(units=3, activation="swish"),), projection=True),
    TANH5,
)
EVERY_IMAGE: tuple[AnyLayer, ...] = (
    ConvLayer(filters=3, activation="identity"),
    LayerNormLayer(),
    ActivationLayer(name="tanh"),
    PoolLayer(size=3, stride=1),
    ConvLayer(filters=2, activation="tanh"),
    PoolLayer(type="avg_pool"),
    FLATTEN,
)
"""Layers of many kinds at once, for batches of unusual sizes."""


@dataclass(frozen=True, kw_only=True)
class Case:
    """One network of the matrix. `output` is its last activation, identity where the loss takes logits.

    `layers` take the place of the plain stack of `hidden` ones. `mixed` labels are shares of the classes.
    Inputs are multiplied by `scale`, first weights by `weight_scale`; `offset` is added to biases. In
    `uniform` inputs all features of an example are the same number, as in the empty part of a picture: no
    single pixel of a square is the largest.
    """

    name: str
    activation: str = "tanh"
    loss: str = "softmax"
    penalty: str = "no penalty"
    initialization: str = "he normal"
    hidden: tuple[int, ...] = HIDDEN
    output: str = "identity"
    class_weights: bool = False
    keep_prob: float = 1.0
    layers: tuple[AnyLayer, ...] = ()
    input_shape: Shape = (N_FEATURES,)
    outputs: int | None = None
    n_examples: int = N_EXAMPLES
    mixed: bool = False
    scale: float = 1.0
    weight_scale: float = 1.0
    offset: float = 0.0
    uniform: bool = False

    @property
    def n_outputs(self) -> int:
        """Those asked for, or as many as the loss has at the least."""
        return self.outputs or N_OUTPUTS.get(self.loss, 3)


def cases() -> list[Case]:
    """Return the matrix: activations by losses under changing penalties, then each further part in turn."""
    return [
        *_products(),
        *_class_weights(),
        *_initializations(),
        *_depths(),
        *_outputs(),
        *_dropout(),
        *_layers(LAYERS),
        *_layers(LAYERS_AT_THEIR_EDGES),
        *_mixed_labels(),
        *_large_numbers(),
        *_sizes(),
        *_batches(),
        *_equal_pixels(),
        *_dropped_within(),
    ]


def _products() -> Iterator[Case]:
    penalties = itertools.cycle(PENALTIES)
    for activation in ACTIVATIONS:
        for loss, penalty in zip(MATRIX_LOSSES, penalties, strict=False):
            name = f"{activation} + {loss} + {penalty}"
            yield Case(name=name, activation=activation, loss=loss, penalty=penalty)


def _class_weights() -> Iterator[Case]:
    for name, loss in MATRIX_LOSSES.items():
        if loss.takes_labels:
            yield Case(name=f"{name} + class weights", loss=name, class_weights=True)


def _initializations() -> Iterator[Case]:
    for name in INITIALIZATIONS:
        yield Case(name=f"{name} initialization", initialization=name)


def _depths() -> Iterator[Case]:
    for n_hidden in range(4):
        plural = "s" if n_hidden else ""
        yield Case(name=f"{n_hidden + 1} dense layer{plural}", hidden=(5, 4, 3)[:n_hidden])


def _outputs() -> Iterator[Case]:
    for output in ACTIVATIONS:
        yield Case(name=f"{output} output + mse", loss="mse", output=output)


def _dropout() -> Iterator[Case]:
    for activation in ("relu", "tanh"):
        yield Case(name=f"{activation} + dropout, its mask frozen", activation=activation, keep_prob=0.7)


def _layers(networks: Mapping[str, tuple[AnyLayer, ...]]) -> Iterator[Case]:
    for name, layers in networks.items():
        shape = IMAGE if needs_image(layers) else (N_FEATURES,)
        yield Case(name=name, layers=layers, input_shape=shape, penalty="l2 + l1")


def _mixed_labels() -> Iterator[Case]:
    for name, loss in MATRIX_LOSSES.items():
        if loss.mixed is not None:
            yield Case(name=f"{name} of mixed labels", loss=name, mixed=True)
            yield Case(
                name=f"{name} of mixed labels + class weights", loss=name, mixed=True, class_weights=True
            )


def _large_numbers() -> Iterator[Case]:
    for activation in ACTIVATIONS:
        name = f"{activation} of large numbers"
        yield Case(name=name, activation=activation, loss="mse", penalty="l2", scale=LARGE)
    for loss in MATRIX_LOSSES:
        yield Case(name=f"{loss} of large outputs", loss=loss, hidden=(), scale=LARGE)
    yield Case(name="softmax of huge outputs", hidden=(), offset=HUGE)
    yield Case(name="large weights", penalty="l2 + l1", weight_scale=LARGE)


def _sizes() -> Iterator[Case]:
    yield Case(name="one number in every layer", input_shape=(1,), hidden=(1, 1), loss="mse", outputs=1)
    yield Case(name="as many numbers in every layer", hidden=(4, 4), outputs=4)
    yield Case(name="wide layers", input_shape=(20,), hidden=(40, 20))
    for loss in MATRIX_LOSSES:
        if loss not in N_OUTPUTS:
            few = 2 if MATRIX_LOSSES[loss].takes_labels else 1
            for outputs in (few, MANY_OUTPUTS):
                name = f"{loss} of {outputs} output{'s' if outputs > 1 else ''}"
                yield Case(name=name, loss=loss, outputs=outputs)
    narrow = EmbeddingLayer(
        columns=(EmbeddedColumn(name="a", rows=3, width=1), EmbeddedColumn(name="b", rows=1, width=2))
    )
    yield Case(name="embedding of nothing else", layers=(narrow, TANH5), input_shape=(2,))


def _batches() -> Iterator[Case]:
    for n in (1, 2, 3, 24):
        name = f"a batch of {n}"
        yield Case(name=name, penalty="l2", n_examples=n)
        if n < N_EXAMPLES:
            yield Case(name=f"{name}, layers for rows", layers=EVERY_ROW, n_examples=n)
            yield Case(name=f"{name}, layers for images", layers=EVERY_IMAGE, input_shape=IMAGE, n_examples=n)
    yield Case(name="a batch of 2, batch_norm", layers=LAYERS["batch_norm"], n_examples=2)


def _equal_pixels() -> Iterator[Case]:
    pixels = ConvLayer(filters=2, kernel=1, activation="tanh")
    for name, pool in (("", PoolLayer()), (" in overlapping squares", PoolLayer(size=3, stride=1))):
        yield Case(
            name=f"max_pool of equal pixels{name}",
            layers=(pixels, pool, FLATTEN),
            input_shape=(*IMAGE[:2], 1),
            uniform=True,
        )


def _dropped_within() -> Iterator[Case]:
    drop = DropoutLayer(keep_prob=0.4)
    yield Case(
        name="residual + dropout, its mask frozen",
        layers=(TANH5, ResidualLayer(layers=(TANH5, drop)), drop, LayerNormLayer()),
        keep_prob=0.4,
    )
    yield Case(
        name="conv + dropout, its mask frozen",
        layers=(CONV, drop, PoolLayer(), FLATTEN),
        input_shape=IMAGE,
        keep_prob=0.4,
    )
