"""A run's preprocessing, network and decoding as one ONNX model, and the comparison with the engine."""

import json
from dataclasses import dataclass
from typing import Any

import numpy as np

from dlrecipe import __version__
from dlrecipe.arrays import Batch
from dlrecipe.data.examples import Examples
from dlrecipe.data.fitted import Fitted
from dlrecipe.data.targets import TargetCodec
from dlrecipe.errors import DlrecipeError
from dlrecipe.extras import require
from dlrecipe.interop.onnx_export.graph import Graph
from dlrecipe.interop.onnx_export.inputs import add_inputs, feed
from dlrecipe.interop.onnx_export.layers import add_layers, as_images
from dlrecipe.nn.losses import probabilities
from dlrecipe.nn.network import Network
from dlrecipe.training.measurement import predicted_labels

TOLERANCE = 1e-5
"""Of probabilities, and of numbers in standard deviations of the target."""


@dataclass(frozen=True)
class OnnxModel:
    """A model as the bytes of a file, and what goes in and comes out, by name."""

    data: bytes
    inputs: dict[str, dict[str, Any]]
    outputs: dict[str, str]
    """`label` and `probabilities`, or `prediction`: under which name each comes out."""


class ExportMismatch(DlrecipeError):
    """The exported model does not give what the run gives: a fault of the export."""


def build_model(fitted: Fitted, network: Network, *, name: str) -> OnnxModel:
    """Return the model of a network, its weights loaded, with the preprocessing in front.

    Raises:
        InputError: a column is hashed, which ONNX cannot express.
        MissingExtra: onnx is not installed.
    """
    graph, architecture = Graph(network.dtype), network.architecture
    x, inputs = add_inputs(graph, fitted.preprocessor)
    z = add_layers(
        graph, as_images(graph, x, architecture.input_shape), architecture.placed, network.arrays()
    )
    if fitted.target.task == "classification":
        outputs = _classes_out(graph, z, fitted.target, architecture.n_outputs)
    else:
        outputs = {"prediction": _numbers_out(graph, z, fitted.target)}
    metadata = {
        "run_id": name,
        "task": fitted.target.task,
        "targets": json.dumps(list(fitted.target.target_names)),
        "inputs": json.dumps(inputs),
    }
    if fitted.target.classes:
        metadata["classes"] = json.dumps(list(fitted.target.classes))
    return OnnxModel(graph.model(name, metadata, __version__), inputs, outputs)


def _classes_out(graph: Graph, z: str, target: TargetCodec, n_outputs: int) -> dict[str, str]:
    """Let the label leave as text, (rows,), and the probability of each class, (rows, n_classes)."""
    if n_outputs == 1:
        positive = graph.op("Sigmoid", z)
        negative = graph.op("Sub", graph.number(1), positive)
        shares = graph.op("Concat", negative, positive, axis=1)
        index = graph.op(
            "Reshape", graph.cast(graph.op("Greater", z, graph.number(0)), np.int64), graph.whole(-1)
        )
    else:
        shares = graph.op("Softmax", z, axis=1)
        index = graph.op("ArgMax", z, axis=1, keepdims=0)
    label = graph.op("Gather", graph.constant(np.array(target.classes, dtype=object)), index)
    kind = np.dtype(graph.dtype).name
    return {
        "label": graph.add_output("label", label, "text", ()),
        "probabilities": graph.add_output("probabilities", shares, kind, (len(target.classes),)),
    }


def _numbers_out(graph: Graph, z: str, target: TargetCodec) -> str:
    """Let the numbers leave in the target's own units, (rows, n_targets) float64."""
    wide = graph.cast(z, np.float64)
    units = graph.op("Add", graph.op("Mul", wide, graph.constant(target.scale)), graph.constant(target.mean))
    return graph.add_output("prediction", units, "float64", (len(target.target_names),))


def largest_difference(model: OnnxModel, fitted: Fitted, examples: Examples, outputs: Batch) -> float:
    """Run the model on raw examples and return how far it is from the engine's outputs for them.

    Args:
        outputs: (n, n_outputs) of the network for the examples.
    Returns:
        The largest difference of a probability, or of a number in standard deviations of the target.
    Raises:
        ExportMismatch: it is above TOLERANCE, or a label is another although its probability stands out.
        MissingExtra: onnxruntime is not installed.
    """
    runtime = require("onnxruntime", extra="onnx", purpose="checking an exported model")
    options = runtime.SessionOptions()
    options.intra_op_num_threads = 1
    session = runtime.InferenceSession(model.data, options, providers=["CPUExecutionProvider"])
    names = list(model.outputs.values())
    found = dict(zip(model.outputs, session.run(names, feed(examples, fitted.preprocessor)), strict=True))
    target = fitted.target
    if target.task == "regression":
        wanted = target.decode_numbers(outputs)
        difference = float(np.max(np.abs(found["prediction"] - wanted) / target.scale, initial=0.0))
        return _accepted(difference, "a prediction")
    shares = probabilities(outputs.astype(np.float64))
    difference = float(np.max(np.abs(found["probabilities"] - shares), initial=0.0))
    labels = np.array(target.classes, dtype=object)[predicted_labels(outputs)]
    # Of two classes that are as probable as each other, either may come first.
    top = np.sort(shares, axis=1)[:, -2:]
    if np.any((found["label"] != labels) & (top[:, 1] - top[:, 0] > TOLERANCE)):
        _accepted(np.inf, "a label")
    return _accepted(difference, "a probability")


def _accepted(difference: float, what: str) -> float:
    if difference <= TOLERANCE:
        return difference
    raise ExportMismatch(
        f"the exported model gives {what} that differs by {difference:.2g} from the run's own",
        remedy="This is a fault of dlrecipe: nothing was written. Report it with the run's config.",
    )
