"""Configs that a model of the runs so far promises most of."""

from collections.abc import Mapping
from itertools import islice
from typing import Any

import numpy as np
import pytest

from dlrecipe.config.loading import load_config_text, varied
from dlrecipe.config.writing import config_to_dict, flow_text
from dlrecipe.studies.recipe_guided import ENOUGH, Known, cost, promising
from dlrecipe.studies.recipe_model import fitted

BASE = "name: a\ndata: {source: iris}\nnetwork: {hidden: [32]}\noptimizer: {type: adam, learning_rate: 0.001}"
LOADED = load_config_text(BASE)


def config(**settings: Any) -> Mapping[str, Any]:
    paths = {key.replace("__", "."): value for key, value in settings.items()}
    return config_to_dict(
        varied(LOADED, [f"{path}={flow_text(value)}" for path, value in paths.items()]).config
    )


def rates(*errors: tuple[float, float]) -> list[Known]:
    return [Known(config(optimizer__learning_rate=rate), (dev, 1.0)) for rate, dev in errors]


# Errors that fall with each threefold rise of the learning rate up to 0.03, and rise from there.
RATES = (0.0001, 0.0003, 0.001, 0.003, 0.01, 0.03, 0.1, 0.3)
ERRORS = (0.5, 0.42, 0.35, 0.28, 0.2, 0.15, 0.3, 0.5)
VALLEY = rates(*zip(RATES, ERRORS, strict=True))


def first(known: list[Known], now: Mapping[str, Any], seed: int, n: int = 4) -> list[Mapping[str, Any]]:
    rng = np.random.default_rng(seed)
    return [idea.change for idea in islice(promising(now, known, rng, n_train=300, least=0.01), n)]


def test_what_is_promised_most_of_lies_where_errors_were_low() -> None:
    now = config(optimizer__learning_rate=0.03)
    found = [change for seed in range(5) for change in first(VALLEY, now, seed)]
    usual = {"adam": 0.001, "rmsprop": 0.001, "momentum": 0.01, "sgd": 0.1}
    far = [
        abs(
            np.log(
                change.get("optimizer.learning_rate", 0.03)
                / (30 * usual[change.get("optimizer.type", "adam")])
            )
        )
        for change in found
    ]
    # Drawn nearby alone, they lie as far off as the spread of the draws: a factor of 3 and more.
    assert np.median(far) < np.log(3)


def test_the_same_runs_and_stream_promise_the_same_in_any_order() -> None:
    now = config(optimizer__learning_rate=0.03)
    assert first(VALLEY, now, 3) == first(VALLEY, now, 3)
    assert first(VALLEY, now, 3) == first(VALLEY[::-1], now, 3)


def test_too_few_runs_are_no_reason_for_a_model_and_configs_are_drawn_nearby() -> None:
    assert len(first(VALLEY[: ENOUGH - 1], config(), 0)) == 4


def test_runs_that_differ_in_what_is_never_moved_are_left_out() -> None:
    others = [Known(config(network__activation="tanh", seed=seed), (0.01, 1.0)) for seed in range(ENOUGH)]
    now = config(optimizer__learning_rate=0.03)
    assert first([*VALLEY, *others], now, 0) == first(VALLEY, now, 0)


@pytest.mark.parametrize(
    "settings",
    [
        {"regularization__dropout__keep_prob": [1.0, 0.8]},
        {"training__batch_size": "full", "early_stopping": None},
        {"network__hidden": []},
        {"optimizer": "adamw"},
    ],
)
def test_whatever_the_config_what_is_promised_can_be_applied_to_it(settings: dict[str, Any]) -> None:
    now = varied(LOADED, [f"{key.replace('__', '.')}={flow_text(value)}" for key, value in settings.items()])
    known = [
        Known(config_to_dict(varied(now, [f"regularization.l2={10.0**-k}"]).config), (0.3, 1.0))
        for k in range(9)
    ]
    for change in first(known, config_to_dict(now.config), 1):
        varied(now, [f"{path}={flow_text(value)}" for path, value in change.items()])


def test_a_longer_run_costs_more() -> None:
    short, long = config(training__epochs=20), config(training__epochs=60)
    # An epoch of 300 examples in batches of 32: 10 steps, 7 more for measuring, and 300·32/4096 for the work.
    assert cost({**short, "training": {**short["training"], "batch_size": 32}}, 300) == pytest.approx(626.875)
    assert cost({**long, "training": {**long["training"], "batch_size": 32}}, 300) == pytest.approx(1400.625)


def test_no_batch_larger_than_the_data_is_promised() -> None:
    now = config(optimizer__learning_rate=0.03, training__batch_size=32)
    known = [Known({**each.config, "training": now["training"]}, each.score) for each in VALLEY]
    rng = np.random.default_rng(0)
    found = [idea.change for idea in promising(now, known, rng, n_train=40, least=0.01)]
    assert found
    assert all(change.get("training.batch_size", 32) <= 40 for change in found)


def test_a_model_expects_nothing_new_of_a_point_it_knows_and_more_of_a_better_place() -> None:
    points = np.linspace(0, 7, 8)[:, None]
    errors = np.array(ERRORS)
    model = fitted(points, errors, np.ones(1), 0.01)
    gain = model.outlook(np.array([[5.0], [4.5], [1.5]])).gain()
    assert gain[0] < 0.01
    assert gain[1] > gain[2]


def test_wide_layers_on_wide_layers_cost_more_than_their_units():
    flat, deep = config(network__hidden=[1024]), config(network__hidden=[512, 512])
    assert cost(deep, 300) > 3 * cost(flat, 300)
