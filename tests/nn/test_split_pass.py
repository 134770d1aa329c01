"""A batch worked on in two parts has the gradient of the batch in one, whatever the layers."""

from typing import get_args

import numpy as np
import pytest

from dlrecipe.nn.activations import ACTIVATIONS
from dlrecipe.nn.layer_specs import (
    ActivationLayer,
    ActivationName,
    BatchNormLayer,
    ConvLayer,
    DenseLayer,
    DropoutLayer,
    FlattenLayer,
    LayerNormLayer,
    PoolLayer,
    ResidualLayer,
)
from dlrecipe.nn.losses import LOSSES
from dlrecipe.nn.network import Architecture, Network, dense_stack
from dlrecipe.nn.objective import GradientPass, Objective
from dlrecipe.nn.regularizers import Penalty
from dlrecipe.nn.specs import ScaledInit
from dlrecipe.nn.split_pass import SplitPass

OUTPUT = DenseLayer(units=5, activation="identity")
PLAIN = DenseLayer(units=12, activation="identity")
BLOCK = ResidualLayer(layers=(DenseLayer(units=12), DenseLayer(units=12, activation="swish")))
NARROWING = ResidualLayer(layers=(DenseLayer(units=7),), projection=True)
NESTED = ResidualLayer(
    layers=(BLOCK, ActivationLayer(name="gelu"), ResidualLayer(layers=(NARROWING, PLAIN), repeat=2))
)

ARCHITECTURES = {
    **{name: dense_stack((8, 9, 7, 5), (name, name, "identity"), (1.0, 1.0, 1.0)) for name in ACTIVATIONS},
    "one layer": Architecture((8,), (OUTPUT,)),
    "layer norm": Architecture((8,), (PLAIN, LayerNormLayer(), ActivationLayer(), PLAIN, OUTPUT)),
    "residual": Architecture((8,), (PLAIN, BLOCK, NARROWING, OUTPUT)),
    "residual within residual": Architecture(
        (8,), (PLAIN, NESTED, ActivationLayer(name="swish"), NESTED, OUTPUT)
    ),
    # gelu and swish spoil their output on the way back, which the block's products would read afterwards.
    **{
        f"{name} before residual": Architecture(
            (8,), (PLAIN, ActivationLayer(name=name), BLOCK, ActivationLayer(name=name), NARROWING, OUTPUT)
        )
        for name in get_args(ActivationName)
    },
    "convolution": Architecture(
        (6, 6, 2), (ConvLayer(filters=4), PoolLayer(), ConvLayer(filters=3), FlattenLayer(), PLAIN, OUTPUT)
    ),
}


def objective_of(architecture: Architecture, penalty: Penalty | None = None) -> Objective:
    network = Network(architecture, np.dtype("float64"))
    network.initialize(ScaledInit(), seed=3)
    return Objective(network, LOSSES["softmax"], penalty or Penalty(l2=0.1, l1=0.02), np.linspace(0.5, 2, 5))


def run(split: SplitPass, order: tuple[int, int] = (0, 1)) -> None:
    for part in order:
        split.backpropagate(part)
    for half in order:
        split.gather_gradients(half)


@pytest.mark.parametrize("n", [2, 7, 16])
@pytest.mark.parametrize("name", ARCHITECTURES)
def test_two_parts_give_the_gradient_of_the_whole(name: str, n: int) -> None:
    objective = objective_of(ARCHITECTURES[name])
    grads, rng = objective.network.parameters.grads, np.random.default_rng(0)
    X = rng.standard_normal((n, objective.network.architecture.n_features))
    y = rng.integers(0, 5, n)
    GradientPass(objective, n, X=X, y=y).run()
    whole = grads.copy()
    grads[...] = np.nan
    split = SplitPass(objective, n, rngs=[rng, rng], y_like=y)
    split.X[...], split.y[...] = X, y
    for _ in range(2):  # what the first run left must not show in the second
        run(split)
        np.testing.assert_allclose(grads, whole, rtol=1e-12, atol=1e-14)


def test_it_does_not_matter_who_comes_first() -> None:
    objective = objective_of(dense_stack((8, 40, 30, 5), ("relu", "tanh", "identity"), (0.9, 0.8, 0.5)))
    y, found = np.arange(20) % 5, []
    for order in ((0, 1), (1, 0)):
        streams = [np.random.default_rng(seed) for seed in (1, 2)]
        split = SplitPass(objective, 20, rngs=streams, y_like=y)
        split.X[...], split.y[...] = np.random.default_rng(0).standard_normal((20, 8)), y
        run(split, order)
        found.append(objective.network.parameters.grads.tobytes())
    assert found[0] == found[1]


def test_dropout_masks_of_the_parts_come_from_streams_of_their_own() -> None:
    objective = objective_of(dense_stack((50, 5), ("identity",), (0.5,)), Penalty())
    y = np.zeros(20, np.int64)
    split = SplitPass(objective, 20, rngs=[np.random.default_rng(s) for s in (1, 2)], y_like=y)
    split.X[...], split.y[...] = 1, y
    run(split)
    dropped = split._passes[0].tape.products[0].X  # the inputs as the layer saw them
    assert 400 < np.count_nonzero(dropped) < 600  # 500 of 1,000, five standard deviations of 16 either way
    assert not np.array_equal(dropped[:10], dropped[10:])


def test_a_batch_norm_keeps_the_batch_whole() -> None:
    norm = Architecture((8,), (PLAIN, BatchNormLayer(), OUTPUT))
    inside = Architecture((8,), (PLAIN, ResidualLayer(layers=(BatchNormLayer(), PLAIN)), OUTPUT))
    assert not norm.is_divisible
    assert not inside.is_divisible
    assert Architecture((8,), (DropoutLayer(), PLAIN, OUTPUT)).is_divisible


@pytest.mark.parametrize("widths", [(8, 9, 7, 5), (784, 512, 256, 10), (3, 1), (1, 1, 1, 1)])
def test_the_halves_of_theta_cut_no_row_and_leave_nothing_out(widths: tuple[int, ...]) -> None:
    layers = len(widths) - 1
    network = Network(dense_stack(widths, ("relu",) * layers, (1.0,) * layers), np.dtype("float32"))
    parameters = network.parameters
    first, second = parameters.halves()
    assert (first.start, first.stop, second.stop) == (0, second.start, parameters.n_params)
    rows = {0, parameters.n_weights}
    for tensor in parameters.tensors:
        if tensor.penalised:
            start = parameters.place[tensor.name].start
            rows |= set(range(start, start + tensor.size + 1, tensor.shape[1]))
    assert first.stop in rows
