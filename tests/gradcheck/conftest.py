"""Small networks in float64 whose gradients are checked."""

from collections.abc import Callable

import numpy as np
import pytest

from dlrecipe.nn.losses import LOSSES, Loss
from dlrecipe.nn.network import Network, dense_stack
from dlrecipe.nn.objective import Objective
from dlrecipe.nn.regularizers import Penalty


def build(
    widths: tuple[int, ...],
    *,
    activation: str = "tanh",
    output: str = "identity",
    loss: str | Loss = "softmax",
    penalty: Penalty | None = None,
    keep_prob: tuple[float, ...] | None = None,
    dtype: str = "float64",
    seed: int = 0,
) -> Objective:
    n_layers = len(widths) - 1
    architecture = dense_stack(
        widths, (*(activation,) * (n_layers - 1), output), keep_prob or (1.0,) * n_layers
    )
    network = Network(architecture, np.dtype(dtype))
    network.parameters.theta[...] = (
        np.random.default_rng(seed).standard_normal(network.parameters.n_params) / 2
    )
    return Objective(network, LOSSES[loss] if isinstance(loss, str) else loss, penalty or Penalty())


@pytest.fixture
def make_objective() -> Callable[..., Objective]:
    return build


@pytest.fixture
def course_example() -> tuple[Objective, np.ndarray, np.ndarray]:
    """The 4-5-3-1 network of the course's assignment "Gradient Checking" with its numbers.

    The assignment draws with seed 1 of NumPy's legacy stream, in this order, with columns as examples.
    """
    draw = np.random.RandomState(1).randn
    X, y = draw(4, 3).T.copy(), np.array([1, 1, 0])
    objective = build((4, 5, 3, 1), activation="relu", loss="sigmoid")
    for name, value in objective.network.parameters.values.items():
        drawn = draw(*reversed(value.shape)).T if name.startswith("W") else draw(len(value), 1)[:, 0]
        value[...] = drawn
    return objective, X, y
