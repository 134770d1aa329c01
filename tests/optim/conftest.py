"""Every optimizer and schedule by its config name, so that a new one meets the contract suites unasked."""

from typing import Any, get_args, get_type_hints

import pytest

from dlrecipe.optim.specs import Optimizer, Schedule


def by_name(union: Any) -> dict[str, type]:
    """Return the members of a union of specs under each name their `type` can take."""
    members = get_args(get_args(union)[0])
    return {name: member for member in members for name in get_args(get_type_hints(member)["type"])}


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    if "optimizer_name" in metafunc.fixturenames:
        metafunc.parametrize("optimizer_name", sorted(by_name(Optimizer)))
    if "schedule_name" in metafunc.fixturenames:
        metafunc.parametrize("schedule_name", sorted(by_name(Schedule)))


@pytest.fixture
def optimizer_class(optimizer_name: str) -> type:
    return by_name(Optimizer)[optimizer_name]


@pytest.fixture
def schedule_class(schedule_name: str) -> type:
    return by_name(Schedule)[schedule_name]
