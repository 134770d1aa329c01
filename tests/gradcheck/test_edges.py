"""Mistakes that show only at some sizes, numbers or options: one network of the matrix at least finds each.

The mutants of benchmarks/gradcheck_mutants.py are looked for in networks made for them; these in those that
`dlrecipe gradcheck` has.
"""

from dataclasses import replace

import numpy as np
import pytest

from benchmarks.gradcheck_mutants import Mutant, planted
from dlrecipe.gradcheck.cases import MATRIX_LOSSES, cases
from dlrecipe.gradcheck.matrix import check_case
from dlrecipe.nn import activations, losses, split_pass
from dlrecipe.nn.layers import activation, conv, dense, dropout, embedding, normalizing, pool, residual

NUMBERS = {case.name: index for index, case in enumerate(cases())}


def failed(name):
    index = NUMBERS[name]
    return {t.name for t in check_case(cases()[index], index).tensors if t.verdict == "fail"}


weights, biases = "np.dot(X_T, dZ, dW)", "np.dot(ones, dZ, out=db)"
copied = "np.copyto(dW, diagonals[0])"
untaken = "np.logical_and(chosen, untaken, out=chosen)"
EDGES = [
    (
        "a batch of 1",
        {"W1", "W2", "W3"},
        dense.dense_backward,
        weights,
        f"{weights}; dW /= 1 + (len(dZ) == 1)",
    ),
    (
        "a batch of 2",
        {"b1", "b2", "b3"},
        dense.dense_backward,
        biases,
        f"{biases}; db -= dZ[-1] * (len(dZ) % 2 == 0)",
    ),
    ("a batch of 24", {"W1", "W2", "W3"}, dense.dense_backward, weights, "np.dot(X_T[:, :16], dZ[:16], dW)"),
    ("wide layers", {"W1", "W2"}, dense.dense_backward, weights, f"{weights}; dW[:, 16:] = 0"),
    (
        "one number in every layer",
        {"W1", "W2", "W3"},
        dense.dense_backward,
        weights,
        f"{weights}; dW /= 1 + (len(X_T) == 1)",
    ),
    (
        "a batch of 2",
        {"W1", "b1", "W2", "b2", "W3", "b3"},
        split_pass.SplitPass.backpropagate,
        "run.tape.backward()",
        "run.output.grad /= 1 + (run.tape.n == 1); run.tape.backward()",
    ),
    (
        "residual that begins with an activation",
        {"W1", "b1", "W2", "b2"},
        activation._append,
        "z.reusable and not",
        "not",
    ),
    (
        "residual that begins with an activation",
        {"W1", "b1", "W2", "b2"},
        residual.build,
        "skipped = replace(node, reusable=False)",
        "skipped = node",
    ),
    (
        "residual with a projection, not the first",
        {"W1", "b1"},
        residual.build,
        "if entry.grad is not None:",
        "if entry.grad is not None and not projection:",
    ),
    (
        "layer_norm of one channel",
        {"W1", "b1"},
        normalizing.normalize_backward,
        "np.multiply(dY, scaling.gamma, out=dX)",
        "np.multiply(dY, scaling.gamma if scaling.gamma.size > 1 else 1, out=dX)",
    ),
    (
        "conv of single pixels",
        {"W1"},
        conv.weights_backward,
        copied,
        f"{copied}; dW /= 1 + (len(db) == 1)",
    ),
    (
        "conv of a square larger than the image",
        {"W2"},
        conv.weights_backward,
        copied,
        f"{copied}; dW[4:] = 0",
    ),
    ("conv of many filters", {"W2"}, conv.weights_backward, copied, f"{copied}; dW[..., 16:] *= 1.001"),
    (
        "conv with a stride beyond its square",
        {"W1", "b1"},
        conv.image_backward,
        "dX[...] = 0",
        "dX[...] = 1e-3\n    for row in rows:\n        row.parts[0][1][...] = 0",
    ),
    *(
        (
            f"{kind}_pool of overlapping squares that leave pixels out",
            {"W1", "b1"},
            function,
            "dX[...] = 0",
            "dX[...] = 1e-3\n    for d_pixel in d_pixels: d_pixel[...] = 0",
        )
        for kind, function in (("max", pool.max_backward), ("avg", pool.mean_backward))
    ),
    ("max_pool of equal pixels", {"W1", "b1"}, pool.max_backward_apart, untaken, "pass"),
    (
        "max_pool of equal pixels in overlapping squares",
        {"W1", "b1"},
        pool.max_backward,
        untaken,
        "pass",
    ),
    (
        "embedding of nothing else",
        {"E.a", "E.b"},
        embedding.scatter,
        "np.add.at(dE.reshape(-1), places.reshape(-1), scratch.reshape(-1))",
        "dE[indices] = scratch",
    ),
    (
        "conv + dropout, its mask frozen",
        {"W1", "b1"},
        dropout.dropout,
        "np.multiply, a.grad, mask,",
        "np.multiply, a.grad, mask if mask.ndim == 2 else keep_prob,",
    ),
    (
        "relu of large numbers",
        {"W1", "b1", "W2", "b2"},
        activations.relu_backward,
        "np.multiply(dA, scratch, out=dA)",
        "np.multiply(dA, scratch & (A < 6), out=dA)",
    ),
    (
        "softplus of large numbers",
        {"W1", "b1", "W2", "b2"},
        activations.softplus_backward,
        "np.expm1(",
        "scratch[A > 5] = -np.inf; np.expm1(",
    ),
    ("softmax of 40 outputs", None, losses.softmax_gradient, "+ labels] -= 1", "+ labels] -= 0.9"),
    (
        "softmax of huge outputs",
        None,
        losses.softmax_gradient,
        "keepdims=True), out=out)",
        "keepdims=True), out=out); out /= 2",
    ),
    (
        "mse of 1 output",
        None,
        losses.mse_gradient,
        "targets, out=out)",
        "targets, out=out); out *= 1 + (out.shape[1] == 1)",
    ),
    (
        "smoothed softmax of mixed labels",
        None,
        losses.mixed_softmax,
        "out -= smoothing / out.shape[1]",
        "pass",
    ),
    (
        "softmax of mixed labels + class weights",
        None,
        losses.mixed_softmax,
        "smoothing) * weighted",
        "smoothing) * shares",
    ),
    (
        "sigmoid of mixed labels",
        None,
        losses.mixed_sigmoid,
        "of_one[:, None]",
        "shares[:, :1]",
    ),
]


@pytest.mark.parametrize(
    ("name", "tensors", "function", "old", "new"), EDGES, ids=[f"{e[0]}: {e[2].__name__}" for e in EDGES]
)
def test_a_mistake_at_an_edge_fails_in_a_network_of_the_matrix(name, tensors, function, old, new):
    with planted(Mutant(function, old, new, frozenset())):
        found = failed(name)
    assert found == tensors if tensors is not None else found


@pytest.mark.parametrize("kind", ["max_pool", "avg_pool"])
@pytest.mark.parametrize("squares", ["squares far apart", "single pixels far apart"])
def test_memory_that_is_read_before_it_is_written_fails_whatever_lies_there(kind, squares):
    found = "rest = dX if out.size * len(pixels) < dX.size else None"
    with planted(Mutant(pool.build, found, "rest = None", frozenset())):
        assert failed(f"{kind} of {squares}") == {"W1", "b1"}


def test_a_penalty_that_stops_after_the_first_block_of_each_half_fails(monkeypatch):
    # Blocks are longer than any tensor of the matrix, so shorter ones are taken here.
    monkeypatch.setattr(split_pass, "PENALTY_BLOCK", 5)
    assert failed("large weights") == set()
    penalties = split_pass.SplitPass._penalties
    with planted(Mutant(penalties, "for block in blocks\n    ]", "for block in blocks[:1]]", frozenset())):
        assert "W2" in failed("large weights")


@pytest.mark.parametrize("name", sorted({edge[0] for edge in EDGES}))
def test_the_same_network_passes_without_the_mistake(name):
    assert failed(name) == set()


def test_a_huber_loss_that_forgets_its_delta_fails(monkeypatch):
    def clipped_at_1(outputs, targets, out):
        np.clip(outputs - targets, -1, 1, out=out)

    monkeypatch.setitem(MATRIX_LOSSES, "huber", replace(MATRIX_LOSSES["huber"], gradient=clipped_at_1))
    assert failed("huber of large outputs")
