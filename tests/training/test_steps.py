"""Which examples each step sees, how many steps there are, and what bounds them."""

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from dlrecipe.data.examples import Split
from dlrecipe.nn.losses import LOSSES, Loss
from dlrecipe.optim.specs import AdamSpec, ClipSpec, ConstantSchedule, SgdSpec
from dlrecipe.training.loop import Trainer

Build = Callable[..., Trainer]
Data = Callable[..., Split]


def numbered(n: int) -> Split:
    """Return examples whose target is their own number, so that a batch can be told from its targets."""
    X = np.random.default_rng(0).standard_normal((n, 3))
    return Split(X, np.arange(float(n))[:, None], np.arange(n))


def watched_loss(seen: list[list[int]]) -> Loss:
    """Return the squared error, noting the examples of every gradient."""

    def gradient(outputs: Any, targets: Any, out: Any) -> None:
        seen.append([int(target) for target in targets[:, 0]])
        LOSSES["mse"].gradient(outputs, targets, out)

    return replace(LOSSES["mse"], gradient=gradient)


def batches_of(trainer: Build, recorder: Any, n: int = 10, **settings: Any) -> list[list[int]]:
    seen: list[list[int]] = []
    slow = SgdSpec(learning_rate=1e-4)
    trainer(numbered(n), loss=watched_loss(seen), optimizer=slow, **settings).fit(recorder())
    return seen


def test_every_epoch_takes_every_example_once_the_last_partial_batch_included(
    trainer: Build, recorder: Any
) -> None:
    seen = batches_of(trainer, recorder, epochs=3, batch_size=4)
    assert [len(batch) for batch in seen] == [4, 4, 2] * 3
    epochs = [[*seen[start], *seen[start + 1], *seen[start + 2]] for start in (0, 3, 6)]
    assert all(sorted(epoch) == list(range(10)) for epoch in epochs)
    assert epochs[0] != epochs[1] != epochs[2]


@pytest.mark.parametrize("batch_size", ["full", 10, 64])
def test_a_full_batch_is_one_step_an_epoch(trainer: Build, recorder: Any, batch_size: Any) -> None:
    assert batches_of(trainer, recorder, epochs=3, batch_size=batch_size) == [list(range(10))] * 3


def test_each_step_uses_its_batchs_mean_and_its_own_learning_rate(trainer: Build, recorder: Any) -> None:
    """Batches of 4, 4 and 2 in a warm-up of one epoch, repeated here by hand on the batches seen."""
    train, seen = numbered(10), []
    spec = SgdSpec(learning_rate=0.1, schedule=ConstantSchedule(warmup_epochs=1))
    built = trainer(train, loss=watched_loss(seen), optimizer=spec, epochs=1, batch_size=4)
    theta = built.state.theta.copy()
    built.fit(recorder())
    A = np.hstack([train.X, np.ones((10, 1))])
    for batch, share in zip(seen, (1 / 3, 2 / 3, 1), strict=True):
        residual = A[batch] @ theta - train.y[batch, 0]
        theta = theta - 0.1 * share * A[batch].T @ residual / len(batch)
    np.testing.assert_allclose(built.state.theta, theta, rtol=1e-12)


def test_dropout_changes_neither_the_batches_nor_the_initial_weights(trainer: Build, recorder: Any) -> None:
    settings: dict[str, Any] = {"hidden": (4,), "epochs": 2, "batch_size": 4}
    plain, dropped = {**settings}, {**settings, "keep_prob": (0.9, 0.5)}
    assert batches_of(trainer, recorder, **plain) == batches_of(trainer, recorder, **dropped)
    initial = [trainer(numbered(10), **some).state.theta for some in (plain, dropped)]
    np.testing.assert_array_equal(*initial)


def test_the_seed_changes_the_batches(trainer: Build, recorder: Any) -> None:
    one, other = (batches_of(trainer, recorder, batch_size=4, seed=seed) for seed in (0, 1))
    assert one != other


def test_a_norm_bound_limits_the_step(trainer: Build, recorder: Any) -> None:
    # The targets reach 9, so the first gradient is much longer than 0.5; sgd moves by 0.1 · its length.
    lengths = []
    for clip in (ClipSpec(), ClipSpec(norm=0.5)):
        built = trainer(numbered(10), optimizer=SgdSpec(learning_rate=0.1, clip=clip), epochs=1)
        before = built.state.theta.copy()
        built.fit(recorder())
        lengths.append(np.linalg.norm(built.state.theta - before))
    assert lengths[0] > 0.05
    assert lengths[1] == pytest.approx(0.05, rel=1e-12)


def test_a_value_bound_limits_each_component_of_the_step(trainer: Build, recorder: Any) -> None:
    spec = SgdSpec(learning_rate=0.1, clip=ClipSpec(value=0.02))
    built = trainer(numbered(10), optimizer=spec, epochs=1)
    before = built.state.theta.copy()
    built.fit(recorder())
    assert np.max(np.abs(built.state.theta - before)) == pytest.approx(0.002, rel=1e-12)


def test_max_norm_holds_after_every_epoch_and_leaves_biases_alone(trainer: Build, recorder: Any) -> None:
    built = trainer(numbered(10), hidden=(4,), optimizer=AdamSpec(learning_rate=0.3), max_norm=0.5, epochs=20)
    hooks = recorder()
    built.fit(hooks)
    for theta in hooks.thetas:
        p = built.network.parameters.split(theta)
        for W in (p["W1"], p["W2"]):
            assert np.linalg.norm(W, axis=0).max() <= 0.5 * (1 + 1e-12)
    assert abs(p["b2"][0]) > 0.5


@pytest.mark.parametrize("batch", [1, 2, 3, 4, 6, 7])
def test_an_interruption_is_respected_at_once_after_the_batch(
    trainer: Build, recorder: Any, batch: int
) -> None:
    seen: list[list[int]] = []
    built = trainer(
        numbered(10), loss=watched_loss(seen), optimizer=SgdSpec(learning_rate=1e-4), batch_size=4
    )
    hooks = recorder(stop_after=batch)
    assert built.fit(hooks) == "interrupted"
    assert len(seen) == batch == built.state.step
    assert (built.state.epoch, built.state.batch) == divmod(batch, 3)
    assert len(hooks.records) == batch // 3


def test_the_same_seed_gives_the_same_bits_and_another_gives_others(
    trainer: Build, make_blobs: Data, recorder: Any
) -> None:
    def weights(seed: int) -> bytes:
        built = trainer(
            make_blobs(40, 1),
            hidden=(6,),
            keep_prob=(0.9, 0.5),
            optimizer=AdamSpec(),
            batch_size=8,
            seed=seed,
        )
        built.fit(recorder())
        return built.state.theta.tobytes()

    assert weights(3) == weights(3)
    assert weights(3) != weights(4)
