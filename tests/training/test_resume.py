"""A run that is interrupted, stored and restored goes on bit for bit as if nothing had happened."""

import json
from collections.abc import Callable
from typing import Any, get_args, get_type_hints

import numpy as np
import pytest

from dlrecipe.data.examples import Split
from dlrecipe.optim.specs import AdamSpec, AdamWSpec, MomentumSpec, Optimizer, Schedule, SgdSpec
from dlrecipe.training.loop import Trainer
from dlrecipe.training.specs import AveragingSpec, EarlyStoppingSpec

Build = Callable[..., Trainer]
Data = Callable[..., Split]


def by_name(union: Any) -> dict[str, type]:
    members = get_args(get_args(union)[0])
    return {name: member for member in members for name in get_args(get_type_hints(member)["type"])}


OPTIMIZERS, SCHEDULES = by_name(Optimizer), by_name(Schedule)


def stored(built: Trainer) -> tuple[dict[str, Any], dict[str, Any]]:
    """Return the state as a checkpoint file would give it back: other memory, strict JSON."""
    arrays, meta = built.state.to_checkpoint()
    return {name: array.copy() for name, array in arrays.items()}, json.loads(
        json.dumps(meta, allow_nan=False)
    )


def compare(whole: Trainer, resumed: Trainer) -> None:
    first, second = stored(whole), stored(resumed)
    assert first[1] == second[1]
    assert {name: array.tobytes() for name, array in first[0].items()} == {
        name: array.tobytes() for name, array in second[0].items()
    }


def assert_resumes_exactly(build: Callable[[], Trainer], recorder: Any, stops: tuple[int, ...]) -> None:
    whole, hooks = build(), recorder()
    status = whole.fit(hooks)
    for stop in stops:
        interrupted, before, after = build(), recorder(stop_after=stop), recorder()
        if interrupted.fit(before) != "interrupted":  # the run was over before this batch
            continue
        resumed = build()
        resumed.state.restore(*stored(interrupted))
        assert resumed.fit(after) == status
        assert before.records + after.records == hooks.records
        compare(whole, resumed)


@pytest.mark.parametrize(
    "stopping", [None, EarlyStoppingSpec(patience=2)], ids=["to-the-end", "early-stopping"]
)
@pytest.mark.parametrize("schedule", sorted(SCHEDULES))
@pytest.mark.parametrize("keep_prob", [(1.0, 1.0), (0.9, 0.5)], ids=["plain", "dropout"])
@pytest.mark.parametrize("optimizer", sorted(OPTIMIZERS))
def test_resume_equals_the_uninterrupted_run(
    trainer: Build,
    make_blobs: Data,
    recorder: Any,
    optimizer: str,
    keep_prob: Any,
    schedule: str,
    stopping: EarlyStoppingSpec | None,
) -> None:
    spec = OPTIMIZERS[optimizer](
        type=optimizer, learning_rate=0.05, schedule=SCHEDULES[schedule](warmup_epochs=1.5)
    )
    train, dev = make_blobs(22, 1, dtype="float32"), make_blobs(30, 2, dtype="float32")

    def build() -> Trainer:
        return trainer(
            train, dev, hidden=(4,), keep_prob=keep_prob, optimizer=spec,
            early_stopping=stopping, epochs=5, batch_size=8,
        )  # fmt: skip

    # Three batches an epoch: in the first one, at an epoch's end, before an epoch's last batch.
    assert_resumes_exactly(build, recorder, stops=(1, 6, 8))


def test_resume_is_exact_with_full_batches_and_penalties(
    trainer: Build, make_blobs: Data, recorder: Any
) -> None:
    from dlrecipe.nn.regularizers import Penalty

    def build() -> Trainer:
        return trainer(
            make_blobs(30, 1, n_classes=3), make_blobs(30, 2, n_classes=3), hidden=(5,), keep_prob=(1.0, 0.7),
            penalty=Penalty(l2=0.01, l1=0.001), max_norm=2.0, optimizer=MomentumSpec(), epochs=6,
        )  # fmt: skip

    assert_resumes_exactly(build, recorder, stops=(1, 3, 5))


def test_resume_is_exact_with_averaged_weights(trainer: Build, make_blobs: Data, recorder: Any) -> None:
    def build() -> Trainer:
        return trainer(
            make_blobs(22, 1, dtype="float32"), hidden=(4,), keep_prob=(1.0, 0.5), optimizer=AdamSpec(),
            averaging=AveragingSpec(decay=0.9), batch_size=8, epochs=4,
        )  # fmt: skip

    assert_resumes_exactly(build, recorder, stops=(1, 5, 6))


def test_resume_is_exact_after_two_interruptions(trainer: Build, make_blobs: Data, recorder: Any) -> None:
    def build() -> Trainer:
        return trainer(
            make_blobs(22, 1), hidden=(4,), keep_prob=(1.0, 0.5), optimizer=AdamSpec(), batch_size=8, epochs=4
        )

    whole = build()
    whole.fit(recorder())
    first = build()
    first.fit(recorder(stop_after=2))
    second = build()
    second.state.restore(*stored(first))
    second.fit(recorder(stop_after=3))
    third = build()
    third.state.restore(*stored(second))
    third.fit(recorder())
    compare(whole, third)


def test_a_state_with_no_epoch_yet_survives_strict_json(trainer: Build, make_blobs: Data) -> None:
    built = trainer(make_blobs(20, 1), optimizer=AdamSpec())
    arrays, meta = stored(built)
    other = trainer(make_blobs(20, 1), optimizer=AdamSpec(), seed=5)
    other.state.restore(arrays, meta)
    assert other.state.best == built.state.best
    compare(built, other)


def test_restoring_writes_into_the_networks_own_parameters(trainer: Build, make_blobs: Data) -> None:
    source, target = (trainer(make_blobs(20, 1), seed=seed) for seed in (1, 2))
    target.state.restore(*stored(source))
    np.testing.assert_array_equal(
        target.network.parameters.values["W1"], source.network.parameters.values["W1"]
    )


@pytest.mark.parametrize("key", ["epoch", "batch", "step", "kept_epoch", "best", "dropout_rng"])
def test_a_checkpoint_that_lacks_a_value_is_refused(trainer: Build, make_blobs: Data, key: str) -> None:
    built = trainer(make_blobs(20, 1))
    arrays, meta = stored(built)
    del meta[key]
    with pytest.raises(ValueError, match=key):
        built.state.restore(arrays, meta)


def test_a_checkpoint_of_another_network_optimizer_or_precision_is_refused(
    trainer: Build, make_blobs: Data
) -> None:
    built = trainer(make_blobs(20, 1), optimizer=AdamWSpec())
    wider = trainer(make_blobs(20, 1), optimizer=AdamWSpec(), hidden=(3,))
    without_moments = trainer(make_blobs(20, 1), optimizer=SgdSpec())
    shorter = trainer(make_blobs(20, 1, dtype="float32"), optimizer=AdamWSpec())
    for other in (wider, without_moments, shorter):
        with pytest.raises(ValueError, match=r"theta|moment"):
            built.state.restore(*stored(other))
