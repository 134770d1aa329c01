"""Embedded categories: the vectors go to the right places, and gradients come back to the right rows."""

import numpy as np
import pytest

from dlrecipe.nn.layer_specs import DenseLayer, DropoutLayer, EmbeddedColumn, EmbeddingLayer
from dlrecipe.nn.losses import LOSSES
from dlrecipe.nn.network import Architecture, Network
from dlrecipe.nn.objective import GradientPass, Objective
from dlrecipe.nn.regularizers import Penalty
from dlrecipe.nn.specs import NetworkSpec, NormalInit, ScaledInit, ZerosInit, auto_width

COLUMNS = (
    EmbeddedColumn(name="city", rows=6, width=3),
    EmbeddedColumn(name="day", rows=4, width=2),
)
EMBEDDING = EmbeddingLayer(columns=COLUMNS)
OUTPUT = DenseLayer(units=3, activation="identity")
N = 11


def inputs(n=N, dtype=np.float64, n_numbers=2):
    rng = np.random.default_rng(1)
    numbers = rng.standard_normal((n, n_numbers))
    return np.hstack([numbers, rng.integers(0, 6, (n, 1)), rng.integers(0, 4, (n, 1))]).astype(dtype)


def network_of(*layers, dtype=np.float64, n_numbers=2):
    network = Network(Architecture((n_numbers + 2,), (*layers, OUTPUT)), np.dtype(dtype))
    rng = np.random.default_rng(0)
    network.parameters.theta[...] = 0.5 * rng.standard_normal(network.parameters.n_params)
    return network


def gradient_of(network, X, penalty=None, rng=None):
    objective = Objective(network, LOSSES["softmax"], penalty or Penalty())
    gradient = GradientPass(objective, len(X), X=X, y=np.arange(len(X)) % 3, rng=rng)
    gradient.run()
    return gradient


def one_hot(X):
    return np.hstack([X[:, :2], X[:, 2:3] == np.arange(6), X[:, 3:] == np.arange(4)]).astype(X.dtype)


def test_an_embedding_is_the_one_hot_form_times_its_table():
    network, X = network_of(EMBEDDING), inputs()
    values, H = network.parameters.values, one_hot(X)
    expected = np.hstack([X[:, :2], H[:, 2:8] @ values["E.city"], H[:, 8:] @ values["E.day"]])
    np.testing.assert_allclose(network.outputs(X), expected @ values["W1"] + values["b1"], rtol=1e-12)


def test_its_gradient_is_the_one_hot_forms_whatever_rows_are_met_twice_or_never():
    network, X = network_of(EMBEDDING), inputs()
    X[:, 2] = [0, 1, 1, 1, 4, 4, 0, 1, 4, 4, 4]  # rows 2, 3 and 5 are never met
    gradient = gradient_of(network, X)
    probabilities = np.exp(gradient.outputs) / np.exp(gradient.outputs).sum(axis=1, keepdims=True)
    probabilities[np.arange(N), np.arange(N) % 3] -= 1
    d_vectors = probabilities / N @ network.parameters.values["W1"].T
    expected = one_hot(X)[:, 2:8].T @ d_vectors[:, 2:5]
    np.testing.assert_allclose(network.parameters.gradients["E.city"], expected, rtol=1e-10, atol=1e-15)
    assert not network.parameters.gradients["E.city"][[2, 3, 5]].any()


@pytest.mark.parametrize("dtype", ["float32", "float64"])
def test_outputs_and_gradients_are_pytorchs(dtype):
    torch = pytest.importorskip("torch", reason="PyTorch is not installed", exc_type=ImportError)
    F = torch.nn.functional
    network, X = (
        network_of(EMBEDDING, DenseLayer(units=5, activation="relu"), dtype=dtype),
        inputs(dtype=dtype),
    )
    gradient = gradient_of(network, X)
    t = {name: torch.tensor(value, requires_grad=True) for name, value in network.parameters.values.items()}
    city, day = (torch.nn.Embedding.from_pretrained(t[name], freeze=False) for name in ("E.city", "E.day"))
    x = torch.tensor(X)
    joined = torch.cat([x[:, :2], city(x[:, 2].long()), day(x[:, 3].long())], dim=1)
    outputs = F.relu(joined @ t["W1"] + t["b1"]) @ t["W2"] + t["b2"]
    F.cross_entropy(outputs, torch.arange(N) % 3).backward()
    close = 1e-5 if dtype == "float32" else 1e-12
    np.testing.assert_allclose(gradient.outputs, outputs.detach().numpy(), rtol=close, atol=close)
    theirs = {name: tensor.grad for name, tensor in t.items()}
    theirs |= {"E.city": city.weight.grad, "E.day": day.weight.grad}
    for name, found in network.parameters.gradients.items():
        np.testing.assert_allclose(found, theirs[name].numpy(), rtol=close, atol=close, err_msg=name)


def test_two_passes_give_the_same_gradient_to_the_bit():
    network, X = network_of(EMBEDDING, dtype=np.float32), inputs(300, np.float32)
    first, again = (gradient_of(network, X) and network.parameters.grads.tobytes() for _ in range(2))
    assert first == again


def test_categories_alone_make_a_network():
    network = network_of(EMBEDDING, DenseLayer(units=4), n_numbers=0)
    assert network.outputs(inputs(n_numbers=0)).shape == (N, 3)


def test_dropout_of_the_input_drops_numbers_of_vectors_and_no_index():
    network, X = network_of(EMBEDDING, DropoutLayer(keep_prob=0.5)), inputs(400)
    gradient_of(network, X, rng=np.random.default_rng(0))
    # Halved indices would all fall on the lower rows; every row is met by some kept number of its vector.
    assert network.parameters.gradients["E.city"].any(axis=1).all()
    assert network.parameters.gradients["E.day"].any(axis=1).all()


def test_tables_are_penalised_as_the_one_hot_forms_weights_would_be():
    network, X = network_of(EMBEDDING), inputs()
    gradient_of(network, X)
    plain = network.parameters.gradients["E.day"].copy()
    gradient_of(network, X, Penalty(l2=0.3))
    added = network.parameters.gradients["E.day"] - plain
    np.testing.assert_allclose(added, 0.3 * network.parameters.values["E.day"], rtol=1e-9)


def test_tables_start_with_vectors_of_about_length_1_and_0_for_the_unknown():
    column = EmbeddedColumn(name="word", rows=2001, width=50)
    network = Network(Architecture((1,), (EmbeddingLayer(columns=(column,)), OUTPUT)), np.dtype(np.float32))
    network.initialize(ScaledInit(), seed=0)
    lengths = np.linalg.norm(network.parameters.values["E.word"], axis=1)
    # The mean of a chi variable of 50 degrees, over √50: .995; its deviation over √2000: .002.
    assert abs(lengths[:-1].mean() - 0.995) < 0.01
    assert lengths[-1] == 0
    network.initialize(NormalInit(scale=3), seed=0)
    assert abs(network.parameters.values["E.word"][:-1].std() - 3) < 0.05
    network.initialize(ZerosInit(), seed=0)
    assert not network.parameters.values["E.word"].any()


def test_a_columns_table_starts_alike_whatever_stands_beside_it():
    both, alone = (
        Architecture((len(c),), (EmbeddingLayer(columns=c), OUTPUT)) for c in (COLUMNS, COLUMNS[1:])
    )
    tables = []
    for architecture in (both, alone):
        network = Network(architecture, np.dtype(np.float64))
        network.initialize(ScaledInit(), seed=5)
        tables.append(network.parameters.values["E.day"])
    np.testing.assert_array_equal(*tables)


@pytest.mark.parametrize(("rows", "width"), [(2, 2), (7, 5), (10, 6), (43, 13), (1000, 77), (10**6, 600)])
def test_the_automatic_width_is_fastais_rule(rows, width):
    # min(600, round(1.6 · rows^0.56)), worked out by hand.
    assert auto_width(rows) == width


def test_a_width_of_ones_own_comes_before_the_rule():
    spec = NetworkSpec(embeddings={"city": 9, "day": "auto"})
    assert [spec.embedding_width("city", 43), spec.embedding_width("day", 43)] == [9, 13]
    assert NetworkSpec(embeddings="auto").embedding_width("city", 43) == 13
