"""Averaged weights: what they are, that they are measured and kept, and that training does not feel them."""

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from dlrecipe.data.examples import Split
from dlrecipe.nn.layer_specs import BatchNormLayer, DenseLayer
from dlrecipe.nn.losses import LOSSES
from dlrecipe.nn.network import Architecture, Network
from dlrecipe.nn.objective import Objective
from dlrecipe.nn.regularizers import Penalty
from dlrecipe.nn.specs import ScaledInit
from dlrecipe.optim.averaging import MovingAverage
from dlrecipe.optim.specs import AdamSpec, SgdSpec
from dlrecipe.training.loop import Plan, Trainer
from dlrecipe.training.measurement import measure
from dlrecipe.training.specs import AveragingSpec, EarlyStoppingSpec, TrainingSpec

Build = Callable[..., Trainer]
Data = Callable[..., Split]


def weighted_mean(values: list[Any], decay: float) -> Any:
    """The closed form: Σ decay^(t-i) θ_i / Σ decay^(t-i)."""
    weights = decay ** np.arange(len(values) - 1, -1, -1)
    return np.tensordot(weights / weights.sum(), np.array(values), axes=1)


@pytest.mark.parametrize("n", [1, 7, 40_000], ids=["one", "few", "several blocks"])
@pytest.mark.parametrize("decay", [0.5, 0.99])
def test_the_average_is_the_weighted_mean_of_all_updates(n: int, decay: float) -> None:
    rng = np.random.default_rng(0)
    latest = rng.standard_normal(n)
    average, seen = MovingAverage(decay, latest), []
    for update in range(1, 30):
        latest += rng.standard_normal(n)
        average.update(update)
        seen.append(latest.copy())
        np.testing.assert_allclose(average.value, weighted_mean(seen, decay), rtol=1e-12, atol=1e-12)


def test_a_constant_vector_is_its_own_average_from_the_first_update_on() -> None:
    latest = np.zeros(5, np.float32)
    average = MovingAverage(0.999, latest)
    latest[:] = 3.25
    for update in range(1, 50):
        average.update(update)
        np.testing.assert_array_equal(average.value, latest)


def test_the_average_is_pytorchs_once_its_bias_towards_the_first_value_is_taken_out() -> None:
    torch = pytest.importorskip("torch", reason="PyTorch is not installed", exc_type=ImportError)
    from torch.optim.swa_utils import AveragedModel, get_ema_multi_avg_fn

    decay, rng = 0.9, np.random.default_rng(1)
    model = torch.nn.Linear(3, 2).double()
    theirs = AveragedModel(model, multi_avg_fn=get_ema_multi_avg_fn(decay))
    latest = np.zeros(6)
    ours, first = MovingAverage(decay, latest), None
    for update in range(1, 20):
        latest[:] = rng.standard_normal(6)
        first = latest.copy() if first is None else first
        with torch.no_grad():
            model.weight.copy_(torch.from_numpy(latest.reshape(2, 3)))
        theirs.update_parameters(model)
        ours.update(update)
        # Theirs starts at the first value, which so keeps the weight decay^t beside the mean of all.
        expected = (1 - decay**update) * ours.value + decay**update * first
        found = theirs.module.weight.detach().numpy().reshape(-1)
        np.testing.assert_allclose(found, expected, rtol=1e-12, atol=1e-12)


def averaged_run(trainer: Build, blobs: Data, averaging: AveragingSpec | None, **options: Any) -> Trainer:
    return trainer(
        blobs(40, 1), blobs(60, 2), hidden=(6,), keep_prob=(1.0, 0.7), optimizer=AdamSpec(learning_rate=0.05),
        averaging=averaging, batch_size=8, epochs=6, **options,
    )  # fmt: skip


def test_training_does_not_feel_the_average(trainer: Build, make_blobs: Data, recorder: Any) -> None:
    plain, averaged = recorder(), recorder()
    averaged_run(trainer, make_blobs, None).fit(plain)
    averaged_run(trainer, make_blobs, AveragingSpec(decay=0.9)).fit(averaged)
    assert [theta.tobytes() for theta in plain.thetas] == [theta.tobytes() for theta in averaged.thetas]
    assert plain.series("cost", "dev") != averaged.series("cost", "dev")


def test_the_average_is_what_is_measured_and_kept(trainer: Build, make_blobs: Data, recorder: Any) -> None:
    stopping = EarlyStoppingSpec(monitor="dev_cost", patience=100)
    built = averaged_run(trainer, make_blobs, AveragingSpec(decay=0.9), early_stopping=stopping)
    hooks = recorder()
    built.fit(hooks)
    costs = hooks.series("cost", "dev")
    built.load_kept()
    assert measure(built.objective, built.dev).cost == min(costs)
    assert measure(built.objective, built.train).cost == hooks.series("cost", "train")[np.argmin(costs)]


def test_one_step_an_epoch_averages_the_epochs_weights(
    trainer: Build, make_line: Data, recorder: Any
) -> None:
    built = trainer(make_line(50, 1), averaging=AveragingSpec(decay=0.8), optimizer=SgdSpec(), epochs=10)
    hooks = recorder()
    built.fit(hooks)
    np.testing.assert_allclose(built.state.kept, weighted_mean(hooks.thetas, 0.8), rtol=1e-12)


def test_averaging_smooths_the_noise_of_the_last_steps(
    trainer: Build, make_line: Data, recorder: Any
) -> None:
    # Steps of 0.1 on one noisy example each scatter around the least-squares fit; their mean lies closer.
    data = make_line(200, 1)
    fits = {
        name: trainer(data, averaging=spec, optimizer=SgdSpec(learning_rate=0.1), batch_size=1, epochs=10)
        for name, spec in {"plain": None, "averaged": AveragingSpec(decay=0.99)}.items()
    }
    costs = {}
    for name, built in fits.items():
        hooks = recorder()
        built.fit(hooks)
        costs[name] = np.mean(hooks.series("cost", "train")[5:])
    X = np.column_stack([data.X, np.ones(200)])
    lowest = 0.5 * np.linalg.lstsq(X, data.y, rcond=None)[1][0] / 200
    assert costs["averaged"] - lowest < 0.2 * (costs["plain"] - lowest)


def batch_norm_trainer(blobs: Data, averaging: AveragingSpec | None) -> Trainer:
    layers = (
        DenseLayer(units=5, activation="tanh"), BatchNormLayer(), DenseLayer(units=1, activation="identity"),
    )  # fmt: skip
    network = Network(Architecture((2,), layers), np.dtype(np.float64))
    network.initialize(ScaledInit(type="xavier"), 0)
    training = TrainingSpec(epochs=4, batch_size=10, averaging=averaging)
    plan = Plan(training, SgdSpec(), early_stopping=None, max_norm=None, seed=0)
    train = blobs(30, 1)
    return Trainer(Objective(network, LOSSES["sigmoid"], Penalty()), train, train, plan)


def test_running_statistics_are_averaged_with_the_weights(make_blobs: Data, recorder: Any) -> None:
    built, seen, averages = batch_norm_trainer(make_blobs, AveragingSpec(decay=0.9)), [], None
    built.fit(hooks := recorder(stop_after=1))
    while built.state.epoch < 4:
        seen.append(built.network.statistics.flat.copy())
        assert built.state.averages is not None
        averages = built.state.averages[1]
        np.testing.assert_allclose(averages, weighted_mean(seen, 0.9), rtol=1e-12)
        hooks.stop_after = hooks.batches + 1
        built.fit(hooks)
    np.testing.assert_array_equal(built.state.kept_statistics, averages)


def test_a_checkpoint_carries_the_averages_of_weights_and_of_statistics(
    make_blobs: Data, recorder: Any
) -> None:
    saved, restored = (batch_norm_trainer(make_blobs, AveragingSpec(decay=0.9)) for _ in range(2))
    saved.fit(recorder())
    restored.state.restore(*saved.state.to_checkpoint())
    assert saved.state.averages is not None
    assert restored.state.averages is not None
    for mine, theirs in zip(restored.state.averages, saved.state.averages, strict=True):
        assert mine.size
        np.testing.assert_array_equal(mine, theirs)


def test_without_averaging_nothing_is_held(trainer: Build, make_blobs: Data) -> None:
    built = averaged_run(trainer, make_blobs, None)
    arrays, _ = built.state.to_checkpoint()
    assert built.averages.values is None
    assert not [name for name in arrays if "average" in name]


def test_a_run_that_diverges_keeps_its_last_finite_average(
    trainer: Build, make_line: Data, recorder: Any
) -> None:
    built = trainer(
        make_line(50, 1, dtype="float32"), averaging=AveragingSpec(decay=0.9),
        optimizer=SgdSpec(learning_rate=1e3), epochs=500,
    )  # fmt: skip
    assert built.fit(recorder()) == "diverged"
    assert np.isfinite(built.state.kept).all()
