"""Figures from inside networks built so that the answers are known."""

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from dlrecipe.data.examples import Split
from dlrecipe.nn.layer_specs import ConvLayer, DenseLayer, FlattenLayer
from dlrecipe.nn.network import Architecture, Network, dense_stack
from dlrecipe.nn.regularizers import Penalty
from dlrecipe.nn.specs import ScaledInit
from dlrecipe.optim.specs import ClipSpec, SgdSpec
from dlrecipe.training.loop import Trainer
from dlrecipe.training.monitors import (
    activation_figures,
    epochs_between_looks,
    gradient_norms,
    is_watched,
    layer_figures,
)

Build = Callable[..., Trainer]
Data = Callable[..., Split]


def network_with(activation: str, W1: Any, b1: Any = 0.0) -> Network:
    W1 = np.asarray(W1, float)
    network = Network(dense_stack((*W1.shape, 1), (activation, "identity"), (1.0, 1.0)), np.dtype(float))
    network.parameters.values["W1"][...] = W1
    network.parameters.values["b1"][...] = b1
    return network


X = np.array([[-1.0], [0.0], [1.0], [2.0]])


def figures_on(network: Network, X: Any) -> Any:
    network.outputs(X)
    return activation_figures(network.activations())


def test_a_relu_unit_is_dead_only_if_it_is_zero_on_every_example() -> None:
    # Units: x (zero on half of the examples, not dead), -x, x - 5 (dead), -1 (dead).
    network = network_with("relu", [[1.0, -1.0, 1.0, 0.0]], [0.0, 0.0, -5.0, -1.0])
    assert figures_on(network, X)["A1"]["dead"] == 0.5


def test_mean_and_standard_deviation_are_those_of_all_outputs_of_the_layer() -> None:
    # relu(x) and relu(-x): 0 0 1 2 and 1 0 0 0. Mean 4/8; mean square 6/8; 6/8 - 1/4 = 1/2.
    figures = figures_on(network_with("relu", [[1.0, -1.0]]), X)["A1"]
    assert figures["mean"] == pytest.approx(0.5, rel=1e-15)
    assert figures["std"] == pytest.approx(np.sqrt(0.5), rel=1e-15)
    # Lengths 1, 0, 1 and 2: a mean square of 6/4.
    assert figures["norm"] == pytest.approx(np.sqrt(1.5), rel=1e-15)


@pytest.mark.parametrize("activation", ["tanh", "sigmoid"])
def test_saturated_is_the_fraction_of_outputs_with_z_beyond_five(activation: str) -> None:
    # z = 5.01x: -5.01 0 5.01 10.02, three of four; z = 2.49x: at most 4.98, none.
    figures = figures_on(network_with(activation, [[5.01, 2.49]]), X)["A1"]
    assert figures["saturated"] == 3 / 8
    assert figures["saturated_units"] == 1 / 2
    assert "dead" not in figures


def test_a_unit_is_saturated_if_more_than_half_of_its_outputs_are() -> None:
    # Of x = -1 … 2, |6x| ≥ 5 holds for three and |3x| ≥ 5 for one of four; |6x - 6| ≥ 5 for three, x = 1 not.
    network = network_with("tanh", [[6.0, 3.0, 6.0]], [0.0, 0.0, -6.0])
    assert figures_on(network, X)["A1"]["saturated_units"] == 2 / 3


def test_of_a_convolution_filters_are_counted() -> None:
    layers = (ConvLayer(filters=3, kernel=2), FlattenLayer(), DenseLayer(units=2, activation="identity"))
    network = Network(Architecture((4, 4, 1), layers), np.dtype(float))
    network.initialize(ScaledInit(), seed=0)
    network.parameters.values["b1"][...] = [1.0, -50.0, 0.0]
    images = np.random.default_rng(0).standard_normal((30, 16))
    figures = figures_on(network, images)["A1"]
    assert figures["dead"] == 1 / 3
    A = network.activations()["A1"].value
    assert figures["std"] == pytest.approx(A.std(), rel=1e-12)
    assert figures["norm"] == pytest.approx(np.sqrt((A**2).sum() / 30), rel=1e-12)


def test_figures_in_float32_are_those_in_float64_to_six_digits() -> None:
    rng = np.random.default_rng(0)
    network = Network(dense_stack((20, 64, 1), ("sigmoid", "identity"), (1.0, 1.0)), np.dtype(np.float32))
    network.parameters.theta[...] = rng.standard_normal(network.parameters.n_params)
    figures = figures_on(network, rng.standard_normal((3000, 20)).astype(np.float32))["A1"]
    # The last whole block of 1,024 examples is what is left, and 512 of it are looked at, 256 for saturation.
    A = network.activations()["A1"].value[:512].astype(float)
    assert figures["mean"] == pytest.approx(A.mean(), rel=1e-6)
    assert figures["std"] == pytest.approx(A.std(), rel=1e-5)
    assert figures["saturated"] == np.mean(np.minimum(A, 1 - A)[:256] <= 1 / (1 + np.exp(5)))


def test_every_hidden_layer_is_reported_and_the_output_is_not(trainer: Build, make_blobs: Data) -> None:
    built = trainer(make_blobs(20, 1), hidden=(4, 3), activation="gelu")
    figures = figures_on(built.network, built.train.X)
    assert list(figures) == ["A1", "A2"]
    assert set(figures["A1"]) == {"mean", "std", "norm"}


def test_the_update_ratio_is_the_last_steps_length_over_the_weights() -> None:
    network = network_with("tanh", [[3.0, 4.0]])
    before = network.parameters.theta.copy()
    network.parameters.split(before)["W1"][...] = [[3.0, 4.5]]
    assert layer_figures(network, before, {"W1": 10.0, "W2": 0.0})["W1"] == {
        "weight_norm": 5.0,
        "gradient_norm": 10.0,
        "update_ratio": 0.1,
    }


def test_weights_of_zero_have_an_update_ratio_of_zero() -> None:
    network = network_with("tanh", [[0.0, 0.0]])
    figures = layer_figures(network, network.parameters.theta.copy(), gradient_norms(network, Penalty()))
    assert figures["W1"] == {"weight_norm": 0.0, "gradient_norm": 0.0, "update_ratio": 0.0}


def test_a_record_reports_the_last_gradient_and_update_of_its_epoch(
    trainer: Build, make_line: Data, recorder: Any
) -> None:
    """Gradient descent on linear regression, worked by hand for one full-batch step."""
    train, l2 = make_line(40, 1), 0.5
    built = trainer(train, penalty=Penalty(l2=l2), optimizer=SgdSpec(learning_rate=0.1), epochs=1)
    w, b = built.state.theta[:3].copy(), built.state.theta[3]
    hooks = recorder()
    built.fit(hooks)
    of_the_data = train.X.T @ (train.X @ w + b - train.y[:, 0]) / 40
    gradient = of_the_data + l2 * w
    after = w - 0.1 * gradient
    figures = hooks.records[0]["layers"]["W1"]
    assert figures["weight_norm"] == pytest.approx(np.linalg.norm(after), rel=1e-12)
    assert figures["gradient_norm"] == pytest.approx(np.linalg.norm(of_the_data), rel=1e-12)
    assert figures["update_ratio"] == pytest.approx(
        0.1 * np.linalg.norm(gradient) / np.linalg.norm(after), rel=1e-12
    )


def test_the_gradient_reported_is_the_one_before_clipping(
    trainer: Build, make_line: Data, recorder: Any
) -> None:
    norms = []
    for clip in (ClipSpec(), ClipSpec(norm=1e-3)):
        hooks = recorder()
        trainer(make_line(40, 1), optimizer=SgdSpec(learning_rate=0.1, clip=clip), epochs=1).fit(hooks)
        norms.append(hooks.records[0]["layers"]["W1"]["gradient_norm"])
    assert norms[0] == norms[1] > 1e-3


@pytest.mark.parametrize(
    ("widths", "batch", "steps", "apart"),
    [
        ((64, 256, 128, 10), 64, 17, 1),  # the digits of configs/: each epoch
        ((784, 512, 256, 10), 128, 1, 3),
        ((2, 10, 5, 1), 300, 1, 33),  # circles: an epoch is a single step of a few calls
        ((2, 10, 5, 1), 32, 1000, 1),
    ],
    ids=str,
)
def test_each_epoch_is_watched_unless_epochs_are_short(
    widths: tuple[int, ...], batch: int, steps: int, apart: int
) -> None:
    depth = len(widths) - 1
    network = Network(dense_stack(widths, ("relu",) * depth, (1.0,) * depth), np.dtype(np.float32))
    assert epochs_between_looks(network, batch, steps) == pytest.approx(apart, rel=0.3)
    assert [epoch for epoch in range(1, 100) if is_watched(epoch, 7)][:3] == [1, 7, 14]


def test_watched_epochs_and_no_others_carry_figures_of_the_inside(
    trainer: Build, make_blobs: Data, recorder: Any
) -> None:
    hooks, built = recorder(), trainer(make_blobs(30, 1), hidden=(4,), epochs=130)
    built.fit(hooks)
    apart = epochs_between_looks(built.network, 30, 1)
    with_layers = [record["epoch"] for record in hooks.records if "layers" in record]
    assert with_layers == [1, *range(apart, 131, apart)]
    assert 1 < apart < 60
    assert set(hooks.records[0]["layers"]) == {"W1", "W2"}
    assert set(hooks.records[0]["activations"]) == {"A1"}
