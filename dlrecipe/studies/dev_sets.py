"""On which dev examples the trials of a sweep were measured: all on the same, or by seed or point on others.

Errors are compared fairly where points share their dev sets. Goes by what was measured on, and not by what
was asked for: a split by a column stays whatever the seed, and a file may change while a sweep runs.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import combinations
from typing import Any, Protocol

SEED = "seed"
DATA = "data"
OF_TRAIN = ("data.limit_train",)
"""Settings of the data that leave dev as it is."""
DRAWS = ("data.seed", "data.split.seed", "data.source.seed")
"""Keys whose numbers are names: none is better than another, nor further in any direction."""

LOOKED_AT = 400
"""Combinations of settings and seeds that are held against each other: their pairs grow with the square."""


def without_draws(values: Mapping[str, str]) -> dict[str, str]:
    """Return what was varied but for what only deals the examples anew: a chosen config keeps its own."""
    return {key: value for key, value in values.items() if key not in DRAWS}


class Measured(Protocol):
    """A trial that was done."""

    @property
    def values(self) -> Mapping[str, str]:
        """What was varied."""

    @property
    def seed(self) -> str | None:
        """Its seed, if seeds were varied."""

    @property
    def dev_set(self) -> str:
        """The fingerprint of its dev examples; empty where that was not kept."""


@dataclass(frozen=True)
class DevSets:
    """How many dev sets there are, and what they differ by.

    Args:
        n: dev sets.
        by: keys that dev sets differ by, `seed` among them.
        changed: whether the data changed meanwhile: the same settings and seed had different dev sets.
    """

    n: int
    by: tuple[str, ...]
    changed: bool

    @property
    def points_differ(self) -> bool:
        """Whether points with the same seed were measured on different examples."""
        return self.changed or any(key != SEED for key in self.by)

    def to_json(self) -> dict[str, Any]:
        """Return plain data."""
        return {
            "n": self.n,
            "differ_by": list(self.by),
            "points_differ": self.points_differ,
            "data_changed": self.changed,
        }


def dev_sets(trials: Iterable[Measured], keys: Sequence[str]) -> DevSets | None:
    """Return what is to be said of the dev sets of trials that are done; None where nothing is known.

    Args:
        keys: what was varied, the seeds left out.
    """
    done = [trial for trial in trials if trial.dev_set]
    if not done:
        return None
    moving = [key for key in keys if key.partition(".")[0] == DATA and key not in OF_TRAIN]
    found: dict[tuple[str, ...], set[str]] = {}
    for trial in done:
        place = (*(trial.values[key] for key in moving), trial.seed or "")
        found.setdefault(place, set()).add(trial.dev_set)
    changed = any(len(sets) > 1 for sets in found.values())
    return DevSets(len({trial.dev_set for trial in done}), _differing(found, [*moving, SEED]), changed)


def _differing(found: Mapping[tuple[str, ...], set[str]], keys: Sequence[str]) -> tuple[str, ...]:
    """Return the keys that dev sets differ by: alone if any does, or else together with others."""
    alone: set[str] = set()
    together: set[str] = set()
    for (one, sets), (other, others) in combinations(list(found.items())[:LOOKED_AT], 2):
        differing = {key for key, a, b in zip(keys, one, other, strict=True) if a != b}
        if sets != others:
            together |= differing
            if len(differing) == 1:
                alone |= differing
    return tuple(key for key in keys if key in (alone or together))
