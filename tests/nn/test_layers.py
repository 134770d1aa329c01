"""Layers in their places: shapes, names, first values, what is refused, and what must not be overwritten."""

import tracemalloc

import numpy as np
import pytest
from scipy.signal import correlate2d

from benchmarks.engines.dlrecipe_engine import LENET
from dlrecipe.nn.layer_specs import (
    ActivationLayer,
    BatchNormLayer,
    ConvLayer,
    DenseLayer,
    DropoutLayer,
    FlattenLayer,
    LayerNormLayer,
    PoolLayer,
    ResidualLayer,
)
from dlrecipe.nn.layers.conv import geometry
from dlrecipe.nn.layers.layer import Misfit
from dlrecipe.nn.losses import LOSSES
from dlrecipe.nn.network import EVALUATION_IMAGES, Architecture, Network, dense_stack
from dlrecipe.nn.objective import GradientPass, Objective
from dlrecipe.nn.regularizers import Penalty
from dlrecipe.nn.specs import ScaledInit

OUTPUT = DenseLayer(units=3, activation="identity")


def network_of(*layers, shape=(4,), dtype="float64", output=OUTPUT) -> Network:
    network = Network(Architecture(shape, (*layers, output)), np.dtype(dtype))
    network.initialize(ScaledInit(), 0)
    return network


def train_once(network, n=6, seed=0, X=None):
    rng = np.random.default_rng(seed)
    if X is None:
        X = rng.standard_normal((n, network.architecture.n_features)).astype(network.dtype)
    gradient = GradientPass(
        Objective(network, LOSSES["softmax"], Penalty()), len(X), X=X, y=np.arange(len(X)) % 3, rng=rng
    )
    gradient.run()
    return gradient


def test_lenet_has_the_published_61706_parameters_on_28_by_28_pixels():
    # 156 + 2,416 + 48,120 + 10,164 + 850 (LeCun et al. 1998 with fully connected maps, as it is taught).
    network = Network(Architecture((28, 28, 1), LENET), np.dtype("float32"))
    assert network.parameters.n_params == 61_706
    assert [layer.output_shape for layer in network.architecture.placed[:5]] == [
        (28, 28, 6), (14, 14, 6), (10, 10, 16), (5, 5, 16), (400,)
    ]  # fmt: skip


def test_weights_are_numbered_along_whatever_layer_they_belong_to():
    network = network_of(
        ConvLayer(filters=2), BatchNormLayer(), FlattenLayer(), DenseLayer(units=5), LayerNormLayer(),
        shape=(4, 4, 1),
    )  # fmt: skip
    assert list(network.parameters.values) == [
        "W1", "b1", "gamma1", "beta1", "W2", "b2", "gamma2", "beta2", "W3", "b3"
    ]  # fmt: skip
    assert list(network.statistics.values) == ["mean1", "var1"]


def test_penalties_apply_to_weights_alone():
    network = network_of(BatchNormLayer(), DenseLayer(units=5), LayerNormLayer())
    assert {tensor.name for tensor in network.parameters.tensors if tensor.penalised} == {"W1", "W2"}


def test_a_plain_stack_is_the_same_layers_written_out():
    stack = dense_stack((4, 5, 3), ("relu", "identity"), (0.9, 0.5))
    layers = (DropoutLayer(keep_prob=0.9), DenseLayer(units=5), DropoutLayer(keep_prob=0.5), OUTPUT)
    assert stack == Architecture((4,), layers)


def test_normalizations_start_as_the_identity_and_repeated_initialization_forgets_training():
    network = network_of(BatchNormLayer(), DenseLayer(units=5), LayerNormLayer())
    fresh = {name: array.copy() for name, array in network.arrays().items()}
    assert (fresh["gamma1"] == 1).all()
    assert not fresh["beta1"].any()
    train_once(network)
    network.parameters.theta += 1
    network.initialize(ScaledInit(), 0)
    for name, array in network.arrays().items():
        np.testing.assert_array_equal(array, fresh[name], err_msg=name)


@pytest.mark.parametrize(
    ("layers", "shape", "path", "words"),
    [
        ((ConvLayer(filters=2), DenseLayer(units=2)), (4, 4, 1), (1,), "flatten"),
        ((FlattenLayer(), PoolLayer()), (4, 4, 1), (1,), "max_pool needs an image"),
        ((ConvLayer(filters=2, kernel=5, padding="valid"),), (4, 4, 1), (0,), "kernel 5"),
        ((PoolLayer(), PoolLayer(), PoolLayer()), (4, 4, 1), (2,), "smaller size"),
        ((ConvLayer(filters=2),), (4, 4, 1), (), "flatten"),
        ((DenseLayer(units=4), ResidualLayer(layers=(DenseLayer(units=5),))), (4,), (1,), "projection"),
        (
            (ResidualLayer(layers=(DenseLayer(units=5), ConvLayer(filters=2)), repeat=3),),
            (4,),
            (0, "layers", 1),
            "conv needs an image",
        ),
    ],
)
def test_a_layer_that_does_not_fit_is_refused_at_its_place_before_anything_is_allocated(
    layers, shape, path, words
):
    with pytest.raises(Misfit, match=words) as refused:
        Network(Architecture(shape, (*layers, OUTPUT)), np.dtype("float64"))
    assert refused.value.path == path


def test_a_convolution_is_scipys_correlation():
    network = network_of(ConvLayer(filters=2, activation="identity"), FlattenLayer(), shape=(6, 5, 3))
    W = network.parameters.values["W1"].reshape(3, 3, 3, 2)
    network.parameters.values["b1"][...] = [0.5, -1.0]
    image = np.random.default_rng(0).standard_normal((6, 5, 3))
    run = network.build(1, X=image.reshape(1, -1))
    run.tape.forward()
    found = run.tape.activations["A1"].value[..., 0].transpose(1, 0, 2)
    for filter_, bias in enumerate((0.5, -1.0)):
        expected = bias + sum(correlate2d(image[..., c], W[:, :, c, filter_], "same") for c in range(3))
        np.testing.assert_allclose(found[filter_], expected, atol=1e-13)


@pytest.mark.parametrize("n", [20, EVALUATION_IMAGES, EVALUATION_IMAGES + 5])
def test_a_batch_of_images_gives_what_each_gives_alone_however_the_work_is_cut(n):
    layers = (ConvLayer(filters=3, kernel=5), ConvLayer(filters=2, kernel=5, padding="valid"), FlattenLayer())
    network = network_of(*layers, shape=(20, 20, 2))
    # Five rows of the output go into one product; of the second layer's 16 the last product has one.
    assert [geometry(conv, (20, 20, 2)).rows_at_once for conv in layers[:2]] == [5, 5]
    X = np.random.default_rng(0).standard_normal((n, 800))
    together = network.outputs(X)
    alone = np.vstack([network.outputs(X[row : row + 1]) for row in (0, n // 2, n - 1)])
    np.testing.assert_allclose(together[[0, n // 2, n - 1]], alone, rtol=1e-12, atol=1e-12)


def test_of_equal_largest_pixels_the_first_gets_the_gradient():
    network = network_of(
        ConvLayer(filters=1, kernel=1, activation="identity"), PoolLayer(), FlattenLayer(), shape=(2, 2, 1)
    )
    # All four pixels are 2, so dW of a single-pixel filter is the pooled gradient times one 2, not four.
    gradient = train_once(network, X=np.full((1, 4), 2.0))
    d_pooled = (gradient._d_outputs @ network.parameters.values["W2"].T).item()
    assert network.parameters.gradients["W1"].item() == pytest.approx(2 * d_pooled, rel=1e-12)


def test_a_block_leaves_what_goes_around_it_alone():
    # The block starts with an activation, which would work in place anywhere else.
    block = ResidualLayer(layers=(ActivationLayer(name="tanh"), DenseLayer(units=4, activation="identity")))
    network = network_of(DenseLayer(units=4, activation="identity"), block)
    X = np.random.default_rng(0).standard_normal((5, 4))
    values = network.parameters.values
    h = X @ values["W1"] + values["b1"]
    expected = (h + np.tanh(h) @ values["W2"] + values["b2"]) @ values["W3"] + values["b3"]
    np.testing.assert_allclose(network.outputs(X), expected, atol=1e-13)


def test_batch_norm_makes_each_feature_standard_in_training_and_goes_by_running_means_elsewhere():
    network = network_of(BatchNormLayer(momentum=0.0, eps=1e-12))
    X = np.random.default_rng(0).standard_normal((50, 4)) * [1, 10, 0.1, 3] + [0, 5, -2, 100]
    run = network.build(50, X=X, training=True)
    run.tape.forward()
    # With momentum 0 the running statistics are the last batch's, the variance with n - 1.
    np.testing.assert_allclose(network.statistics.values["mean1"], X.mean(axis=0), rtol=1e-12)
    np.testing.assert_allclose(network.statistics.values["var1"], X.var(axis=0, ddof=1), rtol=1e-9)
    standard = (X - X.mean(axis=0)) / X.std(axis=0, ddof=1)
    values = network.parameters.values
    np.testing.assert_allclose(network.outputs(X), standard @ values["W1"] + values["b1"], atol=1e-9)


def test_with_batch_norm_an_examples_output_does_not_depend_on_its_company():
    network = network_of(BatchNormLayer(), DenseLayer(units=5), BatchNormLayer())
    for seed in range(5):
        train_once(network, seed=seed)
    X = np.random.default_rng(9).standard_normal((8, 4))
    np.testing.assert_allclose(network.outputs(X)[:1], network.outputs(X[:1]), atol=1e-13)


def test_a_batch_of_one_leaves_the_running_statistics_of_rows_as_they_are():
    # Its variance would be 0: with batches of 7, 7 and 1 a third of the running variance would be gone.
    network = network_of(BatchNormLayer(), DenseLayer(units=5), BatchNormLayer())
    train_once(network)
    before = {name: array.copy() for name, array in network.statistics.values.items()}
    train_once(network, X=np.full((1, 4), 7.0))
    for name, array in network.statistics.values.items():
        np.testing.assert_array_equal(array, before[name])


def test_a_single_image_moves_the_running_statistics_by_its_pixels():
    network = network_of(BatchNormLayer(momentum=0.0), FlattenLayer(), shape=(2, 3, 1))
    pixels = np.arange(6.0).reshape(1, 6)
    network.build(1, X=pixels, training=True).tape.forward()
    # Mean and variance (with n - 1) of 0, 1, … 5 by hand.
    np.testing.assert_allclose(network.statistics.values["mean1"], 2.5)
    np.testing.assert_allclose(network.statistics.values["var1"], 3.5, rtol=1e-5)


@pytest.mark.parametrize("norm", [BatchNormLayer(), LayerNormLayer()])
def test_constant_inputs_are_normalized_to_zero_not_divided_by_it(norm):
    network = network_of(norm)
    gradient = train_once(network, X=np.full((6, 4), 7.0))
    assert np.isfinite(gradient.outputs).all()
    assert np.isfinite(network.parameters.grads).all()


def test_parameters_and_statistics_are_stored_and_loaded_together():
    network = network_of(BatchNormLayer(), DenseLayer(units=5))
    train_once(network)
    other = network_of(BatchNormLayer(), DenseLayer(units=5))
    other.load({name: array.copy() for name, array in network.arrays().items()})
    X = np.random.default_rng(0).standard_normal((5, 4))
    np.testing.assert_array_equal(other.outputs(X), network.outputs(X))
    with pytest.raises(ValueError, match="holds no mean1"):
        other.load(network.parameters.values)


@pytest.mark.parametrize("factor", [1.5, 0.5])
def test_a_residual_linear_net_scales_as_one_plus_the_blocks_factor(factor):
    block = ResidualLayer(layers=(DenseLayer(units=2, activation="identity"),), repeat=20)
    network = Network(
        Architecture((2,), (block, DenseLayer(units=2, activation="identity"))), np.dtype("float64")
    )
    for name, value in network.parameters.values.items():
        if name.startswith("W"):
            value[...] = np.eye(2) * (1 if name == "W21" else factor)
    X = np.array([[1.0, -2.0]])
    np.testing.assert_allclose(network.outputs(X), X * (1 + factor) ** 20, rtol=1e-12)


def test_blocks_within_a_block_scale_as_one_plus_the_product_of_theirs():
    inner = ResidualLayer(layers=(DenseLayer(units=2, activation="identity"),), repeat=3)
    outer = ResidualLayer(layers=(DropoutLayer(keep_prob=0.5), inner), repeat=2)
    output = DenseLayer(units=2, activation="identity")
    network = Network(Architecture((2,), (outer, output)), np.dtype("float64"))
    for name, value in network.parameters.values.items():
        if name.startswith("W"):
            value[...] = np.eye(2) * (1 if name == "W7" else 0.5)
    X = np.array([[1.0, -2.0]])
    # Each inner block multiplies by 1.5, three of them by 1.5³, and the outer one by 1 + 1.5³.
    np.testing.assert_allclose(network.outputs(X), X * (1 + 1.5**3) ** 2, rtol=1e-12)
    assert network.architecture.has_dropout
    assert not network.architecture.without_dropout().has_dropout


@pytest.mark.parametrize(
    ("layers", "shape"),
    [
        (LENET[:-1], (28, 28, 1)),
        ((ConvLayer(filters=4), BatchNormLayer(), PoolLayer(type="avg_pool"), FlattenLayer()), (28, 28, 1)),
        ((DenseLayer(units=64), BatchNormLayer(), LayerNormLayer()), (64,)),
        ((DenseLayer(units=64), ResidualLayer(layers=(DenseLayer(units=64),), repeat=3)), (64,)),
    ],
    ids=["lenet", "batch_norm of images", "norms", "residual"],
)
def test_no_layer_allocates_with_the_batch_in_a_warm_step(layers, shape):
    def peak(n: int) -> int:
        network = network_of(
            *layers, shape=shape, dtype="float32", output=DenseLayer(units=1, activation="identity")
        )
        X = np.ones((n, network.architecture.n_features), np.float32)
        y = np.zeros((n, 1), np.float32)
        gradient = GradientPass(Objective(network, LOSSES["mse"], Penalty()), n, X=X, y=y)
        gradient.run()
        tracemalloc.start()
        try:
            before = tracemalloc.get_traced_memory()[0]
            gradient.run()
            return tracemalloc.get_traced_memory()[1] - before
        finally:
            tracemalloc.stop()

    # NumPy's own buffer is at most 8,192 numbers; an array of one layer alone would be 4 · 64 · 448 bytes.
    assert peak(512) - peak(64) <= 8192 * 4 + 32 * (512 - 64) < 4 * 64 * (512 - 64)
