"""Running statistics go with their weights: kept with the best epoch, stored, resumed bit for bit."""

import json
from typing import Any

import numpy as np

from dlrecipe.data.examples import Split
from dlrecipe.nn.layer_specs import BatchNormLayer, DenseLayer, DropoutLayer
from dlrecipe.nn.losses import LOSSES
from dlrecipe.nn.network import Architecture, Network
from dlrecipe.nn.objective import Objective
from dlrecipe.nn.regularizers import Penalty
from dlrecipe.nn.specs import ScaledInit
from dlrecipe.optim.specs import AdamSpec
from dlrecipe.training.loop import Plan, Trainer
from dlrecipe.training.measurement import measure
from dlrecipe.training.specs import EarlyStoppingSpec, TrainingSpec

LAYERS = (
    DenseLayer(units=8, activation="relu"),
    BatchNormLayer(),
    DropoutLayer(keep_prob=0.8),
    DenseLayer(units=1, activation="identity"),
)


def built(train: Split, dev: Split, patience: int = 100) -> Trainer:
    network = Network(Architecture((2,), LAYERS), np.dtype("float32"))
    network.initialize(ScaledInit(), 0)
    plan = Plan(
        TrainingSpec(epochs=40, batch_size=8),
        AdamSpec(learning_rate=0.05),
        EarlyStoppingSpec(monitor="dev_cost", patience=patience),
        None,
        0,
    )
    return Trainer(Objective(network, LOSSES["sigmoid"], Penalty()), train, dev, plan)


def test_the_kept_weights_give_the_dev_cost_of_their_epoch(make_blobs: Any, recorder: Any) -> None:
    train, dev = make_blobs(40, 1, dtype="float32"), make_blobs(150, 2, dtype="float32")
    trainer, hooks = built(train, dev), recorder()
    trainer.fit(hooks)
    costs = hooks.series("cost", "dev")
    assert trainer.state.kept_epoch == 1 + costs.index(min(costs)) < 40
    statistics_at_the_end = trainer.network.statistics.flat.copy()
    trainer.load_kept()
    assert measure(trainer.objective, dev).cost == min(costs)
    assert (trainer.network.statistics.flat != statistics_at_the_end).any()


def test_resume_with_running_statistics_equals_the_uninterrupted_run(make_blobs: Any, recorder: Any) -> None:
    train, dev = make_blobs(22, 1, dtype="float32"), make_blobs(30, 2, dtype="float32")
    whole, hooks = built(train, dev), recorder()
    whole.fit(hooks)
    for stop in (1, 6, 8):
        interrupted, before, after = built(train, dev), recorder(stop_after=stop), recorder()
        assert interrupted.fit(before) == "interrupted"
        arrays, meta = interrupted.state.to_checkpoint()
        resumed = built(train, dev)
        resumed.state.restore(
            {name: array.copy() for name, array in arrays.items()}, json.loads(json.dumps(meta))
        )
        resumed.fit(after)
        assert before.records + after.records == hooks.records
        for name, array in whole.state.to_checkpoint()[0].items():
            assert array.tobytes() == resumed.state.to_checkpoint()[0][name].tobytes(), name
