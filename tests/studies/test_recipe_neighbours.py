"""Configs nearby, drawn when no single change helps."""

import numpy as np
import pytest

from dlrecipe.config.loading import load_config_text, varied
from dlrecipe.config.writing import config_to_dict, flow_text
from dlrecipe.studies.recipe_neighbours import MOST_UNITS, neighbour

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


def test_the_same_stream_draws_the_same_neighbour():
    config = config_to_dict(load_config_text(BASE + CONFIGS["plain"]).config)
    one, other = (neighbour(config, np.random.default_rng(7)) for _ in range(2))
    assert one == other
