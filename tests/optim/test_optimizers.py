"""What every optimizer promises, and what Adam and AdamW promise besides."""

from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

from dlrecipe.optim.optimizers import BLOCK, FlatOptimizer
from dlrecipe.optim.specs import AdamSpec, AdamWSpec, MomentumSpec

Array = NDArray[Any]

CURVATURES = np.array([1.0, 3.0, 10.0])


def descend(spec: Any, n_steps: int, learning_rate: float, dtype: str = "float64") -> Array:
    """Return θ after steps on ½ Σ h θ² from (1, -1, 2); its minimum is 0, at 0."""
    theta = np.array([1.0, -1.0, 2.0], dtype)
    grads = np.empty_like(theta)
    optimizer = FlatOptimizer(spec, theta, grads, n_weights=0)
    for step in range(1, n_steps + 1):
        np.multiply(CURVATURES, theta, out=grads, casting="same_kind")
        optimizer.step(learning_rate, step)
    return theta


def quadratic(theta: Array) -> float:
    return 0.5 * float(np.sum(CURVATURES * theta**2))


@pytest.mark.parametrize("dtype", ["float64", "float32"])
def test_converges_on_a_quadratic(optimizer_name: str, optimizer_class: type, dtype: str) -> None:
    # rmsprop and adam move by about the learning rate whatever the gradient, so it bounds how near they
    # come, ½ Σ h · 0.003² = 6e-5, and 2,000 steps of 0.003 reach well beyond the 2 they have to go.
    theta = descend(optimizer_class(type=optimizer_name), 2000, 0.003, dtype)
    assert theta.dtype == dtype
    assert quadratic(theta) < 1e-4


def test_is_deterministic(optimizer_name: str, optimizer_class: type) -> None:
    first, second = (descend(optimizer_class(type=optimizer_name), 50, 0.01) for _ in range(2))
    assert first.tobytes() == second.tobytes()


def test_pieces_updated_apart_are_the_whole_bit_for_bit(optimizer_name: str, optimizer_class: type) -> None:
    spec = optimizer_class(type=optimizer_name)
    gradients = np.random.default_rng(0).standard_normal((5, 40))
    results = []
    for pieces in (None, (slice(0, 17), slice(17, 40))):
        theta, grads = np.linspace(-1, 1, 40), np.empty(40)
        optimizer = FlatOptimizer(spec, theta, grads, n_weights=30, pieces=pieces)
        for step, gradient in enumerate(gradients, start=1):
            np.copyto(grads, gradient)
            if pieces is None:
                optimizer.step(0.1, step)
            else:
                optimizer.step_piece(1, 0.1, step)
                optimizer.step_piece(0, 0.1, step)
        results.append(theta.tobytes())
    assert results[0] == results[1]


def test_treats_every_block_alike(optimizer_name: str, optimizer_class: type) -> None:
    theta, grads = np.full(2 * BLOCK + 1, 0.5), np.empty(2 * BLOCK + 1)
    optimizer = FlatOptimizer(optimizer_class(type=optimizer_name), theta, grads, n_weights=len(theta))
    for step in (1, 2, 3):
        grads[...] = 1 / step
        optimizer.step(0.1, step)
    assert np.all(theta == theta[0])
    assert theta[0] < 0.5


def test_moments_alone_carry_it_on(optimizer_name: str, optimizer_class: type) -> None:
    """A second optimizer given the first one's moments and step goes on bit for bit: resume rests on it."""
    spec = optimizer_class(type=optimizer_name)
    gradients = np.random.default_rng(0).standard_normal((10, 4))
    theta, grads = np.ones(4), np.empty(4)
    optimizer = FlatOptimizer(spec, theta, grads, n_weights=2)
    for step, gradient in enumerate(gradients[:5], start=1):
        np.copyto(grads, gradient)
        optimizer.step(0.1, step)
    other_theta, other_grads = theta.copy(), np.empty(4)
    other = FlatOptimizer(spec, other_theta, other_grads, n_weights=2)
    for name, moment in optimizer.moments.items():
        np.copyto(other.moments[name], moment)
    for step, gradient in enumerate(gradients[5:], start=6):
        np.copyto(grads, gradient)
        np.copyto(other_grads, gradient)
        optimizer.step(0.1, step)
        other.step(0.1, step)
    assert theta.tobytes() == other_theta.tobytes()


@pytest.mark.parametrize("size", [1e-3, 1.0, 1e3])
def test_adams_first_step_is_the_learning_rate_whatever_the_size_of_the_gradient(size: float) -> None:
    # m̂ / √v̂ = g / |g| in the first step; eps is at most 1e-5 of √v̂ here.
    theta, grads = np.zeros(2), np.array([size, -size])
    FlatOptimizer(AdamSpec(), theta, grads, n_weights=2).step(0.01, 1)
    np.testing.assert_allclose(theta, [-0.01, 0.01], rtol=2e-5)


def test_adam_stands_still_where_the_gradient_is_zero() -> None:
    theta = np.ones(3, np.float32)
    FlatOptimizer(AdamSpec(), theta, np.zeros(3, np.float32), n_weights=3).step(0.01, 1)
    assert theta.tolist() == [1, 1, 1]


def test_adamw_decays_weights_and_not_biases() -> None:
    # With a zero gradient, decay is all that moves: ten factors of 1 - 0.1 · 0.2.
    theta, grads = np.full(4, 2.0), np.zeros(4)
    optimizer = FlatOptimizer(AdamWSpec(weight_decay=0.2), theta, grads, n_weights=3)
    for step in range(1, 11):
        optimizer.step(0.1, step)
    np.testing.assert_allclose(theta, [2 * 0.98**10] * 3 + [2.0], rtol=1e-14)


def test_adamw_without_decay_is_adam() -> None:
    adamw = descend(AdamWSpec(weight_decay=0.0), 30, 0.05)
    assert adamw.tobytes() == descend(AdamSpec(), 30, 0.05).tobytes()


def test_nesterov_looks_ahead_of_momentum_by_one_gradient() -> None:
    """After the first step they differ by learning_rate · momentum · dθ (closed form)."""
    plain = descend(MomentumSpec(type="momentum", momentum=0.9), 1, 0.01)
    ahead = descend(MomentumSpec(type="nesterov", momentum=0.9), 1, 0.01)
    gradient = CURVATURES * np.array([1.0, -1.0, 2.0])
    np.testing.assert_allclose(plain - ahead, 0.01 * 0.9 * gradient, rtol=1e-13)
