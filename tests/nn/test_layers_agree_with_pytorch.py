"""Every kind of layer against PyTorch: outputs, gradients, running statistics. Skipped without it."""

import numpy as np
import pytest

from dlrecipe.nn.layer_specs import (
    ActivationLayer,
    BatchNormLayer,
    ConvLayer,
    DenseLayer,
    FlattenLayer,
    LayerNormLayer,
    PoolLayer,
    ResidualLayer,
)
from dlrecipe.nn.losses import LOSSES, huber
from dlrecipe.nn.network import Architecture, Network
from dlrecipe.nn.objective import GradientPass, Objective
from dlrecipe.nn.regularizers import Penalty

torch = pytest.importorskip("torch", reason="PyTorch is not installed", exc_type=ImportError)
F = torch.nn.functional

N, IMAGE = 9, (7, 6, 2)
TOLERANCE = {"float32": 1e-5, "float64": 1e-12}


def weights(t, k):
    return t[f"W{k}"], t[f"b{k}"]


def linear(t, x, k):
    W, b = weights(t, k)
    return x @ W + b


def convolution(t, x, k, kernel, **options):
    """Our W is (rows · columns · channels, filters); PyTorch's (filters, channels, rows, columns)."""
    W, b = weights(t, k)
    W = W.reshape(kernel, kernel, -1, W.shape[1]).permute(3, 2, 0, 1).contiguous()
    return F.conv2d(x, W, b, **options)


def batch_norm(t, x, running):
    return F.batch_norm(x, *running, t["gamma1"], t["beta1"], training=True, momentum=0.2, eps=1e-3)


def block_of_blocks(t, x):
    """Two blocks, a layer and a projected block, all in one that is projected itself."""
    for k in (1, 2):
        x = x + torch.tanh(linear(t, x, k))
    x = F.silu(linear(t, x, 3))
    return F.relu(linear(t, x, 4)) + linear(t, x, 5)


ACTIVATIONS = {
    "relu": F.relu,
    "leaky_relu": F.leaky_relu,
    "elu": F.elu,
    "gelu": F.gelu,
    "swish": F.silu,
    "softplus": F.softplus,
    "tanh": torch.tanh,
    "sigmoid": torch.sigmoid,
}

BATCH_NORM = BatchNormLayer(momentum=0.8, eps=1e-3)
CASES = {
    **{
        name: ((DenseLayer(units=5, activation=name),), lambda t, x, r, g=g: linear(t, g(linear(t, x, 1)), 2))
        for name, g in ACTIVATIONS.items()
    },
    "batch_norm": (
        (DenseLayer(units=5, activation="identity"), BATCH_NORM, ActivationLayer(name="relu")),
        lambda t, x, r: linear(t, F.relu(batch_norm(t, linear(t, x, 1), r)), 2),
    ),
    "layer_norm": (
        (DenseLayer(units=5, activation="tanh"), LayerNormLayer(eps=1e-3)),
        lambda t, x, r: linear(
            t, F.layer_norm(torch.tanh(linear(t, x, 1)), (5,), t["gamma1"], t["beta1"], eps=1e-3), 2
        ),
    ),
    "residual": (
        (
            DenseLayer(units=5, activation="relu"),
            ResidualLayer(layers=(ActivationLayer(name="relu"), DenseLayer(units=5, activation="tanh"))),
        ),
        lambda t, x, r: linear(t, (h := F.relu(linear(t, x, 1))) + torch.tanh(linear(t, F.relu(h), 2)), 3),
    ),
    "residual with a projection": (
        (ResidualLayer(layers=(DenseLayer(units=5, activation="tanh"),), projection=True),),
        lambda t, x, r: linear(t, torch.tanh(linear(t, x, 1)) + linear(t, x, 2), 3),
    ),
    "residual within residual": (
        (
            ResidualLayer(
                layers=(
                    ResidualLayer(layers=(DenseLayer(units=4, activation="tanh"),), repeat=2),
                    DenseLayer(units=5, activation="swish"),
                    ResidualLayer(layers=(DenseLayer(units=6, activation="relu"),), projection=True),
                ),
                projection=True,
            ),
        ),
        lambda t, x, r: linear(t, block_of_blocks(t, x) + linear(t, x, 6), 7),
    ),
}
IMAGE_CASES = {
    "conv same": (
        (
            ConvLayer(filters=4, kernel=3, activation="relu"),
            ConvLayer(filters=3, kernel=5, activation="tanh"),
            FlattenLayer(),
        ),
        lambda t, x, r: torch.tanh(
            convolution(t, F.relu(convolution(t, x, 1, 3, padding=1)), 2, 5, padding=2)
        ),
    ),
    "conv valid with a stride": (
        (
            ConvLayer(filters=4, kernel=2, padding="valid", activation="relu"),
            ConvLayer(filters=3, kernel=3, stride=2, padding="valid", activation="tanh"),
            FlattenLayer(),
        ),
        lambda t, x, r: torch.tanh(convolution(t, F.relu(convolution(t, x, 1, 2)), 2, 3, stride=2)),
    ),
    "max_pool": (
        (ConvLayer(filters=4, kernel=3, activation="relu"), PoolLayer(), FlattenLayer()),
        lambda t, x, r: F.max_pool2d(F.relu(convolution(t, x, 1, 3, padding=1)), 2),
    ),
    "max_pool of overlapping squares": (
        (ConvLayer(filters=4, kernel=3, activation="relu"), PoolLayer(size=3, stride=2), FlattenLayer()),
        lambda t, x, r: F.max_pool2d(F.relu(convolution(t, x, 1, 3, padding=1)), 3, 2),
    ),
    "avg_pool": (
        (
            ConvLayer(filters=4, kernel=3, activation="tanh"),
            PoolLayer(type="avg_pool", size=3, stride=1),
            FlattenLayer(),
        ),
        lambda t, x, r: F.avg_pool2d(torch.tanh(convolution(t, x, 1, 3, padding=1)), 3, 1),
    ),
    "batch_norm of images": (
        (ConvLayer(filters=4, kernel=3, activation="tanh"), BATCH_NORM, FlattenLayer()),
        lambda t, x, r: batch_norm(t, torch.tanh(convolution(t, x, 1, 3, padding=1)), r),
    ),
    "layer_norm of images": (
        (ConvLayer(filters=4, kernel=3, activation="tanh"), LayerNormLayer(eps=1e-3), FlattenLayer()),
        lambda t, x, r: F.group_norm(
            torch.tanh(convolution(t, x, 1, 3, padding=1)), 1, t["gamma1"], t["beta1"], eps=1e-3
        ),
    ),
    "residual of images with a projection": (
        (
            ResidualLayer(
                layers=(ConvLayer(filters=4, kernel=3, stride=2, padding="same", activation="tanh"),),
                projection=True,
            ),
            FlattenLayer(),
        ),
        # Of 7×6 pixels, same padding with stride 2 puts zeros on both sides of 7 and behind 6 alone.
        lambda t, x, r: (
            torch.tanh(convolution(t, F.pad(x, (0, 1, 1, 1)), 1, 3, stride=2))
            + convolution(t, x, 2, 1, stride=2)
        ),
    ),
}


def network_of(layers, shape, dtype):
    output = DenseLayer(units=3, activation="identity")
    network = Network(Architecture(shape, (*layers, output)), np.dtype(dtype))
    rng = np.random.default_rng(4)
    network.parameters.theta[...] = 0.5 * rng.standard_normal(network.parameters.n_params)
    X = rng.standard_normal((N, network.architecture.n_features)).astype(dtype)
    return network, X, np.arange(N) % 3


def as_torch(network):
    return {
        name: torch.tensor(value, requires_grad=True) for name, value in network.parameters.values.items()
    }


def agree(network, X, y, outputs, tensors):
    """Hold a training pass against PyTorch's outputs and what autograd makes of them."""
    gradient = GradientPass(Objective(network, LOSSES["softmax"], Penalty()), N, X=X, y=y)
    gradient.run()
    F.cross_entropy(outputs, torch.tensor(y)).backward()
    close = TOLERANCE[str(X.dtype)]
    np.testing.assert_allclose(gradient.outputs, outputs.detach().numpy(), rtol=close, atol=close)
    for name, found in network.parameters.gradients.items():
        expected = tensors[name].grad.numpy()
        np.testing.assert_allclose(found, expected, rtol=close, atol=close, err_msg=name)


@pytest.mark.parametrize("dtype", TOLERANCE)
@pytest.mark.parametrize("case", CASES)
def test_outputs_and_gradients_are_pytorchs(case, dtype):
    layers, forward = CASES[case]
    network, X, y = network_of(layers, (4,), dtype)
    tensors = as_torch(network)
    running = torch.zeros(5, dtype=tensors["W1"].dtype), torch.ones(5, dtype=tensors["W1"].dtype)
    agree(network, X, y, forward(tensors, torch.tensor(X), running), tensors)


@pytest.mark.parametrize("dtype", TOLERANCE)
@pytest.mark.parametrize("case", IMAGE_CASES)
def test_outputs_and_gradients_of_images_are_pytorchs(case, dtype):
    layers, forward = IMAGE_CASES[case]
    network, X, y = network_of(layers, IMAGE, dtype)
    tensors = as_torch(network)
    images = torch.tensor(X).reshape(N, *IMAGE).permute(0, 3, 1, 2)
    running = torch.zeros(4, dtype=images.dtype), torch.ones(4, dtype=images.dtype)
    outputs = linear(
        tensors, forward(tensors, images, running).flatten(1), network.parameters.tensors[-1].name[1:]
    )
    agree(network, X, y, outputs, tensors)


@pytest.mark.parametrize("filters", [1, 3, 20])
@pytest.mark.parametrize("stride", [1, 2, 3])
@pytest.mark.parametrize("kernel", [1, 2, 3, 5])
@pytest.mark.parametrize("image", [(5, 5, 1), (9, 6, 2), (6, 11, 3), (13, 8, 1)], ids=str)
def test_convolutions_of_every_geometry_are_pytorchs(image, kernel, stride, filters):
    # The second convolution passes a gradient on to the first, which so is held to it as well.
    first = ConvLayer(filters=2, kernel=3, activation="tanh")
    conv = ConvLayer(filters=filters, kernel=kernel, stride=stride, padding="valid", activation="tanh")
    network, X, y = network_of((first, conv, FlattenLayer()), image, "float64")
    tensors = as_torch(network)
    images = torch.tensor(X).reshape(N, *image).permute(0, 3, 1, 2)
    inner = torch.tanh(convolution(tensors, images, 1, 3, padding=1))
    outputs = torch.tanh(convolution(tensors, inner, 2, kernel, stride=stride))
    agree(network, X, y, linear(tensors, outputs.flatten(1), 3), tensors)


@pytest.mark.parametrize("kernel", [2, 4, 5, 7])
@pytest.mark.parametrize("stride", [1, 2, 3])
@pytest.mark.parametrize("image", [(1, 1, 2), (2, 5, 1), (7, 3, 2)], ids=str)
def test_padded_convolutions_of_images_smaller_than_the_square_are_pytorchs(image, kernel, stride):
    first = ConvLayer(filters=2, kernel=1, activation="tanh")
    conv = ConvLayer(filters=3, kernel=kernel, stride=stride, activation="tanh")
    network, X, y = network_of((first, conv, FlattenLayer()), image, "float64")
    tensors = as_torch(network)
    images = torch.tensor(X).reshape(N, *image).permute(0, 3, 1, 2)
    zeros = [max((-(-size // stride) - 1) * stride + kernel - size, 0) for size in image[:2]]
    amid = (zeros[1] // 2, zeros[1] - zeros[1] // 2, zeros[0] // 2, zeros[0] - zeros[0] // 2)
    inner = F.pad(torch.tanh(convolution(tensors, images, 1, 1)), amid)
    outputs = torch.tanh(convolution(tensors, inner, 2, kernel, stride=stride))
    agree(network, X, y, linear(tensors, outputs.flatten(1), 3), tensors)


@pytest.mark.parametrize("dtype", TOLERANCE)
def test_running_statistics_and_evaluation_are_pytorchs(dtype):
    layers = (DenseLayer(units=5, activation="identity"), BATCH_NORM)
    network, X, y = network_of(layers, (4,), dtype)
    theirs = torch.nn.BatchNorm1d(5, momentum=0.2, eps=1e-3).to(torch.float64 if dtype == "float64" else None)
    tensors = {name: torch.tensor(value) for name, value in network.parameters.values.items()}
    with torch.no_grad():
        theirs.weight.copy_(tensors["gamma1"])
        theirs.bias.copy_(tensors["beta1"])
        for batch in (X, X + 1, 2 * X):
            GradientPass(Objective(network, LOSSES["softmax"], Penalty()), N, X=batch, y=y).run()
            theirs(linear(tensors, torch.tensor(batch), 1))
        theirs.eval()
        expected = linear(tensors, theirs(linear(tensors, torch.tensor(X), 1)), 2)
    close = TOLERANCE[dtype]
    statistics = network.statistics.values
    np.testing.assert_allclose(statistics["mean1"], theirs.running_mean, rtol=close, atol=close)
    np.testing.assert_allclose(statistics["var1"], theirs.running_var, rtol=close, atol=close)
    np.testing.assert_allclose(network.outputs(X), expected, rtol=close, atol=close)


@pytest.mark.parametrize("smoothing", [0.1, 0.5])
def test_smoothed_cross_entropy_is_pytorchs(smoothing):
    from dlrecipe.nn.losses import SMOOTHED

    logits, y = np.random.default_rng(0).standard_normal((N, 4)), np.arange(N) % 4
    losses = np.empty(N)
    SMOOTHED["softmax"](smoothing).losses(logits, y, losses)
    theirs = F.cross_entropy(torch.tensor(logits), torch.tensor(y), label_smoothing=smoothing)
    assert losses.mean() == pytest.approx(float(theirs), rel=1e-12)


@pytest.mark.parametrize(("dtype", "close"), TOLERANCE.items())
def test_huber_is_pytorchs(dtype, close):
    """PyTorch takes the mean over outputs too; ours is their sum, as of all losses of numbers."""
    rng = np.random.default_rng(0)
    outputs, y = (2 * rng.standard_normal((2, N, 4))).astype(dtype)
    losses, gradient = np.empty(N, dtype), np.empty_like(outputs)
    loss = huber(0.7)
    loss.losses(outputs, y, losses)
    loss.gradient(outputs, y, gradient)
    theirs = torch.tensor(outputs, requires_grad=True)
    value = F.huber_loss(theirs, torch.tensor(y), delta=0.7, reduction="none").sum(dim=1)
    value.sum().backward()
    np.testing.assert_allclose(losses, value.detach(), rtol=close, atol=close)
    np.testing.assert_allclose(gradient, theirs.grad, rtol=close, atol=close)
