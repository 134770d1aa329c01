"""Runs to diagnose: one that underfits, one that overfits, one that is well, each to be changed by a test."""

import json
from collections.abc import Callable, Mapping
from copy import deepcopy
from dataclasses import replace
from typing import Any

import pytest

from dlrecipe.config.loading import load_config_text
from dlrecipe.config.writing import config_to_dict
from dlrecipe.diagnosis.diagnose import Diagnosis, diagnose
from dlrecipe.diagnosis.evidence import (
    ActivationStats,
    Beside,
    ClassAnswers,
    Epoch,
    Evidence,
    InputScale,
    LayerStats,
)
from dlrecipe.diagnosis.rule import Finding


def resolve(changes: dict[str, Any]) -> dict[str, Any]:
    """The resolved config after dotted changes, as plain data; raises where a change is not valid."""
    return change({"data": {"source": "digits"}}, changes)


def change(config: dict[str, Any], changes: Mapping[str, Any]) -> dict[str, Any]:
    config = deepcopy(config)
    for path, value in changes.items():
        *parents, last = path.split(".")
        place = config
        for key in parents:
            place = place.setdefault(key, {})
        place[last] = value
    # JSON is YAML, so the config is read as a file of it would be.
    return config_to_dict(load_config_text(json.dumps(config)).config)


def healthy_epoch(epoch: int, cost: float, error: float) -> Epoch:
    return Epoch(
        epoch=epoch,
        cost={"train": cost, "dev": cost + 0.01},
        error={"train": error, "dev": error + 0.001},
        penalty=0.0,
        learning_rate=0.001,
        layers={"W1": LayerStats(gradient_norm=0.02), "W2": LayerStats(gradient_norm=0.05)},
        activations={"A1": ActivationStats(dead=0.1, saturated=0.1), "A2": ActivationStats(dead=0.0)},
    )


@pytest.fixture
def config_of() -> Callable[..., dict[str, Any]]:
    return resolve


@pytest.fixture
def changed() -> Callable[..., dict[str, Any]]:
    return change


@pytest.fixture
def well() -> Evidence:
    """A run with everything known and nothing wrong: the cost has come to rest at 1 % error."""
    costs = [0.4, 0.2, 0.1, 0.06, 0.04, 0.031, 0.03, 0.03, 0.03, 0.03]
    return Evidence(
        errors={"train": 0.005, "train_dev": 0.006, "dev": 0.007, "test": 0.008},
        n={"train": 60_000, "train_dev": 10_000, "dev": 10_000, "test": 10_000},
        baseline_error=0.9,
        initial_cost={"train": 2.4, "dev": 2.4},
        initial_penalty=0.0,
        slope_difference=1e-10,
        dropout_costs={},
        beside=Beside(n_on_dev=1, is_best=True),
        history=tuple(healthy_epoch(i, cost, cost / 5) for i, cost in enumerate(costs, start=1)),
        best_epoch=8,
        epochs_run=10,
        epochs_planned=10,
        status="finished",
        config=resolve({}),
        inputs=InputScale(largest_mean=0.0, smallest_std=1.0, largest_std=1.0),
        n_features=64,
        n_classes=10,
        by_class={
            "train": {str(digit): ClassAnswers(n=6_000, right=5_970, predicted=6_000) for digit in range(10)}
        },
    )


@pytest.fixture
def underfitting(well: Evidence) -> Evidence:
    return replace(well, errors={"train": 0.15, "dev": 0.16})


@pytest.fixture
def overfitting(well: Evidence) -> Evidence:
    return replace(well, errors={"train": 0.01, "dev": 0.11})


@pytest.fixture
def found() -> Callable[[Evidence, str], Finding | None]:
    """The finding of a code in a run's diagnosis; fails where the rule was not judged at all."""

    def find(run: Evidence, code: str) -> Finding | None:
        diagnosis = diagnose(run)
        assert code not in {rule.code for rule in diagnosis.not_judged}
        return next((finding for finding in diagnosis.findings if finding.code == code), None)

    return find


@pytest.fixture
def missing() -> Callable[[Evidence, str], tuple[str, ...]]:
    """What a rule lacked; empty where it was judged."""

    def find(run: Evidence, code: str) -> tuple[str, ...]:
        diagnosis: Diagnosis = diagnose(run)
        return next((rule.missing for rule in diagnosis.not_judged if rule.code == code), ())

    return find
