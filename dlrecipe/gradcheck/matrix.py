"""Small random networks that among them use every activation, loss, initialization, penalty and layer.

They are read off the registries, so that what is added there is checked without a line here. Knows no data
but random numbers.
"""

import itertools
from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from numpy.random import Generator

from dlrecipe import rng as random_streams
from dlrecipe.arrays import Batch
from dlrecipe.gradcheck.check import check_gradient
from dlrecipe.gradcheck.result import CheckResult
from dlrecipe.nn.activations import ACTIVATIONS
from dlrecipe.nn.initializers import VARIANCES, RandomInit
from dlrecipe.nn.layer_specs import (
    ActivationLayer,
    AnyLayer,
    BatchNormLayer,
    ConvLayer,
    DenseLayer,
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
from dlrecipe.nn.losses import LOSSES, SMOOTHED, Loss, Targets, huber
from dlrecipe.nn.network import Architecture, Network, dense_stack
from dlrecipe.nn.objective import Objective
from dlrecipe.nn.regularizers import Penalty
from dlrecipe.nn.specs import NormalInit, OrthogonalInit, ScaledInit, ZerosInit

N_EXAMPLES = 7
N_FEATURES = 4
HIDDEN = (5, 3)
SEED = 0

MATRIX_LOSSES: dict[str, Loss] = {
    **LOSSES,
    "huber": huber(1.0),
    **{f"smoothed {name}": smoothed(0.2) for name, smoothed in SMOOTHED.items()},
}
N_OUTPUTS = {"sigmoid": 1, "smoothed sigmoid": 1}
"""Outputs of a loss's network where they are not 3."""

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


@dataclass(frozen=True, kw_only=True)
class Case:
    """One network of the matrix. `output` is its last activation, identity where the loss takes logits.

    `layers` take the place of the plain stack of `hidden` ones.
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


def gradcheck_matrix(epsilon: float | None = None) -> list[CheckResult]:
    """Check every network of the matrix, in about a second.

    Examples, weights and biases are random but the same each time. Biases are drawn too: at 0 a relu unit
    whose inputs are all 0 would sit on its kink.

    Args:
        epsilon: the step; None chooses it.
    """
    return [_run(case, index, epsilon) for index, case in enumerate(cases())]


def cases() -> list[Case]:
    """Return the matrix: activations by losses under changing penalties, then each further part in turn."""
    return [
        *_products(),
        *_class_weights(),
        *_initializations(),
        *_depths(),
        *_outputs(),
        *_dropout(),
        *_layers(),
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


def _layers() -> Iterator[Case]:
    for name, layers in LAYERS.items():
        shape = IMAGE if needs_image(layers) else (N_FEATURES,)
        yield Case(name=name, layers=layers, input_shape=shape, penalty="l2 + l1")


def _run(case: Case, index: int, epsilon: float | None) -> CheckResult:
    rng = random_streams.stream(SEED, "gradcheck", index)
    loss = MATRIX_LOSSES[case.loss]
    n_outputs = N_OUTPUTS.get(case.loss, 3)
    network = _network(case, n_outputs, index, rng)
    n_classes = max(2, n_outputs)
    objective = Objective(
        network,
        loss,
        PENALTIES[case.penalty],
        np.linspace(0.5, 2, n_classes) if case.class_weights else None,
    )
    X = inputs_for(network.architecture, N_EXAMPLES, rng)
    y = _targets(loss, n_outputs, rng)
    return check_gradient(objective, X, y, name=case.name, epsilon=epsilon, dropout=case.keep_prob < 1)


def _network(case: Case, n_outputs: int, seed: int, rng: Generator) -> Network:
    if case.layers:
        output = DenseLayer(units=n_outputs, activation="identity")
        architecture = Architecture(case.input_shape, (*case.layers, output))
    else:
        architecture = dense_stack(
            widths=(N_FEATURES, *case.hidden, n_outputs),
            activations=(*(case.activation,) * len(case.hidden), case.output),
            keep_prob=(1.0, *(case.keep_prob,) * len(case.hidden)),
        )
    network = Network(architecture, np.dtype(np.float64))
    network.initialize(INITIALIZATIONS[case.initialization], seed)
    for tensor in network.parameters.tensors:
        if not tensor.penalised:
            network.parameters.values[tensor.name][...] += 0.1 * rng.standard_normal(tensor.shape)
    return network


def inputs_for(architecture: Architecture, n: int, rng: Generator) -> Batch:
    """Return (n, n_features) random inputs, whole numbers where the network embeds categories."""
    X = rng.standard_normal((n, architecture.n_features))
    first = architecture.layers[0]
    if isinstance(first, EmbeddingLayer):
        for place, column in enumerate(first.columns, start=X.shape[1] - len(first.columns)):
            X[:, place] = rng.integers(0, column.rows, n)
    return X


def _targets(loss: Loss, n_outputs: int, rng: Generator) -> Targets:
    if loss.takes_labels:
        return np.arange(N_EXAMPLES) % max(2, n_outputs)
    targets: Batch = rng.standard_normal((N_EXAMPLES, n_outputs))
    return targets
