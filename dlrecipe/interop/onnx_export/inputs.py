"""The raw inputs of a model, and how they become the matrix that the network takes.

A run on arrays has one input, `inputs`. One on a table has an input a column, (rows, 1), under the column's
name: numbers, truth values (0 and 1) and dates (days since 1970-01-01) as float64, NaN where missing;
categories as text, empty where missing. Knows no layers.
"""

from collections.abc import Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

from dlrecipe.data.column_encoding import CYCLES, ColumnEncoding
from dlrecipe.data.examples import Column, Examples
from dlrecipe.data.preprocessing import Preprocessor
from dlrecipe.errors import InputError
from dlrecipe.interop.onnx_export.graph import Graph
from dlrecipe.interop.onnx_export.scaling import scaled, scaled_by_image

MATRIX = "inputs"
MEANINGS = {
    "numeric": "a number; NaN where missing",
    "boolean": "1 for true, 0 for false; NaN where missing",
    "date": "days since 1970-01-01; NaN where missing",
    "us_date": "days since 1970-01-01; NaN where missing",
    "categorical": "text; empty where missing",
}


def add_inputs(graph: Graph, preprocessor: Preprocessor) -> tuple[str, dict[str, dict[str, Any]]]:
    """Declare the raw inputs and append the preprocessing.

    Returns:
        The matrix (rows, fan_in) in the network's type, and what each input takes, by name.
    Raises:
        InputError: a column is hashed.
    """
    if preprocessor.columns:
        return _table(graph, preprocessor)
    shape = preprocessor.feature_shape or (preprocessor.fan_in,)
    raw = graph.add_input(MATRIX, "float64", shape)
    rows = graph.op("Reshape", raw, graph.whole(-1, preprocessor.fan_in)) if len(shape) > 1 else raw
    if preprocessor.per_image:
        X = scaled_by_image(graph, rows, preprocessor)
    else:
        X = scaled(graph, rows, preprocessor.scaling)
    return X, {MATRIX: {"type": "float64", "shape": list(shape), "meaning": "raw values"}}


def feed(examples: Examples, preprocessor: Preprocessor) -> dict[str, NDArray[Any]]:
    """Return raw examples in the form that the model takes."""
    if not preprocessor.columns:
        assert examples.matrix is not None
        shape = preprocessor.feature_shape or (preprocessor.fan_in,)
        matrix = np.asarray(examples.matrix[:], np.float64)
        return {MATRIX: matrix.reshape(len(matrix), *shape)}
    columns: Mapping[str, Column] = {column.name: column for column in examples.columns}
    return {encoding.name: _fed(columns[encoding.name]) for encoding in preprocessor.columns}


def _fed(column: Column) -> NDArray[Any]:
    if column.kind != "categorical":
        return column.values.astype(np.float64)[:, None]
    texts = ["" if value is None else value for value in column.values.tolist()]
    return np.array(texts, dtype=object)[:, None]


def _table(graph: Graph, preprocessor: Preprocessor) -> tuple[str, dict[str, dict[str, Any]]]:
    described: dict[str, dict[str, Any]] = {}
    raw: dict[str, str] = {}
    for column in preprocessor.columns:
        if column.buckets:
            raise InputError(
                f"the column '{column.name}' is hashed, and ONNX has no operator for that",
                remedy="Train without data.source.hashed; network.embeddings is for columns of many values.",
            )
        kind = "text" if column.kind == "categorical" else "float64"
        raw[column.name] = graph.add_input(column.name, kind, (1,))
        described[column.name] = {"type": kind, "shape": [1], "meaning": MEANINGS[column.kind]}
        if column.kind == "categorical":
            described[column.name]["categories"] = list(column.categories)
    numeric = [column for column in preprocessor.columns if column.is_scaled]
    scaled_at: dict[str, str] = {}
    if numeric:
        filled = [_filled(graph, raw[column.name], column.fill) for column in numeric]
        numbers = scaled(graph, graph.op("Concat", *filled, axis=1), preprocessor.scaling)
        scaled_at = {
            column.name: graph.op("Gather", numbers, graph.whole(at), axis=1)
            for at, column in enumerate(numeric)
        }
    parts = [
        part
        for column in preprocessor.columns
        for part in _parts(graph, column, raw[column.name], scaled_at.get(column.name))
    ]
    return graph.op("Concat", *parts, axis=1), described


def _parts(graph: Graph, column: ColumnEncoding, raw: str, number: str | None) -> list[str]:
    """Return a column's features, in the engine's order, each (rows, some) in the network's type."""
    if column.kind == "categorical":
        index = _index(graph, column, raw)
        if column.embedded:
            return [graph.cast(index, graph.dtype)]
        places = graph.constant(np.arange(column.rows, dtype=np.int64)[None])
        return [graph.cast(graph.op("Equal", index, places), graph.dtype)] if column.rows else []
    absent = graph.op("IsNaN", raw)
    if number is None:
        number = graph.cast(_filled(graph, raw, column.fill), graph.dtype)
    parts = [number]
    if column.missing:
        parts.append(graph.cast(absent, graph.dtype))
    for cycle in column.cycles:
        parts += _waves(graph, raw, absent, CYCLES[cycle])
    return parts


def _index(graph: Graph, column: ColumnEncoding, raw: str) -> str:
    """Return (rows, 1) the category's index, -1 where it has none."""
    unseen = column.rows - 1 if column.other else -1
    absent = len(column.categories) if column.missing else unseen if column.embedded else -1
    places = {"": absent} | {value: at for at, value in enumerate(column.categories)}
    return graph.op(
        "LabelEncoder",
        raw,
        domain="ai.onnx.ml",
        keys_strings=list(places),
        values_int64s=list(places.values()),
        default_int64=unseen,
    )


def _filled(graph: Graph, raw: str, fill: float) -> str:
    return graph.op("Where", graph.op("IsNaN", raw), graph.wide(fill), raw)


def _waves(graph: Graph, raw: str, absent: str, period: float) -> list[str]:
    """Return a sine and a cosine of a date's place in a cycle; both 0 where it is missing."""
    days = _filled(graph, raw, 0.0)
    turns = graph.op("Div", days, graph.wide(period))
    turns = graph.op("Sub", turns, graph.op("Floor", turns))
    waves = []
    # The cosine as a sine a quarter turn on: runtimes have the one for float64 and not the other.
    for ahead in (0.0, 0.25):
        moved = graph.op("Add", turns, graph.wide(ahead))
        sine = graph.op("Sin", graph.op("Mul", moved, graph.wide(2 * np.pi)))
        waves.append(graph.cast(graph.op("Where", absent, graph.wide(0), sine), graph.dtype))
    return waves
