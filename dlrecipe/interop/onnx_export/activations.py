"""The engine's activations as ONNX operators. Written out where runtimes lack an operator for float64."""

import math
from collections.abc import Callable

from dlrecipe.interop.onnx_export.graph import Graph
from dlrecipe.nn.activations import LEAKY_SLOPE


def _relu(graph: Graph, z: str) -> str:
    return graph.op("Relu", z)


def _leaky_relu(graph: Graph, z: str) -> str:
    return graph.op("Max", z, graph.op("Mul", z, graph.number(LEAKY_SLOPE)))


def _tanh(graph: Graph, z: str) -> str:
    return graph.op("Tanh", z)


def _sigmoid(graph: Graph, z: str) -> str:
    return graph.op("Sigmoid", z)


def _gelu(graph: Graph, z: str) -> str:
    """z · Φ(z), with Φ(z) = ½ (1 + erf(z / √2))."""
    erf = graph.in_float32("Erf", graph.op("Mul", z, graph.number(math.sqrt(0.5))))
    half = graph.op("Mul", z, graph.number(0.5))
    return graph.op("Add", half, graph.op("Mul", half, erf))


def _elu(graph: Graph, z: str) -> str:
    zero = graph.number(0)
    below = graph.op("Sub", graph.op("Exp", graph.op("Min", z, zero)), graph.number(1))
    return graph.op("Add", graph.op("Max", z, zero), below)


def _softplus(graph: Graph, z: str) -> str:
    """max(z, 0) + log(1 + exp(-|z|)), which cannot overflow."""
    tail = graph.op("Exp", graph.op("Neg", graph.op("Abs", z)))
    log = graph.op("Log", graph.op("Add", tail, graph.number(1)))
    return graph.op("Add", graph.op("Max", z, graph.number(0)), log)


def _swish(graph: Graph, z: str) -> str:
    return graph.op("Mul", z, graph.op("Sigmoid", z))


def _identity(graph: Graph, z: str) -> str:
    return z


ACTIVATIONS: dict[str, Callable[[Graph, str], str]] = {
    "identity": _identity,
    "relu": _relu,
    "leaky_relu": _leaky_relu,
    "tanh": _tanh,
    "sigmoid": _sigmoid,
    "gelu": _gelu,
    "elu": _elu,
    "softplus": _softplus,
    "swish": _swish,
}
