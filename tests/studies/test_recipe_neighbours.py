"""Configs nearby, drawn when no single change helps."""

import numpy as np
import pytest

from dlrecipe.config.loading import load_config_text, varied
from dlrecipe.config.writing import config_to_dict, flow_text
from dlrecipe.studies.recipe_neighbours import FAR, MOST_UNITS, NEAR, neighbour, neighbours

BASE = "name: a\ndata: {source: iris}\n"
CONFIGS = {
    "plain": "network: {hidden: [32]}",
    "regularized": "network: {hidden: [300, 300]}\nregularization: {l2: 1.0, dropout: {keep_prob: 0.5}}",
    "keep_prob a layer": "network: {hidden: [8, 8]}\nregularization: {dropout: {keep_prob: [1.0, 0.8, 0.8]}}",
    "activation a layer": "network: {hidden: [8, 8], activation: [relu, tanh]}",
    "whole batches": "network: {hidden: [8]}\ntraining: {batch_size: full}\nearly_stopping: null",
    "no hidden layer": "network: {hidden: []}",
}


@pytest.mark.parametrize("name", CONFIGS)
def test_a_neighbour_moves_two_settings_or_more_and_is_a_config(name):
    loaded = load_config_text(BASE + CONFIGS[name])
    config = config_to_dict(loaded.config)
    for seed in range(30):
        idea = neighbour(config, np.random.default_rng(seed))
        assert idea is not None
        moved = varied(loaded, [f"{path}={flow_text(value)}" for path, value in idea.change.items()]).config
        assert len(idea.change.keys() - {"early_stopping.patience"}) > 1
        assert moved != loaded.config
        assert all(width <= MOST_UNITS for width in moved.network.hidden)


def test_optimizers_and_normalization_are_switched_with_a_rate_that_suits():
    config = config_to_dict(load_config_text(BASE + CONFIGS["plain"]).config)
    found = [neighbour(config, np.random.default_rng(seed)).change for seed in range(60)]
    assert {change["optimizer.type"] for change in found if "optimizer.type" in change} == {
        "momentum", "rmsprop", "sgd",
    }  # fmt: skip
    assert any(change.get("normalization") == "none" for change in found)
    # The usual rate of Adam is 0.001, that of plain descent 0.1; moves go some threefolds from there.
    rates = [change["optimizer.learning_rate"] for change in found if change.get("optimizer.type") == "sgd"]
    assert 0.02 < np.median(rates) < 0.5


def test_far_ones_lie_farther_off_than_near_ones():
    config = config_to_dict(load_config_text(BASE + CONFIGS["plain"]).config)

    def moved(reach):
        ideas = neighbours(config, np.random.default_rng(0), 80, reach)
        rates = [
            idea.change.get("optimizer.learning_rate")
            for idea in ideas
            if "optimizer.type" not in idea.change
        ]
        return np.median([abs(np.log(rate / 0.001)) for rate in rates if rate])

    assert moved(FAR) > 1.5 * moved(NEAR)


def test_the_same_stream_draws_the_same_neighbour():
    config = config_to_dict(load_config_text(BASE + CONFIGS["plain"]).config)
    one, other = (neighbour(config, np.random.default_rng(7)) for _ in range(2))
    assert one == other


def test_what_is_drawn_stays_within_reason_and_widths_are_round_numbers():
    config = config_to_dict(load_config_text(BASE + CONFIGS["regularized"]).config)
    ideas = neighbours(config, np.random.default_rng(0), 300, (2.0, 4.0))
    penalties = [idea.change["regularization.l2"] for idea in ideas if "regularization.l2" in idea.change]
    assert min(penalties) == 0.001
    assert max(penalties) == 100
    rates = [idea.change.get("optimizer.learning_rate", 0.001) for idea in ideas]
    assert min(rates) >= 0.00001
    widths = {units for idea in ideas for units in idea.change.get("network.hidden", [])}
    # 2^k and 3·2^k, but for the 300 units that the config itself has where its depth alone is changed.
    assert widths <= {4, 6, 8, 12, 16, 24, 32, 48, 64, 96, 128, 192, 256, 300, 384, 512}


def test_where_nothing_is_dropped_yet_dropout_is_drawn_as_often_as_other_settings():
    config = config_to_dict(load_config_text(BASE + CONFIGS["plain"]).config)
    ideas = neighbours(config, np.random.default_rng(0), 200)
    with_dropout = sum("regularization.dropout.keep_prob" in idea.change for idea in ideas)
    with_rate = sum("optimizer.learning_rate" in idea.change for idea in ideas)
    # Two ways would leave half of the moves at 1, and the rate moves with the optimizer too.
    assert with_dropout > 0.6 * with_rate
