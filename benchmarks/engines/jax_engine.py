"""JAX: a whole epoch in one compiled scan, Adam written out."""

from collections.abc import Callable
from typing import Any

import jax
import jax.numpy as jnp

from benchmarks.engines.workloads import LEARNING_RATE, Workload, make_data, run


def build(workload: Workload) -> Callable[[], int] | None:
    """Return a function that trains for one epoch."""
    if workload.lenet:
        return None
    inputs, labels = make_data(workload)
    X, y = jnp.asarray(inputs), jnp.asarray(labels)
    steps = len(X) // workload.batch
    key = jax.random.PRNGKey(0)
    parameters = []
    for fan_in, fan_out in zip(workload.widths[:-1], workload.widths[1:], strict=True):
        key, sub = jax.random.split(key)
        scale = (2 / fan_in) ** 0.5
        parameters.append((scale * jax.random.normal(sub, (fan_in, fan_out)), jnp.zeros(fan_out)))

    def mean_loss(parameters: Any, batch: Any, targets: Any, key: Any) -> Any:
        A = batch
        for W, b in parameters[:-1]:
            A = jax.nn.relu(A @ W + b)
            if workload.keep_prob < 1:
                key, sub = jax.random.split(key)
                kept = jax.random.bernoulli(sub, workload.keep_prob, A.shape)
                A = jnp.where(kept, A / workload.keep_prob, 0)
        W, b = parameters[-1]
        logits = A @ W + b
        picked = jnp.take_along_axis(logits, targets[:, None], axis=1)[:, 0]
        loss = jnp.mean(jax.nn.logsumexp(logits, axis=1) - picked)
        if workload.l2:
            loss += workload.l2 / (2 * len(X)) * sum(jnp.sum(W * W) for W, _ in parameters)
        return loss

    def limited(W: Any) -> Any:
        lengths = jnp.sqrt(jnp.sum(W * W, axis=0))
        return W * (workload.max_norm / jnp.maximum(lengths, workload.max_norm))

    def step(state: Any, rows: Any) -> Any:
        parameters, first, second, count, key = state
        key, sub = jax.random.split(key)
        grads = jax.grad(mean_loss)(parameters, X[rows], y[rows], sub)
        count = count + 1
        first = jax.tree.map(lambda m, g: 0.9 * m + 0.1 * g, first, grads)
        second = jax.tree.map(lambda v, g: 0.999 * v + 0.001 * g * g, second, grads)
        c1, c2 = 1 - 0.9**count, 1 - 0.999**count
        parameters = jax.tree.map(
            lambda p, m, v: p - LEARNING_RATE * (m / c1) / (jnp.sqrt(v / c2) + 1e-8),
            parameters,
            first,
            second,
        )
        if workload.max_norm is not None:
            parameters = [(limited(W), b) for W, b in parameters]
        return (parameters, first, second, count, key), None

    @jax.jit
    def epoch_of(state: Any, order: Any) -> Any:
        return jax.lax.scan(step, state, order)[0]

    zeros = jax.tree.map(jnp.zeros_like, parameters)
    state = (parameters, zeros, zeros, jnp.zeros((), jnp.float32), key)
    shuffles = key

    def epoch() -> int:
        nonlocal state, shuffles
        shuffles, sub = jax.random.split(shuffles)
        order = jax.random.permutation(sub, len(X))[: steps * workload.batch].reshape(steps, workload.batch)
        state = jax.block_until_ready(epoch_of(state, order))
        return steps

    return epoch


if __name__ == "__main__":
    run("JAX", build)
