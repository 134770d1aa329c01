"""Training on changed examples: resumed exactly, measured on the examples as they are, with mixed labels."""

import json
import sys
import threading

import numpy as np
import pytest

from dlrecipe.data.augmentation.batches import AugmentedBatches
from dlrecipe.data.augmentation.specs import ElasticSpec, FlipSpec, MixupSpec, NoiseSpec, RotationSpec
from dlrecipe.data.preparation import prepare
from dlrecipe.data.specs import BundledSource, DataSpec
from dlrecipe.nn.losses import LOSSES
from dlrecipe.nn.network import Network, dense_stack
from dlrecipe.nn.objective import Objective
from dlrecipe.nn.regularizers import Penalty
from dlrecipe.nn.specs import ScaledInit
from dlrecipe.optim.specs import AdamSpec, SgdSpec
from dlrecipe.training import steps
from dlrecipe.training.loop import Plan, Trainer
from dlrecipe.training.measurement import measure
from dlrecipe.training.second_process import can_share
from dlrecipe.training.specs import TrainingSpec

IMAGES = (RotationSpec(), ElasticSpec(alpha=8, sigma=2), NoiseSpec(), MixupSpec())
SOURCES = {
    "images": ("digits", 10, IMAGES),
    "two classes": ("breast_cancer", 1, (NoiseSpec(), MixupSpec(alpha=1.0))),
    "numbers": ("diabetes", 1, (NoiseSpec(), MixupSpec(alpha=1.0))),
}


def build(
    kind="images", *, augmentation=None, epochs=3, batch_size=200, workers=1, optimizer=None, weights=None,
    threads="auto", n_parts=1,
):  # fmt: skip
    name, n_outputs, changes = SOURCES[kind]
    augmentation = changes if augmentation is None else augmentation
    data = prepare(
        DataSpec(source=BundledSource(type=name)), task=None, normalization="minmax",
        target_normalization="auto", seed=0, dtype=np.dtype(np.float32), augmentation=augmentation,
    )  # fmt: skip
    train, dev = data.splits["train"], data.splits["dev"]
    network = Network(
        dense_stack((train.X.shape[1], 16, n_outputs), ("relu", "identity"), (1.0, 1.0)), train.X.dtype
    )
    network.initialize(ScaledInit(), 0)
    loss = {"images": "softmax", "two classes": "sigmoid", "numbers": "mse"}[kind]
    training = TrainingSpec(epochs=epochs, batch_size=batch_size, measured_examples="all", threads=threads)
    plan = Plan(training, optimizer or AdamSpec(learning_rate=0.01), None, None, 0)
    batches = AugmentedBatches(
        augmentation, train, data.images, data.fitted, seed=0, size=min(batch_size, train.n_examples),
        workers=workers, n_parts=n_parts,
    )  # fmt: skip
    return Trainer(Objective(network, LOSSES[loss], Penalty(), weights), train, dev, plan, batches)


def stored(trainer):
    arrays, meta = trainer.state.to_checkpoint()
    return {name: array.copy() for name, array in arrays.items()}, json.loads(json.dumps(meta))


@pytest.mark.parametrize("kind", SOURCES)
@pytest.mark.parametrize("stop", [1, 4, 7])
def test_resume_in_the_middle_of_an_epoch_is_exact(recorder, kind, stop):
    size = 40 if kind != "images" else 200
    whole, hooks = build(kind, batch_size=size), recorder()
    assert whole.fit(hooks) == "finished"
    interrupted, before, after = (
        build(kind, batch_size=size, workers=3),
        recorder(stop_after=stop),
        recorder(),
    )
    assert interrupted.fit(before) == "interrupted"
    resumed = build(kind, batch_size=size, workers=2)
    resumed.state.restore(*stored(interrupted))
    resumed.fit(after)
    assert before.records + after.records == hooks.records
    assert whole.state.theta.tobytes() == resumed.state.theta.tobytes()


def test_an_epoch_by_hand_is_the_epoch_of_fit(recorder):
    """Outside of `fit` no thread is at work, and the batches are the same."""
    whole, by_hand = build(epochs=1), build(epochs=1)
    whole.fit(recorder())
    by_hand.train_epoch(recorder())
    assert whole.state.theta.tobytes() == by_hand.state.theta.tobytes()


@pytest.mark.skipif(
    sys.platform != "linux" or not can_share("auto"), reason="needs Linux on x86-64 and two processors"
)
@pytest.mark.parametrize("kind", SOURCES)
def test_two_processes_that_make_their_own_parts_train_to_the_weights_of_one(recorder, monkeypatch, kind):
    monkeypatch.setattr(steps, "SHARED_FROM", 0)
    trained = []
    for threads in (1, 2):
        # The last batch of an epoch is smaller, and of digits a single one of 1,078 examples.
        size = 359 if kind == "images" else 77
        trainer, hooks = build(kind, batch_size=size, threads=threads, n_parts=2), recorder()
        trainer.fit(hooks)
        trained.append((trainer.state.theta.tobytes(), hooks.records))
    assert trained[0] == trained[1]


def test_no_thread_is_left_behind(recorder):
    before = threading.active_count()
    build().fit(recorder())
    build().fit(recorder(stop_after=2))
    assert threading.active_count() == before


@pytest.mark.parametrize("kind", SOURCES)
def test_train_and_dev_are_measured_on_the_examples_as_they_are(recorder, kind):
    trainer, hooks = build(kind, augmentation=(NoiseSpec(std=50), MixupSpec(alpha=1)), epochs=1), recorder()
    trainer.fit(hooks)
    plain = build(kind, augmentation=(), epochs=1)
    np.copyto(plain.network.parameters.theta, trainer.network.parameters.theta)
    for name, split in (("train", plain.train), ("dev", plain.dev)):
        expected = measure(plain.objective, split)
        assert hooks.records[0]["cost"][name] == pytest.approx(expected.cost, rel=1e-6)
        assert hooks.records[0]["error"][name] == pytest.approx(expected.error, rel=1e-6)


def test_changed_examples_lead_elsewhere_and_still_learn(recorder):
    settings = {"batch_size": 50, "epochs": 8}
    plain, changed, again = build(augmentation=(), **settings), build(**settings), build(**settings)
    for trainer in (plain, changed):
        trainer.fit(recorder())
    again.fit(hooks := recorder())
    assert changed.state.theta.tobytes() == again.state.theta.tobytes()
    assert not np.array_equal(plain.state.theta, changed.state.theta)
    assert hooks.records[-1]["error"]["dev"] < 0.2


def test_a_step_on_mixed_labels_by_hand(recorder):
    """One full batch with class weights: the output's slope is s σ(z) - b on the batch as it was made."""
    weights = np.array([1.0, 3.0], np.float32)
    trainer = build(
        "two classes", batch_size=10**6, epochs=1, optimizer=SgdSpec(learning_rate=0.1), weights=weights
    )
    n, features = trainer.train.X.shape
    X, shares = np.empty((n, features), np.float32), np.empty((n, 2), np.float32)
    trainer.batches.fill(X, shares, 1, 0)
    assert np.count_nonzero((shares > 0) & (shares < 1)) > n / 2
    values = trainer.network.parameters.values
    W1, b1, W2, b2 = (values[name].astype(float) for name in ("W1", "b1", "W2", "b2"))
    hidden = np.maximum(X @ W1 + b1, 0)
    z = (hidden @ W2 + b2)[:, 0]
    of_zero, of_one = shares[:, 0], 3 * shares[:, 1]
    slope = (of_zero + of_one) / (1 + np.exp(-z)) - of_one
    trainer.fit(recorder())
    np.testing.assert_allclose(values["b2"], b2 - 0.1 * slope.mean(), rtol=1e-4)
    np.testing.assert_allclose(
        values["W2"][:, 0], W2[:, 0] - 0.1 * hidden.T @ slope / n, rtol=1e-3, atol=1e-5
    )
    assert trainer.objective.class_weights is weights


def test_flipping_needs_images_and_says_so():
    from dlrecipe.errors import ConfigError

    with pytest.raises(ConfigError, match="flip works on images"):
        build("numbers", augmentation=(NoiseSpec(), FlipSpec()))
