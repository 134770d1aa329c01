"""Each kind of layer as ONNX operators, in evaluation: no dropout, running statistics in batch norms.

Rows are (batch, features). Images are (batch, channels, height, width), ONNX's layout; the engine's own is
another (docs/decisions/0009), and only the order in which they are flattened shows outside, the same in both.
"""

from collections.abc import Callable, Mapping, Sequence
from typing import TypeAlias

import numpy as np

from dlrecipe.arrays import Floats
from dlrecipe.interop.onnx_export.activations import ACTIVATIONS
from dlrecipe.interop.onnx_export.graph import Graph
from dlrecipe.nn.layers.conv import geometry
from dlrecipe.nn.layers.layer import Placed
from dlrecipe.nn.layers.residual import branches

Tensors: TypeAlias = Mapping[str, Floats]
Emitter: TypeAlias = Callable[[Graph, str, Placed, Tensors], str]


def add_layers(graph: Graph, x: str, placed: Sequence[Placed], tensors: Tensors) -> str:
    """Append layers one behind the other and return the last one's output.

    Args:
        tensors: parameters and running statistics by name, as `Network.arrays` has them.
    """
    for layer in placed:
        x = EMITTERS[layer.spec.type](graph, x, layer, tensors)
    return x


def as_images(graph: Graph, x: str, shape: tuple[int, ...]) -> str:
    """Return rows (batch, height · width · channels) as (batch, channels, height, width)."""
    if len(shape) == 1:
        return x
    return graph.op("Transpose", graph.op("Reshape", x, graph.whole(-1, *shape)), perm=[0, 3, 1, 2])


def _dense(graph: Graph, x: str, placed: Placed, tensors: Tensors) -> str:
    W, b = (tensors[tensor.name] for tensor in placed.parameters)
    z = graph.op("Gemm", x, graph.constant(W), graph.constant(b))
    return ACTIVATIONS[placed.spec.activation](graph, z)


def _conv(graph: Graph, x: str, placed: Placed, tensors: Tensors) -> str:
    where = geometry(placed.spec, placed.input_shape)
    W, b = (tensors[tensor.name] for tensor in placed.parameters)
    kernel, channels = where.kernel, placed.input_shape[2]
    filters = W.reshape(kernel, kernel, channels, -1).transpose(3, 2, 0, 1)
    below, right = (
        where.padded[axis] - placed.input_shape[axis] - (where.top, where.left)[axis] for axis in (0, 1)
    )
    z = graph.in_float32(
        "Conv",
        x,
        graph.constant(filters),
        graph.constant(b),
        kernel_shape=[kernel, kernel],
        strides=[where.stride, where.stride],
        pads=[where.top, where.left, below, right],
    )
    return ACTIVATIONS[placed.spec.activation](graph, z)


def _pool(graph: Graph, x: str, placed: Placed, tensors: Tensors) -> str:
    spec = placed.spec
    kind = "MaxPool" if spec.type == "max_pool" else "AveragePool"
    stride = spec.stride or spec.size
    return graph.in_float32(kind, x, kernel_shape=[spec.size, spec.size], strides=[stride, stride])


def _flatten(graph: Graph, x: str, placed: Placed, tensors: Tensors) -> str:
    return graph.op("Flatten", x, axis=1)


def _activation(graph: Graph, x: str, placed: Placed, tensors: Tensors) -> str:
    return ACTIVATIONS[placed.spec.name](graph, x)


def _dropout(graph: Graph, x: str, placed: Placed, tensors: Tensors) -> str:
    return x


def _batch_norm(graph: Graph, x: str, placed: Placed, tensors: Tensors) -> str:
    gamma, beta = (graph.constant(tensors[tensor.name]) for tensor in placed.parameters)
    mean, variance = (graph.constant(tensors[tensor.name]) for tensor in placed.statistics)
    return graph.op("BatchNormalization", x, gamma, beta, mean, variance, epsilon=placed.spec.eps)


def _layer_norm(graph: Graph, x: str, placed: Placed, tensors: Tensors) -> str:
    # Written out: the operator wants γ of an image's whole shape, and the engine has one a channel.
    axes = graph.whole(*range(1, len(placed.input_shape) + 1))
    centred = graph.op("Sub", x, graph.op("ReduceMean", x, axes))
    variance = graph.op("ReduceMean", graph.op("Mul", centred, centred), axes)
    deviation = graph.op("Sqrt", graph.op("Add", variance, graph.number(placed.spec.eps)))
    gamma, beta = (
        graph.constant(_as_features(tensors[tensor.name], placed.input_shape)) for tensor in placed.parameters
    )
    standard = graph.op("Div", centred, deviation)
    return graph.op("Add", graph.op("Mul", standard, gamma), beta)


def _as_features(vector: Floats, shape: tuple[int, ...]) -> Floats:
    return vector.reshape(1, -1) if len(shape) == 1 else vector.reshape(1, -1, 1, 1)


def _residual(graph: Graph, x: str, placed: Placed, tensors: Tensors) -> str:
    block, projection = branches(placed)
    branch = add_layers(graph, x, block, tensors)
    return graph.op("Add", add_layers(graph, x, projection, tensors), branch)


def _embedding(graph: Graph, x: str, placed: Placed, tensors: Tensors) -> str:
    """The last features, indices all, to their columns' vectors; the others as they are."""
    n_others = placed.input_shape[0] - len(placed.parameters)
    parts = [graph.op("Gather", x, graph.constant(np.arange(n_others)), axis=1)] if n_others else []
    for at, tensor in enumerate(placed.parameters, start=n_others):
        index = graph.cast(graph.op("Gather", x, graph.constant(np.array(at)), axis=1), np.int64)
        parts.append(graph.op("Gather", graph.constant(tensors[tensor.name]), index, axis=0))
    return graph.op("Concat", *parts, axis=1)


EMITTERS: dict[str, Emitter] = {
    "dense": _dense,
    "conv": _conv,
    "max_pool": _pool,
    "avg_pool": _pool,
    "flatten": _flatten,
    "activation": _activation,
    "dropout": _dropout,
    "batch_norm": _batch_norm,
    "layer_norm": _layer_norm,
    "residual": _residual,
    "embedding": _embedding,
}
