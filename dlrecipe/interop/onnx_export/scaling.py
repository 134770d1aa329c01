"""Every normalization as ONNX operators, in float64 as the engine works it out. Knows no columns."""

import math

import numpy as np

from dlrecipe.data.normalization import NOISE_ULPS, QUANTILE_BOUND, Scaling
from dlrecipe.data.preprocessing import Preprocessor
from dlrecipe.interop.onnx_export.graph import Graph

CENTRAL = (
    (3.3871328727963666080, 133.14166789178437745, 1971.5909503065514427, 13731.693765509461125,
     45921.953931549871457, 67265.770927008700853, 33430.575583588128105, 2509.0809287301226727),
    (1.0, 42.313330701600911252, 687.18700749205790830, 5394.1960214247511077, 21213.794301586595867,
     39307.895800092710610, 28729.085735721942674, 5226.4952788528545610),
)  # fmt: skip
TAIL = (
    (1.42343711074968357734, 4.63033784615654529590, 5.76949722146069140550, 3.64784832476320460504,
     1.27045825245236838258, 0.241780725177450611770, 0.0227238449892691845833, 0.000774545014278341407640),
    (1.0, 2.05319162663775882187, 1.67638483018380384940, 0.689767334985100004550, 0.148103976427480074590,
     0.0151986665636164571966, 0.000547593808499534494600, 1.05075007164441684324e-9),
)  # fmt: skip
"""Numerator and denominator of the normal quantile, by rising powers, near the middle and in the tails.

Source: Wichura 1988, algorithm AS 241 (PPND16); its far tails begin beyond QUANTILE_BOUND.
"""


def scaled(graph: Graph, x: str, scaling: Scaling) -> str:
    """Return float64 values (batch, n) scaled, as the network's type of numbers."""
    if scaling.quantiles is not None:
        return graph.cast(_normal_scores(graph, x, scaling), graph.dtype)
    shifted = graph.op("Sub", x, graph.constant(scaling.shift))
    result = graph.cast(graph.op("Mul", shifted, graph.constant(scaling.factor)), graph.dtype)
    if scaling.rotation is None:
        return result
    return graph.op("MatMul", result, graph.constant(scaling.rotation.astype(graph.dtype)))


def scaled_by_image(graph: Graph, x: str, preprocessor: Preprocessor) -> str:
    """Return each row of float64 values less its own middle, over its own spread; 0 where all are equal."""
    n, axes = preprocessor.fan_in, graph.whole(1)
    mean = graph.op("ReduceMean", x, axes)
    kind = preprocessor.normalization
    if kind == "center":
        return graph.cast(graph.op("Sub", x, mean), graph.dtype)
    if kind == "standard":
        middle, spread = mean, _deviation(graph, x, mean, axes)
    elif kind == "minmax":
        middle = graph.op("ReduceMin", x, axes)
        spread = graph.op("Sub", graph.op("ReduceMax", x, axes), middle)
    else:
        low, middle, high = (_row_quantile(graph, x, n, share) for share in (0.25, 0.5, 0.75))
        spread = graph.op("Sub", high, low)
        has_range = graph.op("Greater", spread, graph.wide(0))
        spread = graph.op("Where", has_range, spread, _deviation(graph, x, mean, axes))
    size = graph.op("ReduceMax", graph.op("Abs", x), axes)
    noise = graph.op("Mul", size, graph.wide(NOISE_ULPS * float(np.finfo(np.float64).eps)))
    varies = graph.op("Greater", spread, noise)
    one, zero = graph.wide(1), graph.wide(0)
    ratio = graph.op("Div", graph.op("Sub", x, middle), graph.op("Where", varies, spread, one))
    return graph.cast(graph.op("Where", varies, ratio, zero), graph.dtype)


def _deviation(graph: Graph, x: str, mean: str, axes: str) -> str:
    centred = graph.op("Sub", x, mean)
    return graph.op("Sqrt", graph.op("ReduceMean", graph.op("Mul", centred, centred), axes))


def _row_quantile(graph: Graph, x: str, n: int, share: float) -> str:
    """Return (batch, 1) each row's quantile, between the two nearest values as NumPy has it."""
    place = share * (n - 1)
    lower = math.floor(place)
    in_order = graph.sort_rows(x, n)
    low, high = (
        graph.op("Gather", in_order, graph.whole(index), axis=1) for index in (lower, min(lower + 1, n - 1))
    )
    step = graph.op("Mul", graph.op("Sub", high, low), graph.wide(place - lower))
    return graph.op("Add", low, step)


def _normal_scores(graph: Graph, x: str, scaling: Scaling) -> str:
    """Return the normal quantile of each value's share among the training quantiles.

    A value on a flat stretch gets the middle of the shares it spans: the mean of the two interpolations that
    come to it from above and from below.
    """
    assert scaling.quantiles is not None
    above = _share(graph, x, scaling, from_above=True)
    below = _share(graph, x, scaling, from_above=False)
    share = graph.op("Mul", graph.op("Add", above, below), graph.wide(0.5))
    bounds = (graph.wide(bound) for bound in (QUANTILE_BOUND, 1 - QUANTILE_BOUND))
    scores = _normal_quantile(graph, graph.op("Clip", share, *bounds))
    return graph.op("Mul", scores, graph.constant(scaling.factor))


def _share(graph: Graph, x: str, scaling: Scaling, *, from_above: bool) -> str:
    """Return the share of training values up to each value, (batch, n) in [0, 1].

    The interval that holds it is counted out: the quantiles at or below it, or below it.
    """
    quantiles = scaling.quantiles
    assert quantiles is not None
    n_quantiles, n = quantiles.shape
    column = graph.op("Unsqueeze", x, graph.whole(2))
    passed = graph.op(
        "GreaterOrEqual" if from_above else "Greater", column, graph.constant(quantiles.T[None].copy())
    )
    count = graph.op("ReduceSum", graph.cast(passed, np.int64), graph.whole(2), keepdims=0)
    one = graph.constant(np.array(1, np.int64))
    last = graph.constant(np.array(max(n_quantiles - 2, 0), np.int64))
    zero = graph.constant(np.array(0, np.int64))
    first = graph.op("Min", graph.op("Max", graph.op("Sub", count, one), zero), last)
    offsets = graph.constant(np.arange(n, dtype=np.int64)[None] * n_quantiles)
    flat = graph.constant(quantiles.T.reshape(-1).copy())
    at = graph.op("Add", first, offsets)
    low = graph.op("Gather", flat, at)
    step = graph.constant(np.array(min(1, n_quantiles - 1), np.int64))
    high = graph.op("Gather", flat, graph.op("Add", at, step))
    width = graph.op("Sub", high, low)
    nothing, unit = graph.wide(0), graph.wide(1)
    flat_stretch = graph.op("Equal", width, nothing)
    within = graph.op("Div", graph.op("Sub", x, low), graph.op("Where", flat_stretch, unit, width))
    # Only beyond the ends can the interval be flat; there the share is that of the end.
    ended = graph.op(
        "Where", graph.op("Greater" if not from_above else "GreaterOrEqual", x, high), unit, nothing
    )
    within = graph.op("Where", flat_stretch, ended, within)
    within = graph.op("Clip", within, nothing, unit)
    index = graph.op("Add", graph.cast(first, np.float64), within)
    return graph.op("Mul", index, graph.wide(1 / max(n_quantiles - 1, 1)))


def _normal_quantile(graph: Graph, share: str) -> str:
    """Return the standard normal's quantile of shares in [QUANTILE_BOUND, 1 - QUANTILE_BOUND]."""
    q = graph.op("Sub", share, graph.wide(0.5))
    r = graph.op("Sub", graph.wide(0.425**2), graph.op("Mul", q, q))
    # Clipped, so that the branch that is not chosen stays finite.
    central = graph.op("Mul", q, _ratio(graph, graph.op("Max", r, graph.wide(0)), CENTRAL))
    smaller = graph.op("Min", share, graph.op("Sub", graph.wide(1), share))
    depth = graph.op("Sqrt", graph.op("Neg", graph.op("Log", smaller)))
    tail = _ratio(graph, graph.op("Sub", depth, graph.wide(1.6)), TAIL)
    tail = graph.op("Where", graph.op("Less", q, graph.wide(0)), graph.op("Neg", tail), tail)
    return graph.op("Where", graph.op("Less", r, graph.wide(0)), tail, central)


def _ratio(graph: Graph, r: str, polynomials: tuple[tuple[float, ...], tuple[float, ...]]) -> str:
    return graph.op("Div", *(_polynomial(graph, r, each) for each in polynomials))


def _polynomial(graph: Graph, r: str, coefficients: tuple[float, ...]) -> str:
    value = graph.wide(coefficients[-1])
    for coefficient in reversed(coefficients[:-1]):
        value = graph.op("Add", graph.op("Mul", value, r), graph.wide(coefficient))
    return value
