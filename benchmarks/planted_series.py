"""Tables whose rows lie in an order that matters, and tables whose order is of no consequence.

Readings of sensors, and patients whose visits follow one another without a column that names them. What is
planted is the code that a check should find; nothing here knows how the checks work.
"""

from collections.abc import Callable
from dataclasses import replace

import numpy as np
from numpy.random import Generator

from benchmarks.common import DATA
from benchmarks.planted_tables import Column, Plant, Table, bundled, housing, numeric_names


def drifting(table: Table, rng: Generator) -> Table:
    """Readings that go up and down by chance, and a state that lasts 150 of them or so."""
    n = 1_200
    names = ("temperature", "pressure", "current", "flow")
    columns: dict[str, Column] = {name: np.round(np.cumsum(rng.normal(size=n)), 3) for name in names}
    state = np.cumsum(rng.random(n) < 1 / 150) % 2
    return Table({**columns, "state": np.array(["ok", "fault"])[state]}, "state", "classification")


def autoregressive(kept: float) -> Callable[[Table, Generator], Table]:
    """Return a plant of readings that keep so much of the one before, and a number that follows from them."""

    def plant(table: Table, rng: Generator) -> Table:
        n = 2_000
        shocks = rng.normal(size=(n, 5)) * np.sqrt(1 - kept**2)
        readings = np.zeros((n, 5))
        for row in range(1, n):
            readings[row] = kept * readings[row - 1] + shocks[row]
        columns: dict[str, Column] = {f"sensor_{at}": np.round(readings[:, at], 4) for at in range(4)}
        load = readings[:, 4] + readings[:, :2].sum(axis=1)
        return Table({**columns, "load": np.round(load, 4)}, "load", "regression")

    return plant


def visits_in_a_row(size: int, noise: float) -> Callable[[Table, Generator], Table]:
    """Return a plant of so many visits a patient, one after the other in the file, and no patient's number.

    The inputs move by `noise` of each column's deviation from one visit to the next, the outcome stays.
    """

    def plant(table: Table, rng: Generator) -> Table:
        people = table.take(rng.permutation(table.n)[: max(40, min(table.n, 2_000) // size)])
        visits = people.take(np.repeat(np.arange(people.n), size))
        for column in numeric_names(table):
            values = table.columns[column].astype(float)
            moved = visits.columns[column].astype(float) + noise * values.std() * rng.normal(size=visits.n)
            visits = visits.set(column, np.round(moved, 4))
        return visits

    return plant


def shuffled(plant: Callable[[Table, Generator], Table]) -> Callable[[Generator], Table]:
    """Return the rows of a plant in no order: their neighbours are anybody."""

    def make(rng: Generator) -> Table:
        table = plant(bundled("diabetes"), rng)
        return table.take(rng.permutation(table.n))

    return make


def split_by_time(plant: Callable[[Table, Generator], Table]) -> Callable[[Generator], Table]:
    """Return the rows of a plant that wanders around one level, cut in time into train, dev and test."""

    def make(rng: Generator) -> Table:
        table = plant(bundled("diabetes"), rng)
        return replace(table, split=np.searchsorted([0.6, 0.8], np.arange(table.n) / table.n, side="right"))

    return make


def sorted_by(name: str) -> Callable[[Generator], Table]:
    """Return a real table sorted by its target, or by an input: neighbours are alike in that alone."""

    def make(rng: Generator) -> Table:
        table = bundled(name)
        by = table.target if rng.random() < 0.5 else rng.choice(numeric_names(table))
        return table.take(np.argsort(table.columns[by], kind="stable"))

    return make


def housing_by_place(rng: Generator) -> Table:
    """California's districts as they lie in their file, north to south, from a row drawn at random on."""
    lines = (DATA / "california-housing" / "housing.csv").read_text().splitlines()
    names, cells = lines[0].split(","), [line.split(",") for line in lines[1:]]
    first = int(rng.integers(0, len(cells) - 6_000))
    columns = {n: np.array([row[at] for row in cells[first : first + 6_000]]) for at, n in enumerate(names)}
    return replace(housing(10), columns=columns)


PLANTS: dict[str, Plant] = {
    "readings that wander, and a state": Plant(drifting, ("neighbouring-rows",), ("diabetes",)),
    "readings that keep 0.99 of the last": Plant(autoregressive(0.99), ("neighbouring-rows",), ("diabetes",)),
    "readings that keep 0.9 of the last": Plant(autoregressive(0.9), ("neighbouring-rows",), ("diabetes",)),
    "eight visits in a row, moved by 0.1": Plant(
        visits_in_a_row(8, 0.1), ("neighbouring-rows",), ("breast_cancer", "diabetes", "housing")
    ),
    "six visits in a row, moved by 0.3": Plant(
        visits_in_a_row(6, 0.3), ("neighbouring-rows",), ("breast_cancer", "diabetes", "housing")
    ),
    "four visits in a row, moved by 0.2": Plant(
        visits_in_a_row(4, 0.2), ("neighbouring-rows",), ("breast_cancer", "diabetes", "housing")
    ),
}

HONEST: dict[str, Callable[[Generator], Table]] = {
    "readings in no order": shuffled(drifting),
    "readings that keep 0.9, split by time": split_by_time(autoregressive(0.9)),
    "breast_cancer, sorted": sorted_by("breast_cancer"),
    "diabetes, sorted": sorted_by("diabetes"),
    "wine, sorted": sorted_by("wine"),
    "housing by place": housing_by_place,
}
"""Tables without a mistake, whose order is none or no harm."""
