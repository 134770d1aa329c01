"""Passes through a network: at any batch size, of any depth, and as the course's arithmetic has it."""

import tracemalloc

import numpy as np
import pytest

from dlrecipe.nn.losses import LOSSES
from dlrecipe.nn.network import EVALUATION_ROWS, Network, dense_stack
from dlrecipe.nn.objective import GradientPass, Objective
from dlrecipe.nn.regularizers import Penalty
from dlrecipe.nn.specs import ScaledInit


def build(widths, activations, *, keep_prob=None, dtype="float64", seed=0) -> Network:
    architecture = dense_stack(widths, activations, keep_prob or (1.0,) * len(activations))
    network = Network(architecture, np.dtype(dtype))
    network.initialize(ScaledInit(), seed)
    return network


@pytest.mark.parametrize("n", [0, 1, 1023, 1024, 1025, 3000])
def test_outputs_do_not_depend_on_how_rows_are_chunked(n):
    network = build((6, 8, 3), ("gelu", "identity"))
    network.parameters.values["b2"][...] = [1, 2, 3]
    X = np.random.default_rng(n).standard_normal((n, 6))
    outputs = network.outputs(X)
    whole = network.build(max(n, 1), X=X if n else None)
    whole.tape.forward()
    assert outputs.shape == (n, 3)
    # Not bit for bit: BLAS sums in another order for another number of rows.
    np.testing.assert_allclose(outputs, whole.output.value[:n], rtol=1e-13, atol=1e-13)


def test_the_chunk_sizes_of_these_tests_straddle_the_real_one():
    assert EVALUATION_ROWS == 1024


def test_outputs_of_one_call_survive_the_next():
    network = build((2, 3, 1), ("relu", "identity"))
    X = np.random.default_rng(0).standard_normal((5, 2))
    first = network.outputs(X)
    kept = first.copy()
    network.outputs(-X)
    np.testing.assert_array_equal(first, kept)


def test_outputs_for_batches_of_many_sizes_do_not_fill_the_memory():
    network = Network(dense_stack((3, 2_000, 2), ("tanh", "identity"), (1.0, 1.0)), np.dtype("float64"))
    tracemalloc.start()
    try:
        for n in range(1, 101):
            network.outputs(np.zeros((n, 3)))
        held = tracemalloc.get_traced_memory()[0]
    finally:
        tracemalloc.stop()
    # A pass of n holds n · 2,000 numbers and as many of scratch: 160 MB for all sizes, 25 for the last eight.
    assert held < 30e6


def test_outputs_leave_their_input_alone():
    network = build((4, 4, 4), ("relu", "tanh"))
    X = np.random.default_rng(0).standard_normal((5, 4))
    before = X.copy()
    network.outputs(X)
    np.testing.assert_array_equal(X, before)


@pytest.mark.parametrize("factor", [1.5, 0.5])
@pytest.mark.parametrize("depth", [1, 2, 10, 50])
def test_a_linear_net_of_scaled_identities_scales_as_the_course_says(factor, depth):
    # Course, lecture 10: W = 1.5 I (or 0.5 I) in all layers but the last gives ŷ = W_L · 1.5^(L-1) x.
    network = build((2,) * (depth + 1), ("identity",) * depth)
    for layer in range(1, depth + 1):
        network.parameters.values[f"W{layer}"][...] = np.eye(2) * (factor if layer < depth else 1)
    X = np.array([[1.0, -2.0], [0.25, 3.0]])
    np.testing.assert_allclose(network.outputs(X), X * factor ** (depth - 1), rtol=1e-13)


def test_hidden_activations_are_those_of_each_layer():
    network = build((3, 4, 2, 1), ("relu", "tanh", "identity"))
    X = np.random.default_rng(0).standard_normal((5, 3))
    values = network.parameters.values
    A1 = np.maximum(X @ values["W1"] + values["b1"], 0)
    A2 = np.tanh(A1 @ values["W2"] + values["b2"])
    network.outputs(X)
    hidden = network.activations()
    assert list(hidden) == ["A1", "A2"]
    np.testing.assert_allclose(hidden["A1"].value, A1, atol=1e-14)
    np.testing.assert_allclose(hidden["A2"].value, A2, atol=1e-14)


@pytest.mark.parametrize("dtype", ["float32", "float64"])
def test_everything_is_of_the_dtype_asked_for(dtype):
    network = build((3, 4, 2), ("gelu", "identity"), dtype=dtype)
    X = np.ones((5, 3), dtype)
    gradient = GradientPass(
        Objective(network, LOSSES["softmax"], Penalty(l2=0.1)), 5, X=X, y=np.zeros(5, np.int64)
    )
    gradient.run()
    arrays = [network.outputs(X), gradient.outputs, network.parameters.theta, network.parameters.grads]
    assert {array.dtype for array in arrays} == {np.dtype(dtype)}


def test_float32_and_float64_networks_agree():
    X = np.random.default_rng(0).standard_normal((50, 6))
    narrow, wide = (build((6, 20, 3), ("tanh", "identity"), dtype=dtype) for dtype in ("float32", "float64"))
    np.testing.assert_allclose(narrow.outputs(X.astype(np.float32)), wide.outputs(X), atol=1e-5)


def test_a_pass_reads_the_parameters_as_they_are_now():
    network = build((2, 1), ("identity",))
    X = np.ones((1, 2))
    before = network.outputs(X)[0, 0]
    network.parameters.theta += 1  # two weights and a bias
    assert network.outputs(X)[0, 0] == pytest.approx(before + 3)
