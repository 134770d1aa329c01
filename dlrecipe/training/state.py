"""All that a training run must remember to go on exactly where it was."""

import math
from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass, field
from typing import Any

import numpy as np
from numpy.random import Generator

from dlrecipe import rng
from dlrecipe.arrays import Flat
from dlrecipe.training.early_stopping import BestEpoch


@dataclass(eq=False)
class TrainingState:
    """Counters, parameters, running statistics, moments and random streams.

    `statistics` are those of batch norms, (n_statistics,), often none. `averages` are the moving averages of
    the parameters and of the statistics where the config asks for them, else None. `dropout_rngs` are the
    streams of the parts that a step is cut into; `refresh` brings them up to date where another process uses
    one of them.

    `epoch` and `batch` count what is finished: `batch` of the epoch under way. `kept` are the parameters
    that the run would end with now; `kept_epoch` is 0 for the initial ones. `initial_cost` is J before the
    first step, on the examples that each epoch is measured on.
    """

    theta: Flat
    moments: dict[str, Flat]
    dropout_rngs: tuple[Generator, ...]
    statistics: Flat
    averages: tuple[Flat, Flat] | None = None
    kept: Flat = field(init=False)
    kept_statistics: Flat = field(init=False)
    kept_epoch: int = 0
    initial_cost: float = math.inf
    epoch: int = 0
    batch: int = 0
    step: int = 0
    best: BestEpoch = field(default_factory=BestEpoch)
    refresh: Callable[[], None] = lambda: None

    def __post_init__(self) -> None:
        self.kept = self.theta.copy()
        self.kept_statistics = self.statistics.copy()

    def keep(self) -> None:
        """Keep the present parameters and statistics, or their averages, as the finished epoch's."""
        theta, statistics = self.averages or (self.theta, self.statistics)
        np.copyto(self.kept, theta)
        np.copyto(self.kept_statistics, statistics)
        self.kept_epoch = self.epoch

    def to_checkpoint(self) -> tuple[dict[str, Flat], dict[str, Any]]:
        """Return arrays (not copied) and JSON-able values that `restore` takes."""
        return self._arrays(), self._values()

    def _arrays(self) -> dict[str, Flat]:
        """Return all vectors, not copied, by their names in a checkpoint."""
        moments = {f"moment.{name}": moment for name, moment in self.moments.items()}
        arrays = {"theta": self.theta, "kept": self.kept, **moments}
        if self.statistics.size:
            arrays |= {"statistics": self.statistics, "kept_statistics": self.kept_statistics}
        if self.averages is not None:
            arrays["average"], statistics = self.averages
            if statistics.size:
                arrays["average_statistics"] = statistics
        return arrays

    def _values(self) -> dict[str, Any]:
        """Return all that is no vector, JSON-able."""
        # Infinity stands for "not yet measured", which strict JSON cannot say.
        best = {key: None if value == math.inf else value for key, value in asdict(self.best).items()}
        counters = {
            "epoch": self.epoch,
            "batch": self.batch,
            "step": self.step,
            "kept_epoch": self.kept_epoch,
            "initial_cost": None if self.initial_cost == math.inf else self.initial_cost,
        }
        self.refresh()
        streams = {name: rng.state_of(stream) for name, stream in self._streams().items()}
        return {**counters, "best": best, **streams}

    def is_sound(self) -> bool:
        """Return whether training may go on from here: every number is one that a checkpoint may hold."""
        return all(_is_sound(name, array) for name, array in self._arrays().items())

    def restore(self, arrays: Mapping[str, Flat], meta: Mapping[str, Any]) -> None:
        """Put the state back to what `to_checkpoint` returned, in the present arrays' memory.

        Raises:
            ValueError: an array or a value is missing, is not finite, or does not fit this network and
                optimizer.
        """
        wanted = self._arrays()
        try:
            for name, array in wanted.items():
                if arrays[name].shape != array.shape or arrays[name].dtype != array.dtype:
                    raise ValueError(f"{name} does not fit this network")
                if not _is_sound(name, arrays[name]):
                    raise ValueError(f"{name} holds numbers that are not finite")
            for name, array in wanted.items():
                np.copyto(array, arrays[name])
            self.epoch, self.batch, self.step = (_count(meta, name) for name in ("epoch", "batch", "step"))
            self.kept_epoch, self.initial_cost = _count(meta, "kept_epoch"), _figure(meta, "initial_cost")
            best = meta["best"]
            self.best = BestEpoch(
                epoch=_count(best, "epoch"),
                error=_figure(best, "error"),
                cost=_figure(best, "cost"),
                epochs_without_improvement=_count(best, "epochs_without_improvement"),
                to_beat=_figure(best, "to_beat"),
            )
            for name, stream in self._streams().items():
                rng.restore(stream, meta[name])
        except (KeyError, TypeError) as error:
            raise ValueError(f"the checkpoint lacks {error}") from error

    def _streams(self) -> dict[str, Generator]:
        """Return the random streams by their names in a checkpoint."""
        return dict(zip(("dropout_rng", "second_dropout_rng"), self.dropout_rngs, strict=False))


def _is_sound(name: str, array: Flat) -> bool:
    """Return whether an array holds what training can go on from.

    A squared gradient may overflow to infinity: its weight stands still from then on, which is a state like
    any other. A NaN spreads, and is none.
    """
    return not np.isnan(array).any() if name.startswith("moment.") else bool(np.isfinite(array).all())


def _count(meta: Mapping[str, Any], name: str) -> int:
    value = meta[name]
    if type(value) is not int or value < 0:
        raise ValueError(f"{name} is {value!r}, not a count")
    return value


def _figure(meta: Mapping[str, Any], name: str) -> float:
    """Return a cost or an error; None stands for infinity, which strict JSON cannot say."""
    value = meta[name]
    if value is None:
        return math.inf
    if type(value) not in (int, float) or math.isnan(value):
        raise ValueError(f"{name} is {value!r}, not a number")
    return float(value)
