"""θ and dθ: one vector each, with a view for each tensor."""

import numpy as np
import pytest

from dlrecipe.nn.network import dense_stack
from dlrecipe.nn.parameters import Parameters

ARCHITECTURE = dense_stack((4, 5, 3), ("relu", "identity"), (1.0, 1.0))


@pytest.fixture
def parameters() -> Parameters:
    return Parameters(ARCHITECTURE.tensors(), np.dtype("float64"))


def test_tensors_go_by_the_courses_names_and_shapes(parameters):
    shapes = {name: value.shape for name, value in parameters.values.items()}
    assert list(shapes.items()) == [("W1", (4, 5)), ("b1", (5,)), ("W2", (5, 3)), ("b2", (3,))]
    assert parameters.n_params == 20 + 5 + 15 + 3
    assert parameters.n_weights == 20 + 15


def test_weights_lie_before_biases(parameters):
    parameters.theta[: parameters.n_weights] = 1
    parameters.theta[parameters.n_weights :] = 2
    assert {name: set(value.ravel()) for name, value in parameters.values.items()} == {
        "W1": {1.0},
        "b1": {2.0},
        "W2": {1.0},
        "b2": {2.0},
    }


@pytest.mark.parametrize(("views", "vector"), [("values", "theta"), ("gradients", "grads")])
def test_views_alias_their_vector_and_cover_it_once(parameters, views, vector):
    for number, view in enumerate(getattr(parameters, views).values(), start=1):
        view += number  # a place covered twice would hold a sum
    flat = getattr(parameters, vector)
    counts = {number: int(np.count_nonzero(flat == number)) for number in (1, 2, 3, 4)}
    assert counts == {1: 20, 2: 5, 3: 15, 4: 3}
    assert all(np.shares_memory(view, flat) for view in getattr(parameters, views).values())


def test_theta_and_gradients_are_apart(parameters):
    parameters.grads[...] = 1
    assert not parameters.theta.any()


def test_any_vector_can_be_split_the_same_way(parameters):
    parameters.theta[...] = np.arange(parameters.n_params)
    split = parameters.split(np.arange(float(parameters.n_params)))
    for name, value in parameters.values.items():
        np.testing.assert_array_equal(split[name], value)


def test_loading_overwrites_theta_in_place(parameters):
    arrays = {name: np.full(value.shape, 3.0) for name, value in parameters.values.items()}
    theta = parameters.theta
    parameters.load(arrays)
    assert parameters.theta is theta
    assert (theta == 3).all()


def test_loading_names_the_tensor_that_is_missing_and_changes_nothing(parameters):
    arrays = {name: np.ones(value.shape) for name, value in parameters.values.items() if name != "W2"}
    with pytest.raises(ValueError, match="holds no W2; it holds W1, b1, b2"):
        parameters.load(arrays)
    assert not parameters.theta.any()


def test_loading_names_the_tensor_of_another_shape_and_changes_nothing(parameters):
    arrays = {name: np.ones(value.shape) for name, value in parameters.values.items()}
    arrays["W2"] = np.ones((3, 5))
    with pytest.raises(ValueError, match=r"W2 is \(3, 5\); this network needs \(5, 3\)"):
        parameters.load(arrays)
    assert not parameters.theta.any()


def test_loading_nothing_says_so(parameters):
    with pytest.raises(ValueError, match="holds no W1; it holds nothing"):
        parameters.load({})
