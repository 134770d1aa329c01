"""Mistakes to plant in the engine's kernels, each with the tensors whose check it must fail.

A mutant is a change of source text: the function's code is swapped for that of the changed text while the
mutant is planted, so every reference to the function feels it. A mutant whose text is no longer in its
function is an error: the kernel has changed, and its mutants are to be written anew.
"""

import inspect
import textwrap
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from types import FunctionType
from typing import Any

from dlrecipe.gradcheck.cases import EMBEDDING
from dlrecipe.nn import activations, losses, objective, regularizers, split_pass, tape
from dlrecipe.nn.layer_specs import (
    AnyLayer,
    BatchNormLayer,
    ConvLayer,
    DenseLayer,
    FlattenLayer,
    LayerNormLayer,
    PoolLayer,
    ResidualLayer,
)
from dlrecipe.nn.layers import conv, dense, dropout, embedding, normalizing, pool, residual

WEIGHTS = frozenset({"W1", "W2", "W3"})
BIASES = frozenset({"b1", "b2", "b3"})
ALL = WEIGHTS | BIASES
BELOW = frozenset({"W1", "b1", "W2", "b2"})
"""Everything below the last layer: what the hidden layers' activations pass errors down to."""
FIRST = frozenset({"W1", "b1"})
SECOND = frozenset({"W2", "b2"})
"""The second layer alone: below it a wrong sign, met twice, is right again."""


@dataclass(frozen=True, kw_only=True)
class Setting:
    """The network that a mutant is looked for in: three dense layers 4-5-5-3 (or one output).

    `layers` take the place of the hidden ones; they are given images where `images` is true.
    """

    activation: str = "tanh"
    loss: str = "softmax"
    l2: float = 0.0
    l1: float = 0.0
    class_weights: bool = False
    keep_prob: float = 1.0
    layers: tuple[AnyLayer, ...] = ()
    images: bool = False


@dataclass(frozen=True)
class Mutant:
    """`old` in the source of `function` becomes `new`: the check of `setting` must fail in `tensors`."""

    function: Callable[..., Any]
    old: str
    new: str
    tensors: frozenset[str]
    setting: Setting = Setting()
    term: str = "data"

    @property
    def name(self) -> str:
        """Return what is changed, on one line."""
        return f"{self.function.__qualname__}: {' '.join(self.old.split())} -> {' '.join(self.new.split())}"


@contextmanager
def planted(mutant: Mutant) -> Iterator[None]:
    """Have the mutant in the engine inside the block."""
    function = mutant.function
    assert isinstance(function, FunctionType)
    source = textwrap.dedent(inspect.getsource(function))
    gone = f"{function.__qualname__} no longer holds {mutant.old!r}: write its mutants anew"
    assert mutant.old in source, gone
    namespace: dict[str, Any] = {}
    changed = "from __future__ import annotations\n" + source.replace(mutant.old, mutant.new)
    exec(compile(changed, f"<mutant of {function.__qualname__}>", "exec"), function.__globals__, namespace)
    intact, function.__code__ = function.__code__, namespace[function.__name__].__code__
    try:
        yield
    finally:
        function.__code__ = intact


def _mutants() -> Iterator[Mutant]:
    yield from _of_activations()
    yield from _of_losses()
    yield from _of_dense()
    yield from _of_objective()
    yield from _of_penalties()
    yield from _of_dropout()
    yield from _of_normalizations()
    yield from _of_convolutions()
    yield from _of_pooling()
    yield from _of_residual_blocks()
    yield from _of_embeddings()
    yield from _of_cut_batches()


MUTATED_ACTIVATIONS = tuple(name for name in activations.ACTIVATIONS if name != "identity")


def _of_activations() -> Iterator[Mutant]:
    last = "np.multiply(dA, scratch, out=dA)"
    for name in MUTATED_ACTIVATIONS:
        backward = getattr(activations, f"{name}_backward")
        setting = Setting(activation=name)
        yield Mutant(backward, last, "pass", BELOW, setting)
        yield Mutant(backward, last, f"{last}; dA *= 2", BELOW, setting)
        yield Mutant(backward, last, f"{last}; dA *= 0.999", BELOW, setting)
        yield Mutant(backward, last, f"{last}; dA *= -1", SECOND, setting)
        yield Mutant(backward, last, f"{last}; dA[-1] = 0", BELOW, setting)
    changes = [
        ("relu", "np.greater(A, constant(0, A.dtype),", "np.less_equal(A, 0,"),
        ("relu", "np.greater(A, constant(0, A.dtype),", "np.greater(A, 0.2,"),
        ("leaky_relu", "np.add(scratch, LEAKY_SLOPE, out=scratch)", "pass"),
        ("leaky_relu", "1 - LEAKY_SLOPE", "1"),
        ("leaky_relu", "np.greater(A, 0,", "np.greater(A, -0.005,"),
        ("tanh", "np.multiply(A, A, out=scratch)", "np.copyto(scratch, A)"),
        ("tanh", "np.subtract(1, scratch", "np.add(1, scratch"),
        ("tanh", "np.subtract(1, scratch", "np.subtract(1.001, scratch"),
        ("sigmoid", "np.multiply(scratch, A, out=scratch)", "pass"),
        ("sigmoid", "np.subtract(1, A, out=scratch)", "np.copyto(scratch, A)"),
        ("gelu", "np.multiply(scratch, Z, out=scratch)", "pass"),
        ("gelu", "np.add(scratch, A, out=scratch)", "pass"),
        ("gelu", "np.multiply(scratch, -0.5, out=scratch)", "np.multiply(scratch, -0.51, out=scratch)"),
        ("gelu", "2 * np.pi", "np.pi"),
        ("elu", "np.add(scratch, 1, out=scratch)", "pass"),
        ("elu", "np.minimum(A, zeros(A.shape, A.dtype), out=scratch)", "np.copyto(scratch, A)"),
        ("softplus", "np.expm1(scratch, out=scratch)", "np.exp(scratch, out=scratch)"),
        ("swish", "np.multiply(scratch, Z, out=scratch)", "pass"),
        ("swish", "np.add(scratch, A, out=scratch)", "pass"),
        ("swish", "np.subtract(1, A, out=A)", "np.add(1, A, out=A)"),
    ]
    for name, old, new in changes:
        yield Mutant(getattr(activations, f"{name}_backward"), old, new, BELOW, Setting(activation=name))
    yield Mutant(activations.tanh_forward, "np.tanh(Z,", "np.tanh(1.01 * Z,", BELOW)
    yield Mutant(
        activations.sigmoid_forward, "np.add(A, 0.5", "np.add(A, 0.6", BELOW, Setting(activation="sigmoid")
    )
    yield Mutant(activations.elu_forward, "np.expm1", "np.exp", BELOW, Setting(activation="elu"))
    yield Mutant(
        activations.swish_forward, "(A, Z, out=A)", "(A, 1.1 * Z, out=A)", BELOW, Setting(activation="swish")
    )
    yield Mutant(
        activations.relu_forward,
        "np.maximum(Z, zeros(Z.shape, Z.dtype),",
        "np.maximum(Z, -0.1,",
        BELOW,
        Setting(activation="relu"),
    )


def _of_losses() -> Iterator[Mutant]:
    softmax, sigmoid, mse, mae, huber, smoothed_softmax, smoothed_sigmoid = (
        Setting(loss=name)
        for name in ("softmax", "sigmoid", "mse", "mae", "huber", "smoothed softmax", "smoothed sigmoid")
    )
    changes = [
        (losses.softmax_gradient, "out, _identity", "out, 0.9 * _identity", softmax),
        (losses.softmax_gradient, "out, _identity", "out, 0 * _identity", softmax),
        (losses.softmax_gradient, "np.subtract(out, _identity", "np.add(out, _identity", softmax),
        (losses.softmax_gradient, "take(labels, 0)", "take(labels - 1, 0)", softmax),
        (
            losses.softmax_gradient,
            "np.dot(out, _ones(n_classes, n_classes, out.dtype))",
            "np.add.reduce(out, axis=0)",
            softmax,
        ),
        (losses.softmax_losses, "out -= of_label", "out -= 2 * of_label", softmax),
        (losses.softmax_losses, "np.exp(columns,", "np.exp(2 * columns,", softmax),
        (losses.sigmoid_gradient, "np.add(out, 0.5, out=out)", "pass", sigmoid),
        (losses.sigmoid_gradient, "np.tanh(out, out=out)", "pass", sigmoid),
        (
            losses.sigmoid_gradient,
            "np.subtract(out[:, 0], labels",
            "np.subtract(out[:, 0], 1 - labels",
            sigmoid,
        ),
        (losses.sigmoid_losses, "out += np.log1p(np.exp(-np.abs(z)))", "pass", sigmoid),
        (losses.sigmoid_losses, "-np.abs(z)", "-2 * np.abs(z)", sigmoid),
        (losses.mse_gradient, "out=out)", "out=out); out *= 2", mse),
        (losses.mse_gradient, "np.subtract(outputs, targets", "np.subtract(targets, outputs", mse),
        (losses.mse_gradient, "np.subtract(outputs, targets", "np.add(outputs, targets", mse),
        (losses.mse_losses, "out *= 0.5", "pass", mse),
        (losses.mae_gradient, "np.sign(out, out=out)", "pass", mae),
        (losses.mae_gradient, "np.sign(out, out=out)", "np.sign(out, out=out); out *= 0.5", mae),
        (losses.mae_losses, ".sum(axis=1", ".mean(axis=1", mae),
        (losses.huber, "np.clip(out, -delta, delta, out=out)", "pass", huber),
        (
            losses.huber,
            "np.clip(out, -delta, delta, out=out)",
            "np.clip(out, -1.2 * delta, delta, out=out)",
            huber,
        ),
        (losses.huber, "size - 0.5 * inner", "size - inner", huber),
        (losses.smoothed_softmax, "labels] += smoothing", "labels] += 0.9 * smoothing", smoothed_softmax),
        (losses.smoothed_softmax, "smoothing / out.shape[1]", "smoothing", smoothed_softmax),
        (losses.smoothed_sigmoid, "out[:, 0] += smoothing", "out[:, 0] -= smoothing", smoothed_sigmoid),
    ]
    for function, old, new, setting in changes:
        yield Mutant(function, old, new, ALL, setting)


def _of_dense() -> Iterator[Mutant]:
    weights = "np.dot(X_T, dZ, dW)"
    for change in (
        "np.dot(X_T, 1.001 * dZ, dW)",
        "np.dot(X_T, -dZ, dW)",
        "np.dot(X_T[:, 1:], dZ[1:], dW)",
        "np.dot(X_T[:, ::-1], dZ, dW)",
        "np.dot(X_T, dZ, dW); dW[-1] = 0",
        "np.dot(X_T, dZ, dW); dW[0, 0] *= 1.0001",
        "dW += X_T @ dZ",
    ):
        yield Mutant(dense.dense_backward, weights, change, WEIGHTS)
    transposed = "np.dot(X_T, dZ, dW); dW[...] = dW.T.copy() if dW.shape == (5, 5) else dW"
    yield Mutant(dense.dense_backward, weights, transposed, frozenset({"W2"}))
    biases = "np.dot(ones, dZ, out=db)"
    for change in (
        "np.mean(dZ, axis=0, out=db)",
        "np.dot(ones[1:], dZ[1:], out=db)",
        "db[...] = 0",
        "np.dot(ones, dZ, out=db); db[0] += 0.01",
        "np.dot(ones, np.abs(dZ), out=db)",
    ):
        yield Mutant(dense.dense_backward, biases, change, BIASES)
    passed_down = "np.dot, dZ, W.T, x.grad"
    for change in (
        "np.dot, dZ, W if W.shape == (5, 5) else W.T, x.grad",
        "np.dot, dZ, 0.9 * W.T, x.grad",
        "np.dot, dZ, -W.T, x.grad",
        "np.dot, dZ, np.abs(W.T), x.grad",
        # Right at the weights that a network has when it is built, and nowhere else.
        "np.dot, dZ, W.T.copy(), x.grad",
    ):
        tensors = FIRST if "(5, 5)" in change else BELOW
        yield Mutant(dense.dense, passed_down, change, tensors)
    yield Mutant(dense.dense_forward, "np.add(Z, b, out=Z)", "pass", BIASES)
    yield Mutant(dense.dense_forward, "np.add(Z, b, out=Z)", "np.subtract(Z, b, out=Z)", BIASES)
    yield Mutant(dense.dense_forward, "np.add(Z, b, out=Z)", "np.add(Z, 2 * b, out=Z)", BIASES)


def _of_objective() -> Iterator[Mutant]:
    at_outputs, weighted = objective.Objective.output_gradient, Setting(class_weights=True)
    mean = "constant(1 / n, d_outputs.dtype)"
    yield Mutant(at_outputs, mean, "1", ALL)
    yield Mutant(at_outputs, mean, "1 / (n - 1)", ALL)
    yield Mutant(at_outputs, mean, "1 / d_outputs.size", ALL)
    yield Mutant(
        at_outputs,
        "self.class_weights[targets]",
        "np.ones(len(targets))",
        ALL,
        Setting(class_weights=True, loss="sigmoid"),
    )
    yield Mutant(at_outputs, "self.class_weights[targets]", "self.class_weights[0 * targets]", ALL, weighted)
    yield Mutant(at_outputs, "[targets] / n", "[targets]", ALL, weighted)
    mean_loss = objective.Objective.mean_loss
    yield Mutant(mean_loss, "/ len(losses)", "/ (len(losses) + 1)", ALL)
    yield Mutant(mean_loss, "losses *= self.class_weights[targets]", "pass", ALL, weighted)


def _of_penalties() -> Iterator[Mutant]:
    both = Setting(l2=1e-3, l1=1e-3)
    add = regularizers.Penalty.add_gradient
    changes = [
        (add, "if self.l2:", "if False:", Setting(l2=1e-3)),
        (add, "if self.l1:", "if False:", Setting(l1=1e-3)),
        (add, "if self.l1:", "if self.l1 and not self.l2:", both),
        (
            add,
            "np.multiply(weights, self.l2, out=scratch)",
            "np.multiply(weights, self.l2 / 2, out=scratch)",
            both,
        ),
        (
            add,
            "np.multiply(weights, self.l2, out=scratch)",
            "np.multiply(weights, self.l1 * 1.01, out=scratch)",
            both,
        ),
        (
            add,
            "np.add(grads, scratch, out=grads)",
            "np.subtract(grads, scratch, out=grads)",
            Setting(l2=1e-3),
        ),
        (add, "np.sign(weights, out=scratch)", "np.copyto(scratch, weights)", both),
        (add, "np.multiply(scratch, self.l1, out=scratch)", "pass", both),
        (regularizers.Penalty.value, "0.5 * self.l2", "self.l2", both),
        (regularizers.Penalty.value, "np.abs(weights).sum()", "weights.sum()", Setting(l1=1e-3)),
        (objective.GradientPass.backward, "objective.penalty.add_gradient", "(lambda *_: None)", both),
    ]
    for function, old, new, setting in changes:
        yield Mutant(function, old, new, WEIGHTS, setting, "penalty")
    everywhere = "parameters.theta[: parameters.n_weights]"
    yield Mutant(
        objective.Objective.penalty_value, everywhere, "parameters.theta", BIASES, Setting(l2=1e-3), "penalty"
    )


def _of_dropout() -> Iterator[Mutant]:
    setting = Setting(keep_prob=0.6)
    back = "partial(np.multiply, a.grad, mask, a.grad)"
    yield Mutant(dropout.dropout, back, "int", BELOW, setting)
    yield Mutant(dropout.dropout, back, "partial(np.multiply, a.grad, keep_prob, a.grad)", BELOW, setting)
    forward = "np.multiply(A, mask, out=out)"
    yield Mutant(dropout.dropout_forward, forward, "np.multiply(A, mask > 0, out=out)", BELOW, setting)
    yield Mutant(dropout.dropout_forward, forward, "np.copyto(out, A)", BELOW, setting)


TANH = DenseLayer(units=5, activation="tanh")


def _of_normalizations() -> Iterator[Mutant]:
    backward, forward = normalizing.normalize_backward, normalizing.scale_and_shift
    gamma = "np.add.reduce(scratch, axis=scaling.axes, keepdims=True, out=scaling.d_gamma)"
    beta = "np.add.reduce(dY, axis=scaling.axes, keepdims=True, out=scaling.d_beta)"
    changes = [
        (backward, gamma, f"{gamma}; scaling.d_gamma[...] *= 1.001", frozenset({"gamma1"})),
        (backward, beta, f"{beta}; scaling.d_beta[...] *= -1", frozenset({"beta1"})),
        (backward, "np.multiply(dY, scaling.gamma, out=dX)", "np.copyto(dX, dY)", FIRST),
        (backward, "np.subtract(dX, held.scratch, out=dX)", "pass", FIRST),
        (backward, "np.subtract(dX, scratch, out=dX)", "pass", FIRST),
        (backward, "np.multiply(dX, held.inverse, out=dX)", "pass", FIRST),
        (forward, "np.add(out, scaling.beta, out=out)", "pass", frozenset({"beta1"})),
        (
            normalizing.standardize,
            "np.multiply(held.inverse, 1 / held.count, out=held.inverse)",
            "np.multiply(held.inverse, 1 / (held.count - 1), out=held.inverse)",
            FIRST,
        ),
    ]
    for layer in (BatchNormLayer(), LayerNormLayer()):
        setting = Setting(layers=(TANH, layer, TANH))
        for function, old, new, tensors in changes:
            yield Mutant(function, old, new, tensors, setting)


def _of_convolutions() -> Iterator[Mutant]:
    layer = ConvLayer(filters=3, activation="tanh")
    setting = Setting(layers=(layer, layer, FlattenLayer()), images=True)
    convolutions = {letter: frozenset({f"{letter}1", f"{letter}2"}) for letter in "Wb"}
    backward, image = conv.weights_backward, conv.image_backward
    biases, summed = "np.add.reduce(sums, axis=0, out=db)", "np.add(into, part, out=into)"
    added, back = "np.add(dW, diagonal, out=dW)", "np.add(pixels, part, out=pixels)"
    changes = [
        (backward, biases, f"{biases}; db *= 1.001", convolutions["b"]),
        (backward, "np.add.reduce(rows,", "np.add.reduce(rows[:, :, 1:],", convolutions["b"]),
        (backward, summed, summed.replace("add", "subtract"), convolutions["W"]),
        (backward, summed, "np.copyto(into, part)", convolutions["W"]),
        (backward, "total[...] = 0", "pass", convolutions["W"]),
        (backward, added, "pass", convolutions["W"]),
        (image, "dX[...] = 0", "pass", FIRST),
        (image, back, "pass", FIRST),
        (image, back, "np.copyto(pixels, part)", FIRST),
        (image, "np.copyto(into, weights)", "np.copyto(into, 1.001 * weights)", FIRST),
        (conv._image_backward, "(matrix[:, at], W[k])", "(matrix[:, at], W[-1 - k])", FIRST),
        (conv.conv_forward, "np.add(Z, b, out=Z)", "pass", convolutions["b"]),
    ]
    for function, old, new, tensors in changes:
        yield Mutant(function, old, new, tensors, setting)


def _of_pooling() -> Iterator[Mutant]:
    convolution, flat = ConvLayer(filters=3, activation="tanh"), FlattenLayer()
    largest, mean, largest_apart, mean_apart = (
        Setting(layers=(convolution, layer, flat), images=True)
        for layer in (
            PoolLayer(size=2, stride=1),
            PoolLayer(type="avg_pool", size=2, stride=1),
            PoolLayer(),
            PoolLayer(type="avg_pool"),
        )
    )
    shared = "np.multiply(d_out, chosen, out=d_pixel)"
    changes = [
        (pool.max_backward, "np.equal(pixel, out,", "np.not_equal(pixel, out,", largest),
        (pool.max_backward, "dX[...] = 0", "pass", largest),
        (pool.max_backward, "np.add(d_pixel, scratch, out=d_pixel)", "np.copyto(d_pixel, scratch)", largest),
        (pool.max_backward_apart, "np.equal(pixel, out,", "np.not_equal(pixel, out,", largest_apart),
        (pool.max_backward_apart, shared, f"{shared}; d_pixel *= 1.001", largest_apart),
        (pool.max_backward_apart, "d_out, untaken, out=", "d_out, chosen, out=", largest_apart),
        (pool.mean_backward, "1 / len(d_pixels)", "1", mean),
        (pool.mean_backward, "np.add(d_pixel, d_out, out=d_pixel)", "np.copyto(d_pixel, d_out)", mean),
        (pool.mean_backward_apart, "1 / len(d_pixels)", "1", mean_apart),
        (pool.mean_forward, "1 / len(pixels)", "1.01 / len(pixels)", mean),
    ]
    for function, old, new, setting in changes:
        yield Mutant(function, old, new, FIRST, setting)


def _of_residual_blocks() -> Iterator[Mutant]:
    setting = Setting(layers=(TANH, ResidualLayer(layers=(TANH,))))
    joined, branch = (
        "partial(np.add, node.grad, entry.grad, node.grad)",
        "partial(np.copyto, branch.grad, grad)",
    )
    yield Mutant(residual.build, joined, "int", FIRST, setting)
    yield Mutant(residual.build, branch, "partial(np.multiply, grad, 0.9, branch.grad)", BELOW, setting)


def _of_embeddings() -> Iterator[Mutant]:
    setting = Setting(layers=(EMBEDDING, DenseLayer(units=5, activation="tanh")))
    copied, scattered = "np.copyto(scratch, d_vectors)", "np.add.at(dE.reshape(-1), places.reshape(-1), "
    changes = [
        (embedding.scatter, "dE[...] = 0", "pass"),
        (embedding.scatter, "dE[...] = 0", "dE[...] = 1e-3"),
        (embedding.scatter, copied, "np.multiply(d_vectors, 1.001, scratch)"),
        (embedding.scatter, copied, "np.negative(d_vectors, scratch)"),
        (embedding.scatter, copied, "pass"),
        (embedding.scatter, copied, "scratch[...] = d_vectors[::-1]"),
        (embedding.scatter, copied, "scratch[1:] = d_vectors[1:]; scratch[0] = 0"),
        (embedding.scatter, "np.add(places, units,", "np.add(places, units[::-1],"),
        # Of equal indices in a batch, an assignment keeps the last example's part alone.
        (embedding.scatter, scattered, "dE.reshape(-1).__setitem__(places.reshape(-1), "),
        (embedding.look_up, "np.copyto(column.out, column.vectors)", "column.out[...] = 2 * column.vectors"),
        (embedding.build, "grad[:, start : start + width]", "grad[:, start - 1 : start - 1 + width]"),
        (
            embedding.look_up,
            "np.copyto(column.out, column.vectors)",
            "column.out[:] = column.vectors[:, ::-1]",
        ),
    ]
    for function, old, new in changes:
        yield Mutant(function, old, new, frozenset({"E.a", "E.b"}), setting)


def _of_cut_batches() -> Iterator[Mutant]:
    """Of what a large network's step alone does."""
    product, penalties = split_pass._product_kernels, split_pass.SplitPass._penalties
    weights, biases = "partial(np.dot, X_T[rows], product.dZ, dW[rows])", "partial(np.dot, ones, product.dZ,"
    part = split_pass.SplitPass.backpropagate
    yield Mutant(product, weights, "int", WEIGHTS)
    yield Mutant(product, weights, weights.replace("X_T[rows]", "X_T[rows][::-1]"), WEIGHTS)
    yield Mutant(product, weights, weights.replace("X_T[rows]", "1.001 * X_T[rows]"), WEIGHTS)
    yield Mutant(product, biases, biases.replace("ones", "ones / 2"), BIASES)
    yield Mutant(part, "self.n)", "rows.stop - rows.start)", ALL)
    # The last biases look at how many labels there are of each, not at which examples have them.
    yield Mutant(part, "self.y[rows]", "self.y[::-1][rows]", ALL - {"b3"})
    yield Mutant(penalties, "not penalty.applies", "True", WEIGHTS, Setting(l2=1e-3), "penalty")
    first_half = (
        "range(half.start, min(stop, self.objective.network.parameters.halves()[0].stop), PENALTY_BLOCK)"
    )
    whole = "range(half.start, stop, PENALTY_BLOCK)"
    yield Mutant(penalties, whole, first_half, frozenset({"W2", "W3"}), Setting(l1=1e-3), "penalty")
    # Behind a layer norm each part has a gradient of its own, to be added up.
    norm = Setting(layers=(DenseLayer(units=5, activation="identity"), LayerNormLayer()))
    apart, added = frozenset({"gamma1", "beta1", "W2", "b2"}), "second[start:stop], first[start:stop])"
    yield Mutant(split_pass.SplitPass._sums, added, "0, first[start:stop])", apart, norm)
    # gelu and swish spoil their output on the way back, so a product must not wait for it.
    spoiled = frozenset({"W2", "W3"})
    yield Mutant(tape.Tape.add_product, " or x.spoiled", "", spoiled, Setting(activation="gelu"))
    block = Setting(layers=(DenseLayer(units=5, activation="swish"), ResidualLayer(layers=(TANH,))))
    forgotten = "Node(node.value, node.grad)"
    yield Mutant(residual.build, "replace(node, reusable=False)", forgotten, frozenset({"W2"}), block)


MUTANTS = tuple(_mutants())
