"""An ONNX graph under construction. Knows nothing of networks or of data.

Values are known by name. Names that are made here cannot clash with the inputs', which are the user's own.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

from dlrecipe.arrays import DType
from dlrecipe.extras import require

OPSET = 18
ML_OPSET = 3
IR_VERSION = 10
"""Of 2024; every runtime that knows the operators reads it."""


@dataclass(eq=False)
class Graph:
    """Nodes, constants and the two ends of a model.

    `dtype` is that of the network's numbers; raw inputs and regression outputs are float64.
    """

    dtype: DType
    nodes: list[Any] = field(default_factory=list)
    constants: list[Any] = field(default_factory=list)
    inputs: list[Any] = field(default_factory=list)
    outputs: list[Any] = field(default_factory=list)
    taken: set[str] = field(default_factory=set)

    def op(self, kind: str, *inputs: str, domain: str = "", **attributes: Any) -> str:
        """Append a node with one output and return the output's name."""
        name = self.fresh(kind)
        onnx = _onnx()
        self.nodes.append(
            onnx.helper.make_node(kind, list(inputs), [name], name=name, domain=domain, **attributes)
        )
        return name

    def constant(self, value: NDArray[Any]) -> str:
        """Return the name of a constant tensor; text goes as `str` objects."""
        name, onnx = self.fresh("constant"), _onnx()
        if value.dtype.kind == "O":
            texts = [str(each).encode() for each in value.reshape(-1)]
            tensor = onnx.helper.make_tensor(name, onnx.TensorProto.STRING, value.shape, texts)
        else:
            tensor = onnx.numpy_helper.from_array(np.asarray(value, order="C"), name)
        self.constants.append(tensor)
        return name

    def number(self, value: float) -> str:
        """Return the name of a constant scalar of the network's type."""
        return self.constant(np.array(value, self.dtype))

    def wide(self, value: float) -> str:
        """Return the name of a constant float64 scalar."""
        return self.constant(np.array(value, np.float64))

    def whole(self, *values: int) -> str:
        """Return the name of a constant int64 vector, such as a shape."""
        return self.constant(np.array(values, np.int64))

    def cast(self, value: str, dtype: Any) -> str:
        """Return the value as another type of numbers."""
        return self.op("Cast", value, to=_onnx().helper.np_dtype_to_tensor_dtype(np.dtype(dtype)))

    def in_float32(self, kind: str, *inputs: str, **attributes: Any) -> str:
        """Append an operator that runtimes have for float32 alone; a wider network goes by way of it."""
        if np.dtype(self.dtype) == np.float32:
            return self.op(kind, *inputs, **attributes)
        narrow = [self.cast(name, np.float32) for name in inputs]
        return self.cast(self.op(kind, *narrow, **attributes), self.dtype)

    def sort_rows(self, value: str, n: int) -> str:
        """Return (rows, n) values in rising order along each row."""
        name, places, onnx = self.fresh("sorted"), self.fresh("places"), _onnx()
        self.nodes.append(
            onnx.helper.make_node(
                "TopK", [value, self.whole(n)], [name, places], name=name, axis=1, largest=0
            )
        )
        return name

    def add_input(self, name: str, kind: str, shape: Sequence[int]) -> str:
        """Declare an input of shape (rows, *shape), `kind` being float64 or text, and return its name."""
        self.taken.add(name)
        self.inputs.append(self._info(name, kind, shape))
        return name

    def add_output(self, name: str, value: str, kind: str, shape: Sequence[int]) -> str:
        """Let a value leave under this name, or the nearest one that is free, and return that."""
        while name in self.taken:
            name += "_"
        self.taken.add(name)
        self.nodes.append(_onnx().helper.make_node("Identity", [value], [name], name=name))
        self.outputs.append(self._info(name, kind, shape))
        return name

    def fresh(self, kind: str) -> str:
        """Return a name that nothing has."""
        n = len(self.nodes) + len(self.constants)
        name = f"{kind}#{n}"
        while name in self.taken:
            name += "#"
        self.taken.add(name)
        return name

    def _info(self, name: str, kind: str, shape: Sequence[int]) -> Any:
        onnx = _onnx()
        types = {
            "text": onnx.TensorProto.STRING,
            "float64": onnx.TensorProto.DOUBLE,
            "float32": onnx.TensorProto.FLOAT,
        }
        return onnx.helper.make_tensor_value_info(name, types[kind], ["rows", *shape])

    def model(self, name: str, metadata: dict[str, str], version: str) -> bytes:
        """Return the model, checked against the ONNX standard, as the bytes of a file."""
        onnx = _onnx()
        helper = onnx.helper
        graph = helper.make_graph(self.nodes, name, self.inputs, self.outputs, self.constants)
        model = helper.make_model(
            graph,
            opset_imports=[helper.make_opsetid("", OPSET), helper.make_opsetid("ai.onnx.ml", ML_OPSET)],
            producer_name="dlrecipe",
            producer_version=version,
            ir_version=IR_VERSION,
        )
        helper.set_model_props(model, metadata)
        onnx.checker.check_model(model, full_check=True)
        data: bytes = model.SerializeToString()
        return data


def _onnx() -> Any:
    return require("onnx", extra="onnx", purpose="export --onnx")
