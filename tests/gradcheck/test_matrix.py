"""The built-in matrix covers all there is, passes, and would not pass a spoilt engine."""

from dataclasses import replace

import pytest

from dlrecipe.gradcheck import gradcheck_matrix
from dlrecipe.gradcheck.cases import INITIALIZATIONS, MATRIX_LOSSES, PENALTIES, cases
from dlrecipe.nn.activations import ACTIVATIONS
from dlrecipe.nn.initializers import VARIANCES
from dlrecipe.nn.layers.kinds import KINDS
from dlrecipe.nn.losses import LOSSES


@pytest.fixture(scope="module")
def results():
    return gradcheck_matrix()


def test_every_network_of_the_matrix_passes(results):
    assert {result.name: result.verdict for result in results if result.verdict != "pass"} == {}
    assert max(result.relative_difference for result in results) <= 1e-7


def test_every_component_of_every_network_is_compared(results):
    assert {result.name for result in results if result.n_checked < result.n_components} == set()


def test_matrix_covers_every_activation_with_every_loss():
    pairs = {(case.activation, case.loss) for case in cases()}
    assert pairs >= {(activation, loss) for activation in ACTIVATIONS for loss in (*LOSSES, "huber")}


def test_matrix_covers_the_other_parts():
    matrix = cases()
    assert {case.penalty for case in matrix} == set(PENALTIES) == {"no penalty", "l2", "l1", "l2 + l1"}
    assert {case.initialization for case in matrix} == set(INITIALIZATIONS)
    assert {name.split()[0] for name in INITIALIZATIONS} == {"zeros", "normal", "orthogonal", *VARIANCES}
    assert {len(case.hidden) + 1 for case in matrix} >= {1, 2, 3, 4}
    assert {case.output for case in matrix} == set(ACTIVATIONS)
    assert {case.loss for case in matrix if case.class_weights} == {
        name for name, loss in MATRIX_LOSSES.items() if loss.takes_labels
    }


def test_matrix_covers_every_kind_of_layer():
    def kinds(layers):
        for layer in layers:
            yield layer.type
            yield from kinds(getattr(layer, "layers", ()))

    covered = {kind for case in cases() for kind in kinds(case.layers)}
    assert covered | {"dense", "dropout"} == set(KINDS)


def test_names_tell_the_networks_apart():
    names = [case.name for case in cases()]
    assert len(names) == len(set(names))


def test_a_new_activation_or_loss_joins_the_matrix_by_its_registry(monkeypatch):
    monkeypatch.setitem(ACTIVATIONS, "cube", ACTIVATIONS["tanh"])
    monkeypatch.setitem(MATRIX_LOSSES, "hinge", MATRIX_LOSSES["mse"])
    names = {case.name for case in cases()}
    assert any(name.startswith("cube + hinge") for name in names)
    assert "cube output + mse" in names


@pytest.mark.parametrize("name", ["relu", "gelu"])
def test_a_spoilt_activation_fails_wherever_it_is_used_and_nowhere_else(monkeypatch, name):
    intact = ACTIVATIONS[name]

    def spoilt(Z, A, dA, scratch):
        intact.backward(Z, A, dA, scratch)
        dA *= 1.5

    monkeypatch.setitem(ACTIVATIONS, name, replace(intact, backward=spoilt))
    failed = {result.name for result in gradcheck_matrix() if result.verdict == "fail"}
    plain = {case.name for case in cases() if not case.layers and name in (case.activation, case.output)}
    assert failed == plain | {case.name for case in cases() if name in repr(case.layers)}
