"""Every optimizer against a plain implementation in the textbook's own form, and against PyTorch.

The references below keep unscaled moments and correct their bias explicitly, work in float64 on whole
vectors and allocate as they please; the package does none of these. Settings are away from the defaults.
"""

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

from dlrecipe.optim.optimizers import BLOCK, FlatOptimizer

Array = NDArray[Any]

N_STEPS = 200
N_PARAMS = BLOCK + 37
N_WEIGHTS = BLOCK + 20
# float32's half a unit in the last place is 6e-8 of a parameter. Two hundred of these add up as a random
# walk to at most 6e-8 · √200 / √3 = 5e-7 of the vector's length.
TOLERANCE = {"float64": 1e-12, "float32": 1e-6}

SETTINGS: dict[str, dict[str, float]] = {
    "sgd": {"learning_rate": 0.03},
    "momentum": {"learning_rate": 0.02, "momentum": 0.8},
    "nesterov": {"learning_rate": 0.02, "momentum": 0.8},
    "rmsprop": {"learning_rate": 0.01, "decay": 0.95, "eps": 1e-4},
    "adam": {"learning_rate": 0.01, "beta1": 0.85, "beta2": 0.98, "eps": 1e-4},
    "adamw": {"learning_rate": 0.01, "beta1": 0.85, "beta2": 0.98, "eps": 1e-4, "weight_decay": 0.3},
}


def sgd(theta: Array, gradients: list[Array], rates: list[float]) -> Array:
    for g, rate in zip(gradients, rates, strict=True):
        theta = theta - rate * g
    return theta


def momentum(theta: Array, gradients: list[Array], rates: list[float], *, momentum: float) -> Array:
    """Sutskever et al. 2013, equation 1, with the learning rate outside the velocity."""
    v = np.zeros_like(theta)
    for g, rate in zip(gradients, rates, strict=True):
        v = momentum * v + g
        theta = theta - rate * v
    return theta


def nesterov(theta: Array, gradients: list[Array], rates: list[float], *, momentum: float) -> Array:
    v = np.zeros_like(theta)
    for g, rate in zip(gradients, rates, strict=True):
        v = momentum * v + g
        theta = theta - rate * (g + momentum * v)
    return theta


def rmsprop(theta: Array, gradients: list[Array], rates: list[float], *, decay: float, eps: float) -> Array:
    s = np.zeros_like(theta)
    for g, rate in zip(gradients, rates, strict=True):
        s = decay * s + (1 - decay) * g**2
        theta = theta - rate * g / (np.sqrt(s) + eps)
    return theta


def adam(
    theta: Array, gradients: list[Array], rates: list[float], *, beta1: float, beta2: float, eps: float
) -> Array:
    """Kingma and Ba 2015, algorithm 1, line by line."""
    m, v = np.zeros_like(theta), np.zeros_like(theta)
    for t, (g, rate) in enumerate(zip(gradients, rates, strict=True), start=1):
        m = beta1 * m + (1 - beta1) * g
        v = beta2 * v + (1 - beta2) * g**2
        m_hat = m / (1 - beta1**t)
        v_hat = v / (1 - beta2**t)
        theta = theta - rate * m_hat / (np.sqrt(v_hat) + eps)
    return theta


def adamw(
    theta: Array,
    gradients: list[Array],
    rates: list[float],
    *,
    beta1: float,
    beta2: float,
    eps: float,
    weight_decay: float,
) -> Array:
    """Loshchilov and Hutter 2019, algorithm 2, the decay on the weights alone."""
    m, v = np.zeros_like(theta), np.zeros_like(theta)
    decayed = (np.arange(len(theta)) < N_WEIGHTS).astype(theta.dtype)
    for t, (g, rate) in enumerate(zip(gradients, rates, strict=True), start=1):
        m = beta1 * m + (1 - beta1) * g
        v = beta2 * v + (1 - beta2) * g**2
        direction = (m / (1 - beta1**t)) / (np.sqrt(v / (1 - beta2**t)) + eps)
        theta = theta - rate * (direction + weight_decay * decayed * theta)
    return theta


REFERENCES: dict[str, Callable[..., Array]] = {
    "sgd": sgd,
    "momentum": momentum,
    "nesterov": nesterov,
    "rmsprop": rmsprop,
    "adam": adam,
    "adamw": adamw,
}


def start_and_gradients(dtype: str) -> tuple[Array, list[Array], list[float]]:
    """Return θ, gradients that change in sign and size from step to step, and a rate factor for each step."""
    rng = np.random.default_rng(0)
    theta = rng.standard_normal(N_PARAMS).astype(dtype)
    sizes = 10 ** rng.uniform(-2, 1, N_STEPS)
    gradients = [(size * rng.standard_normal(N_PARAMS)).astype(dtype) for size in sizes]
    return theta, gradients, [float(factor) for factor in rng.uniform(0.2, 1, N_STEPS)]


@pytest.mark.parametrize("dtype", ["float64", "float32"])
def test_two_hundred_steps_agree_with_the_textbook(
    optimizer_name: str, optimizer_class: type, dtype: str
) -> None:
    settings = SETTINGS[optimizer_name]
    theta, gradients, factors = start_and_gradients(dtype)
    rates = [settings["learning_rate"] * factor for factor in factors]
    others = {key: value for key, value in settings.items() if key != "learning_rate"}
    reference = REFERENCES[optimizer_name]
    expected = reference(theta.astype(float), [g.astype(float) for g in gradients], rates, **others)

    grads = np.empty_like(theta)
    optimizer = FlatOptimizer(optimizer_class(type=optimizer_name, **settings), theta, grads, N_WEIGHTS)
    for step, (gradient, rate) in enumerate(zip(gradients, rates, strict=True), start=1):
        np.copyto(grads, gradient)
        optimizer.step(rate, step)

    difference = np.linalg.norm(theta - expected) / np.linalg.norm(expected)
    assert difference <= TOLERANCE[dtype]


@pytest.mark.parametrize("dtype", ["float64", "float32"])
def test_two_hundred_steps_agree_with_pytorch(optimizer_name: str, optimizer_class: type, dtype: str) -> None:
    torch = pytest.importorskip("torch", reason="PyTorch is not installed")
    settings = SETTINGS[optimizer_name]
    theta, gradients, _ = start_and_gradients(dtype)
    rate = settings["learning_rate"]
    weights = torch.nn.Parameter(torch.tensor(theta[:N_WEIGHTS]))
    biases = torch.nn.Parameter(torch.tensor(theta[N_WEIGHTS:]))
    decay = settings.get("weight_decay", 0.0)
    groups = [{"params": [weights], "weight_decay": decay}, {"params": [biases], "weight_decay": 0.0}]
    betas = (settings.get("beta1", 0.9), settings.get("beta2", 0.999))
    eps, speed = settings.get("eps", 1e-8), settings.get("momentum", 0.0)
    theirs = {
        "sgd": lambda: torch.optim.SGD(groups, lr=rate),
        "momentum": lambda: torch.optim.SGD(groups, lr=rate, momentum=speed),
        "nesterov": lambda: torch.optim.SGD(groups, lr=rate, momentum=speed, nesterov=True),
        "rmsprop": lambda: torch.optim.RMSprop(groups, lr=rate, alpha=settings["decay"], eps=eps),
        "adam": lambda: torch.optim.Adam(groups, lr=rate, betas=betas, eps=eps),
        "adamw": lambda: torch.optim.AdamW(groups, lr=rate, betas=betas, eps=eps),
    }[optimizer_name]()

    grads = np.empty_like(theta)
    ours = FlatOptimizer(optimizer_class(type=optimizer_name, **settings), theta, grads, N_WEIGHTS)
    for step, gradient in enumerate(gradients, start=1):
        np.copyto(grads, gradient)
        ours.step(rate, step)
        weights.grad = torch.tensor(gradient[:N_WEIGHTS])
        biases.grad = torch.tensor(gradient[N_WEIGHTS:])
        theirs.step()

    expected = np.concatenate([weights.detach().numpy(), biases.detach().numpy()])
    # Both sides round in float32, so their difference is up to √2 times one side's.
    assert np.linalg.norm(theta - expected) / np.linalg.norm(expected) <= 1.5 * TOLERANCE[dtype]
